/** Single fields of a tool.yaml, read from its text and written back into it. All that is not touched stays as it is. */
import { isMap, parseDocument, Scalar, stringify, type YAMLMap } from "yaml";
import { inline, type Plain, pairOf, removeKey, setKey, UNSEEN } from "./yamlEdit";

export type Value = string | number | boolean | readonly string[] | undefined;

/** The order in which tool.yaml has its fields. */
const ORDER = [
  "name", "title", "description", "status", "replaced_by", "category", "tags", "owner",
  "parameters", "returns", "annotations", "examples", "runtime", "arguments", "metadata",
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
  if (first === "description" && typeof value === "string") {
    const trimmed = value.trim();
    return placed(text, top, first, trimmed, folded(trimmed));
  }
  if (second === undefined) return placed(text, top, first, value);
  const inner = top.get(first, true);
  if (isMap(inner)) {
    if (value === undefined) return removeKey(text, inner, second, pairOf(top, first));
    return setKey(text, inner, second, inline(value), RUNTIME);
  }
  return value === undefined ? text : placed(text, top, first, { [second]: value }, `\n  ${second}: ${inline(value)}`);
}

/** A key of the top mapping, or (undefined) without it; `lines` is the value as it is where that has block style. */
export function placed(text: string, top: YAMLMap, key: string, value: Plain | undefined, lines?: string): string {
  if (value === undefined) return removeKey(text, top, key);
  return setKey(text, top, key, (top.flow ? undefined : lines) ?? inline(value), ORDER);
}

/** A longer text over several lines. */
function folded(value: string): string {
  if (!value || value.search(UNSEEN) >= 0) return inline(value);
  const scalar = new Scalar(value);
  scalar.type = Scalar.BLOCK_FOLDED;
  return stringify({ d: scalar }, { lineWidth: 110 }).replace(/^d: /, "").trimEnd();
}
