"""Pictures and files of tools on their whole way: from a sandbox to the answer, the record and each kind of client."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.http.contract.body_shapes import get_validator
from tests.http.test_calls import MAKERS
from tests.http.test_service import ANY
from tests.judges import complaints, told
from tests.repositories import Repo
from tests.services import Running, Served, serving_tools
from tests.waiting import eventually

pytestmark = pytest.mark.engine

CHART = Path(__file__).parents[2] / "tools/bar_chart"
LEAVES = """
import base64
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
def main():
    for name, data in {"dot.png": PNG, "rows.csv": b"a,b\\n1,2\\n", "large.bin": bytes(2 * 2**20)}.items():
        with open("/tmp/out/" + name, "wb") as file:
            file.write(data)
    return {"rows": 1}
"""
BARS = {"bars": [{"name": "Mon", "value": 12}, {"name": "Tue", "value": 30}], "title": "Calls"}


def plant(repo: Repo) -> None:
    files = {path.name: path.read_text() for path in CHART.iterdir() if path.is_file()}
    for name, text in files.items():
        repo.write(f"tools/bar_chart/{name}", text)
    repo.tool("leaves", main=LEAVES, parameters=ANY, returns="{type: object, required: [rows]}")
    broken = "def main(): return {'$content': [{'type': 'image', 'mime': 'image/png', 'base64': 'no'}]}"
    repo.tool("broken", main=broken, parameters=ANY, returns="{}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_tools(plant, tmp_path_factory.mktemp("content"), warm="2") as served:
        eventually(lambda: served.running.invoke("leaves").status_code == 200)
        yield served


@pytest.fixture
def service(served: Served) -> Running:
    return served.running


def test_an_answer_and_its_record_have_the_blocks(service: Running) -> None:
    answer = service.invoke("bar_chart", **BARS).json()
    assert get_validator("InvokeAnswer").faults(answer) == ()
    image, text = answer["content"]
    assert base64.b64decode(image["base64"]).startswith(b"\x89PNG\r\n\x1a\n")
    assert (image["mime"], image["name"], text["text"]) == ("image/png", "chart.png", "Calls\nMon: 12\nTue: 30")
    assert answer["result"] == {"$content": [image, text]}
    record = service.get(f"/api/v1/executions/{answer['execution_id']}").json()
    assert get_validator("Execution").faults(record) == ()
    assert (record["content"], record["result"]) == (answer["content"], answer["result"])


def test_files_that_were_left_are_beside_the_result_and_the_record_keeps_no_large_one(service: Running) -> None:
    answer = service.invoke("leaves").json()
    assert get_validator("InvokeAnswer").faults(answer) == ()
    dot, large, rows = answer["content"]
    assert (answer["result"], dot["type"], dot["mime"]) == ({"rows": 1}, "image", "image/png")
    assert rows == {"type": "file", "mime": "text/csv", "name": "rows.csv", "text": "a,b\n1,2\n"}
    assert len(base64.b64decode(large["base64"])) == 2 * 2**20
    record = service.get(f"/api/v1/executions/{answer['execution_id']}").json()
    assert get_validator("Execution").faults(record) == ()
    kept = {"type": "file", "mime": "application/octet-stream", "name": "large.bin", "omitted_bytes": 2 * 2**20}
    assert record["content"] == [dot, kept, rows]


def test_what_is_no_picture_is_an_invalid_result(service: Running) -> None:
    error = service.invoke("broken").json()["error"]
    assert error["kind"] == "invalid_result"
    assert error["message"] == (
        "the result is not what `$content` takes: /$content/0/base64: Is not base64 (RFC 4648, section 4)"
    )


@pytest.mark.judges
def test_a_model_of_each_provider_sees_the_chart(service: Running) -> None:
    given = {}
    for form, make in MAKERS.items():
        answer = service.post(
            "/api/v1/llm/calls", {"calls": [make(0, "bar_chart", BARS), make(1, "leaves", {})]}
        ).json()
        assert get_validator("CallsAnswer").faults(answer) == ()
        given[f"{form} answers"] = [{"strict": False, "definition": one} for one in answer["messages"]]
        text = json.dumps(answer["messages"])
        assert text.count("iVBORw0KGgo") == 2, form  # each picture once
        assert "large.bin: application/octet-stream, 2097152 bytes" in text
        assert "Calls\\nMon: 12" in text
    assert complaints("models", given) == []


@pytest.mark.judges
@pytest.mark.parametrize(("judge", "mode"), [("mcp_new", "auto"), ("mcp_new", "legacy"), ("mcp_old", "")])
def test_an_mcp_client_is_given_images_and_resources(judge: str, mode: str, service: Running) -> None:
    url = f"http://127.0.0.1:{service.port}/mcp"
    seen = told(judge, {"mode": mode, "url": url, "calls": [["bar_chart", BARS], ["leaves", {}]]})
    chart, left = seen["results"]
    image, text = chart["content"]
    assert (image["type"], image["mimeType"], text["text"]) == ("image", "image/png", "Calls\nMon: 12\nTue: 30")
    assert base64.b64decode(image["data"]).startswith(b"\x89PNG")
    about = {
        "type": "image",
        "mime": "image/png",
        "name": "chart.png",
        "omitted_bytes": len(base64.b64decode(image["data"])),
    }
    assert chart["structuredContent"] == {"$content": [about, text]}, "as promised, and without the bytes"
    assert left["structuredContent"] == {"rows": 1}
    said, dot, large, rows = left["content"]
    assert (json.loads(said["text"]), dot["type"]) == ({"rows": 1}, "image")
    assert rows["resource"]["text"] == "a,b\n1,2\n"
    assert rows["resource"]["mimeType"] == "text/csv"
    assert len(base64.b64decode(large["resource"]["blob"])) == 2 * 2**20
    resources: Any = [large["resource"]["uri"], rows["resource"]["uri"]]
    assert [one.rpartition("/")[2] for one in resources] == ["large.bin", "rows.csv"]
