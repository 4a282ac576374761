"""History tells who changed what when, gives back every version's bytes, and shows what differs."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registry.errors import NotFound
from registry.gitrepo import (
    Edit,
    FileChange,
    FolderEdit,
    Person,
    Repository,
    commit_edit,
    compare_contents,
    find_last_changes,
    format_unified,
    read_history,
    read_version,
    read_versions,
)
from tests.properties import examples
from tests.repositories import MAIN, Repo

BOB = Person("Bob Ünal", "bob@example.org")


def opened(repo: Repo) -> tuple[Repository, str]:
    return Repository.open(repo.path), repo.git("rev-parse", "HEAD")


def test_versions_tell_author_time_message_and_changed_files_newest_first(repo: Repo) -> None:
    repo.tool("first", files={"old.txt": "x"})
    repo.commit("The first\n\nwith a body")
    repo.tool("second")
    repo.commit()
    repo.git("mv", "tools/first/old.txt", "tools/first/new.txt")
    repo.write("tools/first/main.py", MAIN + "# more\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "more", "--date=2001-02-03T04:05:06+0530", "--author=Bob Ünal <bob@example.org>")
    repository, tip = opened(repo)
    two, one = read_versions(repository, read_history(repository, tip), "first")
    assert (two.number, two.commit.revision, two.digest) == (2, tip, repo.git("rev-parse", "HEAD:tools/first"))
    assert (two.commit.author, two.commit.message) == (BOB, "more")
    assert two.commit.authored_at.isoformat() == "2001-02-03T04:05:06+05:30"
    assert two.changes == (
        FileChange("main.py", "changed"),
        FileChange("new.txt", "added"),
        FileChange("old.txt", "removed"),
    )
    assert (one.number, one.commit.message) == (1, "The first\n\nwith a body")
    assert [change.path for change in one.changes] == ["main.py", "old.txt", "tool.yaml"]
    assert read_versions(repository, read_history(repository, tip), "first", skip=1) == (one,)
    assert read_versions(repository, read_history(repository, tip), "first", skip=2) == ()
    with pytest.raises(NotFound, match="nothing"):
        read_versions(repository, read_history(repository, tip), "nothing")


def test_every_version_gives_back_its_bytes_and_a_removed_one_none(repo: Repo) -> None:
    repo.tool("first", main="# 1\r\n", files={"deep/data.bin": "\0\x01"})
    (repo.path / "tools/first/main.py").chmod(0o755)
    repo.commit()
    repo.git("rm", "-q", "-r", "tools/first")
    repo.commit()
    repo.tool("first", main="# 3\n")
    repo.commit()
    repository, tip = opened(repo)
    history = read_history(repository, tip)
    one = read_version(repository, history, "first", 1)
    assert one.contents["main.py"] == b"# 1\r\n"
    assert one.contents["deep/data.bin"] == b"\0\x01"
    assert one.executable == {"main.py"}
    two = read_version(repository, history, "first", 2)
    assert (two.digest, two.files, two.contents) == (None, (), {})
    assert [version.digest for version in read_versions(repository, history, "first")][1] is None
    for number in (0, 4, -1, 10**9):
        with pytest.raises(NotFound, match="has 1 to 3"):
            read_version(repository, history, "first", number)
    base = repo.git("rev-parse", "HEAD:tools/first")
    restored = FolderEdit("first", base, one.contents, executable=one.executable)
    commit_edit(repository, Edit((restored,), "Restore version 1", BOB))
    assert repo.git("rev-parse", "HEAD:tools/first") == one.digest
    assert repo.git("status", "--porcelain") == ""
    history = read_history(repository, repo.git("rev-parse", "HEAD"), history)
    assert read_versions(repository, history, "first", at_most=1)[0].number == 4


def test_who_last_touched_each_file(repo: Repo) -> None:
    repo.tool("first", files={"data.txt": "1"})
    repo.commit("made")
    for number in range(3):
        repo.write("tools/first/main.py", f"# {number}\n")
        repo.commit(f"main {number}")
    repo.write("tools/first/data.txt", "2")
    repo.commit("data")
    repository, tip = opened(repo)
    touched = find_last_changes(repository, read_history(repository, tip), "first")
    assert {path: (version.number, version.commit.message) for path, version in touched.items()} == {
        "data.txt": (5, "data"), "main.py": (4, "main 2"), "tool.yaml": (1, "made"),
    }  # fmt: skip


def test_merges_odd_encodings_and_odd_times_are_told_all_the_same(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("tools/first/new.txt", "x")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merged", "topic")
    tree = repo.git("rev-parse", "HEAD^{tree}")
    repo.git("rm", "-q", "tools/first/new.txt")
    changed = repo.git("write-tree")
    for now, parent, form in ((changed, "HEAD", b"L\xe9a <l@x> 99999999999999999 +9999"), (tree, "", b"nobody")):
        parents = b"parent " + repo.git("rev-parse", parent).encode() + b"\n" if parent else b""
        raw = b"tree %s\n%sauthor %s\ncommitter %s\nencoding latin-1\n\ncaf\xe9\n" % (
            now.encode(), parents, form, form,
        )  # fmt: skip
        made = subprocess.run(
            ["git", "-C", repo.path, "hash-object", "-w", "-t", "commit", "--literally", "--stdin"],
            input=raw, capture_output=True, check=True,
        ).stdout.decode().strip()  # fmt: skip
        if parent:
            repo.git("reset", "-q", "--hard", made)
        repository = Repository.open(repo.path)
        version = read_versions(repository, read_history(repository, made), "first")[0]
        assert version.commit.message == "café"
    repository, tip = opened(repo)
    newest, merge, _ = read_versions(repository, read_history(repository, tip), "first")
    assert newest.commit.author == Person("Léa", "l@x")
    assert merge.changes == (FileChange("new.txt", "added"),), "against the first parent"


def test_a_shallow_clones_first_version_has_every_file(repo: Repo, tmp_path: Path) -> None:
    for number in range(3):
        repo.tool("first", main=f"# {number}\n")
        repo.commit(str(number))
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "-q", "--depth=2", f"file://{repo.path}", str(clone.path))
    repository, tip = opened(clone)
    two, one = read_versions(repository, read_history(repository, tip), "first")
    assert [len(version.changes) for version in (two, one)] == [1, 2]


def test_a_difference_is_told_as_text_and_as_lines() -> None:
    old = {"a.txt": b"1\n2\n3\n", "gone": b"x", "same": b"s", "bin": b"\0"}
    new = {"a.txt": b"1\n2 two\n3", "new\nname": b"", "same": b"s", "bin": b"\0\0"}
    a, binary, gone, made = compare_contents(old, new)
    assert (a.path, a.status, a.binary) == ("a.txt", "changed", False)
    assert a.unified == (
        "--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n 1\n-2\n-3\n+2 two\n+3\n\\ No newline at end of file\n"
    )
    assert [(line.kind, line.text, line.old, line.new, line.ends) for line in a.hunks[0].lines] == [
        (" ", "1", 1, 1, True), ("-", "2", 2, None, True), ("-", "3", 3, None, True),
        ("+", "2 two", None, 2, True), ("+", "3", None, 3, False),
    ]  # fmt: skip
    assert (binary.path, binary.binary, binary.hunks) == ("bin", True, ())
    assert (gone.status, gone.hunks[0].lines[0].kind) == ("removed", "-")
    assert (made.path, made.status, made.hunks) == ("new\nname", "added", ())
    assert "\n\n" not in format_unified((a, binary, gone, made)), "a file's name cannot add a line"
    assert compare_contents(old, old) == ()


def test_a_hostile_pair_of_files_is_compared_in_time() -> None:
    old = {"main.py": b"".join(b"%d\n" % (number * 7 % 1000) for number in range(150_000))}
    new = {"main.py": b"".join(b"%d\n" % (number * 11 % 1000) for number in range(150_000))}
    assert len(compare_contents(old, new)) == 1


_texts = st.lists(
    st.sampled_from(["a\n", "b\n", "@@ -1 +1 @@\n", "diff --git a/0 b/0\n", "--- a\n", "\r\n", "\n", "é"]), max_size=9
)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(old=_texts, new=_texts)
@example(old=[], new=["a\n"])
def test_a_difference_applied_to_the_old_gives_the_new(old: list[str], new: list[str]) -> None:
    before, after = "".join(old).encode(), "".join(new).encode()
    found = compare_contents({"x": before}, {"x": after})
    if before == after:
        assert found == ()
        return
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x").write_bytes(before)
        (Path(folder) / "patch").write_bytes(found[0].unified.encode())
        subprocess.run(
            ["git", "apply", "--unidiff-zero", "--whitespace=nowarn", "patch"], cwd=folder, check=True,
            env={"GIT_CEILING_DIRECTORIES": "/", "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert (Path(folder) / "x").read_bytes() == after
    lines = before.decode().split("\n")
    for hunk in found[0].hunks:
        for line in hunk.lines:
            if line.old is not None:
                assert lines[line.old - 1] == line.text
