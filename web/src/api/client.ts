/** The one door to the service: calls with the types of its OpenAPI document; every failure is a {@link Problem}. */
import createClient, { type Middleware } from "openapi-fetch";
import { isExport } from "./place";
import { Problem } from "./problem";
import { readToken } from "./token";
import type { components, paths } from "./types.gen";

export type Shapes = components["schemas"];

const REQUEST_SECONDS = 60;

const guard: Middleware = {
  onRequest({ request }) {
    const token = readToken();
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await Problem.of(response);
  },
  onError({ error }) {
    return Problem.unreachable(error);
  },
};

/** What every question goes through: to the service, or in an export to its files. */
export async function ask(request: Request): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_SECONDS * 1000)]);
  if (!isExport) return fetch(request, { signal });
  const { answer } = await import("./exported");
  return answer(request, signal);
}

export const api = createClient<paths>({ querySerializer: { array: { style: "form", explode: true } }, fetch: ask });
api.use(guard);

/** The data of an answer. Its absence was thrown as a Problem before. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
