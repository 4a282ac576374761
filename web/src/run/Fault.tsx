import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Shapes } from "../api/client";
import { visible } from "../parts/visible";
import { fileAddress } from "../tool/Findings";
import { Value } from "./Value";

/** Where a line of one of the tool's files is to lead: an element around the words that name it. */
export type Lead = (path: string, line: number, words: string) => ReactNode;
/** The files that a traceback may name, and where their lines lead. */
export type Source = { files: readonly string[]; lead: Lead };

type Props = { error: NonNullable<Shapes["Execution"]["error"]>; source: Source | null };

/** How an execution failed: in words, what can be done, and the way to the line. */
export function Fault({ error, source }: Props) {
  const { traceback, errors, returned, ...rest } = (error.details ?? {}) as Record<string, unknown>;
  const advice = ADVICE[error.kind];
  return (
    <div className="note bad stack failing" role="alert">
      <div>
        <strong>{KINDS[error.kind] ?? error.kind}</strong>
        <p className="breaks">
          <bdi>{visible(error.message)}</bdi>
        </p>
      </div>
      {advice && <p className="soft">{advice}</p>}
      {typeof traceback === "string" && <Traceback text={traceback} source={source} />}
      {Array.isArray(errors) && <Value value={errors} />}
      {typeof returned === "string" && (
        <div>
          <p className="soft">It returned:</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with a keyboard */}
          <pre className="traceback scrolls" tabIndex={0}>
            {visible(returned)}
          </pre>
        </div>
      )}
      {typeof traceback !== "string" && Object.keys(rest).length > 0 && <Value value={rest} />}
    </div>
  );
}

/** The lines of the tool as it is committed now. */
export function toSource(tool: { name: string; files: readonly { path: string }[] }): Source {
  return {
    files: tool.files.map((one) => one.path),
    lead: (path, line, words) => <Link to={`${fileAddress(tool.name, path)}#L${line}`}>{words}</Link>,
  };
}

const KINDS: Record<string, string> = {
  script_error: "The tool failed",
  exit: "The tool ended with an error status",
  invalid_result: "What it gave is no result",
  timeout: "It took longer than it may",
  out_of_memory: "It needed more memory than it may have",
  output_limit: "It printed or returned more than it may",
  cancelled: "It was cancelled",
  interrupted: "It did not run to its end",
};

const ADVICE: Record<string, string> = {
  timeout: "It was stopped at its limit. Ask it for less, or raise runtime.timeout_seconds (30 s at most).",
  out_of_memory: "Ask it for less, or raise runtime.memory_mb.",
  interrupted: "The service ended while it ran. Run it again.",
};

const FRAME = /^(\s*File ")([^"]+)(", line )(\d+)/;

/** A traceback whose lines lead into the tool's source. */
function Traceback({ text, source }: { text: string; source: Source | null }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with a keyboard
    <pre className="traceback scrolls" tabIndex={0}>
      {text
        .trimEnd()
        .split("\n")
        .map((line, at) => {
          const [whole, before, file = "", between, number] = FRAME.exec(line) ?? [];
          // The sandbox has the tool's folder somewhere of its own.
          const path = source?.files.find((one) => file === one || file.endsWith(`/${one}`));
          if (!whole || !source || path === undefined) return `${visible(line)}\n`;
          return (
            <span key={at}>
              {before}
              {source.lead(path, Number(number), `${visible(file)}${between}${number}`)}
              {visible(line.slice(whole.length))}
              {"\n"}
            </span>
          );
        })}
    </pre>
  );
}
