import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { NavLink, useLocation, useParams } from "react-router";
import { fileText, type Tool } from "../api/queries";
import { Code } from "../parts/Code";
import { Copy } from "../parts/Copy";
import { Failure } from "../parts/Failure";
import { Prose } from "../parts/Prose";
import { visible } from "../parts/visible";
import { Waiting } from "../parts/Waiting";
import { Findings, fileAddress } from "./Findings";
import { useTool } from "./ToolPage";

/** The files of a tool: a list, and the source of one with its findings. */
export function Component() {
  const tool = useTool();
  const { "*": wanted = "" } = useParams();
  const path = wanted || tool.files.find((file) => file.path === "main.py")?.path || tool.files[0]?.path;
  return (
    <div className="files">
      <nav aria-label="Files" className="panel">
        <ul>
          {tool.files.map((file) => (
            <li key={file.path}>
              <NavLink to={fileAddress(tool.name, file.path)} className={() => (file.path === path ? "chosen" : "")}>
                <bdi>{visible(file.path)}</bdi>
                <span className="soft">{sized(file.size)}</span>
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      {path ? <Source tool={tool} path={path} /> : <p className="soft">It has no files.</p>}
    </div>
  );
}

function Source({ tool, path }: { tool: Tool; path: string }) {
  const { data, error, refetch } = useQuery(fileText(tool.name, path, tool.digest));
  const text = data?.text;
  useLineInAddress(data !== undefined);
  const findings = tool.findings.filter((one) => one.file === path);
  const marks = new Map(findings.map((one) => [one.line, one.severity]));
  return (
    <section className="panel" aria-label={visible(path)}>
      <header>
        <h2>
          <bdi>{visible(path)}</bdi>
        </h2>
        <div className="row">
          {data && (
            <a className="button small" href={data.address} download={path.slice(path.lastIndexOf("/") + 1)}>
              Raw
            </a>
          )}
          {text && <Copy text={text} what={path} />}
        </div>
      </header>
      {findings.length > 0 && <Findings tool={{ ...tool, findings }} />}
      {error && data === undefined && (
        <div className="inside">
          <Failure error={error} retry={() => refetch()} />
        </div>
      )}
      {data === undefined && !error && <Waiting>Loading the file</Waiting>}
      {text === null && <p className="inside soft">This is no text.</p>}
      {path.endsWith(".md") && text && (
        <div className="inside">
          <Prose>{text}</Prose>
        </div>
      )}
      {text && <Code text={text} language={ending(path)} numbered marks={marks} />}
      {text === "" && <p className="inside soft">It is empty.</p>}
    </section>
  );
}

/** Brings the line that the address names into view, once the lines are there. */
function useLineInAddress(ready: boolean): void {
  const { hash } = useLocation();
  useEffect(() => {
    if (!ready || !/^#L\d+$/.test(hash)) return;
    const waiting = setTimeout(() => document.getElementById(hash.slice(1))?.scrollIntoView({ block: "center" }), 60);
    return () => clearTimeout(waiting);
  }, [ready, hash]);
}

export function ending(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1).toLowerCase();
}

function sized(bytes: number): string {
  return bytes < 1000
    ? `${bytes} B`
    : bytes < 1_000_000
      ? `${(bytes / 1000).toFixed(1)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;
}
