/** What is asked of a tool's history. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data } from "../api/client";

const PAGE_SIZE = 30;

export const versionPage = (name: string, page: number) =>
  queryOptions({
    queryKey: ["versions", name, page],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/v1/tools/{name}/versions", {
          params: { path: { name }, query: { page, page_size: PAGE_SIZE } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const difference = (name: string, from: number, to: number) =>
  queryOptions({
    queryKey: ["difference", name, from, to],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/tools/{name}/diff", { params: { path: { name }, query: { from, to } }, signal })),
  });
