"""The working trees that have a branch checked out: a commit on it has to bring them up to date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from registry.gitrepo.store import Repository, make_own_folder, run_git

_POINTER_BYTES_AT_MOST = 8192


@dataclass(frozen=True, slots=True)
class Checkout:
    """One working tree and its Git directory, which holds its index and its HEAD."""

    git_dir: Path
    work_tree: Path

    def git(self, *arguments: str) -> bytes:
        """Run a Git command here; see :func:`~registry.gitrepo.store.run_git`."""
        return run_git(self.work_tree, *arguments, git_dir=self.git_dir, work_tree=self.work_tree)

    def own_folder(self) -> Path:
        """Our folder beside the index, made when missing. A file in it can become the index by one rename."""
        return make_own_folder(self.git_dir)


def list_checkouts(repository: Repository, ref: str) -> tuple[Checkout, ...]:
    """The working trees whose HEAD names ``ref``: the repository's own, the main one, the linked ones."""
    found = {checkout.git_dir: checkout for checkout in _checkouts(repository)}
    return tuple(one for one in found.values() if replace(repository, git_dir=one.git_dir).follow_ref("HEAD") == ref)


def _checkouts(repository: Repository) -> Iterator[Checkout]:
    if repository.work_tree is not None:
        yield Checkout(repository.git_dir, repository.work_tree)
    common = repository.common_dir
    if repository.git_dir != common and common.name == ".git":
        yield Checkout(common, common.parent)
    try:
        linked = sorted(os.scandir(common / "worktrees"), key=lambda entry: entry.name)
    except OSError:
        return  # there are none
    for entry in linked:
        git_dir = Path(entry.path)
        try:
            # The file names the working tree's own `.git`, which names this folder in turn.
            with (git_dir / "gitdir").open("rb") as opened:
                pointer = Path(os.fsdecode(opened.read(_POINTER_BYTES_AT_MOST).strip()))
        except OSError:
            continue
        if (git_dir / pointer).is_file() and git_dir != repository.git_dir:
            yield Checkout(git_dir, (git_dir / pointer).parent)
