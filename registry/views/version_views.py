"""Versions and differences as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime

from registry.folder_rules import make_printable
from registry.gitrepo import CommitFacts, DiffHunk, FileDifference, Person, Version
from registry.model import Json


def render_version(version: Version) -> dict[str, Json]:
    """A version with its commit."""
    commit = version.commit
    return {
        "version": version.number,
        "revision": commit.revision,
        "digest": version.digest,
        "message": commit.message,
        "author": _person(commit.author),
        "authored_at": _time(commit.authored_at),
        "committer": _person(commit.committer),
        "committed_at": _time(commit.committed_at),
        "changes": [{"path": make_printable(change.path), "kind": change.kind} for change in version.changes],
        "packages": list(version.packages),
    }


def render_last_change(version: Version) -> dict[str, Json]:
    """The version that last changed a file, with its author and time."""
    commit = version.commit
    author, at = _person(commit.author), _time(commit.authored_at)
    return {"version": version.number, "revision": commit.revision, "author": author, "authored_at": at}


def render_last_commit(commit: CommitFacts) -> dict[str, Json]:
    """The author and time of a tool's last version."""
    return {"at": _time(commit.committed_at), "by": commit.author.name}


def render_difference(file: FileDifference) -> dict[str, Json]:
    """The difference of one file."""
    return {
        "path": make_printable(file.path),
        "status": file.status,
        "binary": file.binary,
        "truncated": file.truncated,
        "hunks": [_hunk(hunk) for hunk in file.hunks],
    }


def _hunk(hunk: DiffHunk) -> Json:
    return {
        "old_start": hunk.old_start,
        "old_lines": hunk.old_lines,
        "new_start": hunk.new_start,
        "new_lines": hunk.new_lines,
        "lines": [
            {"kind": line.kind, "text": line.text, "old": line.old, "new": line.new, "ends": line.ends}
            for line in hunk.lines
        ],
    }


def _person(person: Person) -> Json:
    return {"name": person.name, "email": person.email}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
