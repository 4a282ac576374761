"""Over HTTP: how far a tool's image is, what a call meets meanwhile, and why it failed, at its place."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import jsonschema
import pytest

from tests.engine import containers_of
from tests.package_index import Index, from_index, images_of, remove_images, serving_index
from tests.repositories import Repo
from tests.services import Running, serving
from tests.waiting import eventually, patience

pytestmark = pytest.mark.engine
MAIN = "import one\n\n\ndef main(name: str, times: int = 1) -> dict:\n    return {'greeting': one.version}\n"
TOOL = "/api/v1/tools/needy"
_LONG_SECONDS = 120.0


@pytest.fixture
def index() -> Iterator[Index]:
    with serving_index() as made:
        made.offer("one")
        yield made


@contextmanager
def served(repo: Repo, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """The service with two workers, whose packages come from the index; afterwards nothing may be left."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir(exist_ok=True)
    for name, value in from_index(index, tmp_path / "home").items():
        if name.startswith(("PIP", "HOME")):
            monkeypatch.setenv(name, value)
    owner = f"test-{uuid.uuid4().hex}"
    try:
        with serving(repo.path, tmp_path, instance=owner, state_dir=str(tmp_path / "state"), warm="0") as running:
            yield running
    finally:
        eventually(lambda: containers_of(owner) == [])
        remove_images(tmp_path / "state" / "images")


def offered(running: Running) -> list[str]:
    return [tool["function"]["name"] for tool in running.get("/api/v1/llm/tools").json()["tools"]]


def in_every_worker(running: Running, true: Callable[[httpx.Client], bool]) -> None:
    """Wait until fresh connections, which any worker may take, have agreed several times in a row."""
    agreed = 0
    until = time.monotonic() + patience(_LONG_SECONDS)
    while agreed < 6:
        with running.connection() as client:
            agreed = agreed + 1 if true(client) else 0
        assert time.monotonic() < until
        time.sleep(0.05)


def state_of(client: httpx.Client) -> str:
    return str(client.get(TOOL).json()["image"]["state"])


def test_while_an_image_is_built_its_tool_answers_later_and_the_others_at_once(
    repo: Repo, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.tool("needy", main=MAIN, runtime="{network: false, dependencies: [one]}")
    repo.tool("plain", runtime="{network: false}")
    repo.commit()
    index.hold()
    with served(repo, index, tmp_path, monkeypatch) as running:
        assert index.reached.wait(60)
        tool = running.get(TOOL).json()
        assert tool["image"]["state"] == "building"
        assert tool["findings"] == []
        assert running.get("/api/v1/tools/plain").json()["image"] is None
        for path in ("/api/v1/llm/tools/needy/invoke", f"{TOOL}/execute"):
            answer = running.post(path, {"arguments": {"name": "x"}})
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
            assert "being built" in answer.json()["detail"]
        assert running.invoke("plain", name="you").json()["success"]
        assert running.get("/api/v1/executions?tool=needy").json()["total"] == 0, "nothing ran, nothing is on record"
        assert offered(running) == ["needy", "plain"]
        index.let_go()
        in_every_worker(running, lambda client: state_of(client) == "ready")
        assert running.invoke("needy", name="x").json()["result"] == {"greeting": "1.0"}
        assert "one==1.0" in running.get(TOOL).json()["image"]["log"]
        assert len(images_of(tmp_path / "state" / "images")) == 1, "two workers, one image"
        assert index.asked.count("/simple/one/") <= 2, "one to lock, one to fetch"


def test_a_failed_build_is_a_finding_at_its_place_until_the_tool_is_mended(
    repo: Repo, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.tool("needy", main=MAIN, runtime="\n  network: false\n  dependencies: [one>=7]")
    block = "# /// script\n# dependencies = ['nowhere']\n# ///\n"
    repo.tool("scripted", main=f'"""Says nothing."""\n\n{block}{MAIN}', runtime="{network: false}")
    repo.tool("plain")
    index.offer("two", body="import ctypes\nctypes.CDLL('libgone.so.3')\n")
    repo.tool("unimportable", main=MAIN.replace("one", "two"), runtime="{network: false, dependencies: [two]}")
    repo.commit()
    with served(repo, index, tmp_path, monkeypatch) as running:
        in_every_worker(running, lambda client: state_of(client) == "failed")
        tool = running.get(TOOL).json()
        schema = running.get("/openapi.json").json()["components"]["schemas"]
        jsonschema.Draft202012Validator(
            {"$ref": "#/components/schemas/Tool", "components": {"schemas": schema}}
        ).validate(tool)
        [finding] = tool["findings"]
        assert (finding["severity"], finding["code"]) == ("error", "dependencies-unresolvable")
        lines = (repo.path / "tools/needy/tool.yaml").read_text().splitlines()
        assert "dependencies: [one>=7]" in lines[finding["line"] - 1]
        assert "only one==1.0 is available and you require one>=7" in finding["message"]
        assert "only one==1.0 is available" in tool["image"]["log"]
        [in_script] = eventually(lambda: running.get("/api/v1/tools/scripted").json()["findings"])
        assert (in_script["file"], in_script["line"]) == ("main.py", 3)
        assert "nowhere" in in_script["message"]
        eventually(lambda: offered(running) == ["plain"])
        in_every_worker(running, lambda client: bool(client.get("/api/v1/tools/unimportable").json()["findings"]))
        unimportable = running.get("/api/v1/tools/unimportable").json()
        [of_import] = unimportable["findings"]
        assert (of_import["severity"], of_import["code"]) == ("error", "dependencies-unimportable")
        assert "`import two` fails in the sandbox: OSError: libgone.so.3: cannot open" in of_import["message"]
        assert unimportable["image"]["state"] == "failed"
        assert "two==1.0" in unimportable["image"]["log"], "it is installed"
        assert running.post("/api/v1/llm/tools/unimportable/invoke", {"arguments": {"name": "x"}}).status_code == 409
        for path in ("/api/v1/llm/tools/needy/invoke", f"{TOOL}/execute"):
            refused = running.post(path, {"arguments": {"name": "x"}})
            assert refused.status_code == 409
            assert refused.json()["errors"][0]["code"] == "dependencies-unresolvable"
        listed = {tool["name"]: tool["findings"] for tool in running.get("/api/v1/tools").json()["items"]}
        assert listed["needy"] == [finding]
        tag = running.get(TOOL).headers["etag"]
        repo.tool("needy", main=MAIN, runtime="{network: false, dependencies: [one]}")
        repo.commit()
        in_every_worker(running, lambda client: state_of(client) == "ready")
        assert running.get(TOOL).headers["etag"] != tag
        assert running.get(TOOL).json()["findings"] == []
        assert running.invoke("needy", name="x").json()["result"] == {"greeting": "1.0"}
        index.offer("nowhere")
        repo.write("tools/scripted/README.md", "saved again\n")
        repo.commit()
        eventually(lambda: running.get("/api/v1/tools/scripted").json()["image"]["state"] == "ready")


def test_an_image_that_somebody_removed_is_made_again(
    repo: Repo, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.tool("needy", main=MAIN, runtime="{network: false, dependencies: [one]}")
    repo.tool("draft_one", main=MAIN, status="draft", runtime="{dependencies: [one>=5]}")
    repo.commit()
    with served(repo, index, tmp_path, monkeypatch) as running:
        in_every_worker(running, lambda client: state_of(client) == "ready")
        assert running.get("/api/v1/tools/draft_one").json()["image"] is None, "what cannot run needs none"
        remove_images(tmp_path / "state" / "images")
        answer = running.invoke("needy", name="x")
        assert answer.status_code in {200, 503}
        eventually(lambda: running.invoke("needy", name="x").status_code == 200)
