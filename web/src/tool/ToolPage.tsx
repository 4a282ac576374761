import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useOutletContext, useParams } from "react-router";
import { type Tool, tool as toolQuery } from "../api/queries";
import { Failure } from "../parts/Failure";
import { FindingMarks, StatusMark } from "../parts/Marks";
import { useTitle } from "../parts/title";
import { visible } from "../parts/visible";
import { Waiting } from "../parts/Waiting";
import { Tabs } from "./Tabs";
import "./tool.css";

/** The tool that the view around shows. */
export const useTool = () => useOutletContext<Tool>();

/** One tool: what it is called and how it stands, over the views of it. */
export function Component() {
  const { name = "" } = useParams();
  const { data, error, refetch } = useQuery(toolQuery(name));
  useTitle(data?.title || name);
  if (!data) return error ? <Failure error={error} retry={() => refetch()} /> : <Waiting>Loading the tool</Waiting>;
  return (
    <div className="stack tool">
      <header className="tool-head">
        <p className="soft crumbs">
          <Link to="/">Tools</Link>
          {data.category
            .split("/")
            .filter(Boolean)
            .map((part, at, parts) => (
              <span key={at}>
                {" / "}
                <Link
                  to={{
                    pathname: "/",
                    search: `?${new URLSearchParams({ category: parts.slice(0, at + 1).join("/") })}`,
                  }}
                >
                  {visible(part)}
                </Link>
              </span>
            ))}
        </p>
        <div className="row">
          <h1>
            <bdi>{visible(data.title) || data.name}</bdi>
          </h1>
          <StatusMark status={data.status} />
          {data.uncommitted && <span className="mark warn">uncommitted</span>}
          <FindingMarks findings={data.findings} />
        </div>
        <p>
          <code className="soft">{data.name}</code>
        </p>
        <Tabs name={data.name} />
      </header>
      <Notices tool={data} />
      <Outlet context={data} />
    </div>
  );
}

/** Why a tool is not offered to models, in one line each. */
function Notices({ tool }: { tool: Tool }) {
  return (
    <>
      {tool.status === "deprecated" && (
        <p className="note warn">
          Deprecated: models are not offered this tool.{" "}
          {tool.replaced_by && (
            <>
              Use <Link to={`/tools/${encodeURIComponent(tool.replaced_by)}`}>{tool.replaced_by}</Link> instead.
            </>
          )}
        </p>
      )}
      {tool.status === "disabled" && <p className="note bad">Disabled: nobody can run this tool.</p>}
      {tool.image?.state === "building" && (
        <p className="note warn" role="status">
          Its dependencies are being installed; it runs when that is done.
        </p>
      )}
    </>
  );
}
