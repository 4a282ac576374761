"""The history of tools: their versions, the content of each, how two contents differ, and our own commits."""

from __future__ import annotations

from .content_difference import DiffHunk, FileDifference, compare_contents, format_unified
from .own_commits import KnownCommit, OwnCommits
from .version_content import (
    CommitFacts,
    FileChange,
    Version,
    VersionContent,
    find_last_changes,
    read_commits,
    read_packages_of,
    read_version,
    read_versions,
)
from .version_index import History, read_history

__all__ = [
    "CommitFacts",
    "DiffHunk",
    "FileChange",
    "FileDifference",
    "History",
    "KnownCommit",
    "OwnCommits",
    "Version",
    "VersionContent",
    "compare_contents",
    "find_last_changes",
    "format_unified",
    "read_commits",
    "read_history",
    "read_packages_of",
    "read_version",
    "read_versions",
]
