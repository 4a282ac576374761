"""What this process's own commits changed: known already, so that Git need not be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.gitrepo.commit import Committed
from registry.gitrepo.store import ListedFolder, Repository
from registry.model import Folder
from registry.shared_packages import name_package

from .version_index import History

_KEPT = 64


@dataclass(frozen=True, slots=True)
class KnownCommit:
    """The tool folders of one commit, and the history up to it."""

    listed: Mapping[str, ListedFolder]
    history: History


class OwnCommits:
    """The newest commits of this process, each with the folders that it changed. Thread-safe.

    A commit's id determines its content and all its history, so what is remembered here is never out of date.
    """

    def __init__(self) -> None:
        self._steps: dict[str, tuple[str | None, Mapping[str, ListedFolder | None]]] = {}

    def add(self, commit: Committed, folders: Mapping[str, Folder | None]) -> None:
        """Remember the folders after a commit (None: removed); but no commit of a shared package, because Git has to be
        asked which tools it reaches."""
        if any(name_package(name) for name in folders):
            return
        while len(self._steps) >= _KEPT:
            self._steps.pop(next(iter(self._steps)), None)
        listed = {
            name: None if folder is None else ListedFolder(name, folder.digest, folder.files)
            for name, folder in folders.items()
        }
        self._steps[commit.revision] = commit.parent, listed

    def follow(self, repository: Repository, known: KnownCommit, tip: str) -> KnownCommit | None:
        """What is known of ``tip``, if only own commits lie between ``known`` and it; None if Git has to be asked."""
        if known.history.tip is None or known.history.shallow != repository.shallow_stamp():
            return None
        between: list[tuple[str, Mapping[str, ListedFolder | None]]] = []
        at: str | None = tip
        while at != known.history.tip:
            parent, folders = self._steps.get(at or "", (None, {}))
            if parent is None or at is None:
                return None
            between.append((at, folders))
            at = parent
        listed, history = dict(known.listed), known.history
        for revision, folders in reversed(between):
            for name, folder in folders.items():
                listed.pop(name, None)
                if folder is not None:
                    listed[name] = folder
            history = history.after_own(revision, folders)
        return KnownCommit(listed, history)
