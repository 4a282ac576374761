/** What a new tool may begin as. Each is sound as it is and can be tried at once; it is a draft until its description is written. */
import type { Files } from "./draft";

export type Template = { id: string; title: string; summary: string; files: (name: string) => Files };

const schemaLine = "# yaml-language-server: $schema=../../schemas/tool.schema.json\n";

export const TEMPLATES: readonly Template[] = [
  {
    id: "function",
    title: "Function",
    summary: "main.py defines main(…); what it returns is the result. Take this one if nothing speaks against it.",
    files: (name) => ({
      "tool.yaml": `${schemaLine}name: ${name}
title: ${titleOf(name)}
description: >-
  Repeats a text a number of times. Say here what the tool does, when to use it and when not: a model chooses by this.
status: draft
category: drafts
tags: []
parameters:
  type: object
  properties:
    text: {type: string, description: The text to repeat., maxLength: 1000}
    times: {type: integer, description: How often., minimum: 1, maximum: 10, default: 2}
  required: [text]
  additionalProperties: false
returns:
  type: object
  properties:
    text: {type: string, description: The repeated text.}
annotations: {read_only: true, destructive: false, idempotent: true, open_world: false}
examples:
  - name: twice
    arguments: {text: ha}
    result: {text: haha}
runtime:
  timeout_seconds: 10
  network: false
`,
      "main.py": `"""${titleOf(name)}."""


def main(text: str, times: int = 2) -> dict:
    """What is returned is the result; what is printed is the log."""
    print("repeating", times, "times")
    return {"text": text * times}
`,
    }),
  },
  {
    id: "script",
    title: "Script",
    summary:
      "main.py runs as a program: the arguments as JSON on standard input, the result as JSON on standard output.",
    files: (name) => ({
      "tool.yaml": `${schemaLine}name: ${name}
title: ${titleOf(name)}
description: >-
  Counts the words of a text. Say here what the tool does, when to use it and when not: a model chooses by this.
status: draft
category: drafts
tags: []
parameters:
  type: object
  properties:
    text: {type: string, description: The text., maxLength: 10000}
  required: [text]
  additionalProperties: false
returns:
  type: object
  properties:
    words: {type: integer, description: How many words there are.}
annotations: {read_only: true, destructive: false, idempotent: true, open_world: false}
examples:
  - name: two words
    arguments: {text: hello there}
    result: {words: 2}
runtime:
  timeout_seconds: 10
  network: false
`,
      "main.py": `"""${titleOf(name)}."""

import json
import sys

arguments = json.load(sys.stdin)
print("counting", file=sys.stderr)
json.dump({"words": len(arguments["text"].split())}, sys.stdout)
`,
    }),
  },
  {
    id: "http",
    title: "HTTP call",
    summary: "A function that asks a web service, with a time limit and an answer that says what went wrong.",
    files: (name) => ({
      "tool.yaml": `${schemaLine}name: ${name}
title: ${titleOf(name)}
description: >-
  Asks a web address and returns the status and the beginning of what it answers. Say here what the tool does, when to
  use it and when not: a model chooses by this.
status: draft
category: drafts
tags: [http]
parameters:
  type: object
  properties:
    url: {type: string, description: 'The address, with http:// or https://.', format: uri, maxLength: 2000}
  required: [url]
  additionalProperties: false
returns:
  type: object
  properties:
    status: {type: integer, description: The status of the answer.}
    body: {type: string, description: The first 2000 characters of the answer.}
annotations: {read_only: true, destructive: false, idempotent: true, open_world: true}
examples:
  - name: no such host
    arguments: {url: 'http://nowhere.invalid/'}
    error: script_error
runtime:
  timeout_seconds: 15
  network: true
`,
      "main.py": `"""${titleOf(name)}."""

import urllib.error
import urllib.request

TIMEOUT_SECONDS = 10


def main(url: str) -> dict:
    """An answer with an error status is an answer; a server that cannot be reached is a failure."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("give an address with http:// or https://")
    request = urllib.request.Request(url, headers={"User-Agent": "toolcrib"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return {"status": answer.status, "body": answer.read(8000).decode("utf-8", "replace")[:2000]}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "body": error.read(8000).decode("utf-8", "replace")[:2000]}
`,
    }),
  },
];

function titleOf(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
