/** Searching, narrowing, ordering and paging a list of tools in the browser, as the service does (catalog/catalog_query.py). */
import type { Shapes } from "./client";

type Page = Shapes["ToolPage"];
type Summary = Page["items"][number];
type Entry = { tool: Summary; name: string; title: string; tags: string; text: string };
export type Listed = { entries: Entry[]; revision: Page["revision"] };

/** All tools with what is searched in them. */
export function listed({ items, revision }: Page): Listed {
  const entries = items.map((tool) => {
    const [name, title, tags] = [folded(tool.name), folded(tool.title), folded(tool.tags.join("\n"))];
    return { tool, name, title, tags, text: [name, title, folded(tool.description), tags].join("\n") };
  });
  return { entries, revision };
}

export function chosen({ entries, revision }: Listed, query: URLSearchParams): Page {
  const words = folded(query.get("search") ?? "").match(/\S+/g) ?? [];
  const category = (query.get("category") ?? "").replace(/^\/+|\/+$/g, "");
  const status = query.get("status");
  const tags = query.getAll("tag");
  const found = entries.filter(
    ({ tool, text }) =>
      words.every((word) => text.includes(word)) &&
      (!category || `${tool.category}/`.startsWith(`${category}/`)) &&
      (!status || tool.status === status) &&
      tags.every((tag) => tool.tags.includes(tag)),
  );
  const sort = query.get("sort") ?? "name";
  found.sort(sort === "relevance" ? byRelevance(words) : byField(sort));
  const page = Number(query.get("page") ?? 1);
  const size = Number(query.get("page_size") ?? 20);
  const items = found.slice((page - 1) * size, page * size).map((one) => one.tool);
  return { items, page, page_size: size, total: found.length, revision };
}

type Order = (one: Entry, other: Entry) => number;

function byField(sort: string): Order {
  const field = sort.replace("-", "");
  const key = ({ tool, title }: Entry): string | number =>
    field === "title" ? title : field === "category" ? tool.category : field === "version" ? tool.version : tool.name;
  const turn = sort.startsWith("-") ? -1 : 1;
  return (one, other) => turn * (compared(key(one), key(other)) || compared(one.tool.name, other.tool.name));
}

/** The service weighs words against each other, too; here it counts in which field each is found, and whether it begins a word. */
function byRelevance(words: string[]): Order {
  const scores = new Map<Entry, number>();
  const score = (entry: Entry) => {
    const known = scores.get(entry) ?? words.reduce((sum, word) => sum + worth(entry, word), 0);
    scores.set(entry, known);
    return known;
  };
  return (one, other) => score(other) - score(one) || compared(one.tool.name, other.tool.name);
}

function worth({ name, title, tags }: Entry, word: string): number {
  const begins = (text: string) => (` ${text.replaceAll(/[_\W]+/g, " ")}`.includes(` ${word}`) ? 1 : 0);
  if (name.includes(word)) return 6 + begins(name);
  if (title.includes(word)) return 4 + begins(title);
  return tags.includes(word) ? 2 + begins(tags) : 0;
}

function compared(one: string | number, other: string | number): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A text without the difference of upper and lower case: the long way round, so that ß and SS are one, as in Python. */
function folded(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll("ς", "σ");
}
