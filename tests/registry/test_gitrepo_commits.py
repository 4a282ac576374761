"""An edit is one commit of exactly its folders, made for the tip that it was made from, or none at all."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from registry.errors import CannotEdit, GitFailed, InputRefused, Stale, Unavailable
from registry.gitrepo import Committed, Edit, FolderEdit, Person, Repository, Unchanged, commit_edit, finish_advances
from registry.gitrepo.commit import edit_commit
from registry.gitrepo.worktree.index_update import ACTIVE_SECONDS, FORGOTTEN_SECONDS
from tests.repositories import MAIN, Repo, make_repo, manifest

ADA = Person("Ada Lovelace", "ada@example.org")


def files(name: str, main: str = MAIN, **more: str) -> dict[str, bytes]:
    """A sound tool's files."""
    texts = {"tool.yaml": manifest(name), "main.py": main, **more}
    return {path: text.encode() for path, text in texts.items()}


def digest(repo: Repo, name: str, revision: str = "HEAD", tools: str = "tools") -> str | None:
    return repo.git("rev-parse", "--verify", "-q", f"{revision}:{tools}/{name}", check=False) or None


def write(repo: Repo, name: str, content: dict[str, bytes] | None, message: str = "an edit") -> Committed | Unchanged:
    """Commit a folder as it is to be, made from what is there now."""
    folder = FolderEdit(name, digest(repo, name), content)
    return commit_edit(Repository.open(repo.path), Edit((folder,), message, ADA))


def test_a_new_tool_is_one_commit_of_its_folder_alone_and_is_in_the_working_tree(repo: Repo) -> None:
    repo.tool("first")
    before = repo.commit()
    edit = Edit((FolderEdit("second", None, files("second")),), "Add second", ADA, (("Request-Id", "abc-1"),))
    done = commit_edit(Repository.open(repo.path), edit)
    assert isinstance(done, Committed)
    assert done.advanced
    assert (done.parent, done.revision) == (before, repo.git("rev-parse", "HEAD"))
    assert done.digests == {"second": digest(repo, "second")}
    assert repo.git("show", "-s", "--format=%an <%ae>|%cn <%ce>|%B") == (
        "Ada Lovelace <ada@example.org>|Toolcrib <toolcrib@localhost>|Add second\n\nRequest-Id: abc-1"
    )
    assert repo.git("show", "-s", "--format=%(trailers:key=Request-Id,valueonly)").strip() == "abc-1"
    assert repo.git("diff", "--name-status", before, "HEAD") == "A\ttools/second/main.py\nA\ttools/second/tool.yaml"
    assert repo.git("status", "--porcelain") == ""
    assert (repo.path / "tools/second/main.py").read_text() == MAIN
    assert repo.git("fsck", "--strict") == ""
    assert repo.git("reflog", "-1", "--format=%gs") == "edit: Add second"


def test_replace_remove_and_rename_leave_status_clean_and_keep_modes_and_bytes(repo: Repo) -> None:
    repo.tool("first", files={"deep/er/data.txt": "1\r\n2\r\n", "run.sh": "#!/bin/sh\n"})
    (repo.path / "tools/first/run.sh").chmod(0o755)
    repo.commit()
    changed = files("first") | {"run.sh": b"#!/bin/sh\nexit\n", "deep/er/data.txt": b"1\r\n2\r\n\xff", "new/x": b""}
    write(repo, "first", changed)
    assert repo.git("status", "--porcelain") == ""
    listed = repo.git("ls-tree", "-r", "HEAD", "tools/first/").splitlines()
    assert [line.split()[0] for line in listed if line.endswith("run.sh")] == ["100755"]
    assert (repo.path / "tools/first/deep/er/data.txt").read_bytes() == b"1\r\n2\r\n\xff"
    assert os.access(repo.path / "tools/first/run.sh", os.X_OK)
    moved = Edit(
        (
            FolderEdit("first", digest(repo, "first"), None),
            FolderEdit("other", None, files("other") | {"run.sh": b"x"}, executable=frozenset({"run.sh"})),
        ),
        "Rename",
        ADA,
    )
    commit_edit(Repository.open(repo.path), moved)
    assert repo.git("status", "--porcelain") == ""
    assert sorted(path.name for path in (repo.path / "tools").iterdir()) == ["other"]
    assert int(repo.git("rev-list", "--count", "HEAD")) == 3
    write(repo, "other", None)
    assert repo.git("ls-tree", "HEAD") == ""
    assert repo.git("status", "--porcelain") == ""
    assert repo.git("fsck", "--strict") == ""


def test_a_file_becomes_a_folder_and_back(repo: Repo) -> None:
    repo.tool("first", files={"data": "a file"})
    repo.commit()
    write(repo, "first", files("first") | {"data/one": b"1", "data/two": b"2"})
    assert repo.git("status", "--porcelain") == ""
    assert (repo.path / "tools/first/data/one").read_bytes() == b"1"
    write(repo, "first", files("first") | {"data": b"a file"})
    assert repo.git("status", "--porcelain") == ""
    assert (repo.path / "tools/first/data").read_bytes() == b"a file"


def test_an_edit_that_changes_nothing_is_no_commit(repo: Repo) -> None:
    repo.tool("first")
    tip = repo.commit()
    done = write(repo, "first", files("first"))
    assert done == Unchanged(tip, {"first": digest(repo, "first")})
    assert repo.git("rev-parse", "HEAD") == tip


def test_a_stale_edit_is_told_what_is_there_now(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    old = digest(repo, "first")
    write(repo, "first", files("first", MAIN + "# one\n"))
    with pytest.raises(Stale, match="changed by somebody else") as caught:
        commit_edit(Repository.open(repo.path), Edit((FolderEdit("first", old, files("first")),), "late", ADA))
    assert caught.value.digest == digest(repo, "first")
    assert caught.value.files == files("first", MAIN + "# one\n")
    assert caught.value.revision == repo.git("rev-parse", "HEAD")
    with pytest.raises(Stale, match="already"):
        commit_edit(Repository.open(repo.path), Edit((FolderEdit("first", None, files("first")),), "again", ADA))
    with pytest.raises(Stale, match="any more") as caught:
        commit_edit(Repository.open(repo.path), Edit((FolderEdit("gone", old, files("gone")),), "gone", ADA))
    assert (caught.value.digest, caught.value.files) == (None, {})


def test_every_fault_of_an_edit_is_told_at_once(repo: Repo) -> None:
    bad = {
        "../up": b"", "/root": b"", "a//b": b"", ".git/config": b"", "x/.GIT": b"", "git~1": b"", ".g\u200cit": b"",
        "-option": b"", "new\nline": b"", "a": b"", "a/b": b"", "n" * 256: b"", "back\\slash": b"", "\udcff": b"",
    }  # fmt: skip
    edit = Edit(
        (FolderEdit("../evil", None, bad),),
        "\0",
        Person("a\nb <x>", "a b"),
        (("Bad key", "x"), ("Request-Id", "a\nb")),
    )
    with pytest.raises(InputRefused) as caught:
        commit_edit(Repository.open(repo.path), edit)
    faults = caught.value.faults
    assert len([fault for fault in faults if fault.code == "file-name"]) == len(bad) - 2
    assert {fault.code for fault in faults} == {
        "folder-name", "file-name", "file-and-folder", "message", "author-name", "author-email", "trailer",
    }  # fmt: skip
    assert repo.git("count-objects") == "0 objects, 0 kilobytes"


def test_staged_and_unstaged_work_in_the_same_folder_stays_byte_for_byte(repo: Repo) -> None:
    repo.tool("first", files={"staged.txt": "old", "unstaged.txt": "old", "clean.txt": "old", "both.txt": "old"})
    repo.tool("other")
    repo.commit()
    repo.write("tools/first/staged.txt", "staged")
    repo.write("tools/first/both.txt", "staged")
    repo.write("tools/other/main.py", "staged elsewhere")
    repo.git("add", "-A")
    repo.write("tools/first/both.txt", "and unstaged")
    repo.write("tools/first/unstaged.txt", "unstaged")
    repo.write("tools/first/untracked.txt", "untracked")
    repo.write("tools/other/tool.yaml", "unstaged elsewhere")
    staged = {path: repo.git("rev-parse", f":{path}") for path in repo.git("ls-files").splitlines()}
    before = {path: path.read_bytes() for path in (repo.path / "tools").rglob("*") if path.is_file()}
    new = dict.fromkeys(("staged.txt", "unstaged.txt", "clean.txt", "both.txt", "untracked.txt"), b"new")
    done = write(repo, "first", files("first") | new)
    assert isinstance(done, Committed)
    assert done.advanced
    clean = repo.path / "tools/first/clean.txt"
    assert clean.read_text() == "new"
    assert {path: path.read_bytes() for path in before if path != clean} == {
        path: content for path, content in before.items() if path != clean
    }
    for path in ("tools/first/staged.txt", "tools/first/both.txt", "tools/other/main.py", "tools/other/tool.yaml"):
        assert repo.git("rev-parse", f":{path}") == staged[path]
    # Nothing but what the user did: staged, unstaged, both, and the file that was untracked and now differs.
    assert repo.git("status", "--porcelain").splitlines() == [
        "MM tools/first/both.txt", "M  tools/first/staged.txt", " M tools/first/unstaged.txt",
        " M tools/first/untracked.txt", "M  tools/other/main.py", " M tools/other/tool.yaml",
    ]  # fmt: skip


def test_a_folder_that_the_user_deleted_or_linked_elsewhere_is_left_alone(repo: Repo, tmp_path: Path) -> None:
    for name in ("gone", "linked", "inner"):
        repo.tool(name, files={"data/x.txt": "x"})
    repo.commit()
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("gone", "linked"):
        subprocess.run(["rm", "-r", repo.path / "tools" / name], check=True)
    (repo.path / "tools/linked").symlink_to(outside)
    subprocess.run(["rm", "-r", repo.path / "tools/inner/data"], check=True)
    (repo.path / "tools/inner/data").symlink_to(outside)
    for name in ("gone", "linked", "inner"):
        write(repo, name, files(name) | {"data/x.txt": b"changed", "data/new.txt": b"new", "new.txt": b"new"})
    assert list(outside.iterdir()) == []
    assert not (repo.path / "tools/gone").exists()
    assert (repo.path / "tools/inner/new.txt").read_bytes() == b"new"
    assert repo.git("diff", "--cached", "--name-only") == ""


def test_only_the_service_writes_on_an_unborn_branch_and_the_first_commit_is_a_root(repo: Repo) -> None:
    done = write(repo, "first", files("first"))
    assert isinstance(done, Committed)
    assert done.parent is None
    assert repo.git("rev-list", "--count", "main") == "1"
    assert repo.git("status", "--porcelain") == ""


def test_a_detached_head_is_refused_with_what_to_do(repo: Repo) -> None:
    repo.tool("first")
    repo.git("checkout", "-q", "--detach", repo.commit())
    with pytest.raises(CannotEdit, match=r"check out a branch, or name .* TOOLCRIB_BRANCH"):
        write(repo, "first", files("first", "changed"))
    edit = Edit((FolderEdit("first", digest(repo, "first"), files("first", "changed")),), "named", ADA)
    commit_edit(Repository.open(repo.path, branch="main"), edit)
    assert repo.git("show", "main:tools/first/main.py") == "changed"
    assert repo.git("status", "--porcelain") == "", "the checkout is not on the branch, so it does not follow"


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_bare_repository_and_nested_tools_in_both_formats(tmp_path: Path, object_format: str) -> None:
    path = tmp_path / "bare.git"
    repo = make_repo(path, "--bare", f"--object-format={object_format}")
    repository = Repository.open(path, tools_dir="some/where/tools")
    for number in range(3):
        base = digest(repo, "first", "main", "some/where/tools")
        edit = Edit((FolderEdit("first", base, files("first", f"# {number}\n")),), f"edit {number}", ADA)
        assert isinstance(commit_edit(repository, edit), Committed)
        repo.git("pack-refs", "--all", "--prune")
        repo.git("gc", "-q")
    assert repo.git("show", "main:some/where/tools/first/main.py") == "# 2"
    assert repo.git("fsck", "--strict") == ""


def test_every_working_tree_on_the_branch_follows(repo: Repo, tmp_path: Path) -> None:
    repo.tool("first")
    repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    beside = Repo(tmp_path / "beside")
    repo.git("worktree", "add", "-q", str(beside.path), "main")
    edit = Edit((FolderEdit("first", digest(repo, "first"), files("first", "# changed\n")),), "edit", ADA)
    commit_edit(Repository.open(repo.path, branch="main"), edit)
    assert (beside.path / "tools/first/main.py").read_text() == "# changed\n"
    assert beside.git("status", "--porcelain") == repo.git("status", "--porcelain") == ""
    assert (repo.path / "tools/first/main.py").read_text() == MAIN
    write(beside, "first", files("first", "# again\n"))
    assert beside.git("status", "--porcelain") == ""


def test_a_sparse_checkout_and_a_split_index_stay_as_they_are(repo: Repo) -> None:
    repo.tool("first")
    repo.tool("second")
    repo.commit()
    repo.git("update-index", "--split-index")
    repo.git("sparse-checkout", "set", "tools/second")
    assert not (repo.path / "tools/first").exists()
    write(repo, "first", files("first", "# changed\n") | {"new.txt": b"new"})
    write(repo, "second", files("second", "# changed\n") | {"new.txt": b"new"})
    assert not (repo.path / "tools/first").exists()
    assert (repo.path / "tools/second/new.txt").exists()
    assert repo.git("status", "--porcelain") == ""


def test_a_shallow_clone_takes_edits(repo: Repo, tmp_path: Path) -> None:
    repo.tool("first")
    repo.commit()
    repo.tool("second")
    repo.commit()
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(clone.path))
    write(clone, "first", files("first", "# changed\n"))
    assert clone.git("status", "--porcelain") == ""
    assert clone.git("fsck") == ""


def test_the_index_goes_before_the_branch_and_back_where_that_does_not_move(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Git reads the branch, then the index, and takes the lock after both: a commit of the user's that begins as soon as
    # the branch has moved must find an index that has moved, too.
    repo.tool("first")
    repo.tool("other")
    tip = repo.commit()
    repo.write("tools/other/main.py", "# staged\n")
    repo.git("add", "-A")
    index = repo.path / ".git/index"
    before = index.read_bytes(), index.stat().st_mtime_ns
    real, seen = edit_commit._update_ref, []

    def indexed() -> str:
        return repo.git("ls-files", "-s", "tools/first/main.py").split()[1]

    def moving(*given: Any, **named: Any) -> None:
        seen.append(indexed())
        if len(seen) == 1:
            raise GitFailed("no room")
        real(*given, **named)
        seen.append(indexed())

    monkeypatch.setattr(edit_commit, "_update_ref", moving)
    with pytest.raises(GitFailed, match="no room"):
        write(repo, "first", files("first", "# new\n"))
    assert (repo.git("rev-parse", "HEAD"), (index.read_bytes(), index.stat().st_mtime_ns)) == (tip, before)
    assert list((repo.path / ".git/toolcrib/advance").iterdir()) == []
    assert not (repo.path / ".git/index.lock").exists()
    write(repo, "first", files("first", "# new\n"))
    assert set(seen) == {repo.git("rev-parse", "HEAD:tools/first/main.py")}
    assert repo.git("status", "--porcelain") == "M  tools/other/main.py"
    assert [entry.name for entry in (repo.path / ".git/toolcrib").iterdir() if "index" in entry.name] == []


def test_who_may_be_committing_cannot_take_the_lock_with_an_index_that_was_read_before(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.tool("first")
    repo.commit()
    real, held = time.sleep, []

    def sleeping(seconds: float) -> None:
        if seconds < 50:
            return real(seconds)
        moved = repo.git("ls-tree", "HEAD", "tools/first/main.py").split()[2]
        assert moved == repo.git("ls-files", "-s", "tools/first/main.py").split()[1]
        return held.append((repo.path / ".git/index.lock").exists())

    monkeypatch.setattr("registry.gitrepo.worktree.index_update.HOLD_SECONDS", 60.0)
    monkeypatch.setattr(time, "sleep", sleeping)
    write(repo, "first", files("first", "# changed\n"))
    assert held == [True]
    long_ago = time.time() - ACTIVE_SECONDS
    os.utime(repo.path / ".git/index", (long_ago, long_ago))
    write(repo, "first", files("first", "# again\n"))
    assert held == [True], "where nobody else works nobody waits"


def test_an_index_that_another_program_uses_is_waited_for_and_then_named(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.gitrepo.worktree.following_trees.LOCK_WAIT_SECONDS", 0.1)
    repo.tool("first")
    tip = repo.commit()
    lock = repo.write(".git/index.lock", "")
    with pytest.raises(Unavailable, match=r"index\.lock.*delete that file"):
        write(repo, "first", files("first", "# changed\n"))
    assert (repo.git("rev-parse", "HEAD"), repo.git("status", "--porcelain")) == (tip, "")
    assert list((repo.path / ".git/toolcrib/advance").iterdir()) == []
    assert lock.exists(), "nobody else's lock is removed"
    lock.unlink()
    assert isinstance(write(repo, "first", files("first", "# changed\n")), Committed)
    assert repo.git("status", "--porcelain") == ""


def test_a_forgotten_lock_of_the_index_puts_off_the_working_tree_not_the_commit(repo: Repo) -> None:
    repo.tool("first", files={"mine.txt": "old"})
    repo.commit()
    repo.write("tools/first/mine.txt", "user's")
    lock = repo.write(".git/index.lock", "")
    os.utime(lock, (time.time() - FORGOTTEN_SECONDS,) * 2)
    for number in (1, 2):
        done = write(repo, "first", files("first", f"# {number}\n") | {"mine.txt": b"old"})
        assert isinstance(done, Committed)
        assert not done.advanced
    repository = Repository.open(repo.path)
    assert not finish_advances(repository)
    assert lock.exists(), "nobody else's lock is removed"
    assert (repo.path / "tools/first/main.py").read_text() == MAIN
    lock.unlink()
    assert finish_advances(repository)
    assert (repo.path / "tools/first/main.py").read_text() == "# 2\n"
    assert repo.git("status", "--porcelain") == "M tools/first/mine.txt"
    assert list((repo.path / ".git/toolcrib/advance").iterdir()) == []


def test_another_programs_ref_lock_is_waited_for_and_then_named(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.gitrepo.commit.edit_commit._LOCKED_SECONDS", 0.1)
    repo.tool("first")
    tip = repo.commit()
    lock = repo.write(".git/refs/heads/main.lock", "")
    with pytest.raises(Unavailable, match=r"refs/heads/main\.lock.*delete that file"):
        write(repo, "first", files("first", "# changed\n"))
    assert (repo.git("rev-parse", "HEAD"), repo.git("status", "--porcelain")) == (tip, "")
    lock.unlink()
    assert isinstance(write(repo, "first", files("first", "# changed\n")), Committed)
    assert repo.git("status", "--porcelain") == ""


def test_nothing_that_a_repository_brings_along_runs_for_an_edit(repo: Repo, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    trap = repo.write("trap.sh", f"#!/bin/sh\necho $0 >> {ran}\ncat\n")
    trap.chmod(0o755)
    repo.tool("first")
    repo.write(".gitattributes", "* filter=trap diff=trap\n")
    repo.write("tools/first/.gitattributes", "* filter=trap\n")
    repo.commit()
    hooks = (
        "reference-transaction",
        "post-index-change",
        "pre-commit",
        "post-commit",
        "update",
        "commit-msg",
        "pre-push",
    )
    for hook in (*hooks, "pre-auto-gc", "fsmonitor-watchman"):
        repo.write(f".git/hooks/{hook}", f"#!/bin/sh\necho {hook} >> {ran}\n").chmod(0o755)
    for name, value in {
        "core.fsmonitor": str(trap),
        "core.pager": str(trap),
        "core.editor": str(trap),
        "core.sshCommand": str(trap),
        "diff.external": str(trap),
        "filter.trap.clean": str(trap),
        "filter.trap.smudge": str(trap),
        "filter.trap.process": str(trap),
        "filter.trap.required": "true",
        "commit.gpgSign": "true",
        "gpg.program": str(trap),
        "gc.auto": "1",
        **{f"alias.{command}": f"!{trap}" for command in ("update-ref", "unpack-objects", "update-index", "ls-files")},
    }.items():
        repo.git("config", name, value)
    attributes = {".gitattributes": b"* filter=trap\n"}
    write(repo, "first", files("first", "# changed\n") | attributes)
    write(repo, "second", files("second"))
    write(repo, "first", None)
    assert not ran.exists()
    assert repo.git("ls-tree", "--name-only", "HEAD", "tools/") == "tools/second"
    assert sorted(path.name for path in (repo.path / "tools").iterdir()) == ["second"]
    # The traps are live: ordinary git commands fall into them.
    repo.git("status", check=False)
    repo.git("update-ref", "refs/heads/trapped", "HEAD", check=False)
    assert "reference-transaction" in ran.read_text()
    assert "trap.sh" in ran.read_text()


@pytest.mark.parametrize("name", ["link", "plain", "submodule"])
def test_what_is_no_folder_is_never_written_through(repo: Repo, tmp_path: Path, name: str) -> None:
    repo.tool("first")
    tip = repo.commit()
    (repo.path / "tools/link").symlink_to(tmp_path)
    repo.write("tools/plain", "a file")
    repo.git("add", "-A")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{tip},tools/submodule")
    repo.git("commit", "-q", "-m", "odd")
    with pytest.raises(Stale, match="already"):
        commit_edit(Repository.open(repo.path), Edit((FolderEdit(name, None, files(name)),), "create", ADA))
    write(repo, name, files(name))
    assert repo.git("ls-tree", "--name-only", f"HEAD:tools/{name}") == "main.py\ntool.yaml"
    assert not (tmp_path / "main.py").exists()
    assert repo.git("fsck", "--strict") == ""


def test_a_plain_commit_cannot_take_an_edit_back_before_the_index_follows(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.tool("first")
    repo.commit()
    repo.write("README.md", "staged")
    repo.git("add", "README.md")
    real = edit_commit._update_ref

    def then_a_user_commits(*arguments: Any) -> None:
        real(*arguments)
        repo.git("commit", "-q", "-m", "in between", check=False)

    monkeypatch.setattr(edit_commit, "_update_ref", then_a_user_commits)
    done = write(repo, "first", files("first", "# changed\n"))
    assert isinstance(done, Committed)
    assert repo.git("rev-parse", "HEAD") == done.revision, "the user's commit was refused: the index was locked"
    repo.git("commit", "-q", "-m", "again")
    assert repo.git("show", "HEAD:tools/first/main.py") == "# changed"
    assert repo.git("status", "--porcelain") == ""


def test_somebody_elses_commit_of_another_folder_in_between_is_built_on(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.tool("first")
    repo.commit()
    real = edit_commit._update_ref
    outside: list[str] = []

    def after_a_push(*arguments: Any) -> None:
        if len(outside) < 2:
            tree = repo.git("rev-parse", "HEAD^{tree}")
            outside.append(repo.git("commit-tree", "-p", "HEAD", "-m", f"pushed {len(outside)}", tree))
            repo.git("update-ref", "refs/heads/main", outside[-1])
        real(*arguments)

    monkeypatch.setattr(edit_commit, "_update_ref", after_a_push)
    done = write(repo, "first", files("first", "# changed\n"))
    assert isinstance(done, Committed)
    assert done.parent == outside[1]
    assert int(repo.git("rev-list", "--count", "HEAD")) == 4
    assert repo.git("status", "--porcelain") == ""


def test_what_is_pruned_while_the_branch_moves_is_written_again(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.tool("first")
    old = repo.commit()
    move_branch = edit_commit.move_branch

    def move_and_prune(*given: Any) -> bool:
        """As ``git gc --prune=now`` does that has looked at the branches before this move, and removes afterwards."""
        moved = move_branch(*given)
        for line in repo.git("rev-list", "--objects", "HEAD", f"^{old}").splitlines():
            (repo.path / ".git/objects" / line[:2] / line[2:40]).unlink()
        return moved

    monkeypatch.setattr(edit_commit, "move_branch", move_and_prune)
    assert isinstance(write(repo, "first", files("first", "# new\n")), Committed)
    assert repo.git("fsck", "--strict") == ""
    assert repo.git("show", "HEAD:tools/first/main.py") == "# new"


def test_edits_follow_a_branch_switch_a_force_push_and_packed_refs(repo: Repo) -> None:
    repo.tool("first")
    one = repo.commit()
    write(repo, "first", files("first", "# two\n"))
    repo.git("checkout", "-q", "-b", "topic", one)
    write(repo, "first", files("first", "# topic\n"))
    assert [repo.git("show", f"{name}:tools/first/main.py") for name in ("main", "topic")] == ["# two", "# topic"]
    repo.git("checkout", "-q", "main")
    repo.git("reset", "-q", "--hard", one)
    repo.git("pack-refs", "--all", "--prune")
    done = write(repo, "first", files("first", "# forced\n"))
    assert isinstance(done, Committed)
    assert done.parent == one
    assert repo.git("status", "--porcelain") == ""
