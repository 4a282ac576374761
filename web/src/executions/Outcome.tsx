import type { ReactNode } from "react";
import { Copy } from "../parts/Copy";
import { lasted } from "../parts/times";
import { visible } from "../parts/visible";
import { isContent } from "../run/blocks";
import { type Block, Content } from "../run/Content";
import { Fault, type Source } from "../run/Fault";
import { Value } from "../run/Value";
import type { Execution, Status, Summary } from "./queries";
import "./executions.css";
import "../run/run.css";

const MARKS: Record<Status, string> = {
  pending: "",
  running: "warn",
  success: "good",
  failed: "bad",
  timeout: "bad",
  cancelled: "",
};

export function ExecutionMark({ execution }: { execution: Pick<Summary, "status" | "tried"> }) {
  return (
    <>
      <span className={`mark ${MARKS[execution.status]}`}>{execution.status}</span>
      {execution.tried && <span className="mark">tried edit</span>}
    </>
  );
}

/** How an execution ended, and what it printed. Where `source` is given, tracebacks lead there. */
export function Outcome({ execution, source }: { execution: Execution; source: Source | null }) {
  const { error, result, status } = execution;
  return (
    <div className="stack">
      {error && <Fault error={error} source={source} />}
      {status === "success" && <Result value={result} blocks={execution.content} />}
      {execution.stdout && <Text title="Standard output">{execution.stdout}</Text>}
      {execution.stderr && <Text title="Standard error">{execution.stderr}</Text>}
      {execution.truncated && <p className="note warn">It printed more than is kept: what came later was cut off.</p>}
      {status !== "pending" && status !== "running" && !execution.stdout && !execution.stderr && (
        <p className="soft">It printed nothing. The tool took {lasted(execution.duration_ms)}.</p>
      )}
    </div>
  );
}

function Result({ value, blocks }: { value: unknown; blocks: readonly Block[] }) {
  return (
    <section className="panel">
      <header>
        <h3>Result</h3>
        <Copy text={JSON.stringify(value, null, 2)} what="the result" />
      </header>
      <div className="inside">
        {!isContent(value) && <Value value={value} />}
        <Content blocks={blocks} />
      </div>
    </section>
  );
}

export function Text({ title, children }: { title: ReactNode; children: string | undefined }) {
  return (
    <section className="panel">
      <header>
        <h3>{title}</h3>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className="log" tabIndex={0}>
        {visible(children ?? "")}
      </pre>
    </section>
  );
}
