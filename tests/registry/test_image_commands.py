"""``toolcrib image`` and ``toolcrib invoke`` make the images that are missing, and say what they do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine import containers_of
from tests.package_index import Index, from_index, remove_images, serving_index
from tests.repositories import Repo

TOOLCRIB = str(Path(sys.executable).with_name("toolcrib"))
MAIN = "import one\n\n\ndef main(name: str, times: int = 1) -> dict:\n    return {'greeting': one.version}\n"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def index() -> Iterator[Index]:
    with serving_index() as made:
        made.offer("one")
        yield made


@pytest.fixture
def toolcrib(index: Index, tmp_path: Path) -> Iterator[Command]:
    """The command, whose packages come from the index; afterwards nothing of it may be left."""
    owner = f"test-{uuid.uuid4().hex}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "TOOLCRIB_"))}
    made = {"TOOLCRIB_STATE_DIR": str(tmp_path / "state"), "TOOLCRIB_INSTANCE": owner}
    environment = {**kept, **from_index(index, tmp_path), "PATH": os.environ["PATH"], **made}

    def run(*words: str, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TOOLCRIB, *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env=environment | more,
            timeout=600,
        )

    yield run
    assert containers_of(owner) == []
    remove_images(tmp_path / "state" / "images")


@pytest.mark.engine
def test_image_builds_what_the_repositorys_tools_need_and_says_so(toolcrib: Command, repo: Repo) -> None:
    repo.tool("needy", main=MAIN, runtime="{network: false, dependencies: [one]}")
    repo.commit()
    assert "dependencies" not in toolcrib("image", "--base", cwd=repo.path).stderr
    done = toolcrib("image", cwd=repo.path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "dependencies: installing one"
    assert "dependencies" not in toolcrib("image", cwd=repo.path).stderr, "nothing is left to do"
    assert toolcrib("invoke", "needy", "--arguments", '{"name": "x"}', cwd=repo.path).stdout == '{"greeting":"1.0"}\n'


@pytest.mark.engine
def test_image_ends_with_1_and_the_resolvers_words_but_builds_the_rest(toolcrib: Command, repo: Repo) -> None:
    repo.tool("first", main=MAIN, runtime="{dependencies: [one>=9]}")
    repo.tool("second", main=MAIN, runtime="{dependencies: [one]}")
    repo.commit()
    done = toolcrib("image", "--repo", str(repo.path))
    assert done.returncode == 1
    assert "one>=9: No solution found" in done.stderr
    assert "dependencies: installing one\n" in done.stderr


@pytest.mark.engine
def test_invoke_builds_the_image_of_its_tool_alone(toolcrib: Command, repo: Repo, index: Index) -> None:
    repo.tool("needy", main=MAIN, runtime="{network: false, dependencies: [one]}")
    repo.tool("other", main=MAIN, runtime="{network: false, dependencies: [another]}")
    repo.commit()
    done = toolcrib("invoke", "needy", "--arguments", '{"name": "x"}', cwd=repo.path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == '{"greeting":"1.0"}\n'
    assert "dependencies: installing one\n" in done.stderr
    assert not any("another" in path for path in index.asked)
    failed = toolcrib("invoke", "other", "--arguments", '{"name": "x"}', cwd=repo.path)
    assert failed.returncode == 2
    assert "another was not found in the package registry" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_without_an_engine_a_sentence_says_so(toolcrib: Command, repo: Repo) -> None:
    done = toolcrib("image", cwd=repo.path, DOCKER_HOST="unix:///no/such/socket")
    assert done.returncode == 2
    assert "Docker engine" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.engine
def test_a_failure_is_text_for_people_and_with_json_the_whole_execution(toolcrib: Command, repo: Repo) -> None:
    repo.tool("boom", main="def main(name, times=1):\n    raise ValueError(name)\n", runtime="{network: false}")
    repo.commit()
    done = toolcrib("invoke", "boom", "--arguments", '{"name": "x"}', "--json", cwd=repo.path)
    assert done.returncode == 1
    text = "boom did not succeed: ValueError: x\n  main.py, line 2, in main\n    raise ValueError(name)\n"
    assert done.stderr.endswith(text)
    answer = json.loads(done.stdout)
    assert answer["error"]["details"]["traceback"].startswith("Traceback")
