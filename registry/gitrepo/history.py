"""Versions from history: how often each tool's folder changed on the served branch, and where it did last.

Only first parents are walked, so a merged pull request is one version: each version is a state that was served, and
merging work that began earlier never renumbers what was there.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from .repository import Repository


@dataclass(frozen=True, slots=True)
class History:
    """Up to which commit history was read, and per folder (version, commit id of that version)."""

    tip: str | None = None
    folders: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def of(self, name: str) -> tuple[int, str | None]:
        """Version and last commit of a folder; (0, None) when it was never committed."""
        return self.folders.get(name, (0, None))


def read_history(repository: Repository, tip: str, known: History | None = None) -> History:
    """The history up to ``tip``; where ``known`` lies on its first-parent line, only what came since is read."""
    if known is not None and known.tip == tip:
        return known
    if known is not None and known.tip is not None:
        commits = _walk(repository, f"{known.tip}..{tip}")
        if commits and commits[-1].parent == known.tip:
            return History(tip, _count(commits, dict(known.folders)))
    return History(tip, _count(_walk(repository, tip), {}))


@dataclass(frozen=True, slots=True)
class _Commit:
    revision: str
    parent: str
    folders: tuple[str, ...]


def _walk(repository: Repository, revisions: str) -> list[_Commit]:
    """The commits of a range, newest first, each with the tool folders that it changed against its first parent."""
    prefix = repository.tools_dir + "/"
    # What starts a commit's record cannot be guessed, so no file name can pass for one.
    mark = secrets.token_hex(8)
    printed = repository.git(
        "log", "--first-parent", "-m", "--full-history", "--no-renames", "--no-ext-diff", "--no-textconv",
        "--no-show-signature", "--name-only", "-z", f"--format={mark}%H %P", "--end-of-options", revisions,
    ).decode("utf-8", "surrogateescape")  # fmt: skip
    commits = []
    for record in printed.split(mark)[1:]:
        head, *paths = record.split("\0")
        revision, _, parents = head.partition(" ")
        inside = (path.lstrip("\n") for path in paths)
        names = {path[len(prefix) :].split("/", 1)[0] for path in inside if path.startswith(prefix)}
        commits.append(_Commit(revision, parents.split(" ")[0], tuple(names)))
    return commits


def _count(commits: list[_Commit], folders: dict[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    for commit in reversed(commits):
        for name in commit.folders:
            version, _ = folders.get(name, (0, ""))
            folders[name] = (version + 1, commit.revision)
    return folders
