/** Single changes of the text of YAML: what is not changed keeps its letters, comments and line ends. */
import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from "yaml";

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

// Begins with a letter, holds nothing that ends it in a flow collection, and is no word that YAML 1.1 or 1.2 reads anew.
const BARE = /^(?!(?:true|false|yes|no|on|off|null|y|n)$)[a-z]([\w ./-]*[\w./-])?$/i;
/** What YAML forbids or nobody sees: characters of control, marks of writing direction, odd line ends. */
const UNSEEN =
  /(?![\t\n])[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/gu;

/** A value on one line, as it may stand anywhere. */
export function inline(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (value !== null && typeof value === "object")
    return `{${Object.entries(value)
      .map(([key, one]) => `${inline(key)}: ${inline(one)}`)
      .join(", ")}}`;
  if (typeof value === "string") return BARE.test(value) ? value : quoted(value);
  // Without a point YAML 1.1 takes 1e+21 for a text.
  return String(value).replace(/^(-?\d+)e/, "$1.0e");
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (one) => {
    const code = (one.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}

export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((one) => keyOf(one as Pair) === key) as Pair | undefined;
}

export function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

/** A key's value, `written` as YAML on one line. A new key comes before those that are later in `order`, else last. */
export function setKey(text: string, map: YAMLMap, key: string, written: string, order: readonly string[]): string {
  const pair = pairOf(map, key);
  if (pair) return withValue(text, pair, written);
  const pairs = map.items as Pair[];
  const rank = order.indexOf(key);
  const later = rank < 0 ? undefined : pairs.find((one) => order.indexOf(keyOf(one)) > rank);
  const last = pairs.at(-1);
  if (!last) return put(text, (map.range?.[0] ?? 0) + 1, `${inline(key)}: ${written}`);
  const line = `${inline(key)}: ${written}`;
  if (map.flow) return later ? put(text, begins(later), `${line}, `) : put(text, ends(last), `, ${line}`);
  const indent = indentOf(text, begins(last));
  if (later) return put(text, lineOf(text, begins(later)), `${indent}${line}\n`);
  return appended(text, extent(text, last)[1], `${indent}${line}`);
}

/** Without a key; a mapping that holds nothing else becomes `{}`. `above` is the pair whose value the mapping is. */
export function removeKey(text: string, map: YAMLMap, key: string, above?: Pair): string {
  const pairs = map.items as Pair[];
  const pair = pairOf(map, key);
  if (!pair) return text;
  if (map.flow) return withoutPart(text, pairs.map(span), pairs.indexOf(pair));
  if (pairs.length === 1 && above) return withValue(text, above, "{}");
  const [from, to] = extent(text, pair);
  return text.slice(0, from) + text.slice(to);
}

export function renameKey(text: string, map: YAMLMap, key: string, to: string): string {
  const range = (pairOf(map, key)?.key as Node | undefined)?.range;
  return range ? text.slice(0, range[0]) + inline(to) + text.slice(range[1]) : text;
}

/** One more item at the end of a list that has some. */
export function addItem(text: string, list: YAMLSeq, written: string): string {
  const last = list.items.at(-1) as Node;
  const end = last.range?.[1] ?? 0;
  if (list.flow) return put(text, end, `, ${written}`);
  const start = list.range?.[0] ?? 0;
  return appended(text, lineEnd(text, end), `${indentOf(text, start)}- ${written}`);
}

/** A list without one of several items. */
export function removeItem(text: string, list: YAMLSeq, at: number): string {
  const ranges = (list.items as Node[]).map((one): [number, number] => [one.range?.[0] ?? 0, one.range?.[1] ?? 0]);
  if (list.flow) return withoutPart(text, ranges, at);
  const [from, to] = ranges[at] ?? [0, 0];
  return text.slice(0, lineOf(text, from)) + text.slice(lineEnd(text, to));
}

/** The lines of a pair of a block mapping: from its key to the beginning of the line after its value. */
export function extent(text: string, pair: Pair): [number, number] {
  return [lineOf(text, begins(pair)), lineEnd(text, ends(pair))];
}

function withValue(text: string, pair: Pair, written: string): string {
  const node = pair.value as Node | null;
  const key = pair.key as Node;
  const from = node?.range?.[0] ?? 0;
  const to = node?.range?.[1] ?? 0;
  if (!node) return put(text, key.range?.[1] ?? 0, `: ${written}`);
  if (from === to) return put(text, text.indexOf(":", key.range?.[1]) + 1, ` ${written}`);
  const block = (isMap(node) || isSeq(node)) && !node.flow;
  const line = text.slice(from, to).endsWith("\n") ? "\n" : "";
  return (
    text.slice(0, block ? text.indexOf(":", key.range?.[1]) + 1 : from) +
    (block ? " " : "") +
    written +
    line +
    text.slice(to)
  );
}

/** Without one part of a flow collection, and without one of the commas around it. */
function withoutPart(text: string, parts: readonly [number, number][], at: number): string {
  const [from, to] = parts[at] ?? [0, 0];
  const before = parts[at - 1];
  const after = parts[at + 1];
  if (after) return text.slice(0, from) + text.slice(after[0]);
  return text.slice(0, before ? before[1] : from) + text.slice(to);
}

const begins = (pair: Pair) => (pair.key as Node).range?.[0] ?? 0;

function ends(pair: Pair): number {
  return ((pair.value ?? pair.key) as Node).range?.[1] ?? 0;
}

const span = (pair: Pair): [number, number] => [begins(pair), ends(pair)];

const put = (text: string, at: number, more: string) => text.slice(0, at) + more + text.slice(at);

/** A line more at the beginning of a line, or at the end of a text that has no last line end. */
function appended(text: string, at: number, line: string): string {
  return put(text, at, at > 0 && text[at - 1] !== "\n" ? `\n${line}` : `${line}\n`);
}

const lineOf = (text: string, at: number) => text.lastIndexOf("\n", at - 1) + 1;

/** The beginning of the next line; `at` itself where that is one. */
function lineEnd(text: string, at: number): number {
  if (at > 0 && text[at - 1] === "\n") return at;
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

const indentOf = (text: string, at: number) => " ".repeat(at - lineOf(text, at));
