"""A stand-in for the models: it speaks each provider's protocol and plays one conversation.

First it calls two tools at once, one of them with arguments that are refused; then it calls the second again as it
should have; then it says what it was told. What it is sent must be what the provider would take: anything else is
answered with 400, which every package raises.
"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Json = Any


@dataclass(frozen=True)
class Called:
    """One call that the model makes."""

    id: str
    name: str
    arguments: Json


TURNS = (
    (Called("call_1", "calculate", {"expression": "2 ** 10 / 3"}), Called("call_2", "calculate", {"expresion": 7})),
    (Called("call_3", "calculate", {"expression": "6 * 7"}),),
)


@dataclass
class Model:
    """What the stand-in was sent, and what it was told by tools: (call's id, text or value, whether it is an error)."""

    address: str
    requests: list[Json] = field(default_factory=list)
    told: list[tuple[str, str, bool]] = field(default_factory=list)


class Malformed(Exception):
    """The provider would refuse this request."""


def must(condition: object, why: str) -> None:
    if not condition:
        raise Malformed(why)


@contextmanager
def model() -> Iterator[Model]:
    """A running stand-in."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            played.requests.append(request)
            try:
                status, answer = 200, spoken(self.path.split("?")[0], request, played)
            except (Malformed, KeyError, TypeError, ValueError) as error:
                status, answer = 400, {"error": {"type": "invalid_request_error", "message": repr(error)}}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        played = Model(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield played
        finally:
            server.shutdown()
            thread.join()


def spoken(path: str, request: Json, played: Model) -> Json:
    """What the model answers at an address."""
    for ending, protocol in PROTOCOLS.items():
        if path.endswith(ending):
            return protocol(request, played)
    raise Malformed(f"there is no {path}")


def after(results: Mapping[str, tuple[str, bool]], played: Model) -> tuple[Called, ...]:
    """The calls of the next turn; none when all were made. ``results`` are all that the conversation holds."""
    made = [one.id for turn in TURNS for one in turn]
    must(list(results) == made[: len(results)], f"results {list(results)} of calls {made}, in this order")
    played.told = [(call_id, *result) for call_id, result in results.items()]
    for turn in TURNS:
        missing = [one for one in turn if one.id not in results]
        must(len(missing) in (0, len(turn)), "every call of a turn is answered at once")
        if missing:
            return turn
    return ()


def conclusion(played: Model) -> str:
    return " and ".join(text for _, text, failed in played.told if not failed)


def names(definitions: list[Json]) -> set[str]:
    found = {one["name"] for one in definitions}
    must({one.name for turn in TURNS for one in turn} <= found, "the model calls what it was offered")
    must(len(found) == len(definitions), "each tool once")
    return found


def chat(request: Json, played: Model) -> Json:
    """OpenAI's chat completions."""
    must(all(tool["type"] == "function" for tool in request["tools"]), "only functions")
    names([tool["function"] for tool in request["tools"]])
    results: dict[str, tuple[str, bool]] = {}
    waiting: list[str] = []
    for message in request["messages"]:
        must(message["role"] in ("user", "assistant", "tool"), message["role"])
        if message["role"] == "tool":
            must(message["tool_call_id"] in waiting, "a result belongs to a call of the message before")
            waiting.remove(message["tool_call_id"])
            results[message["tool_call_id"]] = (message["content"], message["content"].startswith('{"error"'))
        else:
            must(not waiting, f"no result for {waiting}")
            waiting = [call["id"] for call in message.get("tool_calls") or []]
    must(not waiting, f"no result for {waiting}")
    turn = after(results, played)
    calls = [
        {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": json.dumps(one.arguments)}}
        for one in turn
    ]
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    if not turn:
        message = {"role": "assistant", "content": conclusion(played)}
    choice = {"index": 0, "finish_reason": "tool_calls" if turn else "stop", "message": message}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {
        "id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage,
    }  # fmt: skip


def responses(request: Json, played: Model) -> Json:
    """OpenAI's responses, with a search before the first calls where definitions are deferred."""
    tools = [tool for tool in request["tools"] if tool["type"] != "tool_search"]
    names(tools)
    deferred = [tool for tool in tools if tool.get("defer_loading")]
    must(not deferred or len(tools) + 1 == len(request["tools"]), "deferred tools need one search")
    calls = [item["call_id"] for item in request["input"] if item.get("type") == "function_call"]
    results = {
        item["call_id"]: (item["output"], item["output"].startswith('{"error"'))
        for item in request["input"]
        if item.get("type") == "function_call_output"
    }
    must(calls == list(results), f"calls {calls}, results {list(results)}")
    searched = [item["type"] for item in request["input"] if item.get("type", "").startswith("tool_search")]
    must(bool(searched) == bool(calls and deferred), "what was searched comes back")
    turn = after(results, played)
    output: list[Json] = []
    if deferred and not calls:
        found: Json = {"tools": deferred[:1], "type": "tool_search_output", "id": "tso_1", "call_id": None}
        search: Json = {"arguments": {"paths": []}, "type": "tool_search_call", "id": "tsc_1", "call_id": None}
        output += [one | {"execution": "server", "status": "completed"} for one in (search, found)]
    for one in turn:
        called = {"id": f"fc_{one.id}", "call_id": one.id, "name": one.name, "arguments": json.dumps(one.arguments)}
        output.append({"type": "function_call", "status": "completed", **called})
    if not turn:
        said = {"type": "output_text", "text": conclusion(played), "annotations": []}
        output.append({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [said]})
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": "completed", "output": output,
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    }  # fmt: skip


def messages(request: Json, played: Model) -> Json:
    """Anthropic's messages."""
    names(request["tools"])
    must(request["max_tokens"] > 0, "max_tokens")
    results: dict[str, tuple[str, bool]] = {}
    waiting: list[str] = []
    for number, message in enumerate(request["messages"]):
        must(message["role"] == ("user", "assistant")[number % 2], "roles alternate")
        blocks = message["content"] if isinstance(message["content"], list) else []
        given = [block for block in blocks if block["type"] == "tool_result"]
        must([block["tool_use_id"] for block in given] == waiting, "the next message has the results of all calls")
        for block in given:
            must(isinstance(block["content"], str) and block["content"].strip(), "a result says something")
            results[block["tool_use_id"]] = (block["content"], block["is_error"])
        waiting = [block["id"] for block in blocks if block["type"] == "tool_use"]
    must(not waiting, f"no result for {waiting}")
    turn = after(results, played)
    content: list[Json] = [{"type": "text", "text": "I will see." if turn else conclusion(played)}]
    content += [{"type": "tool_use", "id": one.id, "name": one.name, "input": one.arguments} for one in turn]
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
        "stop_reason": "tool_use" if turn else "end_turn", "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip


def contents(request: Json, played: Model) -> Json:
    """Gemini's generateContent."""
    [tool] = request["tools"]
    names(tool["functionDeclarations"])
    schemas = {
        "parametersJsonSchema",
        "parameters_json_schema",
    }  # the API takes both spellings
    must(all(len(schemas & one.keys()) == 1 for one in tool["functionDeclarations"]), "each has one schema")
    results: dict[str, tuple[str, bool]] = {}
    waiting: list[str] = []
    for number, content in enumerate(request["contents"]):
        must(content["role"] == ("user", "model")[number % 2], "roles alternate")
        given = [part["functionResponse"] for part in content["parts"] if "functionResponse" in part]
        must([one["id"] for one in given] == waiting, "the next content has the results of all calls")
        for one in given:
            must(one["response"].keys() in ({"output"}, {"error"}), "a result, or an error")
            results[one["id"]] = (json.dumps(next(iter(one["response"].values()))), "error" in one["response"])
        waiting = [part["functionCall"]["id"] for part in content["parts"] if "functionCall" in part]
        signed = [part for part in content["parts"] if "functionCall" in part and "thoughtSignature" in part]
        must(bool(signed) == bool(waiting), "signatures of thoughts come back")
    turn = after(results, played)
    parts: list[Json] = [
        {"functionCall": {"id": one.id, "name": one.name, "args": one.arguments}, "thoughtSignature": "c2lnbg=="}
        for one in turn
    ]
    content = {"role": "model", "parts": parts or [{"text": conclusion(played)}]}
    return {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "modelVersion": "m"}


PROTOCOLS: dict[str, Callable[[Json, Model], Json]] = {
    "/chat/completions": chat,
    "/responses": responses,
    "/v1/messages": messages,
    ":generateContent": contents,
}
