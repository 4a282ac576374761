import { useMemo, useState } from "react";
import type { Problem } from "../api/problem";
import { DiffView } from "../parts/DiffView";
import { counted } from "../parts/Marks";
import type { Base, Content, Draft, Files } from "./draft";
import { MergeEditor } from "./MergeEditor";
import { mergeFiles } from "./merging";

type Props = { draft: Draft; problem: Problem; use: (base: Base, files: Files) => void; back: () => void };
type Current = { digest: string | null; files: Record<string, Content> };

/** Somebody else changed the tool meanwhile: both sides, and what is to become of them. */
export function Conflict({ draft, problem, use, back }: Props) {
  const current = problem.body.current as Current | undefined;
  const theirs = current?.files ?? {};
  const [merged] = useState(() => mergeFiles(draft.base?.files ?? {}, theirs, draft.files));
  const [results, setResults] = useState<Record<string, Content | undefined>>(() =>
    Object.fromEntries(merged.both.map((one) => [one.path, one.result])),
  );
  const name = draft.base?.name ?? "";
  const removed = current?.digest === null;
  const files = useMemo(() => {
    const all: Record<string, Content> = { ...merged.files };
    for (const [path, content] of Object.entries(results)) {
      if (content === undefined) delete all[path];
      else all[path] = content;
    }
    return all;
  }, [merged, results]);
  const finish = () => use({ name, digest: current?.digest ?? "", files: theirs }, files);
  return (
    <div className="stack conflict">
      <h1>{name} was changed by somebody else</h1>
      <p className="note warn">
        {removed
          ? "The tool was removed meanwhile. Restore it from its history, then edit it again."
          : "Nothing is lost: your changes are here, and so are theirs. Bring them together, then commit."}
      </p>
      {typeof problem.body.meanwhile === "string" && problem.body.meanwhile && (
        <details className="stack">
          <summary>What they changed</summary>
          <DiffView unified={problem.body.meanwhile} />
        </details>
      )}
      {!removed && merged.both.length === 0 && (
        <p className="note good">You and they changed different files, so both changes fit together as they are.</p>
      )}
      {merged.both.map((one) => (
        <section key={one.path} className="panel" aria-label={`Merge ${one.path}`}>
          <header>
            <h2 className="mono">{one.path}</h2>
            <span className={one.conflicts > 0 ? "mark bad" : "mark good"}>
              {one.conflicts > 0 ? `${counted(one.conflicts, "place")} changed by both` : "fits together"}
            </span>
            <span className="row">
              <button
                type="button"
                className="button small"
                onClick={() => setResults({ ...results, [one.path]: one.theirs })}
              >
                Take theirs
              </button>
              <button
                type="button"
                className="button small"
                onClick={() => setResults({ ...results, [one.path]: one.mine })}
              >
                Take mine
              </button>
            </span>
          </header>
          <Side
            one={one}
            result={results[one.path]}
            set={(content) => setResults((before) => ({ ...before, [one.path]: content }))}
          />
        </section>
      ))}
      <div className="row">
        <button type="button" className="button primary" disabled={removed} onClick={finish}>
          Go on with the result
        </button>
        <button type="button" className="button" onClick={back}>
          Back to my changes
        </button>
      </div>
    </div>
  );
}

type SideProps = {
  one: { path: string; theirs: Content | undefined };
  result: Content | undefined;
  set: (content: string) => void;
};

function Side({ one, result, set }: SideProps) {
  if (typeof result !== "string" || typeof one.theirs !== "string")
    return (
      <p className="inside">
        {result === undefined ? "The file goes." : "The file stays."} One side removed it, or it is no text: take one of
        both.
      </p>
    );
  return <MergeEditor path={one.path} theirs={one.theirs} result={result} change={set} />;
}
