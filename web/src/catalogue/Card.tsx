import { Link } from "react-router";
import type { ToolSummary } from "../api/queries";
import { ago } from "../parts/ago";
import { FindingMarks, StatusMark } from "../parts/Marks";
import { visible } from "../parts/visible";

const SHOWN_TAGS = 4;

export function Card({ tool, chooseTag }: { tool: ToolSummary; chooseTag: (tag: string) => void }) {
  return (
    <li className="panel card">
      <div className="row">
        <h2>
          <Link to={`/tools/${encodeURIComponent(tool.name)}`} data-tool={tool.name}>
            <bdi>{visible(tool.title) || tool.name}</bdi>
          </Link>
        </h2>
        <div className="row marks">
          <FindingMarks findings={tool.findings} />
          {tool.uncommitted && <span className="mark warn">uncommitted</span>}
          {tool.status !== "active" && <StatusMark status={tool.status} />}
        </div>
      </div>
      <code className="soft">{tool.name}</code>
      <p className="summary">
        <bdi>{visible(tool.description)}</bdi>
      </p>
      <div className="row foot">
        {tool.category && <span className="soft">{visible(tool.category)}</span>}
        {tool.tags.slice(0, SHOWN_TAGS).map((tag) => (
          <button
            type="button"
            className="tag"
            key={tag}
            onClick={() => chooseTag(tag)}
            aria-label={`Only tools tagged ${tag}`}
          >
            {visible(tag)}
          </button>
        ))}
        <span className="soft last">
          {tool.changed ? (
            <Changed at={tool.changed.at} by={tool.changed.by} version={tool.version} />
          ) : (
            "not committed"
          )}
        </span>
      </div>
    </li>
  );
}

function Changed({ at, by, version }: { at: string; by: string; version: number }) {
  return (
    <time dateTime={at} title={`Version ${version}, ${new Date(at).toLocaleString()}, ${by}`}>
      {ago(at)} by <bdi>{visible(by)}</bdi>
    </time>
  );
}
