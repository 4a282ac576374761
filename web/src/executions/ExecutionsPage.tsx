import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { ago } from "../parts/ago";
import { Failure } from "../parts/Failure";
import { exactly, lasted } from "../parts/times";
import { useTitle } from "../parts/title";
import { visible } from "../parts/visible";
import { Waiting } from "../parts/Waiting";
import { ExecutionMark } from "./Outcome";
import { executionPage, type ListQuery, overview, STATUSES, type Summary } from "./queries";

// The figures are above the list, and the list need not wait for them.
const Charts = lazy(() => import("./Charts").then(({ Charts }) => ({ default: Charts })));
const PAGE_SIZE = 50;
const DAYS = [7, 30, 90];

export function Component() {
  useTitle("Executions");
  const [address, setAddress] = useSearchParams();
  const [live, setLive] = useState(true);
  const set = (name: string, value: string) =>
    setAddress(
      (before) => {
        if (value) before.set(name, value);
        else before.delete(name);
        if (name !== "page") before.delete("page");
        return before;
      },
      // At once: a field must not fall behind what is typed in it.
      { replace: name !== "page", preventScrollReset: true, flushSync: true },
    );
  const tool = address.get("tool") ?? "";
  const days = Number(address.get("days")) || 7;
  const query = asked(address);
  const page = query.page ?? 1;
  // What is new comes at the top: a later page would move under the reader's eyes.
  const list = useQuery(executionPage(query, live && page === 1));
  const figures = useQuery(overview(tool, DAYS.includes(days) ? days : 7, live));
  return (
    <div className="stack">
      <div className="row">
        <h1>{tool ? `Executions of ${tool}` : "Executions"}</h1>
        <label className="row">
          <input type="checkbox" checked={live} onChange={(event) => setLive(event.target.checked)} /> Live
        </label>
        <label className="row">
          <span className="hidden-label">Days of the charts</span>
          <select className="input" value={days} onChange={(event) => set("days", event.target.value)}>
            {DAYS.map((one) => (
              <option key={one} value={one}>
                {one} days
              </option>
            ))}
          </select>
        </label>
      </div>
      {figures.error && !figures.data && <Failure error={figures.error} retry={() => figures.refetch()} />}
      <Suspense fallback={<Waiting>Loading the charts</Waiting>}>
        {figures.data ? (
          <Charts overview={figures.data} tool={tool} />
        ) : (
          figures.isPending && <Waiting>Counting</Waiting>
        )}
      </Suspense>
      <Filters address={address} set={set} />
      {list.error && !list.data && <Failure error={list.error} retry={() => list.refetch()} />}
      {list.isPending && <Waiting>Loading the executions</Waiting>}
      {list.data && <List items={list.data.items} filtered={[...address.keys()].some((name) => name !== "days")} />}
      {list.data && list.data.total > PAGE_SIZE && (
        <nav className="row" aria-label="Pages">
          <button type="button" className="button" disabled={page <= 1} onClick={() => set("page", String(page - 1))}>
            Newer
          </button>
          <span className="soft">
            Page {page} of {Math.ceil(list.data.total / PAGE_SIZE)}, {list.data.total.toLocaleString("en")} in all
          </span>
          <button
            type="button"
            className="button"
            disabled={page * PAGE_SIZE >= list.data.total}
            onClick={() => set("page", String(page + 1))}
          >
            Older
          </button>
        </nav>
      )}
    </div>
  );
}

function asked(address: URLSearchParams): ListQuery {
  const page = Number(address.get("page"));
  const query: ListQuery = { page: Number.isInteger(page) && page > 0 ? page : 1, page_size: PAGE_SIZE };
  const status = STATUSES.find((one) => one === address.get("status"));
  if (status) query.status = status;
  for (const name of ["tool", "caller_id", "trace_id"] as const) {
    const value = address.get(name)?.trim();
    if (value) query[name] = value.slice(0, 200);
  }
  for (const name of ["since", "until"] as const) {
    const moment = new Date(address.get(name) ?? "");
    if (!Number.isNaN(moment.getTime())) query[name] = moment.toISOString();
  }
  const tried = address.get("tried");
  if (tried === "true" || tried === "false") query.tried = tried;
  return query;
}

function Filters({ address, set }: { address: URLSearchParams; set: (name: string, value: string) => void }) {
  const text = (name: string, label: string) => (
    <label>
      {label}
      <input
        className="input"
        value={address.get(name) ?? ""}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => set(name, event.target.value)}
      />
    </label>
  );
  const time = (name: string, label: string) => (
    <label>
      {label}
      <input
        className="input"
        type="datetime-local"
        value={address.get(name) ?? ""}
        onChange={(event) => set(name, event.target.value)}
      />
    </label>
  );
  const choice = (name: string, label: string, options: Record<string, string>) => (
    <label>
      {label}
      <select className="input" value={address.get(name) ?? ""} onChange={(event) => set(name, event.target.value)}>
        {Object.entries(options).map(([value, shown]) => (
          <option key={value} value={value}>
            {shown}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <search className="execution-filters">
      {text("tool", "Tool")}
      {choice("status", "Status", { "": "Any", ...Object.fromEntries(STATUSES.map((one) => [one, one])) })}
      {text("caller_id", "Caller")}
      {time("since", "From")}
      {time("until", "Until")}
      {choice("tried", "Kind", { "": "Calls and tries", false: "Calls", true: "Tried edits" })}
    </search>
  );
}

function List({ items, filtered }: { items: readonly Summary[]; filtered: boolean }) {
  if (items.length === 0)
    return (
      <p className="note">
        {filtered
          ? "No execution fits these filters."
          : "Nothing has run yet. Every call of a tool will be listed here."}
      </p>
    );
  return (
    <div className="panel scrolls">
      <table className="plain execution-list">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Tool</th>
            <th scope="col">Begun</th>
            <th scope="col" className="numeric">
              Duration
            </th>
            <th scope="col">Caller</th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id}>
              <td>
                <ExecutionMark execution={one} />
              </td>
              <td>
                <Link to={`/executions/${one.id}`}>{one.tool}</Link>{" "}
                {!one.tried && <span className="soft">v{one.version}</span>}
              </td>
              <td title={exactly(one.created_at)}>{ago(one.created_at)}</td>
              <td className="numeric">{lasted(one.duration_ms)}</td>
              <td className="ends">
                {one.caller_id ? (
                  <bdi>{visible(one.caller_id)}</bdi>
                ) : (
                  <span className="soft">{one.remote_address ?? "–"}</span>
                )}
              </td>
              <td className="ends" title={one.error?.message}>
                {one.error ? visible(`${one.error.kind}: ${one.error.message}`) : ""}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
