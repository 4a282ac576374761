import type { ReactNode } from "react";
import { Link } from "react-router";
import { isExport } from "../api/place";
import type { Tool } from "../api/queries";
import { Prose } from "../parts/Prose";
import { visible } from "../parts/visible";
import { Compatibility } from "./Compatibility";
import { Findings } from "./Findings";
import { whyNotRunnable } from "./runnable";
import { SchemaTable } from "./SchemaTable";
import { useTool } from "./ToolPage";

export function Component() {
  const tool = useTool();
  return (
    <div className="overview">
      <div className="stack">
        <section aria-labelledby="description-title">
          <h2 id="description-title" className="hidden-label">
            Description
          </h2>
          <Prose>{tool.description}</Prose>
        </section>
        {tool.findings.length > 0 && (
          <Panel title="Findings">
            <Findings tool={tool} />
          </Panel>
        )}
        <Panel title="Parameters">
          <SchemaTable schema={tool.parameters} nothing="It takes no parameters." />
        </Panel>
        <Panel title="Result">
          {tool.returns ? (
            <SchemaTable schema={tool.returns} nothing="It returns" />
          ) : (
            <p className="inside soft">The author does not say what it returns.</p>
          )}
        </Panel>
        {tool.examples.length > 0 && (
          <Panel title="Examples">
            <Examples tool={tool} />
          </Panel>
        )}
      </div>
      <aside className="stack" aria-label="About this tool">
        {!isExport && <RunIt tool={tool} />}
        <Panel title="About">
          <Facts tool={tool} />
        </Panel>
        <Panel title="Models' formats">
          <Compatibility tool={tool} />
        </Panel>
      </aside>
    </div>
  );
}

function RunIt({ tool }: { tool: Tool }) {
  const why = whyNotRunnable(tool);
  return why ? (
    <p className="note warn">It does not run now. {why}</p>
  ) : (
    <Link className="button primary" to="run">
      Run it
    </Link>
  );
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel">
      <header>
        <h2>{title}</h2>
      </header>
      {children}
    </section>
  );
}

const ANNOTATIONS: Record<string, [string, string]> = {
  read_only: ["only reads", "may change things"],
  destructive: ["may destroy", "destroys nothing"],
  idempotent: ["twice is as once", "twice is more than once"],
  open_world: ["reaches other systems", "stays inside"],
};

function Facts({ tool }: { tool: Tool }) {
  const { runtime } = tool;
  const facts: [string, ReactNode][] = [
    ["Version", tool.version ? <VersionOf tool={tool} /> : "not committed"],
    ["Owner", tool.owner && visible(tool.owner)],
    ["Tags", tool.tags.length > 0 && <Tags tags={tool.tags} />],
    ["Entry", tool.entry],
    [
      "Behaviour",
      said(tool).map((one) => (
        <span key={one} className="mark">
          {one}
        </span>
      )),
    ],
    ["Limits", `${runtime.timeout_seconds} s, ${runtime.memory_mb} MiB, ${runtime.network ? "network" : "no network"}`],
    [
      "Packages",
      runtime.dependencies.length > 0 && runtime.dependencies.map((one) => <code key={one}>{visible(one)} </code>),
    ],
    [
      "Secrets",
      tool.secrets.length > 0 &&
        tool.secrets.map((one) => (
          <span key={one.name} className={`mark ${isExport ? "" : one.granted ? "good" : "bad"}`}>
            {isExport ? one.name : `${one.name}: ${one.granted ? "granted" : "not granted"}`}
          </span>
        )),
    ],
  ];
  return (
    <dl className="facts inside">
      {facts.map(
        ([name, value]) =>
          value &&
          (!Array.isArray(value) || value.length > 0) && (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="row">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function VersionOf({ tool }: { tool: Tool }) {
  return (
    <span title={tool.revision ?? ""}>
      {tool.version} <code className="soft">{tool.revision?.slice(0, 10)}</code>
    </span>
  );
}

function said(tool: Tool): string[] {
  return Object.entries(tool.annotations).flatMap(([name, is]) => ANNOTATIONS[name]?.[is ? 0 : 1] ?? []);
}

function Tags({ tags }: { tags: readonly string[] }) {
  return tags.map((tag) => (
    <Link key={tag} className="mark" to={{ pathname: "/", search: `?${new URLSearchParams({ tag })}` }}>
      {visible(tag)}
    </Link>
  ));
}

function Examples({ tool }: { tool: Tool }) {
  return (
    <ul className="examples">
      {tool.examples.map((example, at) => (
        <li key={at} className="inside stack">
          <div className="row">
            <h3>{visible(String(example.name ?? `Example ${at + 1}`))}</h3>
            {!isExport && (
              <Link className="button small" to={{ pathname: "run", search: `?example=${at}` }}>
                Try it
              </Link>
            )}
          </div>
          <pre className="scrolls">{visible(JSON.stringify(example.arguments, null, 2))}</pre>
          {["result", "matches", "error"]
            .filter((key) => key in example)
            .map((key) => (
              <div key={key}>
                <p className="soft">
                  {{ result: "gives", matches: "gives what matches", error: "ends with the error" }[key]}
                </p>
                <pre className="scrolls">{visible(JSON.stringify(example[key], null, 2))}</pre>
              </div>
            ))}
        </li>
      ))}
    </ul>
  );
}
