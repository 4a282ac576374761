/** What is shown of the catalogue. The address keeps it, so that a search can be sent to a colleague. */
import { useDeferredValue, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { ToolQuery } from "../api/queries";

export type CatalogueQuery = {
  search: string;
  category: string;
  tag: string[];
  status: string;
  sort: string;
  page: number;
};

export const STATUSES = ["active", "draft", "deprecated", "disabled"] as const;
export const SORTS: Record<string, string> = {
  "": "Best match",
  name: "Name",
  title: "Title",
  category: "Category",
  "-version": "Most changed",
};
const PAGE_SIZE = 30;

export function useCatalogueQuery() {
  const [address, setAddress] = useSearchParams();
  const text = address.toString();
  const query = useMemo(() => read(new URLSearchParams(text)), [text]);
  const asked = useDeferredValue(useMemo(() => toAsk(query), [query]));
  const change = (changes: Partial<CatalogueQuery>) =>
    setAddress((before) => write({ ...read(before), page: 1, ...changes }), {
      // A search is one step back, not one for each letter.
      replace: "search" in changes,
      preventScrollReset: true,
    });
  return { query, asked, change };
}

export function read(address: URLSearchParams): CatalogueQuery {
  const page = Number(address.get("page"));
  return {
    search: (address.get("search") ?? "").slice(0, 200),
    category: address.get("category") ?? "",
    tag: address.getAll("tag"),
    status: address.get("status") ?? "",
    sort: address.get("sort") ?? "",
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

export function write(query: CatalogueQuery): URLSearchParams {
  const address = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const one of value) address.append(name, one);
    else if (value && !(name === "page" && value === 1)) address.set(name, String(value));
  }
  return address;
}

function toAsk(query: CatalogueQuery): ToolQuery {
  const asked: ToolQuery = { page: query.page, page_size: PAGE_SIZE };
  const search = query.search.trim();
  if (search) asked.search = search;
  if (query.category) asked.category = query.category;
  if (query.tag.length > 0) asked.tag = query.tag;
  const status = STATUSES.find((one) => one === query.status);
  if (status) asked.status = status;
  const sort = query.sort in SORTS ? query.sort : "";
  asked.sort = (sort || (search ? "relevance" : "name")) as NonNullable<ToolQuery["sort"]>;
  return asked;
}
