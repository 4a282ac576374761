import { useEffect, useState } from "react";
import type { Tool } from "../api/queries";
import { Copy } from "../parts/Copy";
import { visible } from "../parts/visible";
import { isContent } from "./blocks";
import { Coerced } from "./Coerced";
import { Content } from "./Content";
import { Fault, toSource } from "./Fault";
import type { Execution, Run } from "./useRun";
import { Value } from "./Value";

const TONE: Record<string, string> = { success: "good", failed: "bad", timeout: "bad", cancelled: "warn" };

/** An execution as it goes and as it ended: time, result or error, log. */
export function Outcome({ run, tool }: { run: Run; tool: Tool }) {
  const { execution, log, state } = run;
  const status = execution?.status ?? "pending";
  const going = state !== "ended";
  return (
    <div className="stack outcome">
      <section className="panel" aria-labelledby="execution-title">
        <header>
          <h2 id="execution-title">Execution</h2>
          <span className={`mark ${TONE[status] ?? ""}`} role="status">
            {status}
          </span>
          {execution && <code className="soft">{execution.id}</code>}
          <span className="soft figures">
            {going ? <Elapsed run={run} tool={tool} /> : execution && figures(execution)}
          </span>
        </header>
        {run.blind && going && <p className="inside soft">The live log was lost; the end is still looked for.</p>}
        {execution && execution.coerced.length > 0 && (
          <div className="inside">
            <Coerced places={execution.coerced} />
          </div>
        )}
        {execution?.error && (
          <div className="inside">
            <Fault error={execution.error} source={toSource(tool)} />
          </div>
        )}
        {!going && execution?.success && (
          <div className="inside">
            <div className="row">
              <h3>Result</h3>
              <Copy text={JSON.stringify(execution.result, null, 2)} what="the result" />
            </div>
            {!isContent(execution.result) && <Value value={execution.result} />}
            <Content blocks={execution.content} />
          </div>
        )}
      </section>
      {(log.length > 0 || going) && (
        <section className="panel" aria-labelledby="log-title">
          <header>
            <h2 id="log-title">Log</h2>
            {execution?.truncated && <span className="mark warn">cut short</span>}
          </header>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with a keyboard */}
          <pre className="log" tabIndex={0}>
            {log.map((piece, at) => (
              <span key={at} className={piece.stream}>
                {visible(piece.text)}
              </span>
            ))}
            {log.length === 0 && <span className="soft">Nothing was printed yet.</span>}
          </pre>
        </section>
      )}
    </div>
  );
}

function Elapsed({ run, tool }: { run: Run; tool: Tool }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(tick);
  }, []);
  const seconds = Math.max(0, (now - run.startedAt) / 1000);
  return (
    <>
      <progress max={tool.runtime.timeout_seconds} value={seconds} aria-label="Time against the limit" />
      {seconds.toFixed(1)} of {tool.runtime.timeout_seconds} s
    </>
  );
}

function figures(execution: Execution): string {
  const ran = execution.duration_ms === null ? "" : `${time(execution.duration_ms)} running`;
  const waited = execution.queue_ms === null ? "" : `, ${time(execution.queue_ms)} waiting`;
  return `${ran}${waited}, version ${execution.version}`;
}

function time(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
