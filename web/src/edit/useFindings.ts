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

type Answer = { about: Draft; turn: number; validation: Said["validation"]; problem: Problem | null };

export function useFindings(draft: Draft): Said & { again: () => void } {
  const [last, setLast] = useState<Answer | null>(null);
  const [turn, setTurn] = useState(0);
  const first = useRef(true);
  // Nothing is set here before the answer: what is set in effects of each keystroke, React takes for a loop in the end.
  useEffect(() => {
    const left = new AbortController();
    const ask = async () => {
      const answered = (said: Pick<Answer, "problem"> & Partial<Answer>) => {
        if (!left.signal.aborted)
          setLast((before) => ({ validation: before?.validation ?? null, ...said, about: draft, turn }));
      };
      try {
        const validation = await data(api.POST("/api/v1/tools/validate", { body: asEdit(draft), signal: left.signal }));
        answered({ validation, problem: null });
      } catch (error) {
        answered({ problem: Problem.from(error) });
      }
    };
    const waiting = setTimeout(ask, first.current ? 0 : REST_MS);
    first.current = false;
    return () => {
      clearTimeout(waiting);
      left.abort();
    };
  }, [draft, turn]);
  return {
    checking: last?.about !== draft || last.turn !== turn,
    validation: last?.validation ?? null,
    problem: last?.problem ?? null,
    again: () => setTurn((one) => one + 1),
  };
}
