"""The versions of a tool: each with its author, time, message and files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from registry.errors import GitFailed, NotFound
from registry.gitrepo.store import (
    Person,
    Repository,
    list_files,
    list_package_files,
    read_blobs,
    read_objects,
    select_paths_to_read,
)
from registry.manifest import MANIFEST_FILE, read_shared_names, read_source, read_yaml
from registry.model import File
from registry.shared_packages import list_packages_used, name_shared_folder

from .version_index import History

ChangeKind = Literal["added", "changed", "removed"]
_CHANGES: Mapping[str, ChangeKind] = {"A": "added", "D": "removed"}
_SIGNED = re.compile(
    r"(?P<name>.*?) ?<(?P<email>[^>]*)> (?P<seconds>-?\d+) (?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d)"
)


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """The facts in a commit; ``parent`` is the first one. Times have the time zone in which they were written."""

    revision: str
    parent: str | None
    author: Person
    authored_at: datetime
    committer: Person
    committed_at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that a version changed; its path is relative to the tool's folder (``.``: a file in the folder's
    place)."""

    path: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class Version:
    """Version ``number`` of a tool, counted from 1; ``digest`` is None when that version removed the tool.

    ``changes`` are those of the tool's own folder, ``packages`` the shared packages that were changed and that the tool
    had then; one of the two may be empty.
    """

    number: int
    digest: str | None
    commit: CommitFacts
    changes: tuple[FileChange, ...]
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionContent:
    """The content of a version: its files, and the bytes of the regular files within the limits, by path."""

    number: int
    revision: str
    digest: str | None
    files: tuple[File, ...]
    contents: Mapping[str, bytes]

    @property
    def executable(self) -> frozenset[str]:
        """The paths of the executable files, as an edit that restores this version takes them."""
        return frozenset(file.path for file in self.files if file.kind == "executable")


def read_versions(
    repository: Repository, history: History, name: str, *, skip: int = 0, at_most: int = 100
) -> tuple[Version, ...]:
    """The versions of a tool, newest first, without the first ``skip``. Raises NotFound if there never was a tool of
    that name."""
    revisions = _revisions(history, name)
    newest_first = range(len(revisions) - skip, max(0, len(revisions) - skip - at_most), -1)
    chosen = {number: revisions[number - 1] for number in newest_first}
    facts = read_commits(repository, chosen.values())
    changes = _changes(repository, name, facts.values())
    digests = _digests(repository, name, chosen.values())
    return tuple(
        Version(
            number,
            digests[revision],
            facts[revision],
            changes.get(revision, ()),
            history.list_packages_changed(name, revision),
        )
        for number, revision in chosen.items()
    )


def read_version(repository: Repository, history: History, name: str, number: int) -> VersionContent:
    """The content of one version of a tool. Raises NotFound."""
    revisions = _revisions(history, name)
    if not 1 <= number <= len(revisions):
        raise NotFound(f"the tool {name[:100]!r} has no version {number}: it has 1 to {len(revisions)}")
    revision = revisions[number - 1]
    digest = _digests(repository, name, [revision])[revision]
    if digest is None:
        return VersionContent(number, revision, None, (), {})
    files = list_files(repository, revision, name)
    return VersionContent(number, revision, digest, files, _contents(repository, files))


def read_packages_of(repository: Repository, content: VersionContent) -> dict[str, bytes]:
    """The readable files of the shared packages that a tool had at a version, by path below the tools directory."""
    names = read_shared_names(read_yaml(MANIFEST_FILE, content.contents.get(MANIFEST_FILE, b"")).value)
    folders = list_package_files(repository, content.revision) if names else {}
    read: dict[str, bytes] = {}

    def find_imports(package: str) -> frozenset[str] | None:
        if package not in folders:
            return None
        files = _contents(repository, folders[package])
        read.update({f"{name_shared_folder(package)}/{path}": data for path, data in files.items()})
        sources = (read_source(path, data) for path, data in files.items() if path.endswith(".py"))
        return frozenset[str]().union(*(source.imports for source in sources))

    list_packages_used(names, find_imports)
    return read


def read_commits(repository: Repository, revisions: Iterable[str]) -> dict[str, CommitFacts]:
    """The facts of each of these commits, read with one Git command. Raises GitFailed when one is missing."""
    wanted = list(dict.fromkeys(revisions))
    facts: dict[str, CommitFacts] = {}
    for revision, found in zip(wanted, read_objects(repository, wanted), strict=True):
        if found is None or found.kind != "commit":
            raise GitFailed(f"the repository has no commit {revision}: run `git fsck`")
        facts[revision] = _facts(revision, found.content)
    return facts


def find_last_changes(repository: Repository, history: History, name: str) -> dict[str, Version]:
    """For each file that the tool has now, the version that last changed it, by path. Raises NotFound."""
    revisions = _revisions(history, name)
    left = {file.path for file in list_files(repository, revisions[-1], name)}
    touched: dict[str, Version] = {}
    at, at_most = 0, 50
    while left and at < len(revisions):
        for version in read_versions(repository, history, name, skip=at, at_most=at_most):
            for path in left & {change.path for change in version.changes}:
                touched[path] = version
                left.discard(path)
        # Most files changed recently; the rest is searched in ever larger steps.
        at, at_most = at + at_most, at_most * 10
    return dict(sorted(touched.items()))


def _revisions(history: History, name: str) -> tuple[str, ...]:
    revisions = history.folders.get(name, ())
    if not revisions:
        raise NotFound(f"there is no version of a tool {name[:100]!r}")
    return revisions


def _digests(repository: Repository, name: str, revisions: Iterable[str]) -> dict[str, str | None]:
    wanted = list(revisions)
    asked = "".join(f"{revision}:{repository.tools_dir}/{name}\n" for revision in wanted)
    printed = repository.git(
        "cat-file", "--batch-check=%(objectname)", "--buffer", stdin=asked.encode("utf-8", "surrogateescape")
    )
    lines = printed.decode("utf-8", "surrogateescape").split("\n")
    # A submodule's commit is not in our object store: such a version has no digest here, and no files.
    return {revision: None if " " in line else line for revision, line in zip(wanted, lines, strict=False)}


def _changes(repository: Repository, name: str, commits: Iterable[CommitFacts]) -> dict[str, tuple[FileChange, ...]]:
    """The files below the tool's folder that each commit changed against its first parent, by commit."""
    # The first commits of a shallow clone name parents that the clone does not have.
    cut = repository.shallow_commits()
    parents = {one.revision: one.parent if one.revision not in cut else None for one in commits}
    lines = [f"{revision} {parent}\n" if parent else f"{revision}\n" for revision, parent in parents.items()]
    folder = f"{repository.tools_dir}/{name}"
    printed = repository.git(
        "diff-tree", "--stdin", "-r", "--root", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-relative",
        "--ignore-submodules=none", "-O/dev/null", "--name-status", "-z", "--", folder,
        stdin="".join(lines).encode(),
    ).decode("utf-8", "surrogateescape")  # fmt: skip
    found: dict[str, list[FileChange]] = {}
    changes: list[FileChange] = []
    words = iter(printed.split("\0")[:-1])
    for word in words:
        if len(word) > 1:  # a commit; a kind of change is one letter
            changes = found.setdefault(word.split(" ", 1)[0].strip(), [])
        else:
            path = next(words)[len(folder) + 1 :] or "."
            changes.append(FileChange(path, _CHANGES.get(word, "changed")))
    return {revision: tuple(made) for revision, made in found.items()}


def _contents(repository: Repository, files: Iterable[File]) -> dict[str, bytes]:
    regular = {file.path: file for file in files if file.kind in {"regular", "executable"}}
    wanted = select_paths_to_read({path: file.size for path, file in regular.items()})
    read = read_blobs(repository, (regular[path].blob for path in wanted))
    return {path: read[regular[path].blob] for path in sorted(wanted)}


def _facts(revision: str, content: bytes) -> CommitFacts:
    head, _, body = content.partition(b"\n\n")
    lines = dict(line.split(b" ", 1) for line in reversed(head.split(b"\n")) if b" " in line)
    encoding = lines.get(b"encoding", b"utf-8").decode("ascii", "replace")

    def text(raw: bytes) -> str:
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            return raw.decode("utf-8", "replace")

    author, authored_at = _signature(text(lines.get(b"author", b"")))
    committer, committed_at = _signature(text(lines.get(b"committer", b"")))
    parent = lines[b"parent"].decode() if b"parent" in lines else None
    return CommitFacts(revision, parent, author, authored_at, committer, committed_at, text(body).strip("\n"))


def _signature(line: str) -> tuple[Person, datetime]:
    found = _SIGNED.fullmatch(line)
    if found is None:
        return Person(line[:200], ""), datetime.fromtimestamp(0, UTC)
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
    person = Person(found["name"], found["email"])
    try:
        zone = timezone(-offset if found["sign"] == "-" else offset)
        return person, datetime.fromtimestamp(int(found["seconds"]), zone)
    except (ValueError, OverflowError, OSError):
        return person, datetime.fromtimestamp(0, UTC)  # a time that no calendar has
