import { exportedRevision } from "../api/place";

/** A line over every view of an export, which looks like the page of a service and is none. */
export function ExportLine() {
  return (
    <p className="banner calm" role="note">
      A read-only catalogue{" "}
      {exportedRevision ? (
        <>
          of revision <code title={exportedRevision}>{exportedRevision.slice(0, 10)}</code>
        </>
      ) : (
        "of what was not committed"
      )}
      . Nothing runs or is changed here.
    </p>
  );
}
