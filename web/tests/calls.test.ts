import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Tool } from "../src/api/queries";
import { calls, sample } from "../src/tool/calls";
import { anyValue, hardText } from "./written";

const SERVER = "https://tools.example.org:8443";

/** What of a tool is read here. */
function made(parameters: object, examples: object[] = []): Tool {
  return { name: "probe", parameters, examples } as unknown as Tool;
}

const textOf = (tool: Tool, title: string) => calls(tool, SERVER).find((one) => one.title === title)?.text ?? "";

/** The arguments that a shell hands to curl. */
function heardByCurl(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

test("a shell hands curl the very arguments, whatever they hold", () => {
  const given = fc.dictionary(hardText, anyValue, { maxKeys: 3, noNullPrototype: true });
  fc.assert(
    fc.property(given, (value) => {
      const heard = heardByCurl(textOf(made({}, [{ name: "one", arguments: value }]), "curl"));
      expect(heard[1]).toBe(`${SERVER}/api/v1/llm/tools/probe/invoke`);
      expect(JSON.parse(heard.at(-1) ?? "")).toEqual({ arguments: value });
    }),
    { numRuns: 50 }, // a shell each
  );
});

test("arguments to show are those of the first example that works", () => {
  const examples = [
    { name: "fails", arguments: { a: 0 }, error: "script_error" },
    { name: "works", arguments: { a: 1 } },
  ];
  expect(sample(made({}, examples))).toEqual({ a: 1 });
});

test("without an example every required parameter has a value of its kind", () => {
  const properties = {
    text: { type: "string" },
    port: { type: "integer", minimum: 1024 },
    share: { type: "number" },
    flag: { type: "boolean" },
    list: { type: "array" },
    map: { type: "object" },
    choice: { enum: ["b", "c"] },
    usual: { type: "string", default: "d" },
    left_out: { type: "string" },
  };
  const required = ["text", "port", "share", "flag", "list", "map", "choice", "usual", "constructor"];
  expect(sample(made({ properties, required }))).toEqual({
    text: "…",
    port: 1024,
    share: 1,
    flag: true,
    list: [],
    map: {},
    choice: "b",
    usual: "d",
    constructor: "…",
  });
});

test("what the only possible value is, or stands behind a reference, is shown", () => {
  const parameters = {
    properties: { kind: { const: "a" }, port: { $ref: "#/$defs/port" }, name: { type: ["string", "null"] } },
    required: ["kind", "port", "name"],
    $defs: { port: { type: "integer", minimum: 80 } },
  };
  expect(sample(made(parameters))).toEqual({ kind: "a", port: 80, name: "…" });
});

test.each(["OpenAI", "Anthropic"])("the program for %s asks this server for this tool in its format", (title) => {
  const text = textOf(made({}), title);
  expect(text).toContain(`SERVER = "${SERVER}"`);
  expect(text).toContain(`/api/v1/llm/tools/probe?format=${title.toLowerCase()}`);
});

test("MCP's settings are JSON with this server's address", () => {
  expect(JSON.parse(textOf(made({}), "MCP"))).toEqual({
    mcpServers: { toolcrib: { type: "http", url: `${SERVER}/mcp` } },
  });
});
