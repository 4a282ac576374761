"""``/api/v1/llm/calls``: what a model returned goes in, the messages that answer it come out, in its own format."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.executions import Executions
from registry.formats.calling import CALLING
from registry.http.contract.body_shapes import get_validator
from tests.http.test_service import ANY
from tests.repositories import Repo
from tests.services import Running, serving, serving_tools
from tests.waiting import eventually

Json = Any
CALLS = "/api/v1/llm/calls"
TEXT = "{type: object, properties: {text: {type: string, description: What to say.}}, required: [text]}"


def openai(number: int, name: str, arguments: Json) -> Json:
    return {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def openai_responses(number: int, name: str, arguments: Json) -> Json:
    called = {"call_id": f"c{number}", "name": name, "arguments": json.dumps(arguments)}
    return {"type": "function_call", "id": f"fc_{number}", "status": "completed", **called}


def anthropic(number: int, name: str, arguments: Json) -> Json:
    return {"type": "tool_use", "id": f"c{number}", "name": name, "input": arguments}


def gemini(number: int, name: str, arguments: Json) -> Json:
    return {"functionCall": {"id": f"c{number}", "name": name, "args": arguments}, "thoughtSignature": "eA=="}


MAKERS: dict[str, Callable[[int, str, Json], Json]] = {
    "openai": openai,
    "openai-responses": openai_responses,
    "anthropic": anthropic,
    "gemini": gemini,
}


def outcomes(answer: Json) -> list[tuple[str | None, Json, bool]]:
    """Of an answer in any format: each call's id, what the model is told, and whether that is an error."""
    messages = answer["messages"]
    if answer["format"] == "openai":
        texts = [(one["tool_call_id"], one["content"]) for one in messages]
    elif answer["format"] == "openai-responses":
        texts = [(one["call_id"], one["output"]) for one in messages]
    elif answer["format"] == "anthropic":
        [message] = messages
        said = [(one["tool_use_id"], json.loads(one["content"]), one["is_error"]) for one in message["content"]]
        return [(call_id, value["error"] if failed else value, failed) for call_id, value, failed in said]
    else:
        [message] = messages
        parts = [part["functionResponse"] for part in message["parts"]]
        return [(one.get("id"), *one["response"].values(), "error" in one["response"]) for one in parts]
    values = [(call_id, json.loads(text)) for call_id, text in texts]
    return [(call_id, value.get("error", value), "error" in value) for call_id, value in values]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    places = {"max_concurrent": "3", "max_queued": "0"}
    with serving_tools(plant, tmp_path_factory.mktemp("calls"), warm="3", **places) as served:
        running = served.running
        eventually(lambda: running.invoke("greet", name="the engine").status_code == 200)
        yield running


def plant(repo: Repo) -> None:
    """Tools that end in different ways."""
    repo.tool("greet")
    repo.tool("raises", main="def main():\n    raise ValueError('no such thing')\n", parameters=ANY)
    repo.tool("exits", main="import sys\nsys.exit('the disk is full')\n", parameters=ANY)
    repo.tool("says", main="def main(text):\n    return text\n", parameters=TEXT, returns="{}")
    repo.tool("draft_one", status="draft")
    repo.tool("slow", main="import time\ndef main():\n    time.sleep(20)\n", parameters=ANY)


def running_of(service: Running) -> int:
    total: int = service.get("/api/v1/executions?status=running").json()["total"]
    return total


@pytest.mark.engine
@pytest.mark.parametrize("form", list(CALLING))
def test_every_call_is_answered_in_its_place_and_what_is_wrong_with_one_costs_no_other(
    service: Running, form: str
) -> None:
    wanted = [
        ("greet", {"name": "Ada", "times": None}),
        ("nowhere", {}),
        ("greet", {"nme": "Ada", "times": 10}),
        ("raises", {}),
        ("draft_one", {"name": "Ada"}),
        ("exits", {}),
        ("greet", {"name": "Eve"}),
    ]
    calls = [MAKERS[form](number, *one) for number, one in enumerate(wanted)]
    answer = service.post(CALLS, {"calls": calls, "caller_id": "a test", "trace_id": form})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert get_validator("CallsAnswer").faults(body) == ()
    assert body["format"] == form
    found = outcomes(body)
    assert [call_id for call_id, _, _ in found] == [f"c{number}" for number in range(len(wanted))]
    assert [failed for _, _, failed in found] == [False, True, True, True, True, True, False], found
    values = [value for _, value, _ in found]
    assert (values[0], values[6]) == ({"greeting": "hello Ada"}, {"greeting": "hello Eve"})
    assert [value["kind"] for value in values[1:6]] == [
        "not-found", "input-refused", "script_error", "not-invocable", "exit"
    ]  # fmt: skip
    assert [fault["pointer"] for fault in values[2]["errors"]] == ["", "", "/times"], "every fault"
    assert "no such thing" in values[3]["message"]
    assert "the disk is full" in values[5]["stderr"]
    recorded = service.get(f"/api/v1/executions?caller_id=a+test&trace_id={form}").json()["items"]
    told = {one["execution_id"]: one["tool"] for one in body["executions"] if one["execution_id"]}
    assert {one["id"]: one["tool"] for one in recorded} == told
    assert sorted(told.values()) == ["exits", "greet", "greet", "raises"]
    assert {one["request_id"] for one in recorded} == {answer.headers["X-Request-ID"]}


@pytest.mark.engine
def test_a_text_is_answered_as_it_is_and_never_with_a_blank(service: Running) -> None:
    texts = ["hello", "", " \n", "{}", "é"]
    calls = [openai(number, "says", {"text": text}) for number, text in enumerate(texts)]
    said = [message["content"] for message in service.post(CALLS, {"calls": calls}).json()["messages"]]
    assert said == ["hello", '""', '" \\n"', "{}", "é"]


@pytest.mark.engine
def test_calls_of_one_list_run_at_once_and_a_client_that_leaves_cancels_them_all(service: Running) -> None:
    body = json.dumps({"calls": [anthropic(number, "slow", {}) for number in range(6)], "caller_id": "leaver"}).encode()
    head = f"POST {CALLS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + body)
        eventually(lambda: running_of(service) == 3, 20)
    eventually(lambda: running_of(service) == 0, 15)
    recorded = service.get("/api/v1/executions?caller_id=leaver").json()["items"]
    assert [one["status"] for one in recorded] == ["cancelled"] * 3, "and those that had not begun never did"


@pytest.mark.engine
def test_a_call_for_which_there_is_no_place_says_so_and_when_to_try_again(service: Running) -> None:
    with ThreadPoolExecutor(3) as others:
        taken = [others.submit(service.invoke, "slow") for _ in range(3)]
        eventually(lambda: running_of(service) == 3, 20)
        body = service.post(CALLS, {"calls": [gemini(0, "greet", {"name": "Ada"}), gemini(1, "nowhere", {})]}).json()
        for one in service.get("/api/v1/executions?status=running").json()["items"]:
            service.post(f"/api/v1/executions/{one['id']}/cancel", None)
        assert {one.result().json()["status"] for one in taken} == {"cancelled"}
    (_, busy, _), (_, unknown, _) = outcomes(body)
    assert (busy["kind"], busy["retry_after_seconds"]) == ("too-busy", 1)
    assert unknown["kind"] == "not-found"


GREET = {"name": "Ada"}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, [""]),
        ({"calls": []}, ["/calls"]),
        ({"calls": {}}, ["/calls"]),
        ({"calls": [openai(0, "greet", GREET)] * 129}, ["/calls"]),
        ({"calls": [openai(0, "greet", GREET)], "format": "mcp"}, ["/format"]),
        ({"calls": [openai(0, "greet", GREET)], "caller": "x"}, [""]),
        (
            {
                "calls": [
                    openai(0, "greet", GREET),
                    3,
                    {"type": "text", "text": "x"},
                    {},
                    {"functionCall": {"args": []}},
                ]
            },
            ["/calls/1", "/calls/2/type", "/calls/3", "/calls/4/functionCall", "/calls/4/functionCall/args"],
        ),
        (
            {"calls": [{"type": "function", "function": {"name": 1, "arguments": 2}}]},
            ["/calls/0", "/calls/0/function/arguments", "/calls/0/function/name"],
        ),
        ({"calls": [{"type": "tool_use", "id": "", "name": "", "input": []}]}, ["id", "input", "name"]),
        ({"calls": [openai_responses(0, "greet", GREET) | {"status": "incomplete"}]}, ["/calls/0/status"]),
        (
            {"calls": [{"functionCall": {"name": "greet", "willContinue": True}}]},
            ["/calls/0/functionCall/willContinue"],
        ),
        ({"calls": [anthropic(0, "greet", GREET)], "format": "openai"}, ["/calls/0", "/calls/0/type"]),
        ({"calls": [openai(0, "greet", GREET), gemini(1, "greet", GREET)]}, ["/calls/1"]),
        ({"calls": [openai(0, "greet", GREET), openai(0, "greet", GREET)]}, ["/calls/1/id"]),
        ({"calls": [gemini(0, "greet", GREET), gemini(0, "greet", GREET)]}, ["/calls/1/functionCall/id"]),
    ],
)
def test_nothing_runs_where_anything_is_malformed_and_every_place_is_named(
    client: FlaskClient, body: Json, pointers: list[str]
) -> None:
    answer = client.post(CALLS, json=body)
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "urn:toolcrib:problem:input-refused"
    found = {fault["pointer"] for fault in answer.get_json()["errors"]}
    assert found == {one if one.startswith("/") or not one else f"/calls/0/{one}" for one in pointers}
    assert client.get("/api/v1/executions").get_json()["total"] == 0


def test_gemini_calls_without_ids_are_answered_without(client: FlaskClient) -> None:
    calls = [{"functionCall": {"name": "nowhere"}}, {"functionCall": {"id": None, "name": "nowhere", "args": None}}]
    body = client.post(CALLS, json={"calls": calls}).get_json()
    assert get_validator("CallsAnswer").faults(body) == ()
    for part in body["messages"][0]["parts"]:
        assert part["functionResponse"].keys() == {"name", "response"}


@pytest.mark.service
def test_without_an_engine_each_call_says_that_it_cannot_run(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.commit()
    toolcrib = str(Path(sys.executable).with_name("toolcrib"))
    with serving(
        repo.path, tmp_path, ["env", f"DOCKER_HOST=unix://{tmp_path}/none.sock", toolcrib, "serve"]
    ) as service:
        body = service.post(CALLS, {"calls": [anthropic(0, "greet", GREET), anthropic(1, "nowhere", {})]}).json()
    (_, unavailable, _), (_, unknown, _) = outcomes(body)
    assert (unavailable["kind"], unknown["kind"]) == ("unavailable", "not-found")
    assert unavailable["retry_after_seconds"] > 0


def test_a_fault_of_ours_in_one_call_costs_no_other(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a bug")  # there is no way from outside to make one

    monkeypatch.setattr(Executions, "invoke", fails)
    answer = client.post(CALLS, json={"calls": [openai(0, "greet", GREET), openai(1, "nowhere", {})]})
    (_, internal, _), (_, unknown, _) = outcomes(answer.get_json())
    assert (internal["kind"], unknown["kind"]) == ("internal", "not-found")
    assert "bug" not in internal["message"]
