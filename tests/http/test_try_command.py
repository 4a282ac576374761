"""`toolcrib try`: a tool is run as it lies in the working tree, and what it prints is seen as it comes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.registry.test_check_command import TOOLCRIB
from tests.repositories import Repo

pytestmark = pytest.mark.engine
Start = Callable[..., "subprocess.Popen[str]"]
SLOW = (
    "import time\n\n\ndef main():\n    print('begun', flush=True)\n    time.sleep(4)\n    print('done')\n    return 1\n"
)
NOTHING = "{type: object, properties: {}}"


@pytest.fixture
def start(repo: Repo, engine_owner: str, tmp_path: Path) -> Start:
    """Starts ``toolcrib try`` with some words."""
    granted = tmp_path / "secrets.yaml"
    granted.write_text("API_TOKEN: {value: kept-from-sight, tools: [asks]}\n")
    granted.chmod(0o600)
    environment = {
        "PATH": "/usr/bin:/bin:/usr/sbin",
        "TOOLCRIB_REPO": str(repo.path),
        "TOOLCRIB_INSTANCE": engine_owner,
    }
    environment["TOOLCRIB_SECRETS_FILE"] = str(granted)

    def started(*words: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen([TOOLCRIB, "try", *words], stdout=pipe, stderr=pipe, text=True, env=environment)

    return started


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err


def test_a_draft_that_nobody_committed_runs_and_what_it_prints_is_seen_at_once(repo: Repo, start: Start) -> None:
    repo.tool("other")
    repo.commit()
    repo.tool("slow", main=SLOW, parameters=NOTHING, returns="{}", status="draft")
    process = start("slow")
    assert process.stderr is not None
    assert process.stderr.readline() == "begun\n"
    assert process.poll() is None, "it runs still"
    code, out, err = ended(process)
    assert (code, out) == (0, "1\n"), err
    assert err.startswith("done\n")
    assert "success after" in err


def test_the_example_that_is_asked_for_is_held_to_what_it_says(repo: Repo, start: Start) -> None:
    examples = (
        "[{name: right, arguments: {name: Ada}, result: {greeting: hello Ada}},"
        " {name: wrong, arguments: {name: Bob}, result: {greeting: bye}}]"
    )
    repo.tool("greet", examples=examples)
    code, out, err = ended(start("greet"))
    assert (code, json.loads(out)) == (0, {"greeting": "hello Ada"}), err
    assert "as the example says" in err
    code, out, err = ended(start("greet", "--example", "2"))
    assert (code, json.loads(out)) == (1, {"greeting": "hello Bob"}), err
    assert "not as the example says: it gave" in err
    code, out, err = ended(start("greet", "--example", "none"))
    assert (code, out) == (2, "")
    assert "1 'right', 2 'wrong'" in err
    code, out, err = ended(start("greet", "--arguments", '{"name": "Eve"}'))
    assert (code, json.loads(out)) == (0, {"greeting": "hello Eve"}), err


def test_whoever_runs_it_gives_it_its_secrets_and_they_are_not_shown(repo: Repo, start: Start) -> None:
    main = "import os\n\n\ndef main():\n    print(os.environ['API_TOKEN'])\n    return len(os.environ['API_TOKEN'])\n"
    repo.tool("asks", main=main, parameters=NOTHING, returns="{}", runtime="{secrets: [API_TOKEN]}")
    code, out, err = ended(start("asks"))
    assert (code, out) == (0, "15\n"), err
    assert "kept-from-sight" not in err


def test_a_faulty_tool_is_refused_with_every_finding(repo: Repo, start: Start) -> None:
    repo.tool("greet", main="def main(:\n", category="Not A Category")
    code, out, err = ended(start("greet"))
    assert (code, out) == (2, "")
    assert "main.py:1" in err
    assert "tool.yaml:" in err
