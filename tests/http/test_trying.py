"""An edit is run before it is committed: on record as tried, and without what only committed tools are given."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from flask.testing import FlaskClient

from registry.http.contract.body_shapes import get_validator
from tests.http.conftest import app_client
from tests.http.test_unattended import follow
from tests.repositories import MAIN, Repo, manifest
from tests.services import Running, Served, serving, serving_tools
from tests.waiting import patience

LOUD = "def main(name, times=1):\n    print('trying')\n    return {'greeting': name.upper() * times}\n"
SAYS = "import wording\n\ndef main(name, times=1):\n    return {{'greeting': wording.{}}}\n"
NAMES = "import os\n\ndef main(name, times=1):\n    return {'greeting': ' '.join(sorted(os.environ))}\n"


def edit(name: str, main: str = MAIN, **changes: str) -> dict[str, Any]:
    return {"files": {"tool.yaml": manifest(name, **changes), "main.py": main}, "arguments": {"name": "x"}}


def attempt(client: FlaskClient, body: dict[str, Any], **headers: str) -> Any:
    return client.post("/api/v1/tools/try", json=body, headers=headers)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("trying")
    secrets = folder / "secrets.yaml"
    secrets.touch(0o600)
    secrets.write_text("API_TOKEN: {value: a-value-to-find, tools: [greet]}\n")
    with serving_tools(plant, folder, warm="1", secrets_file=str(secrets)) as started:
        yield started


def plant(repo: Repo) -> None:
    repo.tool("greet")
    repo.write("tools/_shared/wording/__init__.py", "WORD = 'hi'\n")
    repo.tool("says", SAYS.format("WORD"), shared="[wording]")


@pytest.fixture
def service(served: Served) -> Running:
    return served.running


def tried(service: Running, body: dict[str, Any]) -> Any:
    """The record of a try that is taken, once it has ended."""
    until = time.monotonic() + patience(60)
    while (answer := service.post("/api/v1/tools/try", body)).status_code == 503:
        assert time.monotonic() < until, answer.text
    assert answer.status_code == 202, answer.text
    assert get_validator("Execution").faults(answer.json()) == ()
    return follow(service, answer.headers["Location"])[-1][2]


@pytest.mark.engine
def test_an_edit_runs_uncommitted_and_is_on_record_as_tried(service: Running, served: Served) -> None:
    repo = served.repo
    before = repo.git("rev-parse", "HEAD")
    checked = service.post("/api/v1/tools/validate", {"action": "create", "files": edit("shout", LOUD)["files"]})
    end = tried(service, edit("shout", LOUD) | {"caller_id": "page"})
    assert (end["result"], end["stdout"], end["caller_id"]) == ({"greeting": "X"}, "trying\n", "page")
    assert (end["tool"], end["tried"], end["version"], end["revision"]) == ("shout", True, 0, None)
    assert end["digest"] == checked.json()["digest"], "the record says which files ran"
    assert service.get("/api/v1/tools/shout").status_code == 404
    assert repo.git("rev-parse", "HEAD") == before
    again = tried(
        service, edit("greet", LOUD, status="draft") | {"action": "replace", "name": "greet", "caller_id": "page"}
    )
    assert again["result"] == {"greeting": "X"}, "whatever its status"
    assert service.invoke("greet", name="x").json()["result"] == {"greeting": "hello x"}
    listed = service.get("/api/v1/executions?tried=true&caller_id=page").json()
    assert [one["id"] for one in listed["items"]] == [again["id"], end["id"]]
    assert service.get("/api/v1/executions?tried=false").json()["total"] == 1
    overview = service.get("/api/v1/executions/summary").json()
    assert get_validator("ExecutionOverview").faults(overview) == ()
    assert overview["overall"]["calls"] == 1, "a try is no call"
    assert [one["tool"] for one in overview["tools"]] == ["greet"]
    assert (len(overview["days"]), overview["days"][-1]["success_share"]) == (7, 1.0)


@pytest.mark.engine
def test_an_edit_is_tried_with_its_shared_packages_and_the_records_say_what_ran(service: Running) -> None:
    tool = service.get("/api/v1/tools/says").json()
    done = service.invoke("says", name="x").json()
    record = service.get(f"/api/v1/executions/{done['execution_id']}").json()
    assert (done["result"], record["digest"], record["bundle"]) == ({"greeting": "hi"}, tool["digest"], tool["bundle"])
    body = edit("says", SAYS.format("WORD.upper()"), shared="[wording]") | {"action": "replace", "name": "says"}
    end = tried(service, body)
    assert end["result"] == {"greeting": "HI"}
    assert len({end["digest"], end["bundle"], tool["digest"], tool["bundle"]}) == 4


@pytest.mark.engine
def test_a_tried_edit_gets_no_secret_of_the_name_that_it_goes_by(service: Running) -> None:
    declaring = edit("greet", NAMES, runtime="{secrets: [API_TOKEN]}") | {"action": "replace", "name": "greet"}
    answer = service.post("/api/v1/tools/try", declaring | {"caller_id": "nosy"})
    assert answer.status_code == 409
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/runtime/secrets/0", "try-secret")]
    silent = tried(service, edit("greet", NAMES) | {"action": "replace", "name": "greet", "caller_id": "nosy"})
    assert "API_TOKEN" not in silent["result"]["greeting"]
    assert service.get("/api/v1/executions?caller_id=nosy").json()["total"] == 1


def test_an_edit_with_errors_is_refused_with_its_findings(client: FlaskClient) -> None:
    answer = attempt(client, edit("shout", "def main(:\n"))
    assert answer.status_code == 422
    assert answer.get_json()["detail"].endswith("so it was not tried")
    assert [one["file"] for one in answer.get_json()["findings"]] == ["main.py"]


def test_dependencies_that_no_committed_tool_has_are_not_installed(client: FlaskClient) -> None:
    answer = attempt(client, edit("shout", runtime="{dependencies: [somebodys-package]}"))
    assert answer.status_code == 409
    assert [one["code"] for one in answer.get_json()["errors"]] == ["try-dependencies"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"action": "remove", "name": "greet"}, 400),
        ({"arguments": {"times": 1}}, 400),
        ({"arguments": 3}, 400),
        ({"unheard": 1}, 400),
        ({"action": "replace", "name": "nothing"}, 404),
        ({"files": {"tool.yaml": manifest("greet"), "main.py": MAIN}}, 409),
    ],
)
def test_what_cannot_be_tried_is_refused(client: FlaskClient, change: dict[str, Any], status: int) -> None:
    answer = attempt(client, edit("shout") | change)
    assert answer.status_code == status, answer.text
    assert client.get("/api/v1/executions").get_json()["total"] == 0


def test_a_stale_edit_is_not_tried(client: FlaskClient) -> None:
    body = edit("greet") | {"action": "replace", "name": "greet"}
    assert attempt(client, body, **{"If-Match": f'"{"0" * 40}"'}).status_code == 412


@pytest.mark.parametrize(
    ("settings", "tries"),
    [
        ({}, True),
        ({"try": "off"}, False),
        ({"edit_mode": "branch"}, False),
        ({"edit_mode": "branch", "try": "on"}, True),
    ],
)
def test_where_edits_are_reviewed_they_are_only_tried_on_request(
    repo: Repo, settings: dict[str, str], tries: bool
) -> None:
    repo.tool("greet")
    repo.commit()
    with app_client(repo.path, **settings) as client:
        assert client.get("/api/v1/repository").get_json()["tries"] is tries
        answer = attempt(client, edit("shout", "def main(:\n"))
        assert answer.status_code == (422 if tries else 403)


def test_a_try_needs_the_token_where_one_is_set(repo: Repo) -> None:
    repo.tool("greet")
    repo.commit()
    with app_client(repo.path, token="t" * 20) as client:
        assert attempt(client, edit("shout")).status_code == 401


@pytest.mark.service
def test_a_large_edit_can_be_tried_as_it_can_be_committed(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.commit()
    body = edit("shout", "def main(:\n")
    body["files"] |= {f"{number}.txt": "x" * 900_000 for number in range(3)}
    with serving(repo.path, tmp_path) as service:
        url = f"http://127.0.0.1:{service.port}/api/v1/tools/try"
        headers = {"Content-Type": "application/json"}
        answer = httpx.post(url, content=json.dumps(body).encode(), headers=headers, timeout=600)
        assert answer.status_code == 422, answer.text
