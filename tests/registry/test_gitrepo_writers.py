"""Many writers, of ours and of Git's own, at the same time: what was acknowledged is in history once, and stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

import registry
from registry.gitrepo import Committer, Edit, FolderEdit, Person, Repository, finish_advances
from registry.gitrepo.worktree.index_update import FORGOTTEN_SECONDS
from tests.repositories import Repo, make_repo

pytestmark = pytest.mark.service

ROOT = Path(registry.__file__).parents[1]

# One process of a service: threads that each own a tool, and all of which also write one tool that they share.
WRITERS = """
import json, sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from registry.errors import Stale, Unavailable
from registry.gitrepo import Committer, Edit, FolderEdit, Person, Repository, read_snapshot
path, process, threads, edits = Path(sys.argv[1]), *map(int, sys.argv[2:])
repository = Repository.open(path, branch="main")
committer = Committer(repository)

def edit(name, base, content, label):
    files = {"tool.yaml": b"name: x\\n", "main.py": content.encode()}
    while True:
        try:
            return committer.commit(Edit((FolderEdit(name, base, files),), label, Person("W", "w@example.org")))
        except Unavailable:
            continue  # not committed: this machine is slow

def write(number):
    own, acknowledged, base = f"tool_{process}_{number}", [], None
    for count in range(edits):
        label = f"{own} {count}"
        done = edit(own, base, label, label)
        base = done.digests[own]
        acknowledged.append((label, done.revision))
    if number % 3:
        return acknowledged
    listed = read_snapshot(repository, repository.tip())["shared"]
    try:
        done = edit("shared", listed.digest, own, f"shared by {own}")
        acknowledged.append((f"shared by {own}", done.revision))
    except Stale as stale:
        assert stale.digest != listed.digest
    return acknowledged

with ThreadPoolExecutor(threads) as pool:
    print(json.dumps([one for found in pool.map(write, range(threads)) for one in found]))
"""


def start(path: Path, process: int, threads: int, edits: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITERS, str(path), str(process), str(threads), str(edits)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def acknowledged(processes: list[subprocess.Popen[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for process in processes:
        printed, complained = process.communicate(timeout=600)
        assert process.returncode == 0, complained
        found |= dict(json.loads(printed))
    return found


def assert_all_in_history_once(repo: Repo, promised: dict[str, str], others: set[str]) -> None:
    commits = [line.split(" ", 1) for line in repo.git("log", "--format=%H %s", "main").splitlines()]
    by_message = {subject: revision for revision, subject in commits}
    assert max(Counter(subject for _, subject in commits).values()) == 1
    assert promised.items() <= by_message.items()
    assert by_message.keys() - promised.keys() - {"a change"} == others
    last = {label.split(" ")[0]: label for label in promised if label.startswith("tool_")}
    for own, label in last.items():
        assert repo.git("show", f"main:tools/{own}/main.py") == label, "nobody took an acknowledged edit back"
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def test_fifty_writers_in_four_processes_beside_plain_commits_in_the_checkout(repo: Repo) -> None:
    repo.tool("shared")
    repo.tool("kept", files={"unstaged.txt": "old"})
    repo.commit()
    repo.write("tools/kept/unstaged.txt", "unstaged")
    repo.write("tools/kept/untracked.txt", "untracked")
    processes = [start(repo.path, number, threads, 1) for number, threads in enumerate((13, 13, 12, 12))]
    made: set[str] = set()
    refused = 0
    while any(process.poll() is None for process in processes) or not made:
        repo.write(f"tools/user_{len(made)}/main.py", "x")
        repo.git("add", f"tools/user_{len(made)}", check=False)
        message = f"user {len(made)}"
        tip = repo.git("rev-parse", "HEAD")
        repo.git("commit", "-q", "-m", message, check=False)
        if message in repo.git("log", "--format=%s", f"{tip}..HEAD").splitlines():
            made.add(message)
        else:
            refused += 1  # the lock was ours, or the branch moved: the user tries again
        with suppress(subprocess.TimeoutExpired):
            processes[0].wait(0.2)
    promised = acknowledged(processes)
    assert len(promised) > 50
    assert finish_advances(Repository.open(repo.path))
    # A user's commit that was refused may be staged still.
    repo.git("commit", "-q", "-m", "the rest", check=False)
    made |= {"the rest"} & set(repo.git("log", "-1", "--format=%s").splitlines())
    assert_all_in_history_once(repo, promised, made)
    status = repo.git("status", "--porcelain", "--untracked-files=all")
    assert status == "M tools/kept/unstaged.txt\n?? tools/kept/untracked.txt"
    assert (repo.path / "tools/kept/unstaged.txt").read_text() == "unstaged"


def test_writers_beside_pushes_from_a_clone(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "bare.git", "--bare")
    clone = make_repo(tmp_path / "clone")
    clone.tool("shared")
    clone.commit()
    clone.git("remote", "add", "origin", str(repo.path))
    clone.git("push", "-q", "origin", "main")
    processes = [start(repo.path, number, 5, 2) for number in range(4)]
    made: set[str] = set()
    while any(process.poll() is None for process in processes):
        message = f"pushed {len(made)}"
        clone.write(f"tools/pushed_{len(made)}/main.py", "x")
        clone.commit(message)
        while True:
            clone.git("push", "-q", "origin", "main", check=False)
            if clone.git("rev-parse", "HEAD") == clone.git("rev-parse", "origin/main"):
                break
            clone.git("pull", "-q", "--rebase", "origin", "main")
        made.add(message)
        with suppress(subprocess.TimeoutExpired):
            processes[0].wait(0.2)
    promised = acknowledged(processes)
    assert len(made) > 1
    assert_all_in_history_once(repo, promised, made)


def test_a_working_tree_follows_as_soon_as_a_forgotten_lock_is_gone(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    lock = repo.write(".git/index.lock", "")
    os.utime(lock, (time.time() - FORGOTTEN_SECONDS,) * 2)
    committer = Committer(Repository.open(repo.path))
    base = repo.git("rev-parse", "HEAD:tools/first")
    edit = Edit((FolderEdit("first", base, {"main.py": b"# new\n"}),), "edit", Person("Ada", "a@x"))
    committer.commit(edit)
    lock.unlink()
    followed = threading.Event()
    for _ in range(200):
        if not list((repo.path / ".git/toolcrib/advance").iterdir()):
            followed.set()
            break
        followed.wait(0.05)
    assert followed.is_set()
    assert repo.git("status", "--porcelain") == ""
    assert (repo.path / "tools/first/main.py").read_text() == "# new\n"
    committer.close()
