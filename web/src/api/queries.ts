/** What the page asks for, by name. A view uses these with `useQuery`, so that the same answer is fetched once. */
import { keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask, data, type Shapes } from "./client";
import { Problem } from "./problem";
import type { paths } from "./types.gen";

export type Tool = Shapes["Tool"];
export type ToolSummary = Shapes["ToolSummary"];
export type Finding = Shapes["Finding"];
export type ToolQuery = NonNullable<paths["/api/v1/tools"]["get"]["parameters"]["query"]>;
type DefinitionQuery = NonNullable<paths["/api/v1/llm/tools/{name}"]["get"]["parameters"]["query"]>;
export type DefinitionFormat = NonNullable<DefinitionQuery["format"]>;

const MOST_TRIES = 4;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What passes is tried again by itself, ever more slowly; the page says so meanwhile.
      retry: (failures, error) => Problem.from(error).passes && failures < MOST_TRIES,
      retryDelay: (failures) => Math.min(1000 * 2 ** failures, 15_000),
      refetchInterval: (query) => (query.state.status === "error" ? 5_000 : false),
    },
  },
});

export const toolPage = (query: ToolQuery) =>
  queryOptions({
    queryKey: ["tools", query],
    queryFn: ({ signal }) => data(api.GET("/api/v1/tools", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });

export const categories = () =>
  queryOptions({
    queryKey: ["categories"],
    queryFn: ({ signal }) => data(api.GET("/api/v1/categories", { signal })),
  });

export const tags = () =>
  queryOptions({
    queryKey: ["tags"],
    queryFn: ({ signal }) => data(api.GET("/api/v1/tags", { signal })),
  });

export const tool = (name: string) =>
  queryOptions({
    queryKey: ["tool", name],
    queryFn: ({ signal }) => data(api.GET("/api/v1/tools/{name}", { params: { path: { name } }, signal })),
  });

/** The folder that a file is in: a tool's, or a shared package's. */
export type Owner = Readonly<{ area: "tools" | "shared"; name: string; digest: string }>;

/** A file's text, null where it is none, and where its bytes are. */
export const fileText = ({ area, name, digest }: Owner, path: string) =>
  queryOptions({
    // The digest names the bytes: another one is another file.
    queryKey: ["file", area, name, path, digest],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const inside = path.split("/").map(encodeURIComponent).join("/");
      const address = `/api/v1/${area}/${encodeURIComponent(name)}/files/${inside}`;
      const response = await ask(new Request(address, { signal })).catch((error: unknown) => {
        throw Problem.unreachable(error);
      });
      if (!response.ok) throw await Problem.of(response);
      const isText = response.headers.get("Content-Type")?.startsWith("text/");
      return {
        text: isText ? await response.text() : null,
        address: response.headers.get("Content-Location") ?? address,
      };
    },
  });

/** The tool's definition for models in one format, as text to copy. */
export const definition = (name: string, format: DefinitionFormat) =>
  queryOptions({
    queryKey: ["definition", name, format],
    queryFn: async ({ signal }) => {
      const params = { path: { name }, query: { format } };
      return JSON.stringify(await data(api.GET("/api/v1/llm/tools/{name}", { params, signal })), null, 2);
    },
  });

export const readiness = () =>
  queryOptions({
    queryKey: ["readyz"],
    // 503 has the same shape: it is an answer here, not a failure.
    queryFn: async ({ signal }) => {
      const response = await fetch("/readyz", { signal }).catch((error: unknown) => {
        throw Problem.unreachable(error);
      });
      if (!response.headers.get("Content-Type")?.startsWith("application/json")) throw await Problem.of(response);
      return (await response.json()) as Shapes["Health"];
    },
  });

export const repository = () =>
  queryOptions({
    queryKey: ["repository"],
    queryFn: ({ signal }) => data(api.GET("/api/v1/repository", { signal })),
  });

export const proposals = () =>
  queryOptions({
    queryKey: ["proposals"],
    queryFn: ({ signal }) => data(api.GET("/api/v1/proposals", { signal })),
  });
