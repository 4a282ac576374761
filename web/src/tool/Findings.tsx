import { Link } from "react-router";
import type { Tool } from "../api/queries";
import { visible } from "../parts/visible";

/** Each finding with the line that it is about. */
export function Findings({ tool }: { tool: Tool }) {
  const files = new Set(tool.files.map((file) => file.path));
  return (
    <ul className="findings">
      {tool.findings.map((finding, at) => {
        const place = `${finding.file}:${finding.line}:${finding.column}`;
        return (
          <li key={at} className="inside">
            <span className={`mark ${finding.severity === "error" ? "bad" : "warn"}`}>{finding.severity}</span>{" "}
            {files.has(finding.file) ? (
              <Link to={`${fileAddress(tool.name, finding.file)}#L${finding.line}`}>
                <code>{visible(place)}</code>
              </Link>
            ) : (
              <code>{visible(place)}</code>
            )}{" "}
            <bdi>{visible(finding.message)}</bdi> <code className="soft">{finding.code}</code>
          </li>
        );
      })}
    </ul>
  );
}

export function fileAddress(tool: string, path: string): string {
  return `/tools/${encodeURIComponent(tool)}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}
