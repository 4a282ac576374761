import type { ReactNode } from "react";

/** Says what is being waited for. It shows itself only when that takes longer than a quarter of a second. */
export function Waiting({ children }: { children: ReactNode }) {
  return (
    <p className="waiting" role="status">
      {children}…
    </p>
  );
}
