/** What became of an edit: committed, or, where edits become proposals, proposed; then nothing that is served has changed. */
import { useQueryClient } from "@tanstack/react-query";
import type { Shapes } from "../api/client";

type Answer = { response: Response; data?: unknown };
type Then = { close: () => void; proposed: (url: string | null) => void };

/** The proposal that an edit became; null where it is committed. */
export function proposalOf({ response, data }: Answer): Pick<Shapes["Proposal"], "url"> | null {
  return response.status === 202 ? ((data as Shapes["Proposal"] | undefined) ?? { url: null }) : null;
}

/** What is done once an edit was to take the tool of this name away; ``gone`` is called where it did. */
export function useGone<T extends Answer>(name: string, { close, proposed }: Then, gone: (answer: T) => void) {
  const client = useQueryClient();
  return (answer: T) => {
    close();
    const proposal = proposalOf(answer);
    if (proposal) return proposed(proposal.url);
    client.removeQueries({ queryKey: ["tool", name] });
    void client.invalidateQueries();
    gone(answer);
  };
}
