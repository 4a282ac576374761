"""The working tree is compared with the commit as Git would: line ends, ``$Id$``, encodings, and what filters keep."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.cli.startup_checks import describe_filters
from registry.gitrepo import (
    ChangedFolders,
    Committed,
    Edit,
    FolderEdit,
    Person,
    Repository,
    WorkTree,
    commit_edit,
    read_committed_toolsets,
    read_shown_toolsets,
    read_snapshot,
)
from registry.gitrepo.store import hash_object
from registry.gitrepo.worktree.checkouts import Checkout
from registry.gitrepo.worktree.content_conversion import UNCONVERTED, convert_to_working_tree, make_lfs_pointer
from registry.gitrepo.worktree.path_attributes import read_checkout_settings, read_conversions
from tests.properties import examples
from tests.repositories import Repo, make_repo

ADA = Person("Ada", "ada@example.org")
_words = st.sampled_from(
    [b"a", b"some words ", b"\n", b"\r\n", b"\r", b"\n\n", b"\r\n\r\n", b"$Id$", b"$Id: 1 $", b"$Id:", b"$Id: a b $"]
) | st.sampled_from([b"$", b"\0", b"\x01", b"\x1a", b"\x7f", b"\xc3\xa9", b"x" * 200, b"\t\x1b"])
_lines = st.sampled_from([b"line", b"$Id$", b"\n", b"\r\n"])
_texts = (st.lists(_words, max_size=8) | st.lists(_lines, max_size=12)).map(b"".join)
_attribute = st.sampled_from(
    ["text", "-text", "!text", "text=auto", "text=input", "crlf", "-crlf", "crlf=input", "eol=lf", "eol=crlf", "-eol"]
) | st.sampled_from(["ident", "-ident", "binary", "diff"])
_attributes = st.lists(_attribute, max_size=3).map(" ".join)
_changes = st.sampled_from(
    [
        lambda text: text,
        lambda text: text.replace(b"\r\n", b"\n"),
        lambda text: text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r\n", 1),
        lambda text: text.replace(b"$Id$", b"$Id: 0123456789 $"),
        lambda text: text.replace(b"$Id: 1 $", b"$Id$").replace(b"\r\n", b"\n"),
        lambda text: text + b"more",
    ]
)
Drawn = tuple[bytes, str, str, Callable[[bytes], bytes]]
_files = st.tuples(_texts, _attributes, _attributes, _changes)


def uncommitted(repo: Repo) -> ChangedFolders:
    repository = Repository.open(repo.path)
    return WorkTree(repository).find_changed_folders(read_snapshot(repository, repo.git("rev-parse", "HEAD")))


def attributes_of(each: list[str]) -> str:
    return "".join(f"tools/f{at}/data {attributes}\n" for at, attributes in enumerate(each))


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    files=st.lists(_files, min_size=8, max_size=8),
    before=st.sampled_from(["false", "true", "input"]),
    after=st.sampled_from(["false", "true", "input"]),
    eol=st.sampled_from(["lf", "crlf", "native"]),
)
def test_unchanged_is_what_git_status_calls_unchanged(files: list[Drawn], before: str, after: str, eol: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = make_repo(Path(folder) / "repo")
        repo.git("config", "core.autocrlf", before)
        repo.write(".gitattributes", attributes_of([file[1] for file in files]))
        for number, (text, *_) in enumerate(files):
            repo.write(f"tools/f{number}/data", text)
        repo.commit()
        repo.write(".gitattributes", attributes_of([file[2] for file in files]))
        repo.git("config", "core.autocrlf", after)
        repo.git("config", "core.eol", eol)
        repo.git("commit", "-q", "--allow-empty", "-m", "others", "--", ".gitattributes")
        committed = {
            line.split()[3].split("/")[1]: line.split()[2]
            for line in repo.git("ls-tree", "-r", "HEAD", "tools/").splitlines()
        }
        same = set()
        for number, (text, _, _, change) in enumerate(files):
            new = change(text)
            repo.write(f"tools/f{number}/data", new)
            if hash_object(b"blob", new, "sha1") == committed[f"f{number}"]:
                same.add(f"f{number}")
        repo.git("read-tree", "HEAD")  # forgets the sizes that Git would take for content
        told = {line.split("/")[1] for line in repo.git("status", "--porcelain").splitlines() if "tools/" in line}
        found = uncommitted(repo)
        assert found.changed.keys() == told - same  # the committed bytes themselves are never called changed
        if not same:
            repo.git("add", "-A")
            tree = repo.git("write-tree")
            for name, (shown, _) in found.changed.items():
                assert shown.digest == repo.git("rev-parse", f"{tree}:tools/{name}")
        repo.git("read-tree", "HEAD")
        shutil.rmtree(repo.path / "tools")
        repo.git("checkout-index", "-f", "-a")
        checkout = Checkout(repo.path / ".git", repo.path)
        paths = [f"tools/f{number}/data" for number in range(len(files))]
        how = read_conversions(checkout, paths, read_checkout_settings(checkout), indexed=True)
        for path, name in ((path, path.split("/")[1]) for path in paths):
            blob = subprocess.check_output(["git", "-C", repo.path, "cat-file", "blob", committed[name]])
            written = convert_to_working_tree(blob, how.get(path, UNCONVERTED), committed[name])
            assert written == (repo.path / path).read_bytes()


def write(repo: Repo, name: str, content: dict[str, bytes] | None) -> None:
    base = repo.git("rev-parse", "--verify", "-q", f"HEAD:tools/{name}", check=False) or None
    done = commit_edit(Repository.open(repo.path), Edit((FolderEdit(name, base, content),), "an edit", ADA))
    assert isinstance(done, Committed)
    assert done.advanced


@pytest.mark.parametrize("by", ["attributes", "settings"])
def test_an_edit_is_written_as_the_checkout_expects(repo: Repo, by: str) -> None:
    repo.tool("first", files={"notes.md": "one\n$Id$\n", "data.bin": "raw\n"})
    wanted = "*.md text ident eol=crlf\n" if by == "attributes" else "*.md text=auto ident\n"
    repo.write(".gitattributes", f"{wanted}*.bin -text\n")
    repo.git("config", "core.autocrlf" if by == "settings" else "core.fileMode", "true")
    repo.commit()
    repo.git("rm", "-q", "--cached", "-r", ".")
    repo.git("reset", "-q", "--hard")
    notes = repo.path / "tools/first/notes.md"
    assert (notes.read_bytes().count(b"\r\n"), notes.read_bytes().count(b"$Id: ")) == (2, 1)
    assert uncommitted(repo).changed == {}
    content = {path: (repo.path / f"tools/first/{path}").read_bytes() for path in ("tool.yaml", "main.py", "data.bin")}
    content["tool.yaml"] = content["tool.yaml"].replace(b"\r\n", b"\n")
    content["main.py"] = content["main.py"].replace(b"\r\n", b"\n")
    write(repo, "first", content | {"notes.md": b"one\ntwo\n$Id$\n", "more.md": b"new\n"})
    assert notes.read_bytes().startswith(b"one\r\ntwo\r\n$Id: ")
    assert (repo.path / "tools/first/more.md").read_bytes() == b"new\r\n"
    assert repo.git("status", "--porcelain") == ""
    assert uncommitted(repo).changed == {}
    assert repo.git("cat-file", "blob", "HEAD:tools/first/notes.md") == "one\ntwo\n$Id$"
    write(repo, "first", None)
    assert not (repo.path / "tools/first").exists()
    assert repo.git("status", "--porcelain") == ""


def test_attributes_that_change_are_looked_at_again(repo: Repo) -> None:
    repo.tool("first", files={"notes.md": "one\n"})
    revision = repo.commit()
    repo.write("tools/first/notes.md", "one\r\n")
    repository = Repository.open(repo.path)
    tree, committed = WorkTree(repository), read_snapshot(repository, revision)
    assert tree.find_changed_folders(committed).changed.keys() == {"first"}
    repo.write(".gitattributes", "*.md text\n")
    assert tree.find_changed_folders(committed).changed == {}
    (repo.path / ".gitattributes").unlink()
    assert tree.find_changed_folders(committed).changed.keys() == {"first"}
    repo.write(".git/info/attributes", "*.md text\n")
    assert tree.find_changed_folders(committed).changed == {}


def test_attributes_that_are_in_the_index_alone_count_as_for_git(repo: Repo) -> None:
    repo.tool("first", files={"notes.md": "one\n"})
    repo.write(".gitattributes", "*.md text\n")
    repo.commit()
    (repo.path / ".gitattributes").unlink()
    repo.write("tools/first/notes.md", "one\r\n")
    assert uncommitted(repo).changed == {}
    repo.git("rm", "-q", "--cached", ".gitattributes")
    assert uncommitted(repo).changed.keys() == {"first"}


def test_a_file_of_git_lfs_is_its_pointer(repo: Repo) -> None:
    content, new = b"\0" * 5000, b"\1" * 5000
    large = b"\2" * 2_000_000
    pointers = {name: make_lfs_pointer(one) for name, one in (("old", content), ("new", new), ("large", large))}
    repo.tool("first")
    repo.write("tools/first/model.bin", pointers["old"])
    repo.write("tools/first/large.bin", pointers["large"])
    repo.write("tools/first/plain.bin", b"never set up")
    repo.write(".gitattributes", "*.bin filter=lfs -text\n")
    repo.commit()
    repo.write("tools/first/model.bin", content)
    repo.write("tools/first/large.bin", large)
    repo.git("-c", "filter.lfs.clean=sh -c 'cat >/dev/null; git cat-file blob HEAD:$1' - %f", "add", "-A")
    assert repo.git("diff", "--cached", "--name-only") == ""
    assert uncommitted(repo).changed == {}
    texts = {path: (repo.path / f"tools/first/{path}").read_bytes() for path in ("tool.yaml", "main.py")}
    write(repo, "first", texts | {"model.bin": pointers["new"], "plain.bin": b"never set up"})
    assert (repo.path / "tools/first/model.bin").read_bytes() == pointers["new"]
    repo.write("tools/first/model.bin", b"\3" * 100)
    repo.write("tools/first/plain.bin", b"changed")
    folder, contents = uncommitted(repo).changed["first"]
    assert contents["model.bin"] == make_lfs_pointer(b"\3" * 100)
    assert contents["plain.bin"] == b"changed"
    assert {file.path: file.size for file in folder.files}["plain.bin"] == 7


def test_what_only_a_filter_knows_is_unchanged_until_somebody_writes_it(repo: Repo) -> None:
    repo.tool("first", files={"secret.txt": "plain\n"})
    repo.write(".gitattributes", "secret.txt filter=rot\n")
    repo.git("config", "filter.rot.clean", "tr a-z n-za-m")
    repo.commit()
    assert repo.git("cat-file", "blob", "HEAD:tools/first/secret.txt") == "cynva"
    assert uncommitted(repo).changed == {}
    repo.write("tools/first/main.py", "# changed\n")
    folder, contents = uncommitted(repo).changed["first"]
    assert contents["secret.txt"] == b"cynva\n"
    assert folder.digest
    repo.write("tools/first/secret.txt", "changed\n")
    assert uncommitted(repo).changed["first"][1]["secret.txt"] == b"changed\n"


def test_modes_count_where_the_file_system_keeps_them(repo: Repo) -> None:
    repo.tool("first", files={"run.sh": "#!/bin/sh\n"})
    (repo.path / "tools/first/run.sh").chmod(0o755)
    repo.commit()
    for path in (repo.path / "tools/first").iterdir():
        path.chmod(0o777)
    assert uncommitted(repo).changed.keys() == {"first"}
    repo.git("config", "core.fileMode", "false")
    assert uncommitted(repo).changed == {}
    write(repo, "first", {path.name: path.read_bytes() + b"\n" for path in (repo.path / "tools/first").iterdir()})
    assert repo.git("status", "--porcelain") == ""
    assert (repo.path / "tools/first/run.sh").read_bytes() == b"#!/bin/sh\n\n"


@pytest.mark.parametrize("encoding", ["UTF-16LE", "UTF-16", "UTF-16LE-BOM", "latin1", "UTF-8"])
def test_a_text_in_another_encoding_is_compared_as_git_stores_it(repo: Repo, encoding: str) -> None:
    repo.tool("first", files={"notes.md": "naïve\n", "same.md": "x\n"})
    repo.write(".gitattributes", f"notes.md text working-tree-encoding={encoding}\n")
    python = {"UTF-16LE-BOM": "utf-16"}.get(encoding, encoding)
    repo.write("tools/first/notes.md", "naïve\r\n".encode(python))
    repo.commit()
    assert uncommitted(repo).changed == {}
    write(repo, "first", {"notes.md": "geändert\n".encode(), "same.md": b"x\n"})
    assert (repo.path / "tools/first/notes.md").read_bytes() == "geändert\n".encode(python)
    assert repo.git("status", "--porcelain") == ""


def test_toolsets_are_compared_in_the_same_way(repo: Repo) -> None:
    repo.write("toolsets/net.yaml", "title: Net\n")
    repo.write(".gitattributes", "*.yaml text eol=crlf\n")
    revision = repo.commit()
    repo.write("toolsets/net.yaml", "title: Net\r\n")
    repository = Repository.open(repo.path)
    committed = read_committed_toolsets(repository, revision)
    assert read_shown_toolsets(repository, committed) == committed
    repo.write("toolsets/net.yaml", "title: Nets\r\n")
    assert read_shown_toolsets(repository, committed)["net.yaml"].content == b"title: Nets\n"


def test_the_start_names_the_files_that_a_filter_keeps(repo: Repo) -> None:
    repo.tool("first", files={"model.bin": "x"})
    repo.commit()
    assert list(describe_filters(Repository.open(repo.path))) == []
    repo.write(".gitattributes", "*.bin filter=lfs -text\n")
    (said,) = describe_filters(Repository.open(repo.path))
    assert said.startswith("1 files of tools have a Git filter (tools/first/model.bin: filter=lfs)")
    repo.write(".gitattributes", "*.bin filter=lfs -text\ntools/** -text !filter\n")
    assert list(describe_filters(Repository.open(repo.path))) == []
