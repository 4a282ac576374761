"""Version numbers from history: the commits of the served branch that changed each tool's folder.

Only first parents are walked, so a merged pull request is one version. Each version is a state that was served, and
merging older work never renumbers the versions before it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from registry.errors import GitFailed
from registry.gitrepo.store import Repository


@dataclass(frozen=True, slots=True)
class History:
    """History up to the commit ``revision``: for each folder the commits of its versions, version 1 first.

    ``shallow`` is where a shallow clone's history began at that time, see :meth:`Repository.shallow_stamp`.
    """

    tip: str | None = None
    folders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shallow: Hashable = None

    def of(self, name: str) -> tuple[int, str | None]:
        """The newest version of a folder and its commit; (0, None) for one that was never committed."""
        commits = self.folders.get(name, ())
        return len(commits), commits[-1] if commits else None


def read_history(repository: Repository, tip: str, known: History | None = None) -> History:
    """The history up to ``tip``. If ``known`` ends on the first-parent line of ``tip``, only later commits are read."""
    shallow = repository.shallow_stamp()
    if known is not None and known.tip is not None and known.shallow == shallow:
        if known.tip == tip:
            return known
        commits = _since(repository, known.tip, tip)
        if commits and commits[0].revision == tip and commits[-1].parent == known.tip:
            return History(tip, _with(commits, known.folders), shallow)
    commits = _walk(repository, tip)
    if not commits or commits[0].revision != tip:
        raise GitFailed(f"the served branch names {tip}, which is no commit: run `git fsck`")
    return History(tip, _with(commits, {}), shallow)


@dataclass(frozen=True, slots=True)
class _Commit:
    revision: str
    parent: str | None
    folders: frozenset[str]


def _since(repository: Repository, known: str, tip: str) -> list[_Commit]:
    """The commits after ``known``; none if that commit no longer exists (amended and pruned), so that all are read."""
    try:
        return _walk(repository, f"{known}..{tip}")
    except GitFailed:
        return []


def _walk(repository: Repository, revisions: str) -> list[_Commit]:
    """The commits of a range, newest first, each with the tool folders that it changed against its first parent.

    Uses Git's commands for programs: the output of ``git log`` depends on a dozen settings of the repository.
    """
    listed = repository.git("rev-list", "--first-parent", "--parents", "--end-of-options", revisions).decode()
    lines = [line.split(" ")[:2] for line in listed.splitlines()]
    folders = _changed_folders(repository, lines)
    return [_Commit(line[0], line[1] if line[1:] else None, folders.get(line[0], frozenset())) for line in lines]


def _changed_folders(repository: Repository, lines: list[list[str]]) -> dict[str, frozenset[str]]:
    """The folders that each commit changed, by commit id. A line holds a commit id and, if any, the one to compare it
    with."""
    prefix = repository.tools_dir + "/"
    printed = repository.git(
        "diff-tree", "--stdin", "-r", "--root", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-relative",
        "--ignore-submodules=none", "-O/dev/null", "--name-only", "-z", "--", prefix,
        stdin="".join(" ".join(line) + "\n" for line in lines).encode(),
    ).decode("utf-8", "surrogateescape")  # fmt: skip
    found: dict[str, set[str]] = {}
    names: set[str] = set()
    for word in printed.split("\0")[:-1]:
        # Every path begins with the tools directory, so no path can pass for a commit id.
        if word.startswith(prefix):
            names.add(word[len(prefix) :].split("/", 1)[0])
        else:
            names = found.setdefault(word, set())
    return {revision: frozenset(changed) for revision, changed in found.items()}


def _with(commits: list[_Commit], known: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    new: dict[str, list[str]] = {}
    for commit in reversed(commits):
        for name in commit.folders:
            new.setdefault(name, []).append(commit.revision)
    return {**known, **{name: (*known.get(name, ()), *revisions) for name, revisions in new.items()}}
