import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { proposals, readiness, repository } from "../api/queries";
import { Failure } from "../parts/Failure";
import { useTitle } from "../parts/title";
import { visible } from "../parts/visible";
import { Waiting } from "../parts/Waiting";
import "./status.css";

const EVERY = { refetchInterval: 5_000 };
const NAMES: Record<string, string> = {
  catalog: "Tools",
  audit: "Record of executions",
  sandbox: "Engine and sandboxes",
  limits: "Limits of sandboxes",
  images: "Images with dependencies",
  secrets: "Secrets",
  remote: "Remote",
};

/** How the service stands, part by part. It looks again every five seconds. */
export function Component() {
  useTitle("Status");
  return (
    <div className="stack status">
      <h1>Status</h1>
      <Parts />
      <Repository />
      <Proposals />
    </div>
  );
}

function Parts() {
  const { data, error, refetch } = useQuery({ ...readiness(), ...EVERY });
  if (!data) return error ? <Failure error={error} retry={() => refetch()} /> : <Waiting>Asking the service</Waiting>;
  return (
    <Panel title="Service" mark={<Mark good={data.status === "ok"} yes="ready" no={data.status} />}>
      <table className="plain">
        <tbody>
          {Object.entries(data.checks ?? {}).map(([name, check]) => (
            <tr key={name}>
              <th scope="row">{NAMES[name] ?? name}</th>
              <td>
                <Mark good={check.ok} yes="works" no="needs care" />
              </td>
              <td>{visible(check.detail)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Repository() {
  const { data, error, refetch } = useQuery({ ...repository(), ...EVERY });
  if (!data) return error ? <Failure error={error} retry={() => refetch()} /> : null;
  const { remote } = data;
  const facts: [string, ReactNode][] = [
    ["Branch", data.branch ? <code>{visible(data.branch)}</code> : "none: a detached HEAD takes no edits"],
    ["Revision", data.revision && <code>{data.revision}</code>],
    ["Edits", data.edit_mode === "branch" ? "become branches to be merged" : "are committed to this branch"],
    ["Remote", remote ? <code>{visible(remote.url)}</code> : "none"],
    ["Ahead, behind", remote && `${remote.ahead ?? "?"} commits not pushed, ${remote.behind ?? "?"} not taken over`],
    [
      "Last exchange",
      remote &&
        (remote.synced_at ? (
          <time dateTime={remote.synced_at}>{new Date(remote.synced_at).toLocaleString()}</time>
        ) : (
          "none yet"
        )),
    ],
    [
      "Trouble",
      remote?.conflict
        ? "Somebody has to bring both sides together by hand."
        : remote?.last_error && visible(remote.last_error),
    ],
  ];
  return (
    <Panel title="Git" mark={<Mark good={!remote?.conflict && !remote?.last_error} yes="in order" no="needs care" />}>
      <table className="plain">
        <tbody>
          {facts.map(
            ([name, value]) =>
              value && (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{value}</td>
                </tr>
              ),
          )}
        </tbody>
      </table>
    </Panel>
  );
}

function Proposals() {
  const { data, error, refetch } = useQuery({ ...proposals(), ...EVERY });
  if (!data) return error ? <Failure error={error} retry={() => refetch()} /> : null;
  return (
    <Panel title="Proposals" mark={<span className="mark">{data.total}</span>}>
      {data.items.length === 0 && <p className="inside soft">No edit waits to be merged.</p>}
      <ul>
        {data.items.map((one) => (
          <li key={one.id} className="inside proposal">
            <p className="row">
              <strong className="breaks">{visible(one.message.split("\n")[0] ?? "")}</strong>
              <Link to={`/tools/${encodeURIComponent(one.tool)}`}>{visible(one.tool)}</Link>
              {one.url && /^https?:/.test(one.url) && (
                <a href={one.url} target="_blank" rel="noreferrer noopener">
                  Open a pull request
                </a>
              )}
            </p>
            <p className="soft">
              <bdi>{visible(one.author.name)}</bdi>,{" "}
              <time dateTime={one.created_at}>{new Date(one.created_at).toLocaleString()}</time>,{" "}
              <code>{visible(one.branch)}</code>
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Panel({ title, mark, children }: { title: string; mark: ReactNode; children: ReactNode }) {
  return (
    <section className="panel">
      <header>
        <h2>{title}</h2>
        {mark}
      </header>
      <div className="scrolls">{children}</div>
    </section>
  );
}

function Mark({ good, yes, no }: { good: boolean; yes: string; no: string }) {
  return <span className={`mark ${good ? "good" : "bad"}`}>{good ? yes : no}</span>;
}
