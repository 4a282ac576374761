import { useEffect } from "react";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";

// A part of the page that did not come: the network changed just then, or the service was updated.
const NOT_LOADED = /preload CSS|dynamically imported module/;
const KEY = "toolcrib.loaded-again";
const ONCE_IN_MS = 20_000;

function justLoadedAgain(): boolean {
  const before = Number(sessionStorage.getItem(KEY));
  sessionStorage.setItem(KEY, String(Date.now()));
  return Date.now() - before < ONCE_IN_MS;
}

/** What is shown for an address that leads nowhere, and where a view failed. */
export function Lost() {
  const error = useRouteError();
  const missing = error === null || error === undefined || (isRouteErrorResponse(error) && error.status === 404);
  useEffect(() => {
    if (error instanceof Error && NOT_LOADED.test(error.message) && !justLoadedAgain()) location.reload();
  }, [error]);
  return (
    <div className="stack lost">
      <h1>{missing ? "There is nothing here" : "This view failed"}</h1>
      <p>
        {missing
          ? "The address leads to no page. The tool may have been renamed or removed."
          : "The page could not be shown. After an update of the service it must be loaded again."}
      </p>
      {error instanceof Error && !missing && <pre className="note scrolls">{error.message}</pre>}
      <p className="row">
        <button type="button" className="button primary" onClick={() => location.reload()}>
          Load again
        </button>
        <Link className="button" to="/">
          To the tools
        </Link>
      </p>
    </div>
  );
}
