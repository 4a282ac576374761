"""Folders that no tool may have cost little, say why they are refused, and look the same committed or not."""

from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path

import pytest

from registry.current_catalog import CatalogState
from registry.errors import GitFailed, NotFound
from registry.gitrepo import ChangedFolders, Repository, WorkTree, read_folder
from registry.gitrepo.worktree.disk_folder import read_files, read_stamps
from registry.manifest import check_folder
from tests.repositories import MAIN, Repo
from tests.waiting import patience

MIB = 1024 * 1024


def open_state(path: Path) -> CatalogState:
    return CatalogState(Repository.open(path), show_uncommitted=True, max_memory_mb=1024)


def fill(repo: Repo, count: int, size: int, ending: str = "bin") -> None:
    repo.tool("first")
    for number in range(count):
        path = repo.write(f"tools/first/data/{number:03}.{ending}", b"")
        os.truncate(path, size)


@pytest.mark.parametrize(("count", "size"), [(60, MIB), (150, MIB), (1, 150 * MIB)])
@pytest.mark.parametrize("ending", ["bin", "py"])
def test_a_folder_too_large_is_never_held_in_memory(repo: Repo, count: int, size: int, ending: str) -> None:
    fill(repo, count, size, ending)
    tree = WorkTree(Repository.open(repo.path))
    tracemalloc.start()
    try:
        found, contents = tree.find_changed_folders({}).changed["first"]
        again, _ = read_folder(repo.path / "tools/first")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * MIB
    assert sum(map(len, contents.values())) <= 5 * MIB
    assert {"tool.yaml", "main.py"} <= found.contents.keys() == contents.keys()
    assert (len(found.files), sum(file.size for file in found.files) > count * size) == (count + 2, True)
    assert (found.files, found.contents) == (again.files, again.contents)


@pytest.mark.parametrize(
    ("count", "size", "codes"),
    [
        (99, 10, {"folder-too-many-files"}),
        (6, MIB, {"folder-too-large"}),
        (1, MIB + 1, {"file-too-large"}),
        (101, MIB, {"folder-too-many-files", "folder-too-large"}),
    ],
)
@pytest.mark.parametrize("ending", ["bin", "py"])
def test_the_verdict_is_the_same_on_disk_uncommitted_and_committed(
    repo: Repo, count: int, size: int, codes: set[str], ending: str
) -> None:
    fill(repo, count, size, ending)
    on_disk = check_folder(read_folder(repo.path / "tools/first")[0])
    state = open_state(repo.path)
    uncommitted = state.current().tools["first"]
    repo.commit()
    committed = state.refresh().tools["first"]
    assert codes <= {finding.code for finding in on_disk.findings}
    assert on_disk == uncommitted.checked == committed.checked
    assert (uncommitted.uncommitted, committed.uncommitted) == (True, False)
    assert not open_state(repo.path).current().tools["first"].uncommitted, "nor is it for who looks for the first time"


def test_a_file_too_large_is_not_handed_out_and_says_so(repo: Repo) -> None:
    fill(repo, 1, 3 * MIB)
    for _ in ("uncommitted", "committed"):
        catalog = open_state(repo.path).current()
        with pytest.raises(NotFound, match="3145728 bytes"):
            catalog.file_of(catalog.tools["first"], "data/000.bin")
        assert catalog.file_of(catalog.tools["first"], "main.py") == MAIN.encode()
        repo.commit()


def test_a_file_that_was_not_read_says_so(repo: Repo) -> None:
    fill(repo, 120, 10)
    catalog = open_state(repo.path).current()
    with pytest.raises(NotFound, match="not read"):
        catalog.file_of(catalog.tools["first"], "data/000.bin")


def scanned_until_settled(tree: WorkTree) -> ChangedFolders:
    """The first scan whose result the next one may keep: files written just now are read again."""
    until = time.monotonic() + patience(5)
    last = tree.find_changed_folders({})
    while time.monotonic() < until:
        found = tree.find_changed_folders({})
        if found.changed["first"] is last.changed["first"]:
            return found
        last = found
    pytest.fail("an unchanged folder is read again and again")


@pytest.mark.parametrize("count", [1, 120])
def test_a_folder_is_read_again_only_when_a_stamp_moved(repo: Repo, count: int) -> None:
    fill(repo, count, 10)
    tree = WorkTree(Repository.open(repo.path))
    before = scanned_until_settled(tree).changed["first"]
    path = repo.path / "tools/first/main.py"
    status = path.stat()
    path.write_text(MAIN.replace("hello", "howdy"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    after = tree.find_changed_folders({}).changed["first"]
    assert b"howdy" in after[1]["main.py"]
    assert b"howdy" not in before[1]["main.py"]


def test_a_file_written_within_the_last_tick_of_the_clock_is_read_again(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.tool("first")
    changed_ns = max(path.stat().st_ctime_ns for path in (repo.path / "tools/first").iterdir())
    tree = WorkTree(Repository.open(repo.path))
    looks = []
    # The clock is ours to set: a file system's tick cannot be met on purpose.
    for later_ns in (1_000_000, 2_000_000, 1_000_000_000, 2_000_000_000):
        monkeypatch.setattr(
            "registry.gitrepo.worktree.work_tree.time.time_ns", lambda later_ns=later_ns: changed_ns + later_ns
        )
        looks.append(tree.find_changed_folders({}).changed["first"])
    assert looks[1] is not looks[0]
    assert looks[2] is not looks[1]
    assert looks[3] is looks[2]


def test_files_that_grow_after_they_were_counted_are_not_read_beyond_the_bound(repo: Repo) -> None:
    fill(repo, 20, MIB)
    paths = [f"data/{number:03}.bin" for number in range(20)]
    stamps = read_stamps(str(repo.path / "tools/first"), paths)
    small = {path: stamp._replace(size_bytes=0) for path, stamp in stamps.items()}
    files, contents = read_files(repo.path / "tools", "first", small, "sha1")
    assert [file.size for file in files] == [MIB] * 20
    assert sum(map(len, contents.values())) == 5 * MIB


def test_a_lost_file_content_is_a_fault_of_the_repository(repo: Repo) -> None:
    repo.tool("first")
    repo.commit()
    state = open_state(repo.path)
    state.current()
    repo.write("tools/first/main.py", MAIN + "# more\n")
    repo.commit()
    blob = repo.git("rev-parse", "HEAD:tools/first/main.py")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert state.current().tools["first"].version == 1, "the last good catalog"
    assert blob in (state.last_error or "")
    with pytest.raises(GitFailed, match=blob):
        open_state(repo.path).current()


def test_any_fault_while_reading_keeps_the_last_good_catalog(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.tool("first")
    repo.commit()
    state = open_state(repo.path)
    catalog = state.current()
    # Our own seam: which faults a system gives to who reads (no more descriptors, no more memory) cannot be ordered.
    for fault in (OSError("too many open files"), ValueError("what Git printed is no number")):

        def fails(*_: object, fault: Exception = fault) -> None:
            raise fault

        repo.write("tools/first/notes.md", str(fault))
        repo.commit()
        monkeypatch.setattr("registry.current_catalog.read_snapshot", fails)
        assert state.refresh() is catalog
        assert state.last_error == str(fault)
        with pytest.raises(GitFailed, match=str(fault)):
            open_state(repo.path).current()


def test_two_names_that_print_alike_are_two_tools(repo: Repo) -> None:
    for name in (b"odd-\xff", b"odd-\\udcff", b"x" * 251 + b"\xff\xff\xff\xfe", b"x" * 251 + b"\xff\xff\xff\xff"):
        folder = Path(os.fsdecode(bytes(repo.path) + b"/tools/" + name))
        folder.mkdir(parents=True)
        (folder / "main.py").write_bytes(name)
    for _ in ("uncommitted", "committed"):
        catalog = open_state(repo.path).current()
        assert len(catalog.tools) == 4
        assert len({catalog.file_of(tool, "main.py") for tool in catalog.tools.values()}) == 4
        repo.commit()
