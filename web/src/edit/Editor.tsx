import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import type { Problem } from "../api/problem";
import { StatusMark } from "../parts/Marks";
import { Tabs } from "../tool/Tabs";
import { CodeEditor, type Place } from "./CodeEditor";
import { CommitDialog } from "./CommitDialog";
import { Conflict } from "./Conflict";
import { DeleteTool } from "./DeleteTool";
import { type Base, changedPaths, type Draft, MANIFEST, paths, withFile } from "./draft";
import { FileList } from "./FileList";
import { Findings } from "./Findings";
import { LeaveGuard } from "./LeaveGuard";
import { ManifestForm } from "./ManifestForm";
import { readManifest } from "./manifestText";
import { RenameTool } from "./RenameTool";
import { TryPanel } from "./TryPanel";
import { useFindings } from "./useFindings";

type Props = { first: Draft; leftOut: readonly string[]; anew: () => void };
type Done = { name: string; said: string; url?: string | null };

/** All files of one tool on their way to a commit. */
export function Editor({ first, leftOut, anew }: Props) {
  const [draft, setDraft] = useState(first);
  const [path, setPath] = useState(paths(first.files)[0] ?? MANIFEST);
  const [asForm, setAsForm] = useState(false);
  const [place, setPlace] = useState<Place | null>(null);
  const [committing, setCommitting] = useState(false);
  const [stale, setStale] = useState<Problem | null>(null);
  const [done, setDone] = useState<Done | null>(
    useLocation().state?.committed ? { name: toolName(first), said: "Committed" } : null,
  );
  const [moveTo, setMoveTo] = useState<string | null>(null);
  const said = useFindings(draft);
  const client = useQueryClient();
  const navigate = useNavigate();

  // In an effect: only then the guard knows that nothing is left to lose.
  useEffect(() => {
    if (moveTo) navigate(moveTo, { replace: true, state: { committed: true } });
  }, [moveTo, navigate]);

  const change = useCallback((at: string, text: string) => setDraft((before) => withFile(before, at, text)), []);
  // While it cannot be read, what it last was: examples and status do not flicker as one types.
  const lastRead = useRef<Record<string, unknown> | null>(null);
  const text = String(draft.files[MANIFEST] ?? "");
  const manifest = useMemo(() => readManifest(text) ?? lastRead.current, [text]);
  lastRead.current = manifest;
  const changed = changedPaths(draft);
  const content = draft.files[path];
  const name = draft.base?.name ?? String(manifest?.name ?? "new tool");
  const goTo = (to: Place) => {
    setAsForm(false);
    setPath(to.path in draft.files ? to.path : MANIFEST);
    setPlace(to);
  };
  const goOn = (tool: string) => setMoveTo(`/tools/${encodeURIComponent(tool)}/edit`);
  const landed = (tool: string, digest: string) => {
    setCommitting(false);
    // From now on the draft is made from what was just committed.
    setDraft((before) => ({ base: { name: tool, digest, files: before.files }, files: before.files }));
    setDone({ name: tool, said: "Committed" });
    void client.invalidateQueries();
    if (!draft.base) goOn(tool);
  };
  const proposed = (url: string | null) => {
    setCommitting(false);
    setDraft((before) => ({ ...before, base: before.base && { ...before.base, files: before.files } }));
    setDone({ name, said: "Proposed", url });
    void client.invalidateQueries();
  };
  const merged = (base: Base, files: Draft["files"]) => {
    setStale(null);
    setDraft({ base, files });
    if (!(path in files)) setPath(MANIFEST);
  };

  if (stale) return <Conflict draft={draft} problem={stale} use={merged} back={() => setStale(null)} />;
  return (
    <div className="stack editor">
      <LeaveGuard dirty={changed.length > 0} />
      <Heading name={name} draft={draft} status={manifest?.status}>
        <button
          type="button"
          className="button primary"
          disabled={changed.length === 0}
          onClick={() => {
            setDone(null);
            setCommitting(true);
          }}
        >
          Commit…
        </button>
      </Heading>
      {draft.base && <Tabs name={draft.base.name} />}
      {done && <Landed done={done} />}
      {leftOut.length > 0 && (
        <p className="note warn">
          These are no regular files within the limits, so this folder cannot be edited here: {leftOut.join(", ")}
        </p>
      )}
      <div className="workbench">
        <FileList
          draft={draft}
          path={path}
          findings={said.validation?.findings ?? []}
          choose={setPath}
          change={setDraft}
        />
        <section className="panel pane" aria-label={path}>
          <header>
            <h2 className="mono">{path}</h2>
            {path === MANIFEST && <FormSwitch asForm={asForm} set={setAsForm} />}
          </header>
          {typeof content !== "string" ? (
            <p className="inside soft">This file is no text. It is kept as it is.</p>
          ) : (
            <>
              {path === MANIFEST && asForm && (
                <ManifestForm text={content} change={(text) => change(MANIFEST, text)} isNew={!draft.base} />
              )}
              <div className={path === MANIFEST && asForm ? "hidden-editor" : "shown-editor"}>
                <CodeEditor
                  path={path}
                  text={content}
                  change={(text) => change(path, text)}
                  findings={said.validation?.findings ?? NONE}
                  place={place}
                />
              </div>
            </>
          )}
        </section>
        <div className="stack side">
          <Findings said={said} goTo={goTo} />
          <TryPanel draft={draft} manifest={manifest} valid={said.validation?.valid ?? false} goTo={goTo} />
        </div>
      </div>
      {draft.base && (
        <div className="row dangerous">
          <RenameTool
            name={draft.base.name}
            digest={draft.base.digest}
            dirty={changed.length > 0}
            renamed={goOn}
            proposed={(url) => setDone({ name, said: "Proposed", url })}
          />
          <DeleteTool
            name={draft.base.name}
            digest={draft.base.digest}
            proposed={(url) => setDone({ name, said: "Proposed", url })}
          />
        </div>
      )}
      {committing && (
        <CommitDialog
          draft={draft}
          said={said}
          close={() => setCommitting(false)}
          landed={landed}
          proposed={proposed}
          stale={(problem) => {
            setCommitting(false);
            setStale(problem);
          }}
          anew={anew}
        />
      )}
    </div>
  );
}

const NONE: never[] = [];

const toolName = (draft: Draft) => draft.base?.name ?? "";

type HeadingProps = { name: string; draft: Draft; status: unknown; children: React.ReactNode };

function Heading({ name, draft, status, children }: HeadingProps) {
  const changed = changedPaths(draft).length;
  const known = status === "draft" || status === "deprecated" || status === "disabled" ? status : "active";
  return (
    <div className="row heading">
      <h1>
        {draft.base ? "Edit " : "New tool "}
        {draft.base ? <Link to={`/tools/${encodeURIComponent(name)}`}>{name}</Link> : name}
      </h1>
      <StatusMark status={known} />
      <span className="soft" role="status">
        {changed === 0 ? "No changes" : `${changed} ${changed === 1 ? "file" : "files"} changed`}
      </span>
      <span className="row">{children}</span>
    </div>
  );
}

function Landed({ done }: { done: Done }) {
  return (
    <p className="note good" role="status">
      {done.said}. <Link to={`/tools/${encodeURIComponent(done.name)}`}>See the tool</Link>
      {done.url && (
        <>
          {" or "}
          <a href={done.url}>open a pull request</a>
        </>
      )}
      .
    </p>
  );
}

function FormSwitch({ asForm, set }: { asForm: boolean; set: (asForm: boolean) => void }) {
  return (
    <div className="row">
      <button type="button" className="button small" aria-pressed={!asForm} onClick={() => set(false)}>
        Text
      </button>
      <button type="button" className="button small" aria-pressed={asForm} onClick={() => set(true)}>
        Form
      </button>
    </div>
  );
}
