"""What the tests' own plugins do to a run, seen in runs of pytest on a few tests made for that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

ROOT = Path(__file__).parents[1]
SHARED = """
import pytest

@pytest.fixture(scope="session")
def service():
    raise RuntimeError("does not start")

@pytest.mark.parametrize("number", range(9))
def test_with_it(service, number):
    pass

def test_without():
    assert sum(range(3_000_000))
"""
TURNS = """
import time, pytest
from pathlib import Path

import pytest

SEEN = Path(__file__).with_name("seen")

def begin(what):
    with SEEN.open("a") as seen:
        seen.write(f"{what} begins\\n")

def end(what):
    with SEEN.open("a") as seen:
        seen.write(f"{what} ends\\n")

@pytest.mark.engine
@pytest.mark.parametrize("number", range(6))
def test_shares(number):
    begin("shared")
    while SEEN.read_text().count("shared begins") < 2:
        time.sleep(0.01)  # so long as no other one is here too
    end("shared")

@pytest.mark.engine(alone=True)
@pytest.mark.parametrize("number", range(3))
def test_needs_it_alone(number):
    begin("alone")
    time.sleep(0.2)
    end("alone")
"""


def run(folder: Path, text: str, *options: str) -> str:
    """What a run of pytest with our plugins says on these tests."""
    (folder / "test_it.py").write_text(text)
    plugins = [word for name in ("broken_fixtures", "costs", "engine_turns") for word in ("-p", f"tests.{name}")]
    settings = ["-ra", "--rootdir", str(folder), "-o", f"cache_dir={folder}/cache", "-o", "markers=engine: as ours"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *settings, *options, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
    )  # fmt: skip
    return done.stdout + done.stderr


def assert_ends_with_costs(said: str, test: str, count: int) -> None:
    assert re.search(r"= the \d+ slowest tests =", said)
    assert re.search(rf"\d\.\d s +\d+\.\d CPU-s  test_it.py::{re.escape(test)}\n", said)
    assert re.search(rf"= seconds by folder =+\n +\d+\.\d s +\d+\.\d CPU-s +{count} tests +\.\n", said)


def test_a_shared_fixture_that_is_broken_is_one_failure_and_a_run_ends_with_its_costs(tmp_path: Path) -> None:
    said = run(tmp_path, SHARED)
    assert "1 passed, 8 skipped, 1 error" in said
    assert (
        "SKIPPED [8] test_it.py:8: NOT TESTED, a fixture is broken: see the error of test_it.py::test_with_it[0]"
        in said
    )
    assert_ends_with_costs(said, "test_without", 10)


def test_a_test_that_needs_the_engine_alone_has_it_alone_and_the_others_share_it(tmp_path: Path) -> None:
    said = run(tmp_path, TURNS, "-n", "3")
    assert "9 passed" in said
    seen = (tmp_path / "seen").read_text().splitlines()
    places = [place for place, line in enumerate(seen) if line == "alone begins"]
    assert [seen[place + 1] for place in places] == ["alone ends"] * 3
    assert_ends_with_costs(said, "test_needs_it_alone[0]", 9)
