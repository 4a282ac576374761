import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { api, data } from "../api/client";
import { repository } from "../api/queries";
import { ExecutionMark, Outcome } from "../executions/Outcome";
import { cancel, execution, isOpen } from "../executions/queries";
import { Failure } from "../parts/Failure";
import { lasted } from "../parts/times";
import type { Source } from "../run/Fault";
import type { Place } from "./CodeEditor";
import { asEdit, type Draft } from "./draft";

type Props = { draft: Draft; manifest: Record<string, unknown> | null; valid: boolean; goTo: (place: Place) => void };
type Example = { name?: string; arguments?: unknown };

/** Runs the draft as it is, before it is committed. */
export function TryPanel({ draft, manifest, valid, goTo }: Props) {
  const examples = Array.isArray(manifest?.examples) ? (manifest.examples as Example[]) : [];
  const [written, setWritten] = useState<string | null>(null);
  const shown = written ?? JSON.stringify(examples[0]?.arguments ?? {}, null, 2);
  const given = parsed(shown);
  const { data: served } = useQuery(repository());
  const trying = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/tools/try", {
          body: { ...asEdit(draft), arguments: given.value, caller_id: "page" } as never,
        }),
      ),
  });
  const source: Source = {
    files: Object.keys(draft.files),
    lead: (path, line, words) => (
      <button type="button" className="link" onClick={() => goTo({ path, line, column: 1 })}>
        {words}
      </button>
    ),
  };
  if (served?.tries === false) return null;
  return (
    <section className="panel" aria-label="Try">
      <header>
        <h2>Try</h2>
        <button
          type="button"
          className="button small primary"
          disabled={!valid || given.fault !== "" || trying.isPending}
          title={valid ? "Run the draft in a sandbox; nothing is committed" : "A draft with errors does not run"}
          onClick={() => trying.mutate()}
        >
          Try it
        </button>
      </header>
      <div className="inside stack">
        {examples.length > 1 && (
          <label>
            Example
            <select
              className="input"
              onChange={(event) =>
                setWritten(JSON.stringify(examples[Number(event.target.value)]?.arguments ?? {}, null, 2))
              }
            >
              {examples.map((one, at) => (
                <option key={at} value={at}>
                  {String(one?.name ?? at + 1)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          Arguments
          <textarea
            className="input"
            rows={4}
            spellCheck={false}
            value={shown}
            aria-invalid={given.fault !== ""}
            onChange={(event) => setWritten(event.target.value)}
          />
          {given.fault && <span className="fault">{given.fault}</span>}
        </label>
        {trying.error && <Failure error={trying.error} />}
        {trying.data && <Tried id={trying.data.id} source={source} />}
      </div>
    </section>
  );
}

function Tried({ id, source }: { id: string; source: Source }) {
  const { data: one, error } = useQuery(execution(id));
  if (error) return <Failure error={error} />;
  if (!one) return null;
  return (
    <div className="stack" data-execution={id}>
      <div className="row" role="status">
        <ExecutionMark execution={one} />
        {!isOpen(one.status) && <span className="soft">{lasted(one.duration_ms)}</span>}
        <Link to={`/executions/${id}`} target="_blank">
          Record
        </Link>
        {isOpen(one.status) && (
          <button type="button" className="button small danger" onClick={() => void cancel(id)}>
            Cancel
          </button>
        )}
      </div>
      <Outcome execution={one} source={source} />
    </div>
  );
}

function parsed(text: string): { value: unknown; fault: string } {
  try {
    const value = JSON.parse(text || "{}") as unknown;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value, fault: "" };
    return { value: null, fault: "Give one JSON object." };
  } catch (error) {
    return { value: null, fault: `This is no JSON: ${error instanceof Error ? error.message : ""}` };
  }
}
