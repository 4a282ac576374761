import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Problem } from "../api/problem";
import { readiness } from "../api/queries";

/** A line over every view while the service does not answer, or cannot do all of its work. It goes by itself. */
export function Reachability() {
  const slow = useSlow();
  const { data, error, failureCount, failureReason } = useQuery({ ...readiness(), refetchInterval: 15_000 });
  const why = error ?? (failureCount > 0 ? failureReason : null);
  if (why)
    return (
      <p className="banner bad" role="alert">
        {Problem.from(why).title}. What you see may be old; this page keeps trying by itself.
      </p>
    );
  if (slow)
    return (
      <p className="banner" role="status">
        The service is slow to answer.
      </p>
    );
  if (data?.status === "failing")
    return (
      <p className="banner bad" role="alert">
        The service cannot read its tools: {data.checks?.catalog?.detail}
      </p>
    );
  return null;
}

const SLOW_MS = 4000;

/** Whether a question has waited for its answer for long. */
function useSlow(): boolean {
  const client = useQueryClient();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    let since: number | null = null;
    const look = setInterval(() => {
      since = client.isFetching() > 0 ? (since ?? Date.now()) : null;
      setSlow(since !== null && Date.now() - since > SLOW_MS);
    }, 500);
    return () => clearInterval(look);
  }, [client]);
  return slow;
}
