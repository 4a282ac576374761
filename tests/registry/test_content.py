"""Texts, pictures and files in results: checked, said once to each provider in its own form, kept within bounds."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types import methods as protocol

from registry.audit import Execution
from registry.content import CONTENT, check_content, keep_blocks, list_blocks, make_attached_blocks
from registry.executions.execution_outcome import describe_end
from registry.formats.calling import CALLING, AnsweredCall, WantedCall
from registry.jsonschemas import compile_schema
from registry.mcp.call_results import make_execution_result, write_call_result
from registry.mcp.content_forms import make_mcp_blocks
from registry.secrets import Redactor
from runner import LeftOut, Outcome, OutFile
from tests.judges import complaints

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"pixels\xfb\xff\xbf").decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 pixels").decode()
PDF = base64.b64encode(b"%PDF-1.7").decode()
SVG = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode()
BINARY = base64.b64encode(b"\xff\x00\xfe").decode()
BLOCKS: list[Any] = [
    {"type": "text", "text": "said"},
    {"type": "image", "mime": "image/png", "base64": PNG},
    {"type": "image", "mime": "image/svg+xml", "base64": SVG, "name": "drawn.svg"},
    {"type": "file", "mime": "text/csv", "name": "rows.csv", "text": "a,b\n1,2\n"},
    {"type": "file", "mime": "application/pdf", "name": "paper.pdf", "base64": PDF},
    {"type": "file", "mime": "application/octet-stream", "name": "data.bin", "base64": BINARY},
]
RESULT: Any = {CONTENT: BLOCKS}


def outcome(result: Any, **more: Any) -> Outcome:
    return Outcome(
        "success", json.dumps(result).encode(), None, "", "", truncated=False, duration_ms=1.0, queue_ms=1.0, **more
    )


def execution(result: Any = None, content: Any = None) -> Execution:
    known: dict[str, Any] = dict.fromkeys(Execution.__dataclass_fields__)
    return Execution(
        **known | {"id": "e1", "tool": "t", "status": "success", "result": result, "content": content, "version": 1}
    )


def test_blocks_are_what_is_returned_with_their_media_types() -> None:
    assert check_content(RESULT) == ()
    assert list_blocks(RESULT, None) == BLOCKS
    assert list_blocks({"a": 1}, None) == []
    given: Any = [
        {"type": "file", "name": "a.csv", "text": "x"},
        {"type": "file", "name": "a", "base64": BINARY},
        {"type": "image", "mime": "IMAGE/PNG", "base64": JPEG},
    ]
    assert check_content({CONTENT: given}) == ()
    assert [one["mime"] for one in list_blocks({CONTENT: given}, None)] == [
        "text/csv",
        "application/octet-stream",
        "image/jpeg",
    ]


BAD: dict[str, tuple[Any, str]] = {
    "no list": ({CONTENT: "x"}, "/$content"),
    "an empty list": ({CONTENT: []}, "/$content"),
    "too many blocks": ({CONTENT: [BLOCKS[0]] * 65}, "/$content"),
    "no block": ({CONTENT: ["x"]}, "/$content/0"),
    "no type": ({CONTENT: [{"text": "x"}]}, "/$content/0"),
    "an unknown type": ({CONTENT: [BLOCKS[0], {"type": "video"}]}, "/$content/1/type"),
    "a text that is none": ({CONTENT: [{"type": "text", "text": 1}]}, "/$content/0/text"),
    "an image without bytes": ({CONTENT: [{"type": "image", "mime": "image/png"}]}, "/$content/0"),
    "an image of another kind": (
        {CONTENT: [{"type": "image", "mime": "text/html", "base64": PNG}]},
        "/$content/0/mime",
    ),
    "a media type with a line break": (
        {CONTENT: [{"type": "file", "name": "a", "mime": "text/plain\r\nx: y", "text": ""}]},
        "/$content/0/mime",
    ),
    "bytes that are no base64": ({CONTENT: [{"type": "file", "name": "a", "base64": "%%%%"}]}, "/$content/0/base64"),
    "base64 in lines": ({CONTENT: [{"type": "file", "name": "a", "base64": "YWJj\nYWJj"}]}, "/$content/0/base64"),
    "base64 cut short": ({CONTENT: [{"type": "file", "name": "a", "base64": "YWJjYQ"}]}, "/$content/0/base64"),
    "base64 of two readings": ({CONTENT: [{"type": "file", "name": "a", "base64": "YR=="}]}, "/$content/0/base64"),
    "text and bytes": ({CONTENT: [{"type": "file", "name": "a", "text": "", "base64": ""}]}, "/$content/0"),
    "a name with a folder": ({CONTENT: [{"type": "file", "name": "../a", "text": ""}]}, "/$content/0/name"),
    "the name of a folder": ({CONTENT: [{"type": "file", "name": "..", "text": ""}]}, "/$content/0/name"),
    "a name that is shown backwards": (
        {CONTENT: [{"type": "file", "name": "a\u202egnp.exe", "text": ""}]},
        "/$content/0/name",
    ),
    "a name that moves a terminal's cursor": (
        {CONTENT: [{"type": "file", "name": "a\x9b2J", "text": ""}]},
        "/$content/0/name",
    ),
    "an unknown key": ({CONTENT: [{"type": "text", "text": "", "html": ""}]}, "/$content/0"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_block_is_an_invalid_result_that_says_where(name: str) -> None:
    result, place = BAD[name]
    end = describe_end(outcome(result), None, Redactor())
    assert (end["error"]["kind"], end["result"], end["content"]) == (
        "invalid_result",
        None,
        None,
    )
    assert end["error"]["details"]["errors"][0]["pointer"] == place
    assert place in end["error"]["message"]


@given(st.recursive(st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_whatever_stands_in_place_of_blocks_is_refused_or_listed(value: Any) -> None:
    result = {CONTENT: value}
    assert check_content(result) or list_blocks(result, None)


def test_an_object_with_more_than_content_is_a_result_as_any_other() -> None:
    end = describe_end(outcome({CONTENT: "x", "a": 1}), None, Redactor())
    assert (end["status"], end["result"]) == ("success", {CONTENT: "x", "a": 1})


def test_files_that_were_left_become_blocks_by_what_they_are() -> None:
    files = [
        OutFile("a.png", base64.b64decode(PNG)),
        OutFile("b.png", b"no picture"),
        OutFile("c.svg", base64.b64decode(SVG)),
        OutFile("d.csv", "ü,1".encode()),
        OutFile("e", b"\xff"),
        OutFile("f", base64.b64decode(JPEG)),
        OutFile("g.html", b"<script>"),
    ]
    blocks = make_attached_blocks(files, [LeftOut("h", "it is no regular file")], 3)
    assert [(one["type"], one.get("mime")) for one in blocks] == [
        ("image", "image/png"),
        ("file", "application/octet-stream"),
        ("image", "image/svg+xml"),
        ("file", "text/csv"),
        ("file", "application/octet-stream"),
        ("image", "image/jpeg"),
        ("file", "text/html"),
        ("text", None),
    ]
    assert blocks[-1]["text"] == "h was left out: it is no regular file.\n3 more files were left out."
    assert blocks[3]["text"] == "ü,1"


def test_secrets_are_hidden_in_texts_names_and_bytes() -> None:
    secret = "s3cr3t-välue-of-some-length"
    hidden = base64.b64encode(b"\x89PNG\r\n\x1a\n\xff" + secret.encode() + b"\xfe").decode()
    given = {
        CONTENT: [{"type": "text", "text": secret}, {"type": "image", "mime": "image/png", "base64": hidden}, BLOCKS[1]]
    }
    files = (OutFile(f"{secret}.txt", secret.encode()), OutFile("x.bin", b"\xff" + secret.encode()))
    end = describe_end(outcome(given, files=files), None, Redactor([secret]))
    assert end["status"] == "success"
    blocks = list_blocks(end["result"], end["content"])
    for block in blocks:
        data = base64.b64decode(block.get("base64", "")) + json.dumps(block, ensure_ascii=False).encode()
        assert secret.encode() not in data
    assert base64.b64decode(blocks[1]["base64"]) == b"\x89PNG\r\n\x1a\n\xff[redacted]\xfe"
    assert blocks[2] == BLOCKS[1]
    bad = describe_end(outcome({CONTENT: [{"type": secret}]}), None, Redactor([secret]))
    assert secret not in json.dumps(bad, ensure_ascii=False)


def test_a_record_keeps_bytes_up_to_a_bound_and_says_what_there_was() -> None:
    def block(size: int) -> Any:
        return {"type": "file", "mime": "a/b", "name": "n", "base64": base64.b64encode(bytes(size)).decode()}

    kept = keep_blocks([block(1000), block(1024 * 1024), block(1024 * 1024 - 1000), {"type": "text", "text": "x"}])
    assert kept[1] == {"type": "file", "mime": "a/b", "name": "n", "omitted_bytes": 1024 * 1024}
    assert [("base64" in one) for one in kept] == [True, False, True, False]
    assert keep_blocks(None) is None


def messages() -> dict[str, list[Any]]:
    """Every format's messages for blocks in each way that they come."""
    calls = [
        AnsweredCall(WantedCall("c0", "draw", {}), RESULT, failed=False, blocks=list_blocks(RESULT, None)),
        AnsweredCall(WantedCall("c1", "draw", {}), {"a": 1}, failed=False, blocks=list_blocks({"a": 1}, BLOCKS[1:])),
        AnsweredCall(WantedCall("c2", "draw", {}), None, failed=False, blocks=BLOCKS[1:2]),
        AnsweredCall(WantedCall("c3", "draw", {}), "plain", failed=False),
        AnsweredCall(WantedCall("c4", "draw", {}), {CONTENT: [{"type": "text", "text": " "}]}, failed=False,
                     blocks=[{"type": "text", "text": " "}]),
    ]  # fmt: skip
    return {name: calling.messages(calls) for name, calling in CALLING.items()}


@pytest.mark.parametrize("name", [*CALLING, "mcp"])
@pytest.mark.parametrize("mime", ["image/png", "image/gif", "application/pdf"])
@pytest.mark.parametrize("held", [{"text": "no picture"}, {"base64": BINARY}, {"base64": ""}])
def test_what_only_says_that_it_is_a_picture_or_a_document_is_given_as_none(
    name: str, mime: str, held: dict[str, str]
) -> None:
    result: Any = {CONTENT: [{"type": "file", "name": "a", "mime": mime, **held}]}
    assert check_content(result) == ()
    blocks = list_blocks(result, None)
    if name == "mcp":
        (given,) = make_mcp_blocks("e1", blocks)
        assert given.type == "resource"
        return
    text = json.dumps(
        CALLING[name].messages([AnsweredCall(WantedCall("c", "t", {}), result, failed=False, blocks=blocks)])
    )
    assert held.get("text", "") in text
    assert BINARY not in text
    assert "base64," not in text
    assert '"data": ""' not in text


def test_each_provider_is_told_each_block_once_and_in_its_own_form() -> None:
    made = messages()
    chat, responses, anthropic, gemini = (made[n] for n in ("openai", "openai-responses", "anthropic", "gemini"))
    for name, one in made.items():
        text = json.dumps(one)
        assert text.count(PNG) == 3, name  # of three calls
        assert text.count(PDF) == 2, name
        assert BINARY not in text, name
        assert text.count("a,b") == 2, name
        assert "data.bin" in text, name
        assert CONTENT not in text.replace('{\\"$content\\":[]}', ""), name
    assert [one["role"] for one in chat] == ["tool"] * 5 + ["user"]
    assert [one["type"] for one in chat[-1]["content"]] == ["text", "image_url", "file"] * 2 + ["text", "image_url"]
    assert chat[3]["content"] == "plain"
    assert [one["type"] for one in responses[0]["output"]] == [
        "input_text", "input_image", "input_text", "input_text", "input_file", "input_text",
    ]  # fmt: skip
    assert [one["type"] for one in anthropic[0]["content"][1]["content"]] == [
        "text", "image", "document", "document", "document", "text",
    ]  # fmt: skip
    first, second, third = (part["functionResponse"] for part in gemini[0]["parts"][:3])
    assert [one["inlineData"]["mimeType"] for one in first["parts"]] == ["image/png", "application/pdf"]
    assert first["response"]["output"].startswith("said\n\n")
    assert second["response"]["output"].startswith('{"a":1}\n\n')
    assert third == {
        "id": "c2", "name": "draw", "response": {"output": "see the parts beside this"}, "parts": first["parts"][:1],
    }  # fmt: skip


@pytest.mark.judges
def test_every_provider_takes_pictures_and_files() -> None:
    given = {
        f"{name} answers": [{"strict": False, "definition": one} for one in made] for name, made in messages().items()
    }
    assert complaints("models", given) == []


@pytest.mark.parametrize(("stateless", "version"), [(True, "2026-07-28"), (False, "2025-11-25"), (False, "2024-11-05")])
def test_mcp_has_images_and_resources_in_every_era(stateless: bool, version: str) -> None:
    made = json.loads(write_call_result(make_execution_result(execution(RESULT)), stateless=stateless))
    protocol.validate_server_result("tools/call", version, made)
    assert [one["type"] for one in made["content"]] == ["text", "image", "resource", "resource", "resource", "resource"]
    assert made["content"][1] == {"type": "image", "data": PNG, "mimeType": "image/png"}
    assert made["content"][2]["resource"]["text"].startswith("<svg")
    assert made["content"][5]["resource"] == {
        "uri": "toolcrib://executions/e1/5/data.bin",
        "mimeType": "application/octet-stream",
        "blob": BINARY,
    }
    assert "structuredContent" not in made
    beside = json.loads(write_call_result(make_execution_result(execution({"a": 1}, BLOCKS[1:2])), stateless=stateless))
    assert [one["type"] for one in beside["content"]] == ["text", "image"]
    assert beside["structuredContent"] == {"a": 1}
    alone = json.loads(write_call_result(make_execution_result(execution(None, BLOCKS[1:2])), stateless=stateless))
    assert [one["type"] for one in alone["content"]] == ["image"]


def test_what_mcp_promises_of_a_result_is_kept_without_sending_bytes_twice() -> None:
    open_object = compile_schema({"type": "object"})
    made = json.loads(write_call_result(make_execution_result(execution(RESULT), open_object), stateless=True))
    assert json.dumps(made).count(PNG) == 1
    assert open_object.accepts(made["structuredContent"])
    exact = compile_schema(
        {"type": "object", "properties": {CONTENT: {"items": {"not": {"required": ["omitted_bytes"]}}}}}
    )
    told = json.loads(write_call_result(make_execution_result(execution(RESULT), exact), stateless=True))
    assert told["structuredContent"] == RESULT
