import { useEffect, useRef } from "react";
import { NavLink, useLocation } from "react-router";
import { isExport } from "../api/place";

/** The ways to the views of one tool, over each of them. */
export function Tabs({ name }: { name: string }) {
  const at = `/tools/${encodeURIComponent(name)}`;
  const tabs = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a phone the chosen one may be out of sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address chooses another tab
  useEffect(() => {
    tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pathname]);
  return (
    <nav ref={tabs} className="tabs" aria-label="Views of this tool">
      <NavLink to={at} end>
        Overview
      </NavLink>
      {!isExport && <NavLink to={`${at}/run`}>Run</NavLink>}
      <NavLink to={`${at}/files`}>Files</NavLink>
      <NavLink to={`${at}/call`}>Call it</NavLink>
      {!isExport && (
        <>
          <NavLink to={`${at}/history`}>History</NavLink>
          <NavLink to={`${at}/edit`}>Edit</NavLink>
        </>
      )}
    </nav>
  );
}
