/** Single changes of the text of YAML: what is not changed keeps its letters, comments and line ends. */
import { isMap, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

// Begins with a letter, holds nothing that ends it in a flow collection, and is no word that YAML 1.1 or 1.2 reads anew.
const BARE = /^(?!(?:true|false|yes|no|on|off|null|y|n)$)[a-z]([\w ./-]*[\w./-])?$/i;
/** What YAML forbids or nobody sees: characters of control, marks of writing direction, odd line ends. */
export const UNSEEN =
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

/**
 * A key's value, `written` as YAML: on one line, or in a block mapping on several with their indentation (an empty first
 * one for a mapping). A new key comes before those that are later in `order`, else last.
 */
export function setKey(text: string, map: YAMLMap, key: string, written: string, order: readonly string[]): string {
  const pair = pairOf(map, key);
  if (pair) return withValue(text, pair, written);
  const pairs = map.items as Pair[];
  const rank = order.indexOf(key);
  const later = rank < 0 ? undefined : pairs.find((one) => order.indexOf(keyOf(one)) > rank);
  const last = pairs.at(-1);
  const line = `${inline(key)}:${spaced(written)}`;
  if (!last) return put(text, (map.range?.[0] ?? 0) + 1, line);
  if (map.flow) return later ? put(text, begins(later), `${line}, `) : put(text, endOfPair(text, last), `, ${line}`);
  const indent = indentOf(text, begins(last));
  if (later) return put(text, lineOf(text, begins(later)), `${indent}${line}\n`);
  return appended(text, extent(text, last)[1], `${indent}${line}`);
}

/** Without a key; a mapping that holds nothing else becomes `{}`. `above` is the pair whose value the mapping is. */
export function removeKey(text: string, map: YAMLMap, key: string, above?: Pair): string {
  const pairs = map.items as Pair[];
  const pair = pairOf(map, key);
  if (!pair) return text;
  if (map.flow)
    return withoutPart(
      text,
      pairs.map((one) => spanOfPair(text, one)),
      pairs.indexOf(pair),
    );
  if (pairs.length === 1 && above) return withValue(text, above, "{}");
  const [from, to] = extent(text, pair);
  return text.slice(0, from) + text.slice(to);
}

export function renameKey(text: string, map: YAMLMap, key: string, to: string): string {
  const old = pairOf(map, key)?.key as Scalar | undefined;
  if (!old?.range) return text;
  // After a quoted key its value may stand without a space, after others not.
  const written = old.type === Scalar.PLAIN ? inline(to) : quoted(to);
  return text.slice(0, old.range[0]) + written + text.slice(old.range[1]);
}

/** One more item at the end of a list that has some. */
export function addItem(text: string, list: YAMLSeq, written: string): string {
  const last = list.items.at(-1) as Node;
  const end = endOf(text, last);
  if (list.flow) return put(text, end, `, ${written}`);
  return appended(text, lineEnd(text, end), `${indentOf(text, startOf(list))}- ${written}`);
}

/** A list without one of several items. */
export function removeItem(text: string, list: YAMLSeq, at: number): string {
  const ranges = (list.items as Node[]).map((one): [number, number] => [startOf(one), endOf(text, one)]);
  if (list.flow) return withoutPart(text, ranges, at);
  const [from, to] = ranges[at] ?? [0, 0];
  return text.slice(0, lineOf(text, from)) + text.slice(lineEnd(text, to));
}

/** The lines of a pair of a block mapping: from its key to the beginning of the line after its value. */
export function extent(text: string, pair: Pair): [number, number] {
  return [lineOf(text, begins(pair)), lineEnd(text, endOfPair(text, pair))];
}

/** Another value, and the comments beside the key and beside the value as they were. */
function withValue(text: string, pair: Pair, written: string): string {
  const node = pair.value as Node | null;
  const keyEnd = endOf(text, pair.key as Node);
  if (!node) return put(text, keyEnd, `: ${written}`);
  const colon = text.indexOf(":", keyEnd) + 1;
  const [from, to] = [startOf(node), endOf(text, node)];
  if (from === to) return withLines(text, colon, colon, spaced(written));
  if ((isMap(node) || isSeq(node)) && !node.flow)
    return (
      text.slice(0, colon) + spaced(written) + text.slice(colon, lineOf(text, from)) + text.slice(lineEnd(text, to))
    );
  if (!isBlock(node)) return withLines(text, from, to, written);
  const header = from + (/^[|>][-+\d]*/.exec(text.slice(from, to))?.[0].length ?? 0);
  const end = lineEnd(text, header);
  return withLines(text.slice(0, end) + text.slice(to), from, header, written);
}

const isBlock = (node: Node) =>
  isScalar(node) && (node.type === Scalar.BLOCK_FOLDED || node.type === Scalar.BLOCK_LITERAL);

/** Several lines in place of a part of one: what stands after the part stays on the first of them. */
function withLines(text: string, from: number, to: number, written: string): string {
  const at = written.indexOf("\n");
  if (at < 0) return text.slice(0, from) + written + text.slice(to);
  const end = text.indexOf("\n", to);
  const [beside, after] = end < 0 ? [text.slice(to), ""] : [text.slice(to, end), text.slice(end)];
  return text.slice(0, from) + written.slice(0, at) + beside + written.slice(at) + after;
}

const spaced = (written: string) => (written.startsWith("\n") ? written : ` ${written}`);

/** Without one part of a flow collection, one of the commas around it, and what is said beside it. */
function withoutPart(text: string, parts: readonly [number, number][], at: number): string {
  const [from, to] = parts[at] ?? [0, 0];
  const comma = commaAfter(text, to);
  const before = parts[at - 1];
  if (comma >= 0 || !before) return withoutSpan(text, from, Math.max(to, comma + 1));
  const earlier = commaAfter(text, before[1]);
  const commented = text.slice(earlier + 1, from).trim() !== "";
  const rest = withoutSpan(text, commented ? from : earlier + 1, to);
  return rest.slice(0, earlier) + rest.slice(earlier + 1);
}

/** Without a part of a line and the comment after it, and without the line where nothing else is on it. */
function withoutSpan(text: string, from: number, to: number): string {
  const end = to + (/^[ \t]*(#[^\r\n]*)?/.exec(text.slice(to))?.[0].length ?? 0);
  const line = lineOf(text, from);
  const alone = !text.slice(line, from).trim() && /^\r?\n/.test(text.slice(end));
  return alone ? text.slice(0, line) + text.slice(lineEnd(text, end)) : text.slice(0, from) + text.slice(end);
}

/** The comma after a part of a flow collection; -1 where the collection ends. */
function commaAfter(text: string, at: number): number {
  const [between = ""] = /^(?:\s|#[^\n]*)*/.exec(text.slice(at)) ?? [];
  return text[at + between.length] === "," ? at + between.length : -1;
}

const startOf = (node: Node) => node.range?.[0] ?? 0;

const begins = (pair: Pair) => startOf(pair.key as Node);

/** The end of a value's last letter. Of a block collection the parser's end may lie within what comes after it. */
function endOf(text: string, node: Node): number {
  const last = isMap(node) || isSeq(node) ? node.items.at(-1) : undefined;
  if (!last || (node as YAMLMap | YAMLSeq).flow) return node.range?.[1] ?? 0;
  return isMap(node) ? endOfPair(text, last as Pair) : endOf(text, last as Node);
}

function endOfPair(text: string, pair: Pair): number {
  const node = pair.value as Node | null;
  const key = endOf(text, pair.key as Node);
  if (!node) return key;
  return node.range?.[0] === node.range?.[1] ? text.indexOf(":", key) + 1 : endOf(text, node);
}

const spanOfPair = (text: string, pair: Pair): [number, number] => [begins(pair), endOfPair(text, pair)];

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
