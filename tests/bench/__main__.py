"""``make bench``: print each promised figure beside its goal and its baseline, all measured now, on this machine.

Without a Docker engine the rows about invoking say so and are left out; without chromium, those about the page.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from registry.current_catalog import CatalogState
from registry.gitrepo import Repository
from registry.log import log
from tests.bench import checking, editing, page, running
from tests.bench.load import get_many
from tests.bench.row import Row
from tests.bench.search import answered
from tests.bench.tools import generated
from tests.repositories import Repo
from tests.services import serving

CLIENTS = 16


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows to FILE as JSON")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each load lasts [default: 5]")
    parser.add_argument("--large", action="store_true", help="also measure 10,000 tools (half a minute more)")
    options = parser.parse_args()
    log.configure("warning")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for row in _rows(Path(folder), options.seconds, large=options.large):
            rows.append(row)
            print(
                f"{'ok  ' if row.met else 'MISS'} {row.what:<58} {row.found:<34} goal {row.goal:<22} {row.baseline}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


def _rows(folder: Path, seconds: float, *, large: bool) -> Iterator[Row]:
    thousand = generated(folder / "1000", 1000)
    yield _cold(thousand, 1000, goal_seconds=1.0)
    if large:
        yield _cold(generated(folder / "10000", 10_000), 10_000, goal_seconds=10.0)
    yield _commit_seen(thousand)
    yield from checking.rows(thousand)
    yield from answered()
    yield from _list_rate(thousand, folder, seconds)
    yield from page.visited(thousand, folder)
    yield from editing.rows(folder)
    yield from running.rows(folder, seconds)


def _cold(repo: Repo, count: int, goal_seconds: float) -> Row:
    def once() -> float:
        state = CatalogState(Repository.open(repo.path), show_uncommitted=True, max_memory_mb=1024)
        began = time.perf_counter()
        found = len(state.current().tools)
        assert found == count, found
        return time.perf_counter() - began

    took = statistics.median(once() for _ in range(3))
    files = [file.read_bytes() for file in repo.path.glob("tools/*/*")]
    began = time.perf_counter()
    import yaml

    for content in files:
        if content.startswith(b"# yaml"):
            yaml.load(content, yaml.CSafeLoader)
    baseline = f"CSafeLoader alone: {time.perf_counter() - began:.2f} s"
    return Row(
        f"catalog of {count} tools from cold", f"{took:.2f} s", f"<= {goal_seconds:g} s", baseline, took <= goal_seconds
    )


def _commit_seen(repo: Repo) -> Row:
    state = CatalogState(Repository.open(repo.path), show_uncommitted=True, max_memory_mb=1024)
    state.current()
    took = []
    for number in range(10):
        repo.write("tools/generated_00000/notes.md", f"{number}\n")
        repo.commit()
        began = time.perf_counter()
        assert state.current().tools["generated_00000"].version == number + 2
        took.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    repo.git("status", "--porcelain")
    baseline = f"git status: {(time.perf_counter() - began) * 1000:.0f} ms"
    median = statistics.median(took)
    return Row("a commit seen by the next look, 1000 tools", f"{median:.0f} ms", "<= 100 ms", baseline, median <= 100)


def _list_rate(repo: Repo, folder: Path, seconds: float) -> Iterator[Row]:
    conf = Path(__file__).parents[2] / "registry/http/server/gunicorn_conf.py"
    empty = [sys.executable, "-m", "gunicorn", "-c", str(conf), "tests.bench.empty_app:app()"]
    with serving(repo.path, folder, empty, log_level="warning") as baseline:
        nothing = get_many(baseline.port, "/", clients=CLIENTS, seconds=seconds)
    with serving(repo.path, folder, log_level="warning") as service:
        get_many(service.port, "/api/v1/llm/tools", clients=CLIENTS, seconds=1)  # both workers have read the catalog
        found = get_many(service.port, "/api/v1/llm/tools", clients=CLIENTS, seconds=seconds)
        plain = get_many(service.port, "/api/v1/llm/tools", clients=CLIENTS, seconds=seconds, encoding="identity")
        size = len(service.get("/api/v1/llm/tools").content) // 1024
    told = f"empty route: {nothing.per_second:.0f}/s, p99 {nothing.p99_ms:.1f} ms"
    # What HTTP libraries ask for is gzip; without it, most of the time goes into moving the bytes.
    for how, load in (("gzip", found), (f"plain, {size} KiB", plain)):
        share = load.per_second / nothing.per_second
        what = f"GET /api/v1/llm/tools, 1000 tools, {how}"
        rate = f"{load.per_second:.0f}/s = {share:.0%} of empty"
        yield Row(f"{what}: rate", rate, ">= 50% of empty", told, share >= 0.5)
        yield Row(f"{what}: p99", f"{load.p99_ms:.1f} ms", "<= 20 ms", told, load.p99_ms <= 20)


if __name__ == "__main__":
    main()
