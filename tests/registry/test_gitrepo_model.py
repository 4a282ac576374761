"""Any sequence of edits, restores, outside commits, force-pushes, unstaged work and restarts, against a model.

The folders are those of two tools and of a shared package, which neither of them names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.current_catalog import CatalogState
from registry.errors import Stale
from registry.gitrepo import (
    Committed,
    Edit,
    FolderEdit,
    Person,
    Repository,
    Unchanged,
    commit_edit,
    read_history,
    read_version,
    read_versions,
)
from registry.model import SharedPackage, Tool
from tests.properties import examples
from tests.repositories import Repo, make_repo

ADA = Person("Ada", "ada@example.org")
Files = dict[str, bytes]

_names = st.sampled_from(["one", "two", "_shared/three"])
_files = st.fixed_dictionaries(
    {"main.py": st.sampled_from([b"1\n", b"2\r\n"])},
    optional={"x": st.sampled_from([b"", b"x"]), "d/y": st.just(b"y"), "d": st.just(b"file")},
).filter(lambda files: not {"d", "d/y"} <= files.keys())
_steps = st.one_of(
    st.tuples(st.just("edit"), _names, _files),
    st.tuples(st.just("edit"), _names, st.none()),
    st.tuples(st.just("stale"), _names, _files),
    st.tuples(st.just("outside"), _names, _files),
    st.tuples(st.just("dirty"), _names, st.just(None)),
    st.tuples(st.sampled_from(["restore", "back", "restart", "pack"]), _names, st.none()),
)


@dataclass
class World:
    """The repository, and what it is to hold: the committed files of each tip so far, and a user's unstaged files."""

    repo: Repo
    tips: list[dict[str, Files]] = field(default_factory=lambda: [{}])
    dirty: dict[str, bytes] = field(default_factory=dict)
    state: CatalogState | None = None

    @property
    def repository(self) -> Repository:
        return Repository.open(self.repo.path)

    def digest(self, name: str) -> str | None:
        return self.repo.git("rev-parse", "-q", "--verify", f"HEAD:tools/{name}", check=False) or None

    def edit(self, name: str, files: Files | None) -> None:
        if files is not None and any(path.startswith(f"tools/{name}/") for path in self.dirty):
            files = {**files, "user.txt": b"of the commit"}
        edit = Edit((FolderEdit(name, self.digest(name), files),), f"edit {name}", ADA)
        done = commit_edit(self.repository, edit)
        tip = {other: kept for other, kept in self.tips[-1].items() if other != name}
        tip |= {name: files} if files else {}
        assert isinstance(done, Unchanged if tip == self.tips[-1] else Committed)
        if tip != self.tips[-1]:
            self.tips.append(tip)

    def stale(self, name: str, files: Files) -> None:
        edit = Edit((FolderEdit(name, "1" * 40, files),), "late", ADA)
        with pytest.raises(Stale) as caught:
            commit_edit(self.repository, edit)
        assert caught.value.files == self.tips[-1].get(name, {})

    def outside(self, name: str, files: Files) -> None:
        """A plain commit of the user's of other files than the dirty ones."""
        self.repo.git("rm", "-r", "-q", "--ignore-unmatch", f"tools/{name}/", check=False)
        if self.repo.git("diff", "--cached", "--name-only") == "" and name in self.tips[-1]:
            return  # Git refused: the user's unstaged work is in the way
        for path, content in files.items():
            self.repo.write(f"tools/{name}/{path}", content)
            self.repo.git("add", "-f", f"tools/{name}/{path}")
        if self.repo.git("diff", "--cached", "--name-only"):
            self.repo.git("commit", "-q", "-m", f"outside {name}")
            self.tips.append({**self.tips[-1], name: files})

    def user_writes(self, name: str, _: None) -> None:
        if not (self.repo.path / f"tools/{name}/d").is_file():
            self.dirty[f"tools/{name}/user.txt"] = b"user's"
            self.repo.write(f"tools/{name}/user.txt", "user's")

    def restore(self, name: str, _: None) -> None:
        tip = self.repo.git("rev-parse", "-q", "--verify", "HEAD", check=False)
        if not tip:
            return
        history = read_history(self.repository, tip)
        count, _last = history.of(name)
        if count:
            first = read_version(self.repository, history, name, 1)
            self.edit(name, dict(first.contents) or None)

    def back(self, name: str, _: None) -> None:
        """A force-push, as it looks in a checkout: the branch is somewhere else, and so are the clean files."""
        if len(self.tips) > 2 and not self.dirty:
            self.repo.git("reset", "-q", "--hard", "HEAD~1")
            self.tips.pop()

    def restart(self, name: str, _: None) -> None:
        self.state = None

    def pack(self, name: str, _: None) -> None:
        self.repo.git("pack-refs", "--all")
        self.repo.git("gc", "-q")

    def check(self) -> None:
        tip = self.tips[-1]
        listed = self.repo.git("ls-tree", "-r", "--name-only", "HEAD", check=False).split()
        assert set(listed) == {f"tools/{name}/{path}" for name, files in tip.items() for path in files}
        for name, files in tip.items():
            for path, content in files.items():
                at = f"tools/{name}/{path}"
                expected = self.dirty.get(at, content)
                assert (self.repo.path / at).read_bytes() == expected
        for at, content in self.dirty.items():
            assert (self.repo.path / at).read_bytes() == content
        status = self.repo.git("status", "--porcelain", "-uall").splitlines()
        assert {line.split(" ")[-1] for line in status} == set(self.dirty)
        self.state = self.state or CatalogState(self.repository, show_uncommitted=True, max_memory_mb=1024)
        catalog = self.state.refresh()
        dirty = {at.removeprefix("tools/").rpartition("/")[0] for at in self.dirty}
        folders: dict[str, Tool | SharedPackage] = dict(catalog.tools)
        folders |= {f"_shared/{name}": found for name, found in catalog.packages.items()}
        assert set(folders) == tip.keys() | dirty
        for name, tool in folders.items():
            assert tool.uncommitted == (name in dirty)
            if not tool.uncommitted:
                assert tool.digest == self.digest(name)
            if tool.version:
                counted = int(self.repo.git("rev-list", "--count", "--first-parent", "HEAD", "--", f"tools/{name}"))
                history = read_history(self.repository, self.repo.git("rev-parse", "HEAD"))
                assert tool.version == counted == len(read_versions(self.repository, history, name))


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(_steps, min_size=1, max_size=8))
def test_any_sequence_leaves_what_the_model_says(steps: list[tuple[str, str, Files | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(make_repo(Path(folder) / "repo"))
        does: dict[str, Callable[[str, Any], None]] = {
            "edit": world.edit, "stale": world.stale, "outside": world.outside, "dirty": world.user_writes,
            "restore": world.restore, "back": world.back, "restart": world.restart, "pack": world.pack,
        }  # fmt: skip
        for kind, name, files in steps:
            does[kind](name, files)
            world.check()
        assert world.repo.git("fsck", "--strict", "--no-dangling") == ""
