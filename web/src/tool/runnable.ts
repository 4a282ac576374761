import type { Tool } from "../api/queries";

/** Why the service would refuse to run a tool, and what to do about it; empty when it would not. */
export function whyNotRunnable(tool: Tool): string {
  if (tool.findings.some((one) => one.severity === "error"))
    return "It has errors: see its findings, and mend them first.";
  if (tool.status === "draft") return "It is a draft: activate it first.";
  if (tool.status === "disabled") return "It is disabled: activate it first.";
  if (tool.image?.state === "building") return "Its dependencies are being installed: wait a moment.";
  const missing = tool.secrets.filter((one) => !one.granted).map((one) => one.name);
  if (missing.length > 0) return `It needs secrets that the operator has not granted: ${missing.join(", ")}.`;
  return "";
}
