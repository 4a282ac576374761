/** Answers the page's questions from the files of an export, as the service would answer them. */
import type { Shapes } from "./client";
import { inRoot } from "./place";
import { Problem } from "./problem";
import { chosen, type Listed, listed } from "./selection";

type About = { moved: Record<string, string | null> };

export async function answer(request: Request, signal: AbortSignal): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [area, ...parts] = pathname.replace(/^\/api\/v1\//, "").split("/");
  const [first, ...rest] = parts.map(decodeURIComponent);
  if (area === "categories") return file("categories.json", signal);
  if (area === "tags") return file("tags.json", signal);
  if (area === "tools" && first === undefined) return Response.json(chosen(await tools(), searchParams));
  if (area === "tools" && first !== undefined && rest[0] === "files")
    return raw(await folderOf(first), rest.slice(1).join("/"), signal);
  if (area === "tools" && first !== undefined && rest.length === 0)
    return file(`${await folderOf(first)}/tool.json`, signal);
  if (area === "shared" && first !== undefined && rest[0] === "files")
    return raw(await folderOf(first, "shared"), rest.slice(1).join("/"), signal);
  if (area === "llm" && first === "tools" && rest[0] !== undefined)
    return file(`${await folderOf(rest[0])}/${searchParams.get("format") ?? "openai"}.json`, signal);
  throw missing("This is a read-only catalogue: only a service can do this.");
}

/** What many answers need is loaded once, and again after a failure. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= load().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}

const about = once(async () => (await (await file("export.json")).json()) as About);
const tools = once<Listed>(async () => listed((await (await file("tools.json")).json()) as Shapes["ToolPage"]));

/** The folder of a tool or a shared package: its name says it, unless no folder can have that name everywhere. */
async function folderOf(name: string, area = "tools"): Promise<string> {
  const wanted = `${area}/${name}`;
  if (/^[a-z][a-z0-9_]{0,63}$/.test(name)) return wanted;
  return (await about()).moved[wanted] ?? wanted;
}

async function raw(folder: string, path: string, signal: AbortSignal): Promise<Response> {
  const { moved } = await about();
  const wanted = `${folder}/raw/${path}.txt`;
  const place = moved[`${folder}/raw`] === null ? null : wanted in moved ? moved[wanted] : wanted;
  if (!place) throw missing("This file is not in the catalogue: it is too large, no regular file, or oddly named.");
  const response = await file(place, signal);
  const bytes = await response.arrayBuffer();
  const headers = { "Content-Type": isText(bytes) ? "text/plain" : "application/octet-stream" };
  return new Response(bytes, { headers: { ...headers, "Content-Location": inRoot(encoded(place)) } });
}

function isText(bytes: ArrayBuffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** A file of the export. Raises a Problem where it cannot be had. */
async function file(place: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(inRoot(encoded(place)), signal ? { signal } : {});
  if (response.status === 404) throw missing("There is nothing of that name in this catalogue.");
  if (!response.ok)
    throw new Problem(response.status, "The catalogue cannot be read", `Its host answered ${response.status}.`);
  return response;
}

function encoded(place: string): string {
  return place.split("/").map(encodeURIComponent).join("/");
}

function missing(detail: string): Problem {
  return new Problem(404, "Not found", detail);
}
