import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { tags } from "../api/queries";
import { visible } from "../parts/visible";
import { WIDE } from "./CategoryTree";

type Props = { chosen: readonly string[]; choose: (chosen: string[]) => void };

const SHOWN = 12;

/** The tags with how many tools carry each, the most used first; one or several narrow the list. */
export function TagList({ chosen, choose }: Props) {
  const { data } = useQuery(tags());
  const [all, setAll] = useState(false);
  const given = data?.tags ?? [];
  if (given.length === 0) return null;
  const shown = all ? given : given.slice(0, SHOWN);
  const turn = (name: string) =>
    choose(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  return (
    <nav aria-label="Tags">
      <details className="choices" open={WIDE}>
        <summary>
          <h2>Tags</h2>
        </summary>
        <ul>
          {shown.map(({ name, count }) => (
            <li key={name}>
              <button type="button" aria-pressed={chosen.includes(name)} onClick={() => turn(name)}>
                <bdi>{visible(name)}</bdi>
                <span className="count">{count}</span>
              </button>
            </li>
          ))}
        </ul>
        {given.length > SHOWN && (
          <button type="button" className="more" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? "Fewer" : `All ${given.length.toLocaleString("en")} tags`}
          </button>
        )}
      </details>
    </nav>
  );
}
