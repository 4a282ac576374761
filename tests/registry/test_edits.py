"""Any sequence of edits does what a model says: files, versions, commits, and nothing else."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.current_catalog import CatalogState
from registry.edits import CommittedEdit, Edits, EditSignature, PreparedEdit
from registry.edits.proposals import Proposal, Proposer
from registry.errors import AlreadyThere, EditRefused, InputRefused, NotFound, Stale
from registry.gitrepo import Committer, Person, Repository
from tests.properties import examples
from tests.repositories import MAIN, Repo, make_repo, manifest

ME = EditSignature(Person("Ada", "ada@example.org"), None, "request-1")
Files = dict[str, bytes]


@contextmanager
def opened(repo: Repo) -> Iterator[tuple[Edits, CatalogState]]:
    repository = Repository.open(repo.path)
    state = CatalogState(repository, show_uncommitted=True, max_memory_mb=1024)
    edits = Edits(state, repository, Committer(repository))
    yield edits, state
    edits.close()


def sound(name: str, title: str = "One", **more: bytes) -> Files:
    return {"tool.yaml": manifest(name, title=title).encode(), "main.py": MAIN.encode(), **more}


NAMES = st.sampled_from(["one", "two"])
TITLES = st.sampled_from(["One", "Two"])
STEPS = st.one_of(
    st.tuples(st.just("create"), NAMES, TITLES),
    st.tuples(st.just("replace"), NAMES, TITLES),
    st.tuples(st.just("merge"), NAMES, TITLES),
    st.tuples(st.just("set_status"), NAMES, st.sampled_from(["active", "disabled"])),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("remove"), NAMES, st.just("")),
    st.tuples(st.sampled_from(["stale", "broken", "outside"]), NAMES, st.just("")),
    st.tuples(st.just("restore"), NAMES, st.integers(1, 3)),
)


@dataclass
class World:
    """What is to be there: the files of each tool, the contents of each version of each name, and the commits."""

    repo: Repo
    edits: Edits
    state: CatalogState
    tools: dict[str, Files] = field(default_factory=dict)
    versions: dict[str, list[Files | None]] = field(default_factory=dict)
    commits: int = 0

    def seen(self, name: str) -> set[str]:
        return {self.state.current().find(name).digest}

    def changed(self, **folders: Files | None) -> bool:
        """Take a change over; whether it is one."""
        if all(self.tools.get(name) == files for name, files in folders.items()):
            return False
        for name, files in folders.items():
            self.versions.setdefault(name, []).append(files)
            self.tools.pop(name, None)
            if files is not None:
                self.tools[name] = files
        self.commits += 1
        return True

    def lands(self, prepared: PreparedEdit, **folders: Files | None) -> None:
        assert prepared.accepted
        change = self.changed(**folders)
        assert prepared.changes == change
        done = self.edits.commit(prepared)
        assert isinstance(done, CommittedEdit)
        assert (done.revision is not None) == change
        files = folders[prepared.after.name]
        assert (done.tool is None) == (files is None)
        if done.tool is not None:
            assert done.tool.version == len(self.versions[done.tool.name])

    def create(self, name: str, title: str) -> None:
        if name in self.tools:
            with pytest.raises(AlreadyThere):
                self.edits.create(sound(name, title), ME)
        else:
            self.lands(self.edits.create(sound(name, title), ME), **{name: sound(name, title)})

    def restore(self, name: str, version: int) -> None:
        versions = self.versions.get(name, [])
        seen = self.seen(name) if name in self.tools else None
        if version > len(versions) or versions[version - 1] is None:
            with pytest.raises(NotFound if version > len(versions) else InputRefused):
                self.edits.restore(name, seen, version, ME)
        else:
            self.lands(self.edits.restore(name, seen, version, ME), **{name: versions[version - 1]})

    def outside(self, name: str, _: str) -> None:
        """A plain commit in the checkout."""
        files = self.tools.get(name) or sound(name)
        files = files | {"outside.txt": str(self.commits).encode()}
        for path, content in files.items():
            self.repo.write(f"tools/{name}/{path}", content)
        self.repo.commit("outside")
        self.changed(**{name: files})

    def replace(self, name: str, title: str) -> None:
        self.lands(self.edits.replace(name, self.seen(name), sound(name, title), ME), **{name: sound(name, title)})

    def merge(self, name: str, title: str) -> None:
        text = re.sub(rb"title: \w+", b"title: " + title.encode(), self.tools[name]["tool.yaml"])
        prepared = self.edits.merge(name, self.seen(name), {"title": title}, {}, ME)
        self.lands(prepared, **{name: {**self.tools[name], "tool.yaml": text}})

    def set_status(self, name: str, status: Any) -> None:
        text = self.tools[name]["tool.yaml"]
        prepared = self.edits.set_status(name, self.seen(name), status, ME)
        assert prepared.after.files is not None
        after = prepared.after.files["tool.yaml"]
        if b"status:" in text:
            assert after == re.sub(rb"status: \w+", b"status: " + status.encode(), text)
        elif status == "active":
            assert after == text
        else:
            assert set(after.splitlines()) - set(text.splitlines()) == {b"status: disabled"}
        self.lands(prepared, **{name: {**self.tools[name], "tool.yaml": after}})

    def rename(self, name: str, new: str) -> None:
        if new != name and new in self.tools:
            with pytest.raises(AlreadyThere):
                self.edits.rename(name, self.seen(name), new, ME)
            return
        text = re.sub(rb"name: \w+", b"name: " + new.encode(), self.tools[name]["tool.yaml"], count=1)
        after = {**self.tools[name], "tool.yaml": text}
        self.lands(
            self.edits.rename(name, self.seen(name), new, ME), **({} if new == name else {name: None}), **{new: after}
        )

    def remove(self, name: str, _: str) -> None:
        self.lands(self.edits.remove(name, self.seen(name), ME), **{name: None})

    def stale(self, name: str, _: str) -> None:
        with pytest.raises(Stale) as caught:
            self.edits.replace(name, {"1" * 40}, sound(name), ME)
        assert caught.value.files == self.tools[name]

    def broken(self, name: str, _: str) -> None:
        prepared = self.edits.merge(name, self.seen(name), {"parameters": 7}, {"main.py": b"def main(:"}, ME)
        assert not prepared.accepted
        with pytest.raises(EditRefused) as refused:
            self.edits.commit(prepared)
        assert len(refused.value.faults) > 1

    def perform(self, kind: str, name: str, value: Any) -> None:
        if name not in self.tools and kind not in {"create", "restore", "outside"}:
            with pytest.raises(NotFound):
                self.edits.remove(name, {"1" * 40}, ME)
        else:
            getattr(self, kind)(name, value)


def check(world: World, state: CatalogState) -> None:
    catalog = state.current()
    assert set(catalog.tools) == set(world.tools)
    fresh = CatalogState(Repository.open(world.repo.path), show_uncommitted=True, max_memory_mb=1024).current()
    assert (catalog.tools, catalog.identity) == (fresh.tools, fresh.identity), "as a process that asks Git for all"
    assert catalog.history.folders == fresh.history.folders
    for name, tool in catalog.tools.items():
        assert catalog.files_of(tool) == world.tools[name]
        assert (tool.version, tool.uncommitted) == (len(world.versions[name]), False)
        for path, content in world.tools[name].items():
            assert (world.repo.path / f"tools/{name}/{path}").read_bytes() == content
    assert world.repo.git("status", "--porcelain", "-uall") == ""
    counted = world.repo.git("rev-list", "--count", "HEAD", check=False)
    assert int(counted or 0) == world.commits


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=1, max_size=10))
def test_any_sequence_of_edits_does_what_the_model_says(steps: list[tuple[str, str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = make_repo(Path(folder) / "repo")
        with opened(repo) as (edits, state):
            world = World(repo, edits, state)
            world.create("one", "One")
            for step in steps:
                world.perform(*step)
                check(world, state)
        assert world.repo.git("fsck", "--strict", "--no-dangling") == ""


def test_what_is_prepared_is_what_is_committed(repo: Repo) -> None:
    repo.tool("one", files={"deep/er/data.bin": "x"})
    repo.commit()
    with opened(repo) as (edits, state):
        tool = state.current().tools["one"]
        prepared = edits.merge("one", {tool.digest}, {"owner": "ops"}, {"deep/new.txt": b"\r\n"}, ME)
        landed = edits.commit(prepared)
        assert isinstance(landed, CommittedEdit)
        assert prepared.tool is not None
        assert landed.tool is not None
        assert landed.tool.digest == prepared.tool.digest == repo.git("rev-parse", "HEAD:tools/one")
        assert landed.revision == repo.git("rev-parse", "HEAD")


def test_a_tool_without_a_legal_name_is_never_committed(repo: Repo) -> None:
    with opened(repo) as (edits, _):
        for text in (
            b"",
            b"name: UPPER\n",
            b"name: [1]\n",
            b"name: a\nname: b\n",
            b"title: x\n",
            b"\xff",
            b"name: unnamed\n",
        ):
            prepared = edits.create({"tool.yaml": text, "main.py": MAIN.encode()}, ME)
            with pytest.raises(EditRefused):
                edits.commit(prepared)
        with pytest.raises(EditRefused):
            edits.commit(edits.create({"main.py": MAIN.encode()}, ME))
        with pytest.raises(InputRefused):
            edits.create({}, ME)


def test_where_edits_become_proposals_nothing_that_is_served_changes(repo: Repo) -> None:
    repo.tool("one")
    repo.commit()
    repository = Repository.open(repo.path)
    state = CatalogState(repository, show_uncommitted=True, max_memory_mb=1024)
    edits = Edits(state, repository, Committer(repository), Proposer(repository))
    before = repo.git("rev-parse", "HEAD")
    proposed = edits.commit(edits.merge("one", None, {"title": "Proposed"}, {}, ME))
    assert isinstance(proposed, Proposal)
    assert (proposed.folder, proposed.base) == ("one", before)
    assert repo.git("rev-parse", "HEAD") == before
    assert state.current().tools["one"].manifest.title != "Proposed"
    assert isinstance(edits.commit(edits.merge("one", None, {}, {}, ME)), CommittedEdit), "nothing to propose"
    with pytest.raises(EditRefused):
        edits.commit(edits.merge("one", None, {"title": 1}, {}, ME))
    repo.git("merge", "-q", "--ff-only", proposed.branch)
    assert state.current().tools["one"].manifest.title == "Proposed"
    edits.close()


def test_texts_are_committed_as_the_checkout_would_and_other_bytes_as_they_came(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    repo.write(".gitattributes", "*.md text eol=crlf\n*.py text ident\n")
    repo.commit()
    with opened(repo) as (edits, state):
        crlf = (MAIN + "# $Id: 0123 $\n").replace("\n", "\r\n").encode()
        files = sound("two") | {"main.py": crlf, "notes.md": b"1\r\n2\r\n", "data.bin": b"1\r\n"}
        prepared = edits.create(files, ME)
        done = edits.commit(prepared)
        assert isinstance(done, CommittedEdit)
        assert done.tool is not None
        assert done.tool.digest == repo.git("rev-parse", "HEAD:tools/two")
        assert not state.refresh().tools["two"].uncommitted
    assert repo.git("status", "--porcelain", "tools/two") == ""
    assert (repo.path / "tools/two/notes.md").read_bytes() == b"1\r\n2\r\n"
    sizes = repo.git("ls-tree", "-l", "HEAD", "tools/two/").splitlines()
    found = {line.split("/")[-1]: line.split()[3] for line in sizes}
    assert (found["notes.md"], found["data.bin"]) == ("4", "3")
