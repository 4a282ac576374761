import { type FormEvent, useState } from "react";
import type { Finding } from "../api/queries";
import { Ask } from "../parts/Ask";
import { type Draft, MANIFEST, pathFault, paths, renamed, same, withFile, withoutFile } from "./draft";

type Props = {
  draft: Draft;
  path: string;
  findings: readonly Finding[];
  choose: (path: string) => void;
  change: (draft: Draft) => void;
};
type Asked = { what: "add" | "rename" | "delete" } | null;

/** The files of the folder: choose, add, rename, delete. */
export function FileList({ draft, path, findings, choose, change }: Props) {
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => setAsked(null);
  const put = (to: string) => {
    if (asked?.what === "add") change(withFile(draft, to, ""));
    else change(renamed(draft, path, to));
    choose(to);
    close();
  };
  const drop = () => {
    change(withoutFile(draft, path));
    choose(
      MANIFEST in draft.files && path !== MANIFEST ? MANIFEST : (paths(draft.files).find((one) => one !== path) ?? ""),
    );
    close();
  };
  return (
    <nav className="panel file-list" aria-label="Files">
      <ul>
        {paths(draft.files).map((one) => (
          <li key={one}>
            <button type="button" aria-current={one === path ? "true" : undefined} onClick={() => choose(one)}>
              <span className="mono">{one}</span>
              <State draft={draft} path={one} findings={findings} />
            </button>
          </li>
        ))}
      </ul>
      <div className="row inside">
        <button type="button" className="button small" onClick={() => setAsked({ what: "add" })}>
          Add
        </button>
        <button
          type="button"
          className="button small"
          disabled={path === MANIFEST}
          onClick={() => setAsked({ what: "rename" })}
        >
          Rename
        </button>
        <button
          type="button"
          className="button small"
          disabled={path === MANIFEST}
          onClick={() => setAsked({ what: "delete" })}
        >
          Delete
        </button>
      </div>
      {asked && asked.what !== "delete" && (
        <PathDialog
          title={asked.what === "add" ? "Add a file" : `Rename ${path}`}
          first={asked.what === "add" ? "" : path}
          draft={draft}
          close={close}
          put={put}
        />
      )}
      {asked?.what === "delete" && (
        <Ask title={`Delete ${path}?`} close={close}>
          <p>It goes with the next commit. Earlier versions keep it.</p>
          <div className="row">
            <button type="button" className="button danger" onClick={drop}>
              Delete
            </button>
            <button type="button" className="button" onClick={close}>
              Keep
            </button>
          </div>
        </Ask>
      )}
    </nav>
  );
}

function State({ draft, path, findings }: { draft: Draft; path: string; findings: readonly Finding[] }) {
  const own = findings.filter((one) => one.file === path);
  const errors = own.filter((one) => one.severity === "error").length;
  const before = draft.base?.files[path];
  const changed = before === undefined ? "new" : same(before, draft.files[path]) ? "" : "changed";
  return (
    <span className="row">
      {changed && <span className="mark">{changed}</span>}
      {own.length > 0 && (
        <span className={errors > 0 ? "mark bad" : "mark warn"}>
          <span className="hidden-label">findings: </span>
          {own.length}
        </span>
      )}
    </span>
  );
}

type PathProps = { title: string; first: string; draft: Draft; close: () => void; put: (path: string) => void };

function PathDialog({ title, first, draft, close, put }: PathProps) {
  const [to, setTo] = useState(first);
  const fault = to === first ? "" : pathFault(to.trim(), draft.files);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!fault && to.trim() && to !== first) put(to.trim());
  };
  return (
    <Ask title={title} close={close}>
      <form className="stack" onSubmit={send}>
        <label>
          Path inside the folder
          <input
            className="input mono"
            value={to}
            onChange={(event) => setTo(event.target.value)}
            placeholder="helpers.py"
            spellCheck={false}
            autoComplete="off"
            aria-invalid={Boolean(fault)}
            aria-describedby="path-fault"
          />
          <span id="path-fault" className="fault">
            {fault}
          </span>
        </label>
        <div className="row">
          <button type="submit" className="button primary" disabled={Boolean(fault) || !to.trim() || to === first}>
            {first ? "Rename" : "Add"}
          </button>
          <button type="button" className="button" onClick={close}>
            Close
          </button>
        </div>
      </form>
    </Ask>
  );
}
