/** What the service says of a draft: asked a moment after the last keystroke, nothing is written by it. */
import { useEffect, useRef, useState } from "react";
import { api, data, type Shapes } from "../api/client";
import { Problem } from "../api/problem";
import { asEdit, type Draft } from "./draft";

const REST_MS = 350;

export type Said = {
  /** Whether there is a newer state of the draft than the one that this is about. */
  checking: boolean;
  validation: Shapes["Validation"] | null;
  problem: Problem | null;
};

export function useFindings(draft: Draft): Said & { again: () => void } {
  const [said, setSaid] = useState<Said>({ checking: true, validation: null, problem: null });
  const [turn, setTurn] = useState(0);
  const first = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks again for the same draft
  useEffect(() => {
    const left = new AbortController();
    setSaid((before) => ({ ...before, checking: true }));
    const ask = async () => {
      try {
        const validation = await data(api.POST("/api/v1/tools/validate", { body: asEdit(draft), signal: left.signal }));
        if (!left.signal.aborted) setSaid({ checking: false, validation, problem: null });
      } catch (error) {
        if (!left.signal.aborted) setSaid((before) => ({ ...before, checking: false, problem: Problem.from(error) }));
      }
    };
    const waiting = setTimeout(ask, first.current ? 0 : REST_MS);
    first.current = false;
    return () => {
      clearTimeout(waiting);
      left.abort();
    };
  }, [draft, turn]);
  return { ...said, again: () => setTurn((one) => one + 1) };
}
