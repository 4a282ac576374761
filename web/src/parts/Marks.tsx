import type { Finding, ToolSummary } from "../api/queries";

const STATUS = { active: "good", draft: "", deprecated: "warn", disabled: "bad" } as const;

export function StatusMark({ status }: { status: ToolSummary["status"] }) {
  return <span className={`mark ${STATUS[status]}`}>{status}</span>;
}

/** How many findings a tool has, the errors apart from the warnings; nothing where there are none. */
export function FindingMarks({ findings }: { findings: readonly Finding[] }) {
  const errors = findings.filter((one) => one.severity === "error").length;
  const warnings = findings.length - errors;
  return (
    <>
      {errors > 0 && <span className="mark bad">{counted(errors, "error")}</span>}
      {warnings > 0 && <span className="mark warn">{counted(warnings, "warning")}</span>}
    </>
  );
}

export function counted(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
