"""A commit that is killed, or runs out of room, at any step leaves the branch old or new, and the next start does the
rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import registry
from registry.current_catalog import CatalogState
from registry.gitrepo import Person, Repository, finish_advances
from registry.gitrepo.worktree.advance_journal import write_journal_entry
from registry.gitrepo.worktree.checkouts import Checkout
from tests.repositories import Repo

ROOT = Path(registry.__file__).parents[1]
ADA = Person("Ada", "ada@example.org")

# Dies before or after one step of a commit, as after SIGKILL: nothing is cleaned up, no handler runs.
KILLED = """
import importlib, os, sys
from pathlib import Path
from registry.gitrepo import Edit, FolderEdit, Person, Repository, commit_edit
path, base, module, step, when, skip = sys.argv[1:]
holder = importlib.import_module(module)
*above, name = step.split(".")
for part in above:
    holder = getattr(holder, part)
real = getattr(holder, name)
calls = [int(skip)]
def dying(*arguments, **named):
    calls[0] -= 1
    if calls[0] == -1 and when == "before":
        os._exit(9)
    result = real(*arguments, **named)
    if calls[0] == -1:
        os._exit(9)
    return result
setattr(holder, name, dying)
files = {"tool.yaml": b"name: first\\n", "main.py": b"# new\\n", "added.txt": b"added"}
edit = Edit((FolderEdit("first", base, files),), "an edit", Person("Ada", "ada@example.org"))
commit_edit(Repository.open(Path(path)), edit)
"""

STEPS = [
    ("registry.gitrepo.store.git_objects", "NewObjects.write", 0),
    ("registry.gitrepo.worktree.advance_journal", "write_journal_entry", 0),
    ("registry.gitrepo.worktree.index_update", "IndexUpdate.prepare", 0),
    ("registry.gitrepo.worktree.index_update", "os.link", 0),
    ("registry.gitrepo.worktree.index_update", "os.link", 1),
    ("registry.gitrepo.worktree.index_update", "_apply", 0),
    ("registry.gitrepo.commit.edit_commit", "_update_ref", 0),
    ("registry.gitrepo.worktree.index_update", "IndexUpdate.install", 0),
    ("registry.gitrepo.worktree.index_update", "Path.replace", 1),
    ("registry.gitrepo.worktree.tree_advance", "Advance.finish", 0),
    ("registry.gitrepo.worktree.index_update", "IndexUpdate.release", 0),
    ("registry.gitrepo.worktree.file_placement", "_replace", 0),
    ("registry.gitrepo.worktree.file_placement", "_replace", 1),
    ("registry.gitrepo.worktree.file_placement", "os.rename", 0),
    ("registry.gitrepo.worktree.tree_advance", "place_file", 1),
    ("registry.gitrepo.worktree.tree_advance", "remove_empty_folders", 0),
]


@pytest.fixture
def tmp_path(on_disk: Path) -> Path:
    """What is killed here wrote to a disk, as a service does."""
    return on_disk


def run(script: str, *arguments: str | Path, before: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*(before or []), sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("module", "step", "skip"), STEPS)
def test_a_killed_commit_leaves_old_or_new_and_the_next_start_repairs(
    repo: Repo, module: str, step: str, skip: int, when: str
) -> None:
    repo.tool("first", files={"removed/x.txt": "x", "mine.txt": "x"})
    repo.tool("other")
    old = repo.commit()
    repo.write("tools/other/main.py", "# staged\n")
    repo.git("add", "-A")
    repo.write("tools/other/main.py", "# unstaged\n")
    base = repo.git("rev-parse", "HEAD:tools/first")
    done = run(KILLED, repo.path, base, module, step, when, str(skip))
    assert done.returncode == 9, done.stderr
    new = repo.git("rev-parse", "HEAD")
    assert new == old or repo.git("rev-parse", "HEAD^") == old
    state = CatalogState(Repository.open(repo.path), show_uncommitted=True, max_memory_mb=1024)
    tool = state.current().tools["first"]
    assert (tool.uncommitted, state.last_error) == (False, None)
    assert tool.digest == repo.git("rev-parse", "HEAD:tools/first")
    assert repo.git("status", "--porcelain") == "MM tools/other/main.py"
    assert repo.git("fsck", "--strict", "--no-dangling") == ""
    left = {str(path.relative_to(repo.path)) for path in (repo.path / ".git").rglob("*") if path.is_file()}
    ours = {".git/toolcrib/commit.lock", ".git/toolcrib/next.lock"}
    assert {path for path in left if "toolcrib" in path or path.endswith(".lock")} <= ours
    assert (repo.path / "tools/first/added.txt").exists() == (new != old)
    assert (repo.path / "tools/first/removed").exists() == (new == old)
    repo.git("commit", "-q", "-m", "a user goes on")
    assert repo.git("show", "HEAD:tools/other/main.py") == "# staged"
    assert repo.git("diff", "--name-only", new, "HEAD") == "tools/other/main.py"


@pytest.mark.parametrize(("module", "step", "skip"), [STEPS[3], STEPS[6], STEPS[7], STEPS[9], STEPS[11]])
def test_what_the_user_does_between_the_kill_and_the_next_start_stays(
    repo: Repo, module: str, step: str, skip: int
) -> None:
    repo.tool("first", files={"removed/x.txt": "x", "mine.txt": "x"})
    old = repo.commit()
    done = run(KILLED, repo.path, repo.git("rev-parse", "HEAD:tools/first"), module, step, "after", str(skip))
    assert done.returncode == 9, done.stderr
    repo.write("tools/first/mine.txt", "user's")
    repo.write("tools/first/main.py", "# user's\n")
    repo.write("tools/first/untracked.txt", "user's")
    finish_advances(Repository.open(repo.path))
    for path in ("mine.txt", "untracked.txt"):
        assert (repo.path / "tools/first" / path).read_text() == "user's"
    assert (repo.path / "tools/first/main.py").read_text() == "# user's\n"
    shown = set(repo.git("status", "--porcelain").splitlines())
    if repo.git("rev-parse", "HEAD") == old:
        assert shown == {"M tools/first/main.py", " M tools/first/mine.txt", "?? tools/first/untracked.txt"}
    else:
        # The edit removed mine.txt, which is the user's now, so it is left as a file of no commit.
        assert shown == {"M tools/first/main.py", "?? tools/first/mine.txt", "?? tools/first/untracked.txt"}


def test_a_branch_lock_of_our_own_killed_command_is_removed_and_no_other(repo: Repo) -> None:
    repo.tool("first")
    tip = repo.commit()
    repository = Repository.open(repo.path)
    lock, head = repo.path / ".git/refs/heads/main.lock", repo.path / ".git/HEAD.lock"
    for ours in (True, False):
        revision = "1" * 40
        write_journal_entry(
            repository, Checkout(repo.path / ".git", repo.path), "refs/heads/main", revision, {"first": None}
        )
        head.touch()
        lock.write_text(f"{revision if ours else tip}\n")
        assert finish_advances(repository)
        assert (lock.exists(), head.exists()) == (not ours, not ours)


def test_until_a_working_tree_follows_it_is_not_taken_for_a_users_work(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    done = run(KILLED, repo.path, repo.git("rev-parse", "HEAD:tools/first"), "registry.gitrepo.worktree.tree_advance",
               "Advance.finish", "before", "0")  # fmt: skip
    assert done.returncode == 9
    # Our lock of the index is still there: what was killed is repaired, but by nobody who only looks.
    repository = Repository.open(repo.path)
    state = CatalogState(repository, show_uncommitted=True, max_memory_mb=1024)
    from registry.gitrepo.store.writers_lock import hold_writers_lock

    with hold_writers_lock(repository, 0):
        tool = state.refresh().tools["first"]
        assert (tool.uncommitted, tool.digest) == (False, repo.git("rev-parse", "HEAD:tools/first"))
        repo.write("tools/first/main.py", "# user's\n")
        assert state.refresh().tools["first"].uncommitted
    state.refresh()
    assert repo.git("status", "--porcelain") == "M tools/first/main.py"


# In a file system of its own with a given number of free pages: whatever step finds no room, nothing is half done.
FULL = """
import os, subprocess, sys
from pathlib import Path
from registry.errors import GitFailed
from registry.gitrepo import Edit, FolderEdit, Person, Repository, commit_edit, finish_advances

source, where = map(Path, sys.argv[1:])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", where], check=True)

def attempt(repo, pages):
    def git(*arguments):
        done = subprocess.run(["git", "-C", repo, *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    subprocess.run(["cp", "-a", source, repo], check=True)
    old, base = git("rev-parse", "HEAD"), git("rev-parse", "HEAD:tools/first")
    with open(where / "filler", "wb") as filler:
        room = os.statvfs(where)
        filler.write(b"x" * (room.f_bavail - pages) * room.f_frsize)
    files = {"tool.yaml": b"name: first\\n", "main.py": os.urandom(9000), "added.txt": b"added"}
    edit = Edit((FolderEdit("first", base, files),), "an edit", Person("Ada", "ada@example.org"))
    try:
        done = commit_edit(Repository.open(repo), edit)
        print("END committed", done.advanced)
        assert git("rev-parse", "HEAD") == done.revision
    except GitFailed as error:
        print("END refused", error)
        assert git("rev-parse", "HEAD") == old
    os.unlink(where / "filler")
    assert finish_advances(Repository.open(repo))
    assert git("status", "--porcelain") == "", git("status", "--porcelain")
    git("fsck", "--strict")
    left = {path.name for path in (repo / ".git").rglob("*") if "lock" in path.name}
    assert left == {"commit.lock", "next.lock"}, left
    if git("rev-parse", "HEAD") == old:
        commit_edit(Repository.open(repo), edit)
        assert git("status", "--porcelain") == ""

for pages in range(0, 20):
    attempt(where / f"repo-{pages}", pages)
    subprocess.run(["rm", "-r", where / f"repo-{pages}"], check=True)
"""


def test_no_room_at_any_step_leaves_old_or_new(repo: Repo, tmp_path: Path) -> None:
    repo.tool("first")
    repo.commit()
    where = tmp_path / "full"
    where.mkdir()
    alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    done = run(FULL, repo.path, where, before=alone)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    ends = [line.removeprefix("END ") for line in done.stdout.splitlines() if line.startswith("END ")]
    assert ends[0].startswith("refused")
    assert "committed False" in ends, "there was room for the commit, and none for the working tree"
    assert ends[-1] == "committed True"
