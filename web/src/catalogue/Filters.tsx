import { useEffect, useRef, useState } from "react";
import { type CatalogueQuery, SORTS, STATUSES } from "./query";

type Props = { query: CatalogueQuery; change: (changes: Partial<CatalogueQuery>) => void };

export function Filters({ query, change }: Props) {
  return (
    <search className="filters">
      <SearchField value={query.search} change={(search) => change({ search })} />
      <label className="row">
        <span className="hidden-label">Status</span>
        <select className="input" value={query.status} onChange={(event) => change({ status: event.target.value })}>
          <option value="">Any status</option>
          {STATUSES.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
      </label>
      <label className="row">
        <span className="hidden-label">Order</span>
        <select className="input" value={query.sort} onChange={(event) => change({ sort: event.target.value })}>
          {Object.entries(SORTS)
            .filter(([sort]) => query.search || sort !== "name")
            .map(([sort, label]) => (
              <option key={sort} value={sort}>
                {sort === "" && !query.search ? SORTS.name : label}
              </option>
            ))}
        </select>
      </label>
      {query.tag.length > 0 && (
        <ul className="row chosen-tags" aria-label="Chosen tags">
          {query.tag.map((tag) => (
            <li key={tag}>
              <button
                type="button"
                className="tag chosen"
                aria-label={`Without the tag ${tag}`}
                onClick={() => change({ tag: query.tag.filter((one) => one !== tag) })}
              >
                {tag} <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}

function SearchField({ value, change }: { value: string; change: (search: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  // The address follows what is typed a moment later: the field is only taken to what somebody else put there.
  const [text, setText] = useState(value);
  const typed = useRef<string[]>([]);
  useEffect(() => {
    const at = typed.current.lastIndexOf(value);
    if (at < 0) setText(value);
    typed.current = typed.current.slice(at + 1);
  }, [value]);
  const type = (now: string) => {
    typed.current.push(now);
    setText(now);
    change(now);
  };
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);
  return (
    <label className="search-field">
      <span className="hidden-label">Search tools</span>
      <input
        ref={field}
        className="input"
        type="search"
        placeholder="Search tools"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => type(event.target.value)}
      />
      <span className="key" aria-hidden="true" title="Press / to search">
        /
      </span>
    </label>
  );
}

export function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
