import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { tool as toolQuery } from "../api/queries";
import { Failure } from "../parts/Failure";
import { exactly, lasted } from "../parts/times";
import { useTitle } from "../parts/title";
import { visible } from "../parts/visible";
import { Waiting } from "../parts/Waiting";
import { Coerced } from "../run/Coerced";
import { toSource } from "../run/Fault";
import { ExecutionMark, Outcome, Text } from "./Outcome";
import { cancel, type Execution, execution, isOpen } from "./queries";

export function Component() {
  const { id = "" } = useParams();
  const found = useQuery(execution(id));
  useTitle(found.data ? `${found.data.tool}: ${found.data.status}` : "Execution");
  return (
    <div className="stack">
      <nav className="crumbs" aria-label="Where this is">
        <Link to="/executions">Executions</Link> <span aria-hidden="true">/</span>{" "}
        <span className="mono">{id.slice(0, 12)}</span>
      </nav>
      {found.error && !found.data && <Failure error={found.error} retry={() => found.refetch()} />}
      {found.isPending && <Waiting>Loading the execution</Waiting>}
      {found.data && <Shown one={found.data} />}
    </div>
  );
}

function Shown({ one }: { one: Execution }) {
  const client = useQueryClient();
  const cancelling = useMutation({
    mutationFn: () => cancel(one.id),
    onSuccess: (now) => client.setQueryData(execution(one.id).queryKey, now),
  });
  return (
    <>
      <div className="row">
        <h1>
          <Link to={`/tools/${encodeURIComponent(one.tool)}`}>{one.tool}</Link>
        </h1>
        <span role="status" className="row">
          <ExecutionMark execution={one} />
        </span>
        {isOpen(one.status) && (
          <button
            type="button"
            className="button danger"
            disabled={cancelling.isPending}
            onClick={() => cancelling.mutate()}
          >
            Cancel
          </button>
        )}
        <Link className="button" to={`/executions?tool=${encodeURIComponent(one.tool)}`}>
          All of this tool
        </Link>
      </div>
      {cancelling.error && <Failure error={cancelling.error} />}
      {one.tried && (
        <p className="note">
          An edit that was tried before it was committed. The digest names its files; it is no version of the tool.
        </p>
      )}
      <dl className="panel inside recorded">
        <Fact name="Begun">{exactly(one.created_at)}</Fact>
        <Fact name="Ended">{one.ended_at ? exactly(one.ended_at) : "not yet"}</Fact>
        <Fact name="Duration">{lasted(one.duration_ms)}</Fact>
        <Fact name="Waited before">{lasted(one.queue_ms)}</Fact>
        <Fact name="Version">
          {one.tried || one.version === 0 ? (
            "none"
          ) : (
            <Link to={`/tools/${encodeURIComponent(one.tool)}/history?version=${one.version}`}>{one.version}</Link>
          )}
        </Fact>
        <Fact name="Digest">
          <code>{one.digest.slice(0, 12)}</code>
        </Fact>
        <Fact name="Caller">{one.caller_id}</Fact>
        <Fact name="Address">{one.remote_address}</Fact>
        <Fact name="Trace">{one.trace_id}</Fact>
        <Fact name="Request">{one.request_id}</Fact>
        <Fact name="Sizes">
          {one.argument_bytes} B in, {one.result_bytes} B out, {one.log_bytes} B log
        </Fact>
      </dl>
      <Coerced places={one.coerced} />
      <Text title="Arguments">{JSON.stringify(one.arguments, null, 2)}</Text>
      <Traced one={one} />
    </>
  );
}

/** The outcome; a traceback leads into the source as it is now, unless the tool is gone or this was never committed. */
function Traced({ one }: { one: Execution }) {
  const { data: tool } = useQuery({ ...toolQuery(one.tool), enabled: one.error !== null, retry: false });
  const same = tool?.digest === one.digest;
  return (
    <>
      {tool && !same && !one.tried && (
        <p className="note warn">The tool has changed since: the lines of its source may be others now.</p>
      )}
      <Outcome execution={one} source={tool && (same || !one.tried) ? toSource(tool) : null} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{typeof children === "string" ? <bdi>{visible(children)}</bdi> : (children ?? "–")}</dd>
    </div>
  );
}
