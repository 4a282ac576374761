"""Version numbers from history: the commits of the served branch that changed each folder.

A commit is a version of a tool if it changed the tool's folder, or a shared package that the tool had at that commit.
Only first parents are walked, so a merged pull request is one version. Each version is a state that was served, and
merging older work never renumbers the versions before it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

from registry.errors import GitFailed
from registry.gitrepo.store import ListedFolder, Repository
from registry.manifest import MANIFEST_FILE
from registry.model import FileKind
from registry.shared_packages import split_folder_path

from .package_reach import Files, Reached, ToldPackages, find_reached, tells_packages


@dataclass(frozen=True, slots=True)
class History:
    """History up to the commit ``tip``: for each folder the commits of its versions, version 1 first.

    The folders are those of tools and of shared packages (``_shared/<package>``). ``reached`` has, for each commit that
    changed packages, the tools that each of these reached; ``told`` is what the next commit is judged by. ``shallow``
    is where a shallow clone's history began at that time, see :meth:`Repository.shallow_stamp`.
    """

    tip: str | None = None
    folders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shallow: Hashable = None
    reached: Mapping[str, Reached] = field(default_factory=dict)
    told: ToldPackages = field(default_factory=ToldPackages, repr=False, compare=False)

    def of(self, name: str) -> tuple[int, str | None]:
        """The newest version of a folder and its commit; (0, None) for one that was never committed."""
        commits = self.folders.get(name, ())
        return len(commits), commits[-1] if commits else None

    def list_packages_changed(self, name: str, revision: str) -> tuple[str, ...]:
        """The shared packages through which a commit is a version of the tool, sorted."""
        reached = self.reached.get(revision, {})
        return tuple(sorted(package for package, tools in reached.items() if name in tools))

    def after_own(self, revision: str, folders: Mapping[str, ListedFolder | None]) -> History:
        """The history up to a commit on top that changed these folders of tools (None: removed) and no package."""
        commits = {name: (*self.folders.get(name, ()), revision) for name in folders}
        told: dict[str, Files] = {name: _find_telling(name, folder) for name, folder in folders.items()}
        return replace(self, tip=revision, folders={**self.folders, **commits}, told=self.told.after([told]))


def _find_telling(name: str, folder: ListedFolder | None) -> dict[str, str | None]:
    files = {} if folder is None else {file.path: file for file in folder.files}
    telling = {path: file.blob for path, file in files.items() if tells_packages(name, path) and _is_text(file.kind)}
    return {MANIFEST_FILE: None, **telling}


def read_history(repository: Repository, tip: str, known: History | None = None) -> History:
    """The history up to ``tip``. If ``known`` ends on the first-parent line of ``tip``, only later commits are read."""
    shallow = repository.shallow_stamp()
    if known is not None and known.tip is not None and known.shallow == shallow:
        if known.tip == tip:
            return known
        commits = _since(repository, known.tip, tip)
        if commits and commits[0].revision == tip and commits[-1].parent == known.tip:
            return _continue(repository, known, commits, tip, shallow)
    commits = _walk(repository, tip)
    if not commits or commits[0].revision != tip:
        raise GitFailed(f"the served branch names {tip}, which is no commit: run `git fsck`")
    return _continue(repository, History(), commits, tip, shallow)


def _continue(repository: Repository, known: History, commits: list[_Commit], tip: str, shallow: Hashable) -> History:
    """The history with these commits, newest first, on top."""
    commits = commits[::-1]
    facts = [(commit.revision, commit.folders, commit.telling) for commit in commits]
    reached, told = find_reached(repository, known.told, facts)
    new: dict[str, list[str]] = {}
    for commit in commits:
        tools = frozenset[str]().union(*reached.get(commit.revision, {}).values())
        for name in commit.folders | tools:
            new.setdefault(name, []).append(commit.revision)
    folders = {name: (*known.folders.get(name, ()), *revisions) for name, revisions in new.items()}
    return History(tip, {**known.folders, **folders}, shallow, {**known.reached, **reached}, told)


def _is_text(kind: FileKind) -> bool:
    return kind in {"regular", "executable"}


@dataclass(frozen=True, slots=True)
class _Commit:
    revision: str
    parent: str | None
    folders: frozenset[str] = frozenset()
    telling: Mapping[str, Files] = field(default_factory=dict)


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
    changes = _read_changes(repository, lines)
    return [_commit(line, changes.get(line[0], [])) for line in lines]


def _commit(line: list[str], changes: list[tuple[str, str, str | None]]) -> _Commit:
    telling: dict[str, dict[str, str | None]] = {}
    for folder, path, blob in changes:
        if tells_packages(folder, path):
            telling.setdefault(folder, {})[path] = blob
    folders = frozenset(folder for folder, _, _ in changes)
    return _Commit(line[0], line[1] if line[1:] else None, folders, telling)


def _read_changes(repository: Repository, lines: list[list[str]]) -> dict[str, list[tuple[str, str, str | None]]]:
    """The files that each commit changed, by commit id: the folder, the path in it, and the new blob of a regular file.
    A line holds a commit id and, if any, the one to compare it with."""
    prefix = repository.tools_dir + "/"
    printed = repository.git(
        "diff-tree", "--stdin", "-r", "--root", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-relative",
        "--ignore-submodules=none", "-O/dev/null", "--raw", "--no-abbrev", "-z", "--", prefix,
        stdin="".join(" ".join(line) + "\n" for line in lines).encode(),
    ).decode("utf-8", "surrogateescape")  # fmt: skip
    found: dict[str, list[tuple[str, str, str | None]]] = {}
    changes: list[tuple[str, str, str | None]] = []
    words = iter(printed.split("\0")[:-1])
    for word in words:
        if word.startswith(":"):  # modes and blobs before and after, the kind of change; its path follows
            _, mode, _, blob, _ = word.split(" ")
            folder, path = split_folder_path(next(words).removeprefix(prefix))
            changes.append((folder, path, blob if mode.startswith("100") else None))
        else:
            changes = found.setdefault(word, [])
    return found
