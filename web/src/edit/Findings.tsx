import { Failure } from "../parts/Failure";
import { counted } from "../parts/Marks";
import type { Place } from "./CodeEditor";
import type { Said } from "./useFindings";

type Props = { said: Said & { again: () => void }; goTo: (place: Place) => void };

/** What the check says of the draft as it stands; each finding leads to its line. */
export function Findings({ said, goTo }: Props) {
  const findings = said.validation?.findings ?? [];
  const errors = findings.filter((one) => one.severity === "error").length;
  return (
    <section className="panel" aria-label="Findings">
      <header>
        <h2>Findings</h2>
        <span className="soft" role="status" data-checking={said.checking}>
          {said.checking ? "Checking…" : said.problem ? "Not checked" : summary(errors, findings.length - errors)}
        </span>
      </header>
      {said.problem && !said.checking && (
        <div className="inside">
          <Failure error={said.problem} retry={said.again} />
        </div>
      )}
      {findings.length > 0 && !said.problem && (
        <ul className="findings">
          {findings.map((one, at) => (
            <li key={at}>
              <button type="button" onClick={() => goTo({ path: one.file, line: one.line, column: one.column })}>
                <span className={`mark ${one.severity === "error" ? "bad" : "warn"}`}>{one.severity}</span>
                <span className="mono soft">
                  {one.file}:{one.line}
                </span>
                <span>{one.message}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function summary(errors: number, warnings: number): string {
  if (errors + warnings === 0) return "None: it can be committed";
  const parts = [errors && counted(errors, "error"), warnings && counted(warnings, "warning")].filter(Boolean);
  return parts.join(", ") + (errors ? "" : ": it can be committed");
}
