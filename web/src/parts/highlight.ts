/** Colours for source text, from the same grammars that the editor uses. */
import type { Parser } from "@lezer/common";
import { highlightCode, tagHighlighter, tags } from "@lezer/highlight";
import { parser as json } from "@lezer/json";
import { parser as markdown } from "@lezer/markdown";
import { parser as python } from "@lezer/python";
import { parser as yaml } from "@lezer/yaml";

const PARSERS: Record<string, Parser> = { json, md: markdown, py: python, yaml, yml: yaml };

const STYLES = tagHighlighter([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self, tags.null, tags.bool], class: "tok-keyword" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], class: "tok-string" },
  { tag: [tags.number, tags.integer, tags.float], class: "tok-number" },
  { tag: [tags.comment, tags.meta], class: "tok-comment" },
  { tag: [tags.definition(tags.propertyName), tags.propertyName, tags.function(tags.variableName)], class: "tok-name" },
  { tag: [tags.definition(tags.variableName), tags.className, tags.heading, tags.link], class: "tok-name" },
]);

/** The lines of a text, each in pieces of one style. ``language`` is a file's ending; an unknown one has no colours. */
export function coloured(text: string, language: string): { text: string; style: string }[][] {
  const parser = PARSERS[language];
  const lines: { text: string; style: string }[][] = [[]];
  const put = (piece: string, style: string) => lines.at(-1)?.push({ text: piece, style });
  const end = () => lines.push([]);
  if (parser) highlightCode(text, parser.parse(text), STYLES, put, end);
  else
    text.split("\n").forEach((line, at) => {
      if (at > 0) end();
      put(line, "");
    });
  return lines;
}
