/** A draft: the files of one tool as somebody is changing them, and what they were made from. */
import type { Shapes } from "../api/client";

export type Content = string | { base64: string };
export type Files = Readonly<Record<string, Content>>;
/** The committed state that the draft was made from. */
export type Base = Readonly<{ name: string; digest: string; files: Files }>;
/** Without a base it is a new tool. */
export type Draft = Readonly<{ base: Base | null; files: Files }>;
export type Edit = Pick<Shapes["ValidateRequest"], "action" | "name" | "files">;

export const MANIFEST = "tool.yaml";
/** What a tool may be called. */
export const NAME_PATTERN = "[a-z][a-z0-9_]{0,63}";

/** The files in the order in which people look for them. */
export function paths(files: Files): string[] {
  const rank = (path: string) => (path === MANIFEST ? 0 : path === "main.py" ? 1 : 2);
  return Object.keys(files).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

export function same(a: Content | undefined, b: Content | undefined): boolean {
  if (typeof a === "object" && typeof b === "object") return a.base64 === b.base64;
  return a === b;
}

/** The paths that differ from what the draft was made from. */
export function changedPaths(draft: Draft): string[] {
  const before = draft.base?.files ?? {};
  return paths({ ...before, ...draft.files }).filter((path) => !same(before[path], draft.files[path]));
}

/** The draft as the body of a dry run or a try. Files that did not change are left as they are, so nothing else is. */
export function asEdit(draft: Draft): Edit {
  if (!draft.base) return { action: "create", files: { ...draft.files } };
  const files = Object.fromEntries(changedPaths(draft).map((path) => [path, draft.files[path] ?? null]));
  return { action: "merge", name: draft.base.name, files };
}

export function withFile(draft: Draft, path: string, content: Content): Draft {
  return { ...draft, files: { ...draft.files, [path]: content } };
}

export function withoutFile(draft: Draft, path: string): Draft {
  const { [path]: _, ...files } = draft.files;
  return { ...draft, files };
}

export function renamed(draft: Draft, from: string, to: string): Draft {
  const content = draft.files[from];
  return content === undefined ? draft : withFile(withoutFile(draft, from), to, content);
}

/** Why a file cannot have this path; empty where it can. The service has the last word. */
export function pathFault(path: string, files: Files): string {
  if (!path) return "Give a path, such as helpers.py or data/table.csv.";
  if (path in files) return "There is such a file already.";
  if (path.startsWith("/") || path.split("/").some((part) => !part || part === "." || part === ".."))
    return "Give a path inside the folder.";
  return "";
}
