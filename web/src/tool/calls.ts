import type { Tool } from "../api/queries";
import { asSchema, followed, type Schema } from "./schema";

type Call = { title: string; about: string; language: string; text: string };

/** The ways to call a tool, each as text that can be pasted and run. */
export function calls(tool: Tool, server: string): Call[] {
  const given = sample(tool);
  const address = `${server}/api/v1/llm/tools/${tool.name}/invoke`;
  return [
    { title: "curl", about: "Runs it and waits for its end.", language: "sh", text: curl(address, given) },
    {
      title: "OpenAI",
      about: "Offers it to a model, and runs what the model asks for.",
      language: "py",
      text: python("openai", tool.name, server),
    },
    {
      title: "Anthropic",
      about: "The same with Anthropic's messages.",
      language: "py",
      text: python("anthropic", tool.name, server),
    },
    {
      title: "MCP",
      about: "For a client of the Model Context Protocol: all tools of this server.",
      language: "json",
      text: JSON.stringify({ mcpServers: { toolcrib: { type: "http", url: `${server}/mcp` } } }, null, 2),
    },
  ];
}

/** Arguments to show: those of the first example, else something for each required parameter. */
export function sample(tool: Tool): Record<string, unknown> {
  const example = tool.examples.find((one) => !("error" in one));
  if (example) return asSchema(example.arguments);
  const root = tool.parameters as Schema;
  const { required } = root;
  const properties = asSchema(root.properties);
  const needed = Array.isArray(required) ? required.map(String) : [];
  return Object.fromEntries(needed.map((name) => [name, something(followed(root, asSchema(properties[name])))]));
}

function something(schema: Record<string, unknown>): unknown {
  if ("default" in schema) return schema.default;
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const values: Record<string, unknown> = { integer: schema.minimum ?? 1, number: schema.minimum ?? 1, boolean: true };
  return { ...values, array: [], object: {} }[String([schema.type].flat()[0])] ?? "…";
}

function curl(address: string, given: unknown): string {
  const body = JSON.stringify({ arguments: given }, null, 2).replaceAll("'", "'\\''");
  return `curl -sS ${address} \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`;
}

function python(provider: "openai" | "anthropic", name: string, server: string): string {
  const head = (library: string) => `import json

import httpx
from ${library}

SERVER = ${JSON.stringify(server)}


def invoke(name, arguments):
    answer = httpx.post(f"{SERVER}/api/v1/llm/tools/{name}/invoke", json={"arguments": arguments}, timeout=60)
    return json.dumps(answer.raise_for_status().json())

`;
  const offered = `httpx.get(f"{SERVER}/api/v1/llm/tools/${name}?format=${provider}").json()`;
  if (provider === "openai")
    return `${head("openai import OpenAI")}
client = OpenAI()
tool = ${offered}
messages = [{"role": "user", "content": "…"}]
answer = client.chat.completions.create(model="…", messages=messages, tools=[tool])
for call in answer.choices[0].message.tool_calls or []:
    print(invoke(call.function.name, json.loads(call.function.arguments)))
`;
  return `${head("anthropic import Anthropic")}
client = Anthropic()
tool = ${offered}
messages = [{"role": "user", "content": "…"}]
answer = client.messages.create(model="…", max_tokens=1024, messages=messages, tools=[tool])
for block in answer.content:
    if block.type == "tool_use":
        print(invoke(block.name, block.input))
`;
}
