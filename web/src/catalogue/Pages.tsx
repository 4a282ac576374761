import { Link, useSearchParams } from "react-router";
import { read, write } from "./query";

export function Pages({ page, last }: { page: number; last: number }) {
  const [address] = useSearchParams();
  if (last <= 1) return null;
  const to = (number: number) => ({ search: write({ ...read(address), page: number }).toString() });
  return (
    <nav aria-label="Pages" className="row pages">
      {page > 1 && (
        <Link className="button small" rel="prev" to={to(Math.min(page - 1, last))}>
          Previous
        </Link>
      )}
      <span className="soft">
        Page {page} of {last}
      </span>
      {page < last && (
        <Link className="button small" rel="next" to={to(page + 1)}>
          Next
        </Link>
      )}
    </nav>
  );
}
