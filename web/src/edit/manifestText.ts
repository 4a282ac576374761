/** Single fields of a tool.yaml, read from its text and written back into it. All that is not touched stays as it is. */
import { isMap, type Pair, parseDocument, Scalar, stringify, type YAMLMap } from "yaml";
import { extent, inline, keyOf, pairOf, removeKey, setKey } from "./yamlEdit";

export type Value = string | number | boolean | readonly string[] | undefined;

/** The order in which tool.yaml has its fields. */
const ORDER = [
  "name", "title", "description", "status", "replaced_by", "category", "tags", "owner",
  "parameters", "returns", "annotations", "examples", "runtime", "metadata",
]; // biome-ignore format: one list
const RUNTIME = ["timeout_seconds", "memory_mb", "network", "dependencies", "secrets"];

/** The value of tool.yaml; null where it cannot be read now. */
export function readManifest(text: string): Record<string, unknown> | null {
  try {
    const document = parseDocument(text);
    if (document.errors.length > 0 || !isMap(document.contents)) return null;
    return document.toJS({ maxAliasCount: 0 }) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** The top mapping of a text; null where it cannot be read now. */
export function topOf(text: string): YAMLMap | null {
  const document = parseDocument(text);
  return document.errors.length === 0 && isMap(document.contents) ? document.contents : null;
}

/** The text with one field set, or (undefined) removed. `path` is one key, or a key of `runtime`. */
export function writeField(text: string, path: readonly [string] | readonly [string, string], value: Value): string {
  const top = topOf(text);
  if (!top) return text;
  const [first, second] = path;
  if (second === undefined) return placed(text, top, first, value);
  const inner = top.get(first, true);
  if (isMap(inner)) {
    if (value === undefined) return removeKey(text, inner, second, pairOf(top, first));
    return setKey(text, inner, second, inline(value), RUNTIME);
  }
  return value === undefined ? text : placed(text, top, first, undefined, `${first}:\n  ${second}: ${inline(value)}\n`);
}

/** A key of the top mapping, with its lines where it has several. */
export function placed(text: string, top: YAMLMap, key: string, value: Value, lines?: string): string {
  const end = text.endsWith("\n") ? "" : "\n";
  const written =
    lines ??
    (value === undefined ? "" : `${key}: ${key === "description" ? folded(String(value)) : `${inline(value)}\n`}`);
  const pair = pairOf(top, key);
  if (pair) {
    const [from, to] = extent(text, pair);
    return text.slice(0, from) + written + text.slice(to);
  }
  if (!written) return text;
  const later = top.items.find((one) => ORDER.indexOf(keyOf(one as Pair)) > ORDER.indexOf(key)) as Pair | undefined;
  if (!later) return text + end + written;
  const [at] = extent(text, later);
  return text.slice(0, at) + written + text.slice(at);
}

/** A longer text over several lines. */
function folded(value: string): string {
  if (!value.trim()) return '""\n';
  const scalar = new Scalar(value.trim());
  scalar.type = Scalar.BLOCK_FOLDED;
  return stringify({ d: scalar }, { lineWidth: 110 }).replace(/^d: /, "");
}
