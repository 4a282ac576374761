/** What is asked of the record of executions. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, data, type Shapes } from "../api/client";
import type { paths } from "../api/types.gen";

export type Execution = Shapes["Execution"];
export type Summary = Shapes["ExecutionSummary"];
export type Status = Shapes["ExecutionStatus"];
export type Overview = Shapes["ExecutionOverview"];
export type ListQuery = NonNullable<paths["/api/v1/executions"]["get"]["parameters"]["query"]>;

export const STATUSES: readonly Status[] = ["pending", "running", "success", "failed", "timeout", "cancelled"];
const LIST_MS = 2000;
const OVERVIEW_MS = 15_000;
const RUNNING_MS = 400;

export const isOpen = (status: Status) => status === "pending" || status === "running";

export const executionPage = (query: ListQuery, live: boolean) =>
  queryOptions({
    queryKey: ["executions", query],
    queryFn: ({ signal }) => data(api.GET("/api/v1/executions", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: live ? LIST_MS : false,
  });

export const overview = (tool: string, days: number, live: boolean) =>
  queryOptions({
    queryKey: ["executions summary", tool, days],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/executions/summary", { params: { query: tool ? { tool, days } : { days } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: live ? OVERVIEW_MS : false,
  });

/** One execution; asked again and again while it runs, as its record holds what it has printed so far. */
export const execution = (id: string) =>
  queryOptions({
    queryKey: ["execution", id],
    queryFn: ({ signal }) =>
      data(api.GET("/api/v1/executions/{execution_id}", { params: { path: { execution_id: id } }, signal })),
    refetchInterval: (query) => (query.state.data && isOpen(query.state.data.status) ? RUNNING_MS : false),
    staleTime: 0,
  });

export const cancel = (id: string) =>
  data(api.POST("/api/v1/executions/{execution_id}/cancel", { params: { path: { execution_id: id } } }));
