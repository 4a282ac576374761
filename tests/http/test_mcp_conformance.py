"""``@modelcontextprotocol/conformance`` against a real service, for the revisions of both eras.

It is installed from ``tests/judges/conformance``, beside the Node that it needs, and its ``baseline.yml`` says what is
not there and why. Its lock is made by ``npm install --package-lock-only --omit-lockfile-registry-resolved``.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.mcp_services import NOTHING
from tests.judges import SUITE, conformance_suite
from tests.repositories import Repo
from tests.services import Running, serving_tools

STEPS = """\
import time

def main():
    for done in (0, 50, 100):
        print(done, "of 100")
        time.sleep(0.05)
    return "done"
"""
REGION = "{type: object, properties: {region: {type: string, description: Where., x-mcp-header: Region}}}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving_tools(plant, tmp_path_factory.mktemp("conformance"), warm="2") as served:
        yield served.running


def plant(repo: Repo) -> None:
    """The tools that the suite asks for."""
    text = "This is a simple text response for testing."
    repo.tool("test_simple_text", main=f"def main():\n    return {text!r}\n", parameters=NOTHING, returns="{}")
    error = "def main():\n    raise ValueError('This tool intentionally returns an error for testing')\n"
    repo.tool("test_error_handling", main=error, parameters=NOTHING)
    repo.tool("test_tool_with_progress", main=STEPS, parameters=NOTHING, returns="{type: string}")
    repo.tool("region", main="def main(region=''):\n    return {}\n", parameters=REGION, returns="{}")


@pytest.mark.engine
@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_all_that_a_revision_requires_of_a_server_with_tools_is_there(
    service: Running, revision: str, tmp_path: Path
) -> None:
    command = [
        *conformance_suite(),
        "server",
        "--url",
        f"http://localhost:{service.port}/mcp",
        "--requirements",
        revision,
    ]
    command += ["--expected-failures", str(SUITE / "baseline.yml"), "--output-dir", str(tmp_path / "results")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "tools-call-with-progress" in done.stdout


@pytest.mark.engine
@pytest.mark.parametrize("scenario", ["http-header-validation", "http-custom-header-server-validation"])
def test_headers_are_compared_with_the_message(service: Running, scenario: str, tmp_path: Path) -> None:
    command = [*conformance_suite(), "server", "--url", f"http://localhost:{service.port}/mcp", "--scenario", scenario]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_the_suites_lock_has_digests_and_no_addresses() -> None:
    packages = json.loads((SUITE / "package-lock.json").read_text())["packages"]
    assert all("integrity" in one for name, one in packages.items() if name)
    assert not any("resolved" in one for one in packages.values())
