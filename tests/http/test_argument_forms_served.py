"""Arguments as models send them, and results that are none: every way to call says what was made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
from openai.types.chat import ChatCompletionMessageFunctionToolCall
from openai.types.responses import ResponseFunctionToolCall

from registry.http.contract.body_shapes import get_validator
from tests.http.mcp_services import META
from tests.http.test_calls import CALLS, outcomes
from tests.repositories import Repo
from tests.services import Served, patiently, serving_tools
from tests.waiting import eventually

pytestmark = pytest.mark.engine
Json = Any
LOGIN = {
    "type": "object",
    "properties": {"user": {"type": "string"}, "password": {"type": "string", "writeOnly": True}},
}
PARAMETERS = json.dumps(
    {
        "type": "object",
        "properties": {
            "count": {"type": "integer", "description": "How many."},
            "size": {"type": "number", "description": "How large."},
            "ids": {"type": "array", "items": {"type": "integer"}, "description": "Which."},
            "login": {**LOGIN, "description": "Who."},
            "on": {"type": "boolean", "description": "Whether."},
        },
    }
)
KINDS = """\
def kind(value):
    if isinstance(value, dict):
        return {name: kind(one) for name, one in value.items()}
    return [kind(one) for one in value] if isinstance(value, list) else type(value).__name__

def main(**values):
    return kind(values)
"""
NOISY = "print('connecting')\nprint('key', 'x' * 3)\nprint('{\"a\": 1}')\n"
SLOPPY = {
    "count": 3.0,
    "size": 2.0,
    "ids": '["1", 2.0]',
    "login": '{"user": "ada", "password": "hunter2"}',
    "on": "true",
}
COERCED = ["/count", "/ids", "/login", "/on"]
GOT = {
    "count": "int",
    "size": "float",
    "ids": ["int", "int"],
    "login": {"user": "str", "password": "str"},
    "on": "bool",
}


def plant(repo: Repo) -> None:
    """A tool that says what it got, the same with strict arguments, and tools whose results are none."""
    repo.tool("kinds", main=KINDS, parameters=PARAMETERS, returns="{}")
    repo.tool("exact", main=KINDS, parameters=PARAMETERS, returns="{}", arguments="strict")
    anything: Json = {"parameters": "{type: object, properties: {}}"}
    repo.tool("noisy", main=NOISY, **anything)
    repo.tool("misfit", main="def main():\n    return {'rows': [1, 'two'], 'more': 3}\n", returns=ROWS, **anything)
    repo.tool("unsayable", main="def main():\n    return {'when': [object()]}\n", returns="{}", **anything)


ROWS = "{type: object, properties: {rows: {type: array, items: {type: integer}}}, additionalProperties: false}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_tools(plant, tmp_path_factory.mktemp("forms"), warm="2") as served:
        yield served


def invoked(served: Served, name: str, arguments: Json) -> httpx.Response:
    address = f"/api/v1/llm/tools/{name}/invoke"
    return patiently(lambda: served.running.post(address, {"arguments": arguments}))


def answer_to(served: Served, call: Json) -> Json:
    """What the calls' address says to one call."""
    return patiently(lambda: served.running.post(CALLS, {"calls": [call]})).json()


def called(served: Served, name: str, arguments: Json) -> Json:
    """What an MCP client gets."""
    params = {"name": name, "arguments": arguments, "_meta": META}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": name}
    answer = httpx.post(f"http://127.0.0.1:{served.running.port}/mcp", json=message, headers=headers, timeout=60)
    return answer.json()["result"]


def recorded(served: Served, execution_id: str) -> Json:
    found = served.running.get(f"/api/v1/executions/{execution_id}").json()
    assert get_validator("Execution").faults(found) == ()
    return found


def test_every_way_to_call_says_what_was_coerced_and_the_record_has_what_came(served: Served) -> None:
    answer = invoked(served, "kinds", SLOPPY).json()
    assert get_validator("InvokeAnswer").faults(answer) == ()
    assert (answer["result"], answer["coerced"]) == (GOT, COERCED)
    record = recorded(served, answer["execution_id"])
    assert record["coerced"] == COERCED
    assert record["arguments"] == {**SLOPPY, "login": '{"user":"ada","password":"[redacted]"}'}
    assert json.dumps(record["arguments"]["count"]) == "3.0"

    begun = served.running.post("/api/v1/tools/kinds/execute", {"arguments": SLOPPY}).json()
    assert begun["coerced"] == COERCED
    ended = eventually(lambda: (one := recorded(served, begun["id"]))["status"] == "success" and one)
    assert (ended["result"], ended["coerced"]) == (GOT, COERCED)
    with served.running.connection().stream("GET", f"/api/v1/executions/{begun['id']}/events") as events:
        assert '"coerced":["/count"' in "".join(events.iter_text())
    listed = served.running.get("/api/v1/executions?tool=kinds").json()["items"]
    assert all("coerced" not in one for one in listed)

    over_mcp = called(served, "kinds", SLOPPY)
    assert over_mcp["structuredContent"] == GOT
    assert over_mcp["_meta"]["toolcrib/execution"]["coerced"] == COERCED
    edit = {"action": "merge", "name": "kinds", "manifest": {"title": "Kinds"}, "arguments": SLOPPY}
    assert served.running.post("/api/v1/tools/try", edit).json()["coerced"] == COERCED
    assert invoked(served, "kinds", {"count": 3, "on": True}).json()["coerced"] == []


def test_calls_as_the_providers_own_libraries_hand_them_over_are_taken(served: Served) -> None:
    text = json.dumps(SLOPPY)
    chat = ChatCompletionMessageFunctionToolCall.model_validate(
        {"id": "c1", "type": "function", "function": {"name": "kinds", "arguments": text}}
    )
    response = ResponseFunctionToolCall(type="function_call", call_id="c1", name="kinds", arguments=json.dumps(text))
    forms: dict[str, Json] = {
        "openai": chat.model_dump(),
        "openai-responses": response.model_dump(exclude_none=True),
        "anthropic": {"type": "tool_use", "id": "c1", "name": "kinds", "input": SLOPPY},
        "gemini": {"functionCall": {"id": "c1", "name": "kinds", "args": SLOPPY}},
    }
    for form, call in forms.items():
        answer = answer_to(served, call)
        assert get_validator("CallsAnswer").faults(answer) == ()
        assert outcomes(answer) == [("c1", GOT, False)]
        [execution] = answer["executions"]
        assert execution["coerced"] == (["", *COERCED] if form == "openai-responses" else COERCED)
    imitations: list[Json] = [
        {"id": "c1", "type": "function", "function": {"name": "kinds", "arguments": SLOPPY}},
        {"type": "tool_use", "id": "c1", "name": "kinds", "input": text},
        {"functionCall": {"id": "c1", "name": "kinds", "args": text}},
    ]
    for call in imitations:
        answer = answer_to(served, call)
        assert outcomes(answer) == [("c1", GOT, False)]


def test_strict_arguments_are_refused_as_they_are_and_whole_numbers_are_integers_all_the_same(served: Served) -> None:
    refused = invoked(served, "exact", SLOPPY)
    assert refused.status_code == 400
    told = {one["pointer"]: one["message"] for one in refused.json()["errors"]}
    assert told.keys() == {"/ids", "/login", "/on"}
    assert told["/ids"] == "Must be an array, not a string; it holds JSON text; send the array itself"
    answer = invoked(served, "exact", {"count": 3.0, "size": 2.0}).json()
    assert (answer["result"], answer["coerced"]) == ({"count": "int", "size": "float"}, ["/count"])
    python: Json = {"functionCall": {"id": "c", "name": "exact", "args": {"on": "True"}}}
    [(_, error, failed)] = outcomes(served.running.post(CALLS, {"calls": [python]}).json())
    assert failed
    assert "True is no word of JSON; send true" in error["errors"][0]["message"]


def test_the_evidence_of_a_result_that_is_none_is_in_every_answer(served: Served) -> None:
    noisy = invoked(served, "noisy", {}).json()
    assert noisy["status"] == "failed", noisy
    assert (noisy["status"], noisy["error"]["kind"]) == ("failed", "invalid_result")
    assert noisy["stdout"] == 'connecting\nkey xxx\n{"a": 1}\n'
    for words in ("line 1, column 1", "the last line alone is JSON", "file=sys.stderr", "define main(**arguments)"):
        assert words.lower() in noisy["error"]["message"].lower()
    record = recorded(served, noisy["execution_id"])
    assert (record["stdout"], record["error"]) == (noisy["stdout"], noisy["error"])
    assert record["log_bytes"] == len(noisy["stdout"])
    with served.running.connection().stream("GET", f"/api/v1/executions/{record['id']}/events") as events:
        assert "connecting" in "".join(events.iter_text())

    misfit = invoked(served, "misfit", {}).json()
    details = misfit["error"]["details"]
    assert json.loads(details["returned"]) == {"rows": [1, "two"], "more": 3}
    assert [one["pointer"] for one in details["errors"]] == ["", "/rows/1"]
    unsayable = invoked(served, "unsayable", {}).json()["error"]
    assert "<object object at" in unsayable["details"]["returned"]

    for name, evidence in {"noisy": "connecting", "misfit": "two", "unsayable": "object object"}.items():
        said = called(served, name, {})
        assert said["isError"]
        assert evidence in json.dumps(said["content"])
        call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": "{}"}}
        [message] = served.running.post(CALLS, {"calls": [call]}).json()["messages"]
        assert evidence in message["content"]
