/** One execution at a time: begun, followed as it goes, cancelled, and kept until the next. */
import { useCallback, useEffect, useRef, useState } from "react";
import { api, data, type Shapes } from "../api/client";
import { Problem } from "../api/problem";

export type Execution = Shapes["Execution"];
export type Log = { stream: "stdout" | "stderr"; text: string }[];
export type Run = {
  state: "idle" | "starting" | "running" | "ended" | "refused";
  execution?: Execution;
  log: Log;
  problem?: Problem;
  startedAt: number;
  /** Whether the live log was lost; the end is still looked for. */
  blind?: boolean;
};

const IDLE: Run = { state: "idle", log: [], startedAt: 0 };
const LOOK_MS = 1000;

export function useRun(tool: string) {
  const [run, setRun] = useState<Run>(IDLE);
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);
  const id = run.execution?.id;

  const begin = useCallback(
    async (args: Record<string, unknown>) => {
      stop.current();
      setRun({ ...IDLE, state: "starting", startedAt: Date.now() });
      try {
        const body = { arguments: JSON.stringify(args), caller_id: "page" };
        const execution = await data(
          api.POST("/api/v1/tools/{name}/execute", { params: { path: { name: tool } }, body }),
        );
        setRun({ state: "running", execution, log: [], startedAt: Date.now() });
        stop.current = follow(execution.id, setRun);
      } catch (error) {
        setRun({ ...IDLE, state: "refused", problem: Problem.from(error) });
      }
    },
    [tool],
  );

  const cancel = useCallback(async () => {
    if (!id) return;
    try {
      await data(api.POST("/api/v1/executions/{execution_id}/cancel", { params: { path: { execution_id: id } } }));
    } catch (error) {
      setRun((before) => ({ ...before, problem: Problem.from(error) }));
    }
  }, [id]);

  return { run, begin, cancel };
}

type SetRun = (change: (before: Run) => Run) => void;

/** Follows the service's events. Where they cannot be had, the record is looked at until the execution has ended. */
function follow(id: string, setRun: SetRun): () => void {
  const source = new EventSource(`/api/v1/executions/${id}/events`);
  let looking: ReturnType<typeof setTimeout> | undefined;
  const end = (execution: Execution) => {
    stop();
    setRun((before) => ({ ...before, state: "ended", execution, log: ended(execution, before.log) }));
  };
  const stop = () => {
    source.close();
    clearTimeout(looking);
  };
  source.addEventListener("status", (event) => {
    const { status } = JSON.parse(event.data) as Pick<Execution, "status">;
    setRun((before) => ({ ...before, ...(before.execution && { execution: { ...before.execution, status } }) }));
  });
  source.addEventListener("log", (event) => {
    const piece = JSON.parse(event.data) as Log[number];
    setRun((before) => ({ ...before, blind: false, log: joined(before.log, piece) }));
  });
  source.addEventListener("end", (event) => end(JSON.parse(event.data) as Execution));
  source.onerror = () => {
    setRun((before) => ({ ...before, blind: true }));
    // A browser goes on by itself after a broken connection, but not after a refusal.
    if (source.readyState !== EventSource.CLOSED) return;
    const look = async () => {
      try {
        const path = { execution_id: id };
        const execution = await data(api.GET("/api/v1/executions/{execution_id}", { params: { path } }));
        if (execution.status !== "pending" && execution.status !== "running") return end(execution);
      } catch (error) {
        const problem = Problem.from(error);
        if (!problem.passes) return setRun((before) => ({ ...before, state: "ended", problem }));
      }
      looking = setTimeout(look, LOOK_MS);
    };
    looking = setTimeout(look, LOOK_MS);
  };
  return stop;
}

function joined(log: Log, piece: Log[number]): Log {
  const last = log.at(-1);
  if (last?.stream !== piece.stream) return [...log, piece];
  return [...log.slice(0, -1), { ...last, text: last.text + piece.text }];
}

/** The log of an execution that has ended: as it came, unless some of it was missed. */
function ended(execution: Execution, log: Log): Log {
  const length = log.reduce((sum, piece) => sum + piece.text.length, 0);
  if (length === execution.stdout.length + execution.stderr.length) return log;
  const whole: Log = [
    { stream: "stdout", text: execution.stdout },
    { stream: "stderr", text: execution.stderr },
  ];
  return whole.filter((piece) => piece.text);
}
