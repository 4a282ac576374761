"""The real service with four workers: what was acknowledged is in history exactly once, whoever else writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import httpx2 as httpx
import pytest

from registry.gitrepo import Repository, finish_advances
from tests.repositories import MAIN, Repo, make_repo, manifest
from tests.services import Running, serving

pytestmark = pytest.mark.service


def write(service: Running, number: int) -> list[str]:
    """Make a tool, edit it, and every fourth writer one that they share; the messages that were acknowledged."""
    acknowledged: list[str] = []
    with service.connection() as connection:

        def sent(method: str, url: str, message: str, tag: str | None, **body: object) -> httpx.Response:
            headers = {"If-Match": tag} if tag else {}
            while True:
                answer = connection.request(method, url, json={**body, "message": message}, headers=headers)
                if answer.status_code != 503:
                    break  # a busy machine: nothing was committed, so it is sent again
            if answer.is_success:
                acknowledged.append(message)
            return answer

        name = f"tool_{number}"
        files = {"tool.yaml": manifest(name), "main.py": MAIN}
        made = sent("POST", "/api/v1/tools", f"make {name}", None, files=files)
        assert made.status_code == 201, made.text
        url = f"/api/v1/tools/{name}"
        # Whichever worker answers, it knows the commit already.
        assert connection.get(url).json() == made.json()
        patched = sent("PATCH", url, f"patch {name}", made.headers["etag"], manifest={"owner": name})
        assert patched.status_code == 200, patched.text
        assert patched.json()["version"] == 2
        if number % 4:
            return acknowledged
        shared = "/api/v1/tools/shared"
        tag = connection.get(shared).headers["etag"]
        shared_edit = sent("PATCH", shared, f"share {name}", tag, files={f"{name}.txt": name})
        assert shared_edit.status_code in {200, 412}, shared_edit.text
    return acknowledged


def assert_history(repo: Repo, promised: list[str], others: set[str]) -> None:
    counted = Counter(subjects(repo))
    assert set(counted) == {*promised, *others, "a change"}
    assert max(counted.values()) == 1
    for message in promised:
        what, name = message.split(" ")
        if what == "patch":
            assert f"owner: {name}\n" in repo.git("show", f"main:tools/{name}/tool.yaml") + "\n"
        elif what == "share":
            assert repo.git("show", f"main:tools/shared/{name}.txt") == name
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def test_fifty_writers_over_four_workers_beside_plain_commits_in_the_checkout(repo: Repo, tmp_path: Path) -> None:
    repo.tool("shared")
    repo.tool("kept", files={"unstaged.txt": "old"})
    repo.commit()
    repo.write("tools/kept/unstaged.txt", "unstaged")
    repo.write("tools/kept/untracked.txt", "untracked")
    repo.write("tools/kept/staged.txt", "staged")
    repo.git("add", "tools/kept/staged.txt")

    def by_hand(number: int) -> None:
        repo.write(f"tools/user_{number}/notes.txt", "x")
        repo.git("add", f"tools/user_{number}", check=False)
        # Refused while an edit of ours holds the index: the user tries again.
        repo.git("commit", "-q", "-m", f"user {number}", "--only", "--", f"tools/user_{number}", check=False)

    with serving(repo.path, tmp_path, workers="4", log_level="warning") as service:
        promised, made = beside(service, 50, by_hand, lambda number: f"user {number}" in subjects(repo))
    assert finish_advances(Repository.open(repo.path))
    assert_history(repo, promised, {f"user {number}" for number in range(made)})
    status = repo.git("status", "--porcelain", "-uall").splitlines()
    assert status == ["A  tools/kept/staged.txt", " M tools/kept/unstaged.txt", "?? tools/kept/untracked.txt"]
    assert (repo.path / "tools/kept/unstaged.txt").read_text() == "unstaged"
    assert repo.git("show", ":tools/kept/staged.txt") == "staged"


def test_writers_over_four_workers_beside_pushes_from_a_clone(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "bare.git", "--bare")
    clone = make_repo(tmp_path / "clone")
    clone.tool("shared")
    clone.commit()
    clone.git("remote", "add", "origin", str(repo.path))
    clone.git("push", "-q", "origin", "main")

    def pushed(number: int) -> None:
        if f"user {number}" not in subjects(clone):
            clone.write(f"tools/user_{number}/notes.txt", "x")
            clone.commit(f"user {number}")
        clone.git("pull", "-q", "--rebase", "origin", "main")
        clone.git("push", "-q", "origin", "main", check=False)

    with serving(repo.path, tmp_path, workers="4", log_level="warning") as service:
        promised, made = beside(service, 16, pushed, lambda number: f"user {number}" in subjects(repo))
    assert_history(repo, promised, {f"user {number}" for number in range(made)})


def subjects(repo: Repo) -> list[str]:
    return repo.git("log", "--format=%s", "main").splitlines()


def beside(
    service: Running, writers: int, by_hand: Callable[[int], None], done: Callable[[int], bool]
) -> tuple[list[str], int]:
    """Let writers write, and somebody else by other means as long as they do; what was promised, and how often the
    other one wrote."""
    made = 0
    with ThreadPoolExecutor(writers) as pool:
        futures = [pool.submit(write, service, number) for number in range(writers)]
        while not all(future.done() for future in futures) or not made or not done(made - 1):
            if made == 0 or done(made - 1):
                made += 1
            by_hand(made - 1)
            wait(futures, timeout=0.2)
        promised = [message for future in futures for message in future.result()]
    assert len(promised) > 2 * writers, "and at least one edit of what all share"
    return promised, made
