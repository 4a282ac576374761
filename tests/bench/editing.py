"""What editing promises: one commit through the API, and many writers at once, beside plain ``git commit``."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2 as httpx

from tests.bench.row import Row
from tests.bench.tools import generated
from tests.repositories import Repo
from tests.services import Running, serving

_TOOLS = 1000
_COMMITS = 10_000
_EDITS = 40
_WRITERS = 20
_GOAL_MS = 60


def rows(folder: Path) -> Iterator[Row]:
    """Both figures, on a repository with 1,000 tools and 10,000 commits."""
    repo = generated(folder / "edited", _TOOLS)
    _grow_history(repo)
    with serving(repo.path, folder, log_level="warning") as service:
        yield _one_at_a_time(service, repo)
        yield _at_once(service, repo)


def _grow_history(repo: Repo) -> None:
    """Commits that each change one tool, made by ``git fast-import``, because 10,000 commands would take minutes."""
    stream: list[str] = []
    parent = "refs/heads/main^0"
    for number in range(_COMMITS - 1):
        text = f"note {number}\n"
        stream.append(
            f"commit refs/heads/main\nmark :{number + 1}\n"
            f"committer Bench <bench@localhost> {1_700_000_000 + number} +0000\n"
            f"data 4\nnote\nfrom {parent}\n"
            f"M 100644 inline tools/generated_{number % _TOOLS:05d}/notes.md\ndata {len(text)}\n{text}\n"
        )
        parent = f":{number + 1}"
    command = ["git", "-C", str(repo.path), "fast-import", "--quiet"]
    subprocess.run(command, input="".join(stream).encode(), check=True)
    repo.git("reset", "-q", "--hard")


def _patch(connection: httpx.Client, name: str, tag: str, owner: str) -> httpx.Response:
    body = {"manifest": {"owner": owner}, "message": f"owner {owner}"}
    answer = connection.patch(f"/api/v1/tools/{name}", json=body, headers={"If-Match": tag})
    if answer.status_code != 200:
        raise RuntimeError(f"{name}: {answer.status_code} {answer.text[:300]}")
    return answer


def _one_at_a_time(service: Running, repo: Repo) -> Row:
    name, took = "generated_00007", []
    with service.connection() as connection:
        tag = connection.get(f"/api/v1/tools/{name}").headers["etag"]
        for number in range(_EDITS + 5):
            began = time.perf_counter()
            tag = _patch(connection, name, tag, f"one_{number}").headers["etag"]
            took.append((time.perf_counter() - began) * 1000)
    median = statistics.median(took[5:])  # each worker's first look at a repository is not an edit's time
    plain = statistics.median(_plain_commit(repo, number) for number in range(10))
    told = f"git add, git commit: {plain:.0f} ms"
    what = "commit through the API, 1000 tools, 10000 commits: p50"
    return Row(what, f"{median:.0f} ms", f"<= {_GOAL_MS} ms", told, median <= _GOAL_MS)


def _plain_commit(repo: Repo, number: int) -> float:
    """Milliseconds of the same change by hand."""
    file = repo.path / "tools/generated_00008/tool.yaml"
    text = file.read_text()
    began = time.perf_counter()
    file.write_text(text.split("# plain")[0] + f"# plain {number}\n")
    repo.git("add", "tools/generated_00008")
    repo.git("commit", "-q", "-m", f"plain {number}")
    return (time.perf_counter() - began) * 1000


def _at_once(service: Running, repo: Repo) -> Row:
    """Writers who each edit a tool of their own, three times; every acknowledged commit is looked for in history."""
    before = repo.git("rev-parse", "HEAD")

    def write(number: int) -> list[str]:
        name = f"generated_{100 + number:05d}"
        done = []
        with service.connection() as connection:
            tag = connection.get(f"/api/v1/tools/{name}").headers["etag"]
            for count in range(3):
                owner = f"many_{number}_{count}"
                tag = _patch(connection, name, tag, owner).headers["etag"]
                done.append(f"owner {owner}")
        return done

    began = time.perf_counter()
    with ThreadPoolExecutor(_WRITERS) as pool:
        promised = [message for done in pool.map(write, range(_WRITERS)) for message in done]
    took = time.perf_counter() - began
    history = repo.git("log", "--format=%s", f"{before}..HEAD").splitlines()
    once = sorted(history) == sorted(promised)
    plain = statistics.median(_plain_commit(repo, 100 + number) for number in range(5))
    found = f"{len(promised)} in {took:.1f} s, {'each once' if once else f'{len(history)} in history'}"
    told = f"git commit, one after the other: {plain * len(promised) / 1000:.1f} s"
    return Row(f"{_WRITERS} writers at once, 3 commits each", found, "each in history once", told, once)
