import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { api, data, type Shapes } from "../api/client";
import { Problem } from "../api/problem";
import { tool as toolQuery } from "../api/queries";
import { readAuthor, signature } from "../edit/author";
import { Ask } from "../parts/Ask";
import { ago } from "../parts/ago";
import { DiffView } from "../parts/DiffView";
import { Failure } from "../parts/Failure";
import { counted, StatusMark } from "../parts/Marks";
import { exactly } from "../parts/times";
import { useTitle } from "../parts/title";
import { visible } from "../parts/visible";
import { Waiting } from "../parts/Waiting";
import { Tabs } from "../tool/Tabs";
import { difference, versionPage } from "./queries";
import "../tool/tool.css";
import "./history.css";

type Version = Shapes["VersionSummary"];

/** The versions of a tool, what differs between any two, and the way back to one of them. */
export function Component() {
  const { name = "" } = useParams();
  useTitle(`History of ${name}`);
  const [address, setAddress] = useSearchParams();
  const page = Math.max(1, Number(address.get("page")) || 1);
  const versions = useQuery(versionPage(name, page));
  const tool = useQuery({ ...toolQuery(name), retry: false });
  const gone = tool.error !== null && Problem.from(tool.error).status === 404;
  const total = versions.data?.total ?? 0;
  const to = numberIn(address, "to") ?? numberIn(address, "version") ?? total;
  const from = numberIn(address, "from") ?? Math.max(0, to - 1);
  const choose = (changes: Record<string, number>) =>
    setAddress(
      (before) => {
        before.delete("version");
        const next: Record<string, number> = { from, to, ...changes };
        for (const [key, value] of Object.entries(next)) before.set(key, String(value));
        return before;
      },
      // At once: what was chosen must not jump back meanwhile.
      { replace: true, preventScrollReset: true, flushSync: true },
    );
  return (
    <div className="stack">
      <div className="row">
        <h1>History of {gone ? name : <Link to={`/tools/${encodeURIComponent(name)}`}>{name}</Link>}</h1>
        {tool.data && <StatusMark status={tool.data.status} />}
        {gone && total > 0 && <span className="mark bad">removed</span>}
      </div>
      {tool.data && <Tabs name={name} />}
      {versions.isPending && <Waiting>Loading the versions</Waiting>}
      {versions.error && <Failure error={versions.error} retry={() => versions.refetch()} />}
      {gone && total > 0 && (
        <p className="note warn">There is no such tool any more. Restore one of its versions to bring it back.</p>
      )}
      {versions.data && total === 0 && <p className="note">It was never committed, so it has no versions yet.</p>}
      {versions.data && total > 0 && (
        <div className="history">
          <section className="panel" aria-label="Versions">
            <header>
              <h2>{counted(total, "version")}</h2>
              {total > versions.data.page_size && (
                <span className="row">
                  <button
                    type="button"
                    className="button small"
                    disabled={page <= 1}
                    onClick={() => choose({ page: page - 1 })}
                  >
                    Newer
                  </button>
                  <button
                    type="button"
                    className="button small"
                    disabled={page * versions.data.page_size >= total}
                    onClick={() => choose({ page: page + 1 })}
                  >
                    Older
                  </button>
                </span>
              )}
            </header>
            <ol className="versions">
              {versions.data.items.map((one) => (
                <VersionRow
                  key={one.version}
                  one={one}
                  newest={one.version === total && !gone}
                  from={from}
                  to={to}
                  choose={choose}
                >
                  <Restore
                    name={name}
                    one={one}
                    digest={tool.data?.digest ?? null}
                    hidden={one.digest === null || (one.version === total && !gone)}
                  />
                </VersionRow>
              ))}
            </ol>
          </section>
          <Between name={name} from={Math.min(from, total)} to={Math.min(to, total)} />
        </div>
      )}
    </div>
  );
}

function numberIn(address: URLSearchParams, name: string): number | null {
  const text = address.get(name);
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

type RowProps = {
  one: Version;
  newest: boolean;
  from: number;
  to: number;
  choose: (changes: Record<string, number>) => void;
  children: React.ReactNode;
};

function VersionRow({ one, newest, from, to, choose, children }: RowProps) {
  const [subject = "", ...rest] = one.message.split("\n");
  return (
    <li data-version={one.version} className={to === one.version ? "chosen" : ""}>
      <div className="row">
        <button
          type="button"
          className="button quiet small"
          aria-current={to === one.version && from === one.version - 1}
          onClick={() => choose({ from: one.version - 1, to: one.version })}
        >
          Version {one.version}
        </button>
        {newest && <span className="mark good">now</span>}
        {one.digest === null && <span className="mark bad">removal</span>}
        <span className="soft" title={exactly(one.committed_at)}>
          {ago(one.committed_at)}
        </span>
        {children}
      </div>
      <p className="subject">
        <bdi>{visible(subject)}</bdi>
      </p>
      {rest.join("\n").trim() && <p className="soft body">{visible(rest.join("\n").trim())}</p>}
      <p className="soft row">
        <span>
          <bdi>{visible(one.author.name)}</bdi> &lt;{visible(one.author.email)}&gt;
        </span>
        <code>{one.revision.slice(0, 8)}</code>
        <span>
          {one.changes
            .map((change) => change.path)
            .slice(0, 4)
            .join(", ")}
          {one.changes.length > 4 ? " …" : ""}
        </span>
        {one.packages.length > 0 && <span>through the shared {through(one.packages)}</span>}
      </p>
      <div className="row compare">
        <label className="row">
          <input
            type="radio"
            name="from"
            checked={from === one.version}
            onChange={() => choose({ from: one.version })}
          />{" "}
          from
        </label>
        <label className="row">
          <input type="radio" name="to" checked={to === one.version} onChange={() => choose({ to: one.version })} /> to
        </label>
      </div>
    </li>
  );
}

function through(packages: readonly string[]): string {
  return `${packages.length > 1 ? "packages" : "package"} ${packages.join(", ")}`;
}

function Between({ name, from, to }: { name: string; from: number; to: number }) {
  const found = useQuery(difference(name, from, to));
  return (
    <section className="stack" aria-label="Difference">
      <h2>{from === 0 ? `Version ${to}, all of it` : `From version ${from} to version ${to}`}</h2>
      {found.isPending && <Waiting>Comparing</Waiting>}
      {found.error && <Failure error={found.error} retry={() => found.refetch()} />}
      {found.data && <DiffView unified={found.data.unified} />}
    </section>
  );
}

type RestoreProps = { name: string; one: Version; digest: string | null; hidden: boolean };

/** Brings the files of a version back, as a new version. */
function Restore({ name, one, digest, hidden }: RestoreProps) {
  const [asked, setAsked] = useState(false);
  const client = useQueryClient();
  const restoring = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/tools/{name}/restore", {
          params: { path: { name }, ...(digest ? { header: { "If-Match": digest } } : {}) },
          body: { version: one.version, ...signature(readAuthor(), "") },
        }),
      ),
    onSuccess: () => setAsked(false),
    // Where it was changed meanwhile, what is shown is old too.
    onSettled: () => client.invalidateQueries(),
  });
  if (hidden) return null;
  return (
    <>
      <button type="button" className="button small" onClick={() => setAsked(true)}>
        Restore
      </button>
      {asked && (
        <Ask title={`Restore version ${one.version} of ${name}?`} close={() => setAsked(false)}>
          <p>Its files become a new version. Nothing of the versions since is lost.</p>
          <div className="row">
            <button
              type="button"
              className="button primary"
              disabled={restoring.isPending}
              onClick={() => restoring.mutate()}
            >
              {restoring.isPending ? "Restoring…" : "Restore"}
            </button>
            <button type="button" className="button" onClick={() => setAsked(false)}>
              Close
            </button>
          </div>
          {restoring.error && <Failure error={restoring.error} />}
        </Ask>
      )}
    </>
  );
}
