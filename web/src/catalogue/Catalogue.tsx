import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { toolPage } from "../api/queries";
import { Failure } from "../parts/Failure";
import { counted } from "../parts/Marks";
import { useTitle } from "../parts/title";
import { Waiting } from "../parts/Waiting";
import "./catalogue.css";
import { Card } from "./Card";
import { CategoryTree } from "./CategoryTree";
import { Filters } from "./Filters";
import { useListKeys } from "./keys";
import { Pages } from "./Pages";
import { useCatalogueQuery } from "./query";
import { TagList } from "./TagList";

export function Catalogue() {
  useTitle("Tools");
  const { query, asked, change } = useCatalogueQuery();
  const { data, error, isPlaceholderData, refetch } = useQuery(toolPage(asked));
  const list = useRef<HTMLUListElement>(null);
  useListKeys(list);
  return (
    <div className="catalogue">
      <aside className="stack">
        <CategoryTree chosen={query.category} choose={(category) => change({ category })} />
        <TagList chosen={query.tag} choose={(tag) => change({ tag })} />
      </aside>
      <section className="stack" aria-labelledby="catalogue-title">
        <h1 id="catalogue-title" className="hidden-label">
          Tools
        </h1>
        <Filters query={query} change={change} />
        {error && !data && <Failure error={error} retry={() => refetch()} />}
        {!error && !data && <Waiting>Loading tools</Waiting>}
        {data && (
          <>
            <p className="soft" role="status" aria-live="polite">
              {data.total === 0 ? "No tool matches" : counted(data.total, "tool")}
              {query.category && ` in ${query.category}`}
            </p>
            {data.total === 0 && <Nothing clear={() => change({ search: "", category: "", tag: [], status: "" })} />}
            <ul className="cards" ref={list} aria-busy={isPlaceholderData} data-revision={data.revision}>
              {data.items.map((tool) => (
                <Card
                  key={tool.name}
                  tool={tool}
                  chooseTag={(tag) => change({ tag: [...new Set([...query.tag, tag])] })}
                />
              ))}
            </ul>
            <Pages page={data.page} last={Math.max(1, Math.ceil(data.total / data.page_size))} />
          </>
        )}
      </section>
    </div>
  );
}

function Nothing({ clear }: { clear: () => void }) {
  return (
    <div className="note stack">
      <p>Every word must occur in a tool's name, title, description or tags. Try fewer words, or another category.</p>
      <p>
        <button type="button" className="button small" onClick={clear}>
          Clear search and filters
        </button>
      </p>
    </div>
  );
}
