import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { api, data } from "../api/client";

import { Failure } from "../parts/Failure";
import { useTitle } from "../parts/title";
import { Waiting } from "../parts/Waiting";
import type { Draft } from "./draft";
import { Editor } from "./Editor";
import "../tool/tool.css";
import "./edit.css";

/** Changing a tool that is there. */
export function Component() {
  const { name = "" } = useParams();
  // Another tool is another editor, with nothing left of this one.
  return <Loaded key={name} name={name} />;
}

function Loaded({ name }: { name: string }) {
  useTitle(`Edit ${name}`);
  const [turn, setTurn] = useState(0);
  const found = useQuery({
    queryKey: ["draft of", name, turn],
    queryFn: () => loadDraft(name),
    // What is being edited is not exchanged under the author's hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (found.isPending) return <Waiting>Loading the files</Waiting>;
  if (found.error) return <Failure error={found.error} retry={() => found.refetch()} />;
  const { draft, uncommitted, leftOut } = found.data;
  if (uncommitted)
    return (
      <div className="stack">
        <h1>{name}</h1>
        <p className="note warn">
          Somebody is working on this tool, or on a shared package that it has: the files in the working tree are not
          what is committed. It can be edited here when they are committed or put back.
        </p>
        <p className="row">
          <Link className="button" to={`/tools/${encodeURIComponent(name)}`}>
            To the tool
          </Link>
          <button type="button" className="button" onClick={() => found.refetch()}>
            Look again
          </button>
        </p>
      </div>
    );
  return <Editor key={turn} first={draft} leftOut={leftOut} anew={() => setTurn((one) => one + 1)} />;
}

/** The files of the newest version, all of one state. */
async function loadDraft(name: string): Promise<{ draft: Draft; uncommitted: boolean; leftOut: string[] }> {
  const tool = await data(api.GET("/api/v1/tools/{name}", { params: { path: { name } }, cache: "no-store" }));
  const base = { name, digest: tool.digest, files: {} };
  if (tool.uncommitted) return { draft: { base, files: {} }, uncommitted: true, leftOut: [] };
  const path = { name, number: String(tool.version) };
  const version = await data(api.GET("/api/v1/tools/{name}/versions/{number}", { params: { path } }));
  const digest = version.digest ?? tool.digest;
  return {
    draft: { base: { name, digest, files: version.files }, files: version.files },
    uncommitted: false,
    leftOut: version.left_out,
  };
}
