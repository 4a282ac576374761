"""The examples of ``docs/examples`` work as they are printed, with each provider's own package and the real service.

The model is a stand-in. Each example finds tools, has the model's calls run, hands the results back, and prints what
the model concludes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.model_server import Model, model
from tests.judges import environment
from tests.repositories import make_repo
from tests.services import Running, serving
from tests.waiting import nothing_is_left

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.name for path in (ROOT / "docs/examples").glob("*.py"))
OVER_MCP = "mcp_client.py"
TOOLS = ["calculate", "date_arithmetic", "csv_summary", "text_diff"]
QUESTION = "What is 2 to the power of 10, divided by 3, and what is 6 times 7?"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("agents")
    repo = make_repo(folder / "repo")
    for name in TOOLS:
        shutil.copytree(ROOT / "tools" / name, repo.path / "tools" / name)
    repo.commit()
    owner = f"test-{uuid.uuid4().hex[:12]}"
    with serving(repo.path, folder, instance=owner, workers="1") as running:
        yield running
    nothing_is_left(owner)


def run(example: str, service: Running, played: Model) -> subprocess.CompletedProcess[str]:
    settings = {
        "MODEL": "m",
        "CRIB_URL": f"http://127.0.0.1:{service.port}",
        "OPENAI_BASE_URL": f"{played.address}/v1",
        "ANTHROPIC_BASE_URL": played.address,
        "GOOGLE_GEMINI_BASE_URL": played.address,
        "OPENAI_API_KEY": "none",
        "ANTHROPIC_API_KEY": "none",
        "GEMINI_API_KEY": "none",
        "NO_PROXY": "127.0.0.1",
    }
    command = [str(environment("agents")), str(ROOT / "docs/examples" / example), QUESTION]
    own = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return subprocess.run(command, capture_output=True, text=True, env=own | settings, timeout=600, check=False)


@pytest.mark.engine
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_finds_calls_answers_and_ends(service: Running, example: str) -> None:
    with model() as played:
        done = run(example, service, played)
    assert (done.returncode, done.stderr) == (0, "")
    assert "341.33" in done.stdout
    assert "42" in done.stdout
    assert [(call_id, failed) for call_id, _, failed in played.told] == [
        ("call_1", False), ("call_2", True), ("call_3", False)
    ]  # fmt: skip
    refused = json.loads(played.told[1][1])
    refused = refused.get("error", refused)
    if example == OVER_MCP:
        assert refused.count("\n/: ") == 2, "the model is told every fault"
    else:
        assert refused["kind"] == "input-refused"
        assert len(refused["errors"]) == 2, "the model is told every fault"
    assert len(played.requests) == 3
    recorded = service.get(f"/api/v1/executions?caller_id={example}").json()["items"]
    assert [one["status"] for one in recorded] == ["success", "success"]


def test_there_is_an_example_for_every_package_and_each_is_explained() -> None:
    explained = (ROOT / "docs/calling.md").read_text()
    assert len(EXAMPLES) >= 5
    assert all(f"(examples/{example})" in explained for example in EXAMPLES)
