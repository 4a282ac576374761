import { useMemo } from "react";
import "./diff.css";
import { visible } from "./visible";

type Line = { kind: string; text: string; old: number | null; now: number | null };
type FileDiff = { path: string; said: string[]; lines: Line[] };

const AT_MOST = 3000;

/** A unified diff, file by file. What it holds is text, whatever it looks like. */
export function DiffView({ unified }: { unified: string }) {
  const files = useMemo(() => parse(unified), [unified]);
  if (files.length === 0) return <p className="soft">Nothing differs.</p>;
  return (
    <div className="stack diff">
      {files.map((file) => (
        <section key={file.path} className="panel" aria-label={`Difference of ${file.path}`}>
          <header>
            <h3 className="mono">{visible(file.path)}</h3>
            {file.said.map((one) => (
              <span key={one} className="mark">
                {one}
              </span>
            ))}
          </header>
          <div className="scrolls">
            <table className="diff-lines">
              <tbody>
                {file.lines.slice(0, AT_MOST).map((line, at) => (
                  <tr key={at} className={KINDS[line.kind] ?? "hunk"}>
                    <td className="number">{line.old}</td>
                    <td className="number">{line.now}</td>
                    <td className="sign">{line.kind === "@" ? "" : line.kind}</td>
                    <td className="text">
                      <bdi>{visible(line.text) || " "}</bdi>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {file.lines.length > AT_MOST && (
            <p className="inside soft">{file.lines.length - AT_MOST} more lines differ.</p>
          )}
        </section>
      ))}
    </div>
  );
}

const KINDS: Record<string, string> = { "+": "added", "-": "removed", " ": "kept", "@": "hunk" };

export function parse(unified: string): FileDiff[] {
  const files: FileDiff[] = [];
  let [old, now] = [0, 0];
  let [oldLeft, newLeft] = [0, 0];
  for (const text of unified.split("\n")) {
    const file = files.at(-1);
    const kind = text.charAt(0);
    if (file && (oldLeft > 0 || newLeft > 0) && (kind === "+" || kind === "-" || kind === " ")) {
      file.lines.push({ kind, text: text.slice(1), old: kind === "+" ? null : old, now: kind === "-" ? null : now });
      if (kind !== "+") [old, oldLeft] = [old + 1, oldLeft - 1];
      if (kind !== "-") [now, newLeft] = [now + 1, newLeft - 1];
      continue;
    }
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/.exec(text);
    if (hunk && file) {
      [old, now] = [Number(hunk[1]), Number(hunk[3])];
      [oldLeft, newLeft] = [Number(hunk[2] ?? 1), Number(hunk[4] ?? 1)];
      file.lines.push({ kind: "@", text: text.replace(/^(@@.*@@).*$/, "$1"), old: null, now: null });
    } else heading(text, files);
  }
  return files;
}

/** A line between two files' hunks. */
function heading(text: string, files: FileDiff[]): void {
  const named = /^diff --git "?a\/(.*?)"? "?b\/(.*?)"?$/.exec(text) ?? /^(?:---|\+\+\+) "?[ab]\/(.*?)"?\t?$/.exec(text);
  const path = named?.[2] ?? named?.[1];
  if (path !== undefined) {
    if (files.at(-1)?.path !== path) files.push({ path, said: [], lines: [] });
    return;
  }
  const file = files.at(-1);
  if (!file) return;
  if (text.startsWith("new file")) file.said.push("added");
  else if (text.startsWith("deleted file")) file.said.push("removed");
  else if (/^Binary files/.test(text)) file.said.push("not text");
}
