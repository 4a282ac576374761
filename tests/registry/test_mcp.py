"""What MCP is made of, piece by piece: progress, cursors, sessions' runs, results."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp_types import methods as protocol

from registry.audit import Execution
from registry.json_text import loads
from registry.mcp import Exchange, Request, find_era, read_message
from registry.mcp.call_results import make_execution_result, write_call_result
from registry.mcp.parameter_headers import list_header_parameters
from registry.mcp.progress_log import ProgressLog
from registry.mcp.request_exchange import name_execution
from registry.mcp.tool_offer import ToolOffer


def exchange(sent: list[bytes], **meta: Any) -> Exchange:
    request = Request(1, "tools/call", {"_meta": meta})
    made = Exchange(request, find_era(request), ToolOffer(None))  # type: ignore[arg-type]  # nothing is offered here
    made.send = sent.append
    return made


def execution(**changes: Any) -> Execution:
    fields: dict[str, Any] = dict.fromkeys(Execution.__dataclass_fields__)
    fields |= {"status": "success", "stdout": "", "stderr": "", "tool": "x"} | changes
    return Execution(**fields)


def test_progress_is_whole_lines_whatever_the_pieces_and_always_grows() -> None:
    sent: list[bytes] = []
    progress = ProgressLog(exchange(sent), "p")
    for stream, piece in (
        ("stdout", "one\ntw"),
        ("stderr", "err"),
        ("stdout", "o\n"),
        ("stderr", "or\nlast"),
        ("stdout", "end"),
    ):
        progress.hear(stream, piece)
    progress.end()
    told_of = [json.loads(text)["params"] for text in sent]
    assert [one["message"] for one in told_of] == ["one", "two", "error", "end\nlast"]
    assert [one["progress"] for one in told_of] == [1, 2, 3, 5]


def test_the_run_of_a_request_depends_on_session_and_the_very_id() -> None:
    ids = {name_execution(session, request) for session in ("a", "b") for request in (1, "1", 2)}
    assert len(ids) == 6
    assert name_execution("a", 1) == name_execution("a", 1)
    assert all(len(one) == 32 for one in ids)


def test_a_callers_name_is_fit_for_the_record() -> None:
    made = exchange([])
    made.session = None
    assert made.caller_id == "mcp"
    made.session = "x\ny" + "z" * 300
    assert made.caller_id.startswith("x yz")
    assert len(made.caller_id) == 200


@pytest.mark.parametrize("parent", ["", "00-xyz-1-01", 7, None, {"a": 1}])
def test_a_trace_that_is_none_is_not_on_record(parent: Any) -> None:
    assert exchange([], traceparent=parent).trace_id is None


@pytest.mark.parametrize("result", [None, True, 0, "text", ["a", None], {"a": None, "b": {"c": [None, 1.5]}}])
def test_a_result_is_told_as_it_is(result: Any) -> None:
    for stateless, version in ((True, "2026-07-28"), (False, "2025-06-18")):
        made = loads(write_call_result(make_execution_result(execution(result=result)), stateless=stateless))
        protocol.validate_server_result("tools/call", version, made)
        [block] = made["content"]
        assert block["text"] == result if isinstance(result, str) else json.loads(block["text"]) == result
        assert made.get("structuredContent") == (result if isinstance(result, dict) else None)
        assert ("structuredContent" in made) is isinstance(result, dict)


def test_a_failure_says_why_where_and_what_was_printed_last() -> None:
    errors = [{"pointer": "/a", "message": "is no number", "code": "type"}]
    error = {"kind": "invalid_result", "message": "not as promised", "details": {"errors": errors}}
    failed = execution(status="failed", error=error, stdout="x" * 9000 + "\nend\n", stderr="oops\n")
    made = loads(write_call_result(make_execution_result(failed), stateless=False))
    first, second = (block["text"] for block in made["content"])
    assert first == "invalid_result: not as promised\n/a: is no number"
    assert second.endswith("x\nend\noops")
    assert len(second) < 4100
    assert made["isError"] is True


def test_deep_results_are_told() -> None:
    deep: Any = {"end": 1}
    for _ in range(99):
        deep = {"a": deep}
    assert (
        json.loads(write_call_result(make_execution_result(execution(result=deep)), stateless=True))[
            "structuredContent"
        ]
        == deep
    )


def test_headers_are_declared_only_where_a_client_can_send_them() -> None:
    def text(name: Any) -> dict[str, Any]:
        return {"type": "string", "x-mcp-header": name}

    properties = {
        "a": text("A"),
        "b": {"type": "object", "properties": {"c": text("B-C")}},
        "no_token": text("not one"),
        "no_text": text(7),
        "number": {"type": "number", "x-mcp-header": "N"},
        "list": {"type": "array", "items": text("L")},
    }
    schema = {"type": "object", "properties": properties, "x-mcp-header": "Root", "anyOf": [text("X")]}
    assert dict(list_header_parameters(schema)) == {("a",): "A", ("b", "c"): "B-C"}


def test_a_message_keeps_its_ids_kind() -> None:
    for request_id in (0, 1, -5, "1", ""):
        made = read_message(json.dumps({"jsonrpc": "2.0", "id": request_id, "method": "ping"}))
        assert isinstance(made, Request)
        assert (made.id, type(made.id)) == (request_id, type(request_id))
