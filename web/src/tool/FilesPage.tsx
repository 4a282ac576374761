import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { NavLink, useLocation, useParams } from "react-router";
import { fileText, type Owner, type Tool } from "../api/queries";
import { Code } from "../parts/Code";
import { Copy } from "../parts/Copy";
import { Failure } from "../parts/Failure";
import { Prose } from "../parts/Prose";
import { visible } from "../parts/visible";
import { Waiting } from "../parts/Waiting";
import { Findings, fileAddress } from "./Findings";
import { useTool } from "./ToolPage";

type File = Tool["files"][number];
/** A file as it is listed: `path` in the address and the list, `inside` in its folder. */
type Shown = Readonly<{ path: string; inside: string; owner: Owner; size: number }>;

/** The files of a tool and of its shared packages: a list, and the source of one with its findings. */
export function Component() {
  const tool = useTool();
  const { "*": wanted = "" } = useParams();
  const own = shownIn({ area: "tools", name: tool.name, digest: tool.digest }, tool.files, "");
  const packages = tool.packages.map(({ name, digest, files }) => ({
    name,
    files: shownIn({ area: "shared", name, digest }, files, `_shared/${name}/`),
  }));
  const all = [...own, ...packages.flatMap((one) => one.files)];
  const path = wanted || own.find((one) => one.path === "main.py")?.path || own[0]?.path;
  const chosen = all.find((one) => one.path === path);
  return (
    <div className="files">
      <nav aria-label="Files" className="panel">
        <List tool={tool.name} files={own} chosen={path} />
        {packages.map(({ name, files }) => (
          <section key={name} aria-label={`Shared package ${name}`}>
            <h3 className="inside soft">Shared package {name}</h3>
            <List tool={tool.name} files={files} chosen={path} />
          </section>
        ))}
      </nav>
      {path ? (
        <Source
          tool={tool}
          path={path}
          owner={chosen?.owner ?? { area: "tools", name: tool.name, digest: tool.digest }}
          inside={chosen?.inside ?? path}
        />
      ) : (
        <p className="soft">It has no files.</p>
      )}
    </div>
  );
}

function shownIn(owner: Owner, files: readonly File[], prefix: string): Shown[] {
  return files.map(({ path, size }) => ({ path: prefix + path, inside: path, owner, size }));
}

function List({ tool, files, chosen }: { tool: string; files: readonly Shown[]; chosen: string | undefined }) {
  return (
    <ul>
      {files.map((file) => (
        <li key={file.path}>
          <NavLink to={fileAddress(tool, file.path)} className={() => (file.path === chosen ? "chosen" : "")}>
            <bdi>{visible(file.inside)}</bdi>
            <span className="soft">{sized(file.size)}</span>
          </NavLink>
        </li>
      ))}
    </ul>
  );
}

function Source({ tool, path, owner, inside }: { tool: Tool; path: string; owner: Owner; inside: string }) {
  const { data, error, refetch } = useQuery(fileText(owner, inside));
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
