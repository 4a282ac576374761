import { useQuery } from "@tanstack/react-query";
import type { Shapes } from "../api/client";
import { categories } from "../api/queries";
import { visible } from "../parts/visible";

type Category = Shapes["Category"];
type Props = { chosen: string; choose: (path: string) => void };

// On a phone the tools come first.
export const WIDE = matchMedia("(min-width: 801px)").matches;

export function CategoryTree({ chosen, choose }: Props) {
  const { data } = useQuery(categories());
  return (
    <nav aria-label="Categories">
      <details className="choices" open={WIDE}>
        <summary>
          <h2>Categories</h2> {chosen && <span className="mark">{visible(chosen)}</span>}
        </summary>
        <button type="button" aria-current={chosen === ""} onClick={() => choose("")}>
          <span>All</span>
        </button>
        {data && <Branch categories={data.categories} chosen={chosen} choose={choose} />}
      </details>
    </nav>
  );
}

function Branch({ categories, chosen, choose }: Props & { categories: readonly Category[] }) {
  return (
    <ul>
      {categories.map((one) => (
        <li key={one.path}>
          <button type="button" aria-current={chosen === one.path} onClick={() => choose(one.path)}>
            <bdi>{visible(one.name) || "without"}</bdi>
            <span className="count">{one.count}</span>
          </button>
          {one.categories.length > 0 && `${chosen}/`.startsWith(`${one.path}/`) && (
            <Branch categories={one.categories} chosen={chosen} choose={choose} />
          )}
        </li>
      ))}
    </ul>
  );
}
