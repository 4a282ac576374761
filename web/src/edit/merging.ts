/** Two edits of one tool brought together: what each side changed alone is taken, what both changed is asked about. */
import { diff3Merge } from "node-diff3";
import { type Content, type Files, paths, same } from "./draft";

export type Merged = {
  path: string;
  /** What others made of it; undefined where they removed it. */
  theirs: Content | undefined;
  mine: Content | undefined;
  /** Both sides in one text, mine where they exclude each other. */
  result: Content | undefined;
  /** How many places both sides changed. */
  conflicts: number;
};

/** The files that both sides changed differently, and the files as they are with all else taken from either side. */
export function mergeFiles(base: Files, theirs: Files, mine: Files): { files: Files; both: Merged[] } {
  const files: Record<string, Content> = {};
  const both: Merged[] = [];
  for (const path of paths({ ...base, ...theirs, ...mine })) {
    const [was, other, own] = [base[path], theirs[path], mine[path]];
    let result = same(was, own) ? other : own;
    if (!same(was, own) && !same(was, other) && !same(own, other)) {
      const merged = mergeTexts(was, other, own);
      result = merged.result;
      both.push({ path, theirs: other, mine: own, ...merged });
    }
    if (result !== undefined) files[path] = result;
  }
  return { files, both };
}

function mergeTexts(was: Content | undefined, other: Content | undefined, own: Content | undefined) {
  if (typeof other !== "string" || typeof own !== "string") return { result: own, conflicts: 1 };
  const parts = diff3Merge(lines(own), lines(typeof was === "string" ? was : ""), lines(other));
  const result = parts.flatMap((part) => part.ok ?? part.conflict?.a ?? []).join("");
  return { result, conflicts: parts.filter((part) => part.conflict).length };
}

/** Each line with its end, so that a missing last newline stays missing. */
function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
