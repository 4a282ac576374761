/** Completion and hover for tool.yaml, from the one schema that the check uses too. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import toolSchema from "../../../schemas/tool.schema.json";
import { flowPlace } from "./flowPlace";
import { SCHEMA_KEYWORDS } from "./schemaKeywords";

type Schema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  additionalProperties?: Schema | boolean;
};
const ROOT = toolSchema as Schema & { $defs?: Record<string, Schema> };

/** Where something is being written: the keys around it, `[]` for an item of a list. Without `key` it is a key itself. */
type Place = { path: string[]; key: string | null; begun: string };

const FARTHEST_LINES = 500;

function placeAt(state: EditorState, at: number): Place | null {
  const line = state.doc.lineAt(at);
  const flow = inFlow(state, at);
  if (flow) return flow;
  const before = line.text.slice(0, at - line.from);
  const [found, lead = "", key, begun = ""] = /^(\s*(?:- )*)(?:([\w$-]+):\s+)?([\w$-]*)$/.exec(before) ?? [];
  return found === undefined ? null : { path: keysAbove(state, line.number, lead), key: key ?? null, begun };
}

/** The place within the nearest `{…` or `[…` that is still open. */
function inFlow(state: EditorState, at: number): Place | null {
  const last = state.doc.lineAt(at).number;
  for (let number = last; number > Math.max(0, last - FARTHEST_LINES); number--) {
    const line = state.doc.line(number);
    const [opening, lead = "", key] = /^(\s*(?:- )*)(?:([\w$-]+):\s+)?[{[]/.exec(line.text) ?? [];
    const from = line.from + (opening?.length ?? 0) - 1;
    const found = opening && from < at ? flowPlace(state.sliceDoc(from, at)) : null;
    if (found) {
      const path = [...keysAbove(state, number, lead), ...(key ? [key] : []), ...found.keys];
      return /^[\w$-]*$/.test(found.begun) ? { path, key: found.key, begun: found.begun } : null;
    }
    // What begins a line begins a field of its own.
    if (/^\w/.test(line.text)) return null;
  }
  return null;
}

/** The keys above a line by indentation, the line's own dash included. */
function keysAbove(state: EditorState, number: number, lead: string): string[] {
  const path: string[] = [];
  const dash = lead.indexOf("-");
  if (dash >= 0) path.unshift("[]");
  let itemsBefore = dash < 0 ? lead.length : dash;
  // A list may stand in the column of its key.
  let keysBefore = dash < 0 ? lead.length : dash + 1;
  for (let at = number - 1; at > 0 && keysBefore > 0; at--) {
    const text = state.doc.line(at).text;
    const [, indent = "", dashes = "", key] = /^(\s*)((?:- )*)([\w$-]+):/.exec(text) ?? [];
    const column = indent.length + dashes.length;
    if (key !== undefined && column < keysBefore) {
      path.unshift(key);
      itemsBefore = keysBefore = column;
    }
    const item = /^(\s*)- /.exec(text)?.[1]?.length ?? itemsBefore;
    if (item < itemsBefore) {
      path.unshift("[]");
      itemsBefore = item;
      keysBefore = item + 1;
    }
  }
  return path;
}

function resolved(schema: Schema | undefined): Schema | undefined {
  const name = schema?.$ref?.split("/").pop();
  return name ? ROOT.$defs?.[name] : schema;
}

/** The schema of what stands under a path; of a parameter it is what every JSON Schema may have. */
function schemaAt(path: readonly string[]): Schema | undefined {
  let schema: Schema | undefined = ROOT;
  for (const [at, key] of path.entries()) {
    const inSchema = path[0] === "parameters" || path[0] === "returns";
    if (inSchema && at > 0)
      return NO_SCHEMAS.has(path.at(-1) ?? "") && path.at(-2) !== "properties"
        ? undefined
        : { type: "object", properties: SCHEMA_KEYWORDS };
    const above: Schema | undefined = resolved(schema);
    schema = key === "[]" ? above?.items : above?.properties?.[key];
  }
  const found = resolved(schema);
  if (path.length === 1 && (path[0] === "parameters" || path[0] === "returns"))
    return { ...found, properties: { ...SCHEMA_KEYWORDS, ...found?.properties } };
  return found;
}

/** What holds names or values of the author's own. */
const NO_SCHEMAS = new Set(["properties", "patternProperties", "$defs", "default", "const", "enum", "examples"]);

/** The schema of the value of a key. */
function valueSchema(path: readonly string[], key: string): Schema | undefined {
  if (key !== "[]") return resolved(schemaAt(path)?.properties?.[key]);
  const list = valueSchema(path.slice(0, -1), path.at(-1) ?? "");
  return list?.items || list?.type === "array" ? resolved(list.items) : list;
}

function complete(context: CompletionContext): CompletionResult | null {
  const place = placeAt(context.state, context.pos);
  if (!place) return null;
  const { path, key, begun } = place;
  if (key === null && !context.explicit && !begun) return null;
  const options =
    key === null
      ? Object.entries(schemaAt(path)?.properties ?? {}).map(([label, one]) => option(label, resolved(one)))
      : valuesOf(valueSchema(path, key));
  return options.length > 0 ? { from: context.pos - begun.length, options, validFor: /^[\w$-]*$/ } : null;
}

function option(label: string, schema: Schema | undefined): Completion {
  const holds = schema?.type === "object" || schema?.type === "array";
  const completion: Completion = { label, type: "property", apply: holds ? `${label}:` : `${label}: ` };
  if (schema?.description) completion.info = schema.description;
  const type = Array.isArray(schema?.type) ? schema.type.join(" or ") : schema?.type;
  if (type) completion.detail = type;
  return completion;
}

function valuesOf(schema: Schema | undefined): Completion[] {
  if (schema?.enum) return schema.enum.map((one) => ({ label: String(one), type: "enum" }));
  if (schema?.const !== undefined) return [{ label: String(schema.const), type: "constant" }];
  if (schema?.type === "boolean") return ["true", "false"].map((label) => ({ label, type: "constant" }));
  return schema?.default === undefined ? [] : [{ label: String(schema.default), detail: "default", type: "constant" }];
}

const hover = hoverTooltip((view, at) => {
  const line = view.state.doc.lineAt(at);
  const [begun = ""] = /[\w$-]*$/.exec(line.text.slice(0, at - line.from)) ?? [];
  const [, rest = null] = /^([\w$-]*)\s*:(?:\s|$)/.exec(line.text.slice(at - line.from)) ?? [];
  if (rest === null) return null;
  const from = at - begun.length;
  const key = begun + rest;
  const place = placeAt(view.state, at + rest.length);
  if (place?.key !== null || place.begun !== key) return null;
  const text = valueSchema(place.path, key)?.description;
  if (!text) return null;
  return {
    pos: from,
    end: from + key.length,
    above: true,
    create: () => {
      const dom = document.createElement("div");
      dom.className = "cm-hint";
      dom.textContent = text;
      return { dom };
    },
  };
});

export const manifestHelp = [EditorState.languageData.of(() => [{ autocomplete: complete }]), hover];
