/** Texts of YAML as people write them: the same value in block and in flow style, quoted or not, with comments. */
import fc from "fast-check";
import type { Plain } from "../src/edit/yamlEdit";

export type Mapping = { readonly [key: string]: Plain };

/** Texts that a careless writer gets wrong, beside any others. */
const HARD = [
  "", " ", "no", "true", "null", "~", "1", "1e3", "0x1f", "1:30", "2026-01-01", "- a", "a: b", "a #b", "#", "'", '"', "\\",
  "{", "]", ",", "?", "&a", "*a", "!t", "|", ">", "%", "@", "`", "---", "...", "<<", "=", "a,b", "a\tb", " a", "a ", "é", "😀",
  "two\nlines", "a first line that is longer than forty letters\nand a second", "\u007f", "\u0085", "\u2028", "\ufeff", "\u202e", "\u{e0041}", "\u0007",
]; // biome-ignore format: one list

export const hardText = fc.oneof(
  fc.constantFrom(...HARD),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'ab01 :#,[]{}"\\\n-'), maxLength: 60 }),
);

const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0), // there is no -0 in JSON
);

/** Any value of JSON, at most three levels deep. */
export const anyValue: fc.Arbitrary<Plain> = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    hardText,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(hardText, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

/** What whoever writes a text does this way or that way; each call decides anew. */
export type Hand = (ways: number) => number;

/** A hand that decides by a list of numbers, over and over. */
export const hand = fc.array(fc.nat({ max: 59 }), { minLength: 1, maxLength: 40 }).map((numbers): (() => Hand) => {
  return () => {
    let at = 0;
    return (ways) => (numbers[at++ % numbers.length] ?? 0) % ways;
  };
});

type Path = readonly string[];

/** How a comment in a written text ends, that is at a key or at what stands under it. */
export const commentAt = (path: Path) => JSON.stringify(path).slice(0, -1);

/** A mapping as the text of a file. Comments are numbered, and say the path of the key that they are at. */
export function writtenText(value: Mapping, choose: Hand): string {
  const writer = new Writer(choose);
  const text = choose(6) === 5 ? `${writer.flow(value, [])}\n` : writer.block(value, []);
  const ended = choose(5) === 4 ? text.trimEnd() : text;
  return choose(4) === 3 ? ended.replaceAll("\n", "\r\n") : ended;
}

/** Any value in flow style. */
export const writtenFlow = (value: Plain, choose: Hand) => new Writer(choose).flow(value, []);

/** The comments of a text that its edits must keep, in their order. */
export const commentsOf = (text: string): string[] => text.match(/#c\d+ [^\r\n]*/g) ?? [];

const DEEP = " ".repeat(20);
const isWord = (text: string) => /^[a-z]\w*$/.test(text) && !/^(true|false|null)$/.test(text);

class Writer {
  private comments = 0;

  constructor(private readonly choose: Hand) {}

  block(value: Mapping, path: Path): string {
    const indent = "  ".repeat(path.length);
    const lines = Object.entries(value).map(([key, one]) => {
      const here = [...path, key];
      const above = this.choose(4) === 3 ? `${indent}${this.comment(here)}\n` : "";
      return `${above}${indent}${this.key(key)}:${this.value(one, indent, here)}`;
    });
    const below = this.choose(6) === 5 ? `${indent}${this.comment(path)}\n` : "";
    return lines.join("") + below;
  }

  flow(value: Plain, path: Path): string {
    if (Array.isArray(value)) {
      const parts = value.map((one, at): [Path, string] => [[...path, `${at}`], this.flow(one, [...path, `${at}`])]);
      return this.collection("[", "]", parts);
    }
    if (value === null || typeof value !== "object") return this.scalar(value);
    const parts = Object.entries(value).map(([key, one]): [Path, string] => {
      const written = this.key(key);
      const space = written.startsWith('"') && this.choose(2) ? "" : " ";
      return [[...path, key], `${written}:${space}${this.flow(one, [...path, key])}`];
    });
    return this.collection("{", "}", parts);
  }

  private value(value: Plain, indent: string, path: Path): string {
    const end = this.choose(4) === 3 ? ` ${this.comment(path)}\n` : "\n";
    const inBlock =
      value !== null && typeof value === "object" && Object.keys(value).length > 0 && this.choose(2) === 0;
    if (value === null && this.choose(2)) return end;
    if (!inBlock) {
      const isLine = typeof value === "string" && /^[a-z]([a-z ]*[a-z])?$/.test(value);
      if (isLine && this.choose(3) === 2) return ` ${this.choose(2) ? "|-" : ">-"}${end}${indent}    ${value}\n`;
      const below = this.choose(8) === 7 ? `\n${indent}   ` : "";
      return `${below} ${this.flow(value, path)}${end}`;
    }
    if (!Array.isArray(value)) return `${end}${this.block(value as Mapping, path)}`;
    const deeper = this.choose(2) ? `${indent}  ` : indent;
    return end + value.map((one, at) => `${deeper}- ${this.flow(one, [...path, `${at}`])}\n`).join("");
  }

  /** On one line, or with its parts on lines of their own, each of which may have a comment. */
  private collection(open: string, close: string, parts: [Path, string][]): string {
    if (parts.length === 0) return open + close;
    const trailing = this.choose(5) === 4 ? "," : "";
    if (this.choose(4) < 3) return `${open}${parts.map(([, part]) => part).join(", ")}${trailing}${close}`;
    const lines = parts.map(([path, part], at) => {
      const comma = at < parts.length - 1 ? "," : trailing;
      return `${DEEP}${part}${comma}${this.choose(3) === 2 ? ` ${this.comment(path)}` : ""}\n`;
    });
    return `${open}\n${lines.join("")}${DEEP}${close}`;
  }

  private key(key: string): string {
    return this.choose(3) < 2 && isWord(key) ? key : JSON.stringify(key);
  }

  private scalar(value: string | number | boolean | null): string {
    if (typeof value !== "string") return String(value);
    if (this.choose(3) < 2 && isWord(value)) return value;
    const single = !/[^ -~]/.test(value) && this.choose(2);
    return single ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
  }

  private comment(path: Path): string {
    return `#c${this.comments++} ${JSON.stringify(path)}`;
  }
}
