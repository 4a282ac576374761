import { Link } from "react-router";
import { Problem } from "../api/problem";

/** A failure in words: what happened, every single fault, and what can be done about it. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = Problem.from(error);
  return (
    <div className="note bad stack" role="alert">
      <div>
        <strong>{problem.title}</strong>
        <p>{problem.message}</p>
      </div>
      {problem.faults.length > 0 && (
        <ul>
          {problem.faults.map((fault, at) => (
            <li key={at}>
              <code>{fault.pointer || "/"}</code> {fault.message}
            </li>
          ))}
        </ul>
      )}
      {problem.near.length > 0 && (
        <ul className="row" aria-label="Tools with such a name">
          {problem.near.map((name) => (
            <li key={name}>
              <Link to={`/tools/${encodeURIComponent(name)}`}>{name}</Link>
            </li>
          ))}
        </ul>
      )}
      <p className="soft">{advice(problem)}</p>
      {retry && (
        <p>
          <button type="button" className="button small" onClick={retry}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

function advice(problem: Problem): string {
  if (problem.status === 401) return "Set the service's token with “Token” at the top, then try again.";
  if (problem.status === 403) return "Open this page by a name that the service knows; its operator can add names.";
  if (problem.status === 404 && problem.about("tools"))
    return "It may have been renamed or removed; look for it among the tools.";
  if (problem.status === 404) return "The address may be mistyped, or what it led to is gone.";
  if (problem.status === 429) return "Wait a moment, then try again.";
  if (problem.status === 500) return `Tell the operator the request's id: ${problem.requestId}`;
  if (problem.passes) return "The page tries again by itself. If it stays so, ask the operator to look at the status.";
  return "";
}
