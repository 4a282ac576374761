"""Tools of operations send what their document describes to a real server, and nowhere else."""

from __future__ import annotations

import base64
import email
import email.policy
import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from registry.content import check_content, has_content
from registry.importing import ImportedTool
from registry.importing.openapi import OperationWishes, list_operations, make_operation_tool, read_document
from registry.importing.openapi.document_source import Source
from tests.api_server import Answers, ApiServer, Asked, run_api_server
from tests.registry.test_import_openapi import DOCUMENTS, body_of, one_tool

RUN = """
import json, sys
sys.path.insert(0, sys.argv[1])
import main
try:
    print(json.dumps({"result": main.main(json.load(sys.stdin))}))
except Exception as error:
    print(json.dumps({"error": str(error), "type": type(error).__name__}))
"""


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with run_api_server() as server:
        yield server


def call(tool: ImportedTool, folder: Path, arguments: dict[str, Any], **secrets: str) -> Any:
    """Run a tool's program as it is, in a process of its own: its result, or {error, type}."""
    place = folder / tool.name
    place.mkdir(exist_ok=True)
    (place / "main.py").write_bytes(tool.files["main.py"])
    for package, files in tool.packages.items():
        (place / package).mkdir(exist_ok=True)
        for path, data in files.items():
            (place / package / path).write_bytes(data)
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()} | secrets
    ran = subprocess.run(
        [sys.executable, "-I", "-c", RUN, str(place)],
        input=json.dumps(arguments), capture_output=True, text=True, check=False, env=environment, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    return told.get("result", told)


def pets(api: ApiServer, name: str, document: str = "pets_3_0.json", **wishes: Any) -> ImportedTool:
    read = read_document(Source((DOCUMENTS / document).read_bytes(), f"{api.address}/openapi.json"))
    entry = next(one for one in list_operations(read) if name in (one.operation_id, one.path))
    return make_operation_tool(read, entry, OperationWishes(**wishes))


def with_parameter(api: ApiServer, parameter: dict[str, Any], path: str = "/x") -> ImportedTool:
    return one_tool(
        {"parameters": [{"name": "p", **parameter}]}, method="get", path=path, servers=[{"url": api.address}]
    )


def with_body(api: ApiServer, schema: Any, mime: str, **more: Any) -> ImportedTool:
    return one_tool(body_of(schema, mime, **more), servers=[{"url": f"{api.address}/v1"}])


def test_path_query_header_and_secret_arrive_where_the_document_says(api: ApiServer, tmp_path: Path) -> None:
    tool = pets(api, "findPetsByStatus", auth="bearer")
    arguments = {
        "status": ["sold", "a&b=c"],
        "limit": 5,
        "filter": {"age": 3, "colours": ["red", "blue"]},
        "X_Request_ID": "8b0e9b3c-9e9c-4f1e-8a52-000000000000",
    }
    assert call(tool, tmp_path, arguments, PET_SHOP_TOKEN="s3cret\n") == {"ok": True}
    asked = urlsplit(api.last.target)
    assert asked.path == "/api/v3/pet/findByStatus"
    assert parse_qsl(asked.query) == [
        ("status", "sold"), ("status", "a&b=c"), ("limit", "5"),
        ("filter[age]", "3"), ("filter[colours][]", "red"), ("filter[colours][]", "blue"),
    ]  # fmt: skip
    assert api.last.headers["authorization"] == "Bearer s3cret"
    assert api.last.headers["x-request-id"] == arguments["X_Request_ID"]


@pytest.mark.parametrize(
    "value", ["..", ".", "../admin", "a/../../b", "x?y=1", "x#y", "%2e%2e", "a;b", "ü/é", "x\r\nHost: y", "{q}", " "]
)
def test_an_argument_never_leaves_its_segment_of_the_path(api: ApiServer, tmp_path: Path, value: str) -> None:
    tool = with_parameter(api, {"in": "path", "required": True, "schema": {"type": "string"}}, "/a/{p}/z/{q}")
    told = call(tool, tmp_path, {"p": value, "q": "ok"})
    if value in ("..", "."):
        assert "must not be `.` or `..`" in told["error"]
        assert not api.asked
    else:
        target = api.last.target
        assert target.startswith("/a/")
        assert target.endswith("/z/ok")
        assert target.count("/") == 4
        assert not set(target) & set("?#;"), "nothing that means something in an address"


@pytest.mark.parametrize("value", ["", None, [], {}])
def test_an_empty_segment_is_refused_since_it_is_another_operation(api: ApiServer, tmp_path: Path, value: Any) -> None:
    tool = with_parameter(api, {"in": "path", "schema": {}}, "/a/{p}")
    assert "must not be empty" in call(tool, tmp_path, {"p": value})["error"]
    assert not api.asked


LISTED, OBJECT = ["a", "b c"], {"k": 1, "l": "x y"}
STYLES: list[tuple[dict[str, Any], Any, str]] = [
    ({"in": "query"}, LISTED, "p=a&p=b%20c"),
    ({"in": "query", "explode": False}, LISTED, "p=a,b%20c"),
    ({"in": "query", "style": "spaceDelimited", "explode": False}, LISTED, "p=a%20b%20c"),
    ({"in": "query", "style": "pipeDelimited", "explode": False}, LISTED, "p=a%7Cb%20c"),
    ({"in": "query"}, OBJECT, "k=1&l=x%20y"),
    ({"in": "query", "explode": False}, OBJECT, "p=k,1,l,x%20y"),
    ({"in": "query", "style": "deepObject"}, OBJECT, "p[k]=1&p[l]=x%20y"),
    ({"in": "query", "content": {"application/json": {}}}, OBJECT, "p=%7B%22k%22%3A1%2C%22l%22%3A%22x%20y%22%7D"),
    ({"in": "query", "allowReserved": True}, "a/b:c&d", "p=a/b:c%26d"),
    ({"in": "query"}, True, "p=true"),
    ({"in": "query"}, 1.5, "p=1.5"),
    ({"in": "path"}, LISTED, "a,b%20c"),
    ({"in": "path", "explode": True}, OBJECT, "k=1,l=x%20y"),
    ({"in": "path", "style": "label"}, LISTED, ".a,b%20c"),
    ({"in": "path", "style": "matrix"}, LISTED, ";p=a,b%20c"),
    ({"in": "path", "style": "matrix", "explode": True}, LISTED, ";p=a;p=b%20c"),
    ({"in": "header"}, LISTED, "a,b c"),
    ({"in": "header", "explode": True}, OBJECT, "k=1,l=x y"),
    ({"in": "cookie", "explode": False}, LISTED, "p=a,b%20c"),
]


def test_lists_and_objects_are_written_in_the_styles_of_the_document(api: ApiServer, tmp_path: Path) -> None:
    for number, (parameter, value, expected) in enumerate(STYLES):
        given = {"schema": {}, **parameter} if "content" not in parameter else parameter
        tool = with_parameter(api, given, f"/s{number}/{{p}}" if parameter["in"] == "path" else f"/s{number}")
        assert call(tool, tmp_path, {"p": value}) == {"ok": True}
        places = {
            "query": urlsplit(api.last.target).query,
            "path": api.last.target.rpartition("/")[2],
            "header": api.last.headers.get("p"),
            "cookie": api.last.headers.get("cookie"),
        }
        assert places[parameter["in"]] == expected, parameter


def test_a_header_is_one_line(api: ApiServer, tmp_path: Path) -> None:
    tool = with_parameter(api, {"in": "header", "schema": {"type": "string"}})
    assert "must be one line" in call(tool, tmp_path, {"p": "a\r\nX-Evil: 1"})["error"]
    assert not api.asked
    call(tool, tmp_path, {"p": "grüße"})
    assert api.last.headers["p"].encode("latin-1").decode() == "grüße"


def test_fields_of_the_body_are_sent_under_their_own_names(api: ApiServer, tmp_path: Path) -> None:
    tool = one_tool(
        {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            **body_of({"type": "object", "properties": {"id": {"type": "string"}, "x-y": {}, "z": {}}}),
        },
        method="put", path="/x/{id}", servers=[{"url": api.address}],
    )  # fmt: skip
    call(tool, tmp_path, {"id": 3, "body_id": "own", "x_y": None})
    assert api.last.target == "/x/3"
    assert json.loads(api.last.body) == {"id": "own", "x-y": None}
    assert api.last.headers["content-type"] == "application/json"
    call(tool, tmp_path, {"id": 3})
    assert api.last.body == b"{}", "a required body is sent, empty as it may be"


def test_forms_are_encoded_as_the_document_says(api: ApiServer, tmp_path: Path) -> None:
    call(pets(api, "placeOrder"), tmp_path, {"id": 7, "labels": ["a&", "b"], "to": {"city": "Bern"}})
    assert parse_qsl(api.last.body.decode()) == [("id", "7"), ("labels", "a&"), ("labels", "b"), ("to[city]", "Bern")]
    assert api.last.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("document", ["pets_3_0.json", "pets_2_0.yaml"])
def test_files_are_sent_as_parts(api: ApiServer, tmp_path: Path, document: str) -> None:
    name, field = ("uploadPhoto", "photo") if document.startswith("pets_3") else ("upload photo", "file")
    tool = pets(api, name, document, server=api.address, auth="none")
    photo = {"base64": base64.b64encode(b"\x00\r\n--x").decode(), "name": 'a"\r\n.png', "mime": "image/png"}
    note = "caption" if field == "photo" else "note"
    path_name = "petId" if field == "photo" else "id"
    assert call(tool, tmp_path, {path_name: 1, field: photo, note: "hé"}) == {"ok": True}
    head = f"Content-Type: {api.last.headers['content-type']}\r\n\r\n".encode()
    parts = {
        part.get_param("name", header="content-disposition"): part
        for part in email.message_from_bytes(head + api.last.body, policy=email.policy.HTTP).iter_parts()
    }
    assert parts[field].get_payload(decode=True) == b"\x00\r\n--x"
    assert parts[field].get_content_type() == "image/png"
    assert parts[note].get_payload(decode=True) == "hé".encode()
    assert "content as base64" in call(tool, tmp_path, {path_name: 1, field: {"base64": "?"}})["error"]


def test_bodies_that_are_no_json_are_text_or_base64(api: ApiServer, tmp_path: Path) -> None:
    call(with_body(api, {"type": "string"}, "text/csv"), tmp_path, {"body": "a;b\n"})
    assert (api.last.body, api.last.headers["content-type"]) == (b"a;b\n", "text/csv")
    call(with_body(api, {"type": "string", "format": "binary"}, "application/zip"), tmp_path, {"body": "AAE="})
    assert (api.last.body, api.last.headers["content-type"]) == (b"\x00\x01", "application/zip")
    call(
        with_body(api, {"type": "array", "items": {}}, "application/json-patch+json"),
        tmp_path,
        {"body": [{"op": "add"}]},
    )
    assert json.loads(api.last.body) == [{"op": "add"}]


def test_secrets_go_where_their_scheme_says(api: ApiServer, tmp_path: Path) -> None:
    call(pets(api, "getPetById"), tmp_path, {"petId": 1}, PET_SHOP_API_KEY="k1")
    assert api.last.headers["api_key"] == "k1"
    call(
        pets(api, "addPet", "pets_2_0.yaml", server=api.address),
        tmp_path,
        {"name": "x"},
        PET_SHOP_USER="u",
        PET_SHOP_PASSWORD="p:w",
    )
    assert api.last.headers["authorization"] == "Basic " + base64.b64encode(b"u:p:w").decode()
    call(pets(api, "/weather", "weather_3_1.yaml", server=api.address), tmp_path, {"q": "Köln"}, WEATHER_APPID="a&b")
    assert urlsplit(api.last.target).query == "q=K%C3%B6ln&appid=a%26b"
    call(
        pets(api, "/weather", "weather_3_1.yaml", server=api.address, auth="cookie:sid"), tmp_path, {}, WEATHER_SID="v"
    )
    assert api.last.headers["cookie"] == "sid=v"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (Answers(body=b'[1, {"a": null}]'), [1, {"a": None}]),
        (Answers(body=b'{"$content": [{"type": "image"}]}'), {"body": {"$content": [{"type": "image"}]}}),
        (Answers(body=b"{broken"), "{broken"),
        (Answers(body=b'\xef\xbb\xbf{"n": NaN}', mime="application/problem+json; charset=utf-8"), {"n": "NaN"}),
        (Answers(body="gr\xfc\xdfe".encode("latin-1"), mime="text/plain; charset=latin-1"), "grüße"),
        (Answers(body=b"a,b\n", mime="text/csv"), "a,b\n"),
        (Answers(status=204, body=b""), {"status": 204}),
        (Answers(status=201, body=b"", headers={"Location": "/pets/7"}), {"status": 201, "location": "/pets/7"}),
        (
            Answers(body=b"\x89PNG", mime="image/png"),
            {"$content": [{"type": "image", "mime": "image/png", "base64": "iVBORw=="}]},
        ),
        (
            Answers(body=b"PK\x03", mime="application/zip"),
            {"$content": [{"type": "file", "name": "photo", "mime": "application/zip", "base64": "UEsD"}]},
        ),
    ],
)
def test_answers_become_results(api: ApiServer, tmp_path: Path, answers: Answers, expected: Any) -> None:
    api.decide = lambda _: answers
    assert call(pets(api, "getPhoto"), tmp_path, {"petId": 1}) == expected
    assert not has_content(expected) or check_content(expected) == ()


def test_a_packed_answer_is_unpacked_within_the_bound(api: ApiServer, tmp_path: Path) -> None:
    packed = {"Content-Encoding": "gzip"}
    api.decide = lambda _: Answers(body=gzip.compress(b'{"a": 1}'), headers=packed)
    assert call(pets(api, "getPhoto"), tmp_path, {"petId": 1}) == {"a": 1}
    api.decide = lambda _: Answers(body=gzip.compress(b"x" * 50_000_000), mime="text/plain", headers=packed)
    assert "larger than 700000 bytes" in call(pets(api, "getPhoto"), tmp_path, {"petId": 1})["error"]
    api.decide = lambda _: Answers(body=b"no gzip", headers=packed)
    assert "broke off" in call(pets(api, "getPhoto"), tmp_path, {"petId": 1})["error"]


def test_an_error_is_an_exception_with_status_and_the_beginning_of_the_body(api: ApiServer, tmp_path: Path) -> None:
    api.decide = lambda _: Answers(429, b'{"message": "slow down"}' + b"x" * 9000, headers={"Retry-After": "7"})
    told = call(pets(api, "getPhoto"), tmp_path, {"petId": 1})
    assert told["type"] == "CallFailed"
    assert told["error"].startswith(
        'GET /pet/{petId}/photo was answered 429 Too Many Requests (try again after 7): {"message": "slow down"}xxx'
    )
    assert len(told["error"]) < 2200
    api.decide = lambda _: Answers(body=b"x" * 800_000, mime="text/plain")
    assert "larger than 700000 bytes" in call(pets(api, "getPhoto"), tmp_path, {"petId": 1})["error"]


def answer_elsewhere(target: str, _: Asked) -> Answers:
    return Answers(307, b"", headers={"Location": target})


def test_redirects_stay_on_the_host_that_gets_the_secret(api: ApiServer, tmp_path: Path) -> None:
    with run_api_server("127.0.0.2") as other:
        tool = pets(api, "getPetById")
        api.decide = lambda _: Answers(302, b"", headers={"Location": f"{other.address}/steal?x=1"})
        told = call(tool, tmp_path, {"petId": 1}, PET_SHOP_API_KEY="k1")
        assert f"sends to {other.address}/steal, which is another host" in told["error"]
        assert not other.asked
        for evil in ("file:///etc/passwd", "//127.0.0.2/x", f"http://127.0.0.1:{other.address.rpartition(':')[2]}/"):
            api.decide = partial(answer_elsewhere, evil)
            assert "another host" in call(tool, tmp_path, {"petId": 1}, PET_SHOP_API_KEY="k1")["error"]
        assert not other.asked
    moved = {"/api/v3/pet": Answers(308, b"", headers={"Location": "/moved"})}
    api.decide = lambda asked: moved.get(asked.target, Answers())
    assert call(pets(api, "addPet"), tmp_path, {"name": "x", "photoUrls": []}) == {"ok": True}
    assert (api.last.method, api.last.target, json.loads(api.last.body)["name"]) == ("POST", "/moved", "x")
    api.decide = lambda _: Answers(301, b"", headers={"Location": "/again"})
    assert "More than 5 redirects" in call(tool, tmp_path, {"petId": 1}, PET_SHOP_API_KEY="k1")["error"]


def test_a_server_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        tool = with_parameter(ApiServer(f"http://127.0.0.1:{taken.getsockname()[1]}"), {"in": "query"})
        told = call(tool, tmp_path, {})
    assert told["type"] == "CallFailed"
    assert "could not be reached: " in told["error"]


def test_a_server_that_drips_is_left_at_the_deadline(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ended = threading.Event()

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
                try:
                    while not ended.wait(0.05):
                        connection.sendall(b"x")
                except OSError:
                    pass

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        tool = with_parameter(ApiServer(f"http://127.0.0.1:{listening.getsockname()[1]}"), {"in": "query"})
        module = tool.packages["http_exchange"]["__init__.py"]
        module = module.replace(b"TIMEOUT_SECONDS = 25.0", b"TIMEOUT_SECONDS = 0.5")
        hurried = replace(
            tool, packages={**tool.packages, "http_exchange": {**tool.packages["http_exchange"], "__init__.py": module}}
        )
        assert "No complete answer within" in call(hurried, tmp_path, {})["error"]
        ended.set()
        thread.join()
