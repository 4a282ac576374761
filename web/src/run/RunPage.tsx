import { useId, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { Failure } from "../parts/Failure";
import { visible } from "../parts/visible";
import { whyNotRunnable } from "../tool/runnable";
import { asSchema } from "../tool/schema";
import { useTool } from "../tool/ToolPage";
import { ArgumentsForm } from "./ArgumentsForm";
import { Outcome } from "./Outcome";
import "./run.css";
import { useRun } from "./useRun";

type Arguments = Record<string, unknown>;

/** Arguments as a form and as JSON, side by side; below, the execution as it goes. */
export function Component() {
  const tool = useTool();
  const { run, begin, cancel } = useRun(tool.name);
  const { value, text, fault, setValue, setText, preset, choose } = useArguments();
  const busy = run.state === "starting" || run.state === "running";
  const faults = run.state === "refused" ? (run.problem?.faults ?? []) : [];
  const submit = () => {
    if (!busy && !fault && !whyNotRunnable(tool)) begin(value);
  };
  const json = useId();
  const refusal = whyNotRunnable(tool);
  return (
    <div className="stack">
      <div className="run">
        <section className="panel" aria-labelledby="arguments-title">
          <header>
            <h2 id="arguments-title">Arguments</h2>
            {tool.examples.length > 0 && (
              <label className="row">
                <span className="soft">Example</span>
                <select className="input" value={preset} onChange={(event) => choose(event.target.value)}>
                  <option value="">none</option>
                  {tool.examples.map((example, at) => (
                    <option key={at} value={at}>
                      {visible(String(example.name ?? at + 1))}
                    </option>
                  ))}
                </select>
              </label>
            )}
          </header>
          <div className="inside">
            <ArgumentsForm schema={tool.parameters} value={value} change={setValue} faults={faults} submit={submit} />
          </div>
          <footer className="inside row">
            <button
              type="button"
              className="button primary"
              onClick={submit}
              disabled={busy || fault !== "" || refusal !== ""}
            >
              {busy ? "Running" : "Run"}
            </button>
            <button type="button" className="button" onClick={cancel} disabled={run.state !== "running"}>
              Cancel
            </button>
            <span className="soft">
              {refusal && <strong>{refusal} </strong>}
              Runs in a container of its own, for at most {tool.runtime.timeout_seconds} s. It is kept on record.
            </span>
          </footer>
        </section>
        <section className="panel json" aria-labelledby={json}>
          <header>
            <h2 id={json}>As JSON</h2>
          </header>
          <div className="inside">
            <textarea
              className="input"
              aria-labelledby={json}
              aria-invalid={fault !== ""}
              rows={Math.min(24, Math.max(8, text.split("\n").length + 1))}
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
            <p className="fault" role="status">
              {fault}
            </p>
          </div>
        </section>
      </div>
      {run.problem && <Failure error={run.problem} />}
      {run.state !== "idle" && run.state !== "refused" && <Outcome run={run} tool={tool} />}
    </div>
  );
}

/** One value, shown as a form and as text; an example from the address begins it. */
function useArguments() {
  const tool = useTool();
  const [address, setAddress] = useSearchParams();
  const preset = address.get("example") ?? "";
  const begun = useMemo(() => {
    const example = tool.examples[Number(preset || Number.NaN)];
    return asSchema(example?.arguments) as Arguments;
  }, [tool.examples, preset]);
  const [shown, setShown] = useState({ begun, value: begun, text: pretty(begun), fault: "" });
  if (shown.begun !== begun) setShown({ begun, value: begun, text: pretty(begun), fault: "" });
  const setValue = (value: Arguments) => setShown({ begun, value, text: pretty(value), fault: "" });
  const setText = (text: string) => setShown((before) => ({ ...before, ...parsed(text, before.value), text }));
  const choose = (example: string) =>
    setAddress(example ? { example } : {}, { replace: true, preventScrollReset: true });
  return { ...shown, setValue, setText, preset, choose };
}

function parsed(text: string, before: Arguments): { value: Arguments; fault: string } {
  try {
    const value: unknown = JSON.parse(text || "{}");
    if (value !== null && typeof value === "object" && !Array.isArray(value))
      return { value: value as Arguments, fault: "" };
    return { value: before, fault: "Arguments are one JSON object." };
  } catch (error) {
    return { value: before, fault: `This is not JSON yet: ${error instanceof Error ? error.message : error}` };
  }
}

const pretty = (value: Arguments) => JSON.stringify(value, null, 2);
