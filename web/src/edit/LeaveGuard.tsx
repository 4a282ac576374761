import { useEffect } from "react";
import { useBlocker } from "react-router";
import { Ask } from "../parts/Ask";

/** Asks before changes that are not committed are left, by a link or by closing the page. */
export function LeaveGuard({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [dirty]);
  if (blocker.state !== "blocked") return null;
  return (
    <Ask title="Leave without committing?" close={() => blocker.reset()}>
      <p>Your changes are only on this page. They are lost when you leave it.</p>
      <div className="row">
        <button type="button" className="button primary" onClick={() => blocker.reset()}>
          Stay
        </button>
        <button type="button" className="button danger" onClick={() => blocker.proceed()}>
          Leave
        </button>
      </div>
    </Ask>
  );
}
