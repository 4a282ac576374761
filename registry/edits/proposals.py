"""Edits as proposals: each is a checked commit on a branch of its own that waits to be merged.

:class:`Proposer` takes the same edits as a :class:`~registry.gitrepo.Committer`, and raises the same errors.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from registry.errors import NotFound, Unavailable
from registry.forge_addresses import make_pull_request_url
from registry.gitrepo import (
    Edit,
    FileDifference,
    ListedFolder,
    Person,
    ProposalBranch,
    Repository,
    Unchanged,
    compare_contents,
    find_merge_base,
    forget_merged,
    is_merged,
    list_branches,
    list_changed_paths,
    propose_edit,
    read_blobs,
    read_commits,
    read_snapshot,
    select_checked_paths,
    select_paths_to_read,
    withdraw_branch,
)
from registry.manifest import attach_packages, check_folder, check_package, link_packages
from registry.model import Finding, Folder, Tool
from registry.shared_packages import name_package, split_folder_path

_NOTHING = ListedFolder("", "", ())
_UNSEEN: Final = object()


@dataclass(frozen=True, slots=True)
class Proposal:
    """One open proposal. ``folder`` is what it changes, a tool's or ``_shared/<package>``; ``id`` is made of that and a
    short id, ``branch`` the short name of its branch; ``findings`` are
    those of the proposed folder, ``difference`` is against ``base``, the served commit at which it began. ``url`` opens
    a pull request, None when no address is known."""

    id: str
    branch: str
    folder: str
    revision: str
    base: str | None
    author: Person
    message: str
    created_at: datetime
    url: str | None
    findings: tuple[Finding, ...]
    difference: tuple[FileDifference, ...]


class Proposer:
    """Proposes edits and lists the open proposals; thread-safe.

    ``remote_url`` is the address of the remote to which proposals are pushed, without passwords. ``announce`` is called
    after each change, to request an exchange with the remote. Nothing here waits for the remote.
    """

    def __init__(
        self,
        repository: Repository,
        *,
        remote_url: str | None = None,
        pull_request_url: str | None = None,
        max_memory_mb: int = 1024,
        announce: Callable[[], None] = lambda: None,
    ) -> None:
        self._repository = repository
        self._remote_url = remote_url
        self._template = pull_request_url
        self._max_memory_mb = max_memory_mb
        self._announce = announce
        self._lock = threading.Lock()
        # The proposal of a branch at one commit, compared to one served commit; None for a merged one.
        self._seen: dict[tuple[ProposalBranch, str | None], Proposal | None] = {}

    def propose(self, edit: Edit, folder: str) -> Proposal | Unchanged:
        """Commit the edit on a branch of its own. Raises the same errors as ``Committer.commit``."""
        forget_merged(self._repository)
        branch = propose_edit(self._repository, edit, folder)
        if isinstance(branch, Unchanged):
            return branch
        self._announce()
        found = self._look_at(branch, self._repository.tip())
        if found is None:
            raise Unavailable("the proposal was merged at once: look at the tool", retry_after_seconds=1)
        return found

    def proposals(self) -> tuple[Proposal, ...]:
        """All open proposals, newest first."""
        branches = list_branches(self._repository)
        served = self._repository.tip() if branches else None
        with self._lock:
            self._seen = {key: self._seen[key] for key in self._seen if key[1] == served and key[0] in branches}
        found = [self._look_at(branch, served) for branch in branches]
        return tuple(sorted((one for one in found if one), key=lambda one: (one.created_at, one.id), reverse=True))

    def proposal(self, proposal_id: str) -> Proposal:
        """One open proposal. Raises NotFound."""
        found = next((one for one in self.proposals() if one.id == proposal_id), None)
        if found is None:
            raise NotFound(f"there is no open proposal {proposal_id[:100]!r}")
        return found

    def withdraw(self, proposal_id: str) -> None:
        """Close a proposal and remove its branch; the next exchange removes it from the remote. Raises NotFound,
        CannotEdit while the branch is checked out in a working tree, Unavailable when it moved just now."""
        found = self.proposal(proposal_id)
        if not withdraw_branch(self._repository, ProposalBranch(found.id, found.folder, found.revision)):
            raise Unavailable(f"the proposal {proposal_id} moved just now: try again", retry_after_seconds=1)
        self._announce()

    def _look_at(self, branch: ProposalBranch, served: str | None) -> Proposal | None:
        key = branch, served
        seen = self._seen.get(key, _UNSEEN)
        if isinstance(seen, Proposal | None):
            found = seen
        else:
            merged = served is not None and is_merged(self._repository, branch, served)
            found = None if merged else self._read(branch, served)
            with self._lock:
                self._seen[key] = found
        return found and replace(found, url=self._url(branch))

    def _read(self, branch: ProposalBranch, served: str | None) -> Proposal:
        repository = self._repository
        base = find_merge_base(repository, served, branch.revision) if served else None
        facts = read_commits(repository, [branch.revision])[branch.revision]
        after = read_snapshot(repository, branch.revision)
        before = read_snapshot(repository, base, after) if base else {}
        changed = self._changed_folders(base, branch.revision)
        return Proposal(
            branch.name, branch.ref.removeprefix("refs/heads/"), branch.folder, branch.revision, base, facts.author,
            facts.message, facts.committed_at, None, self._findings(after, branch.folder),
            compare_contents(self._contents(before, changed), self._contents(after, changed)),
        )  # fmt: skip

    def _changed_folders(self, base: str | None, revision: str) -> tuple[str, ...]:
        prefix = self._repository.tools_dir + "/"
        paths = list_changed_paths(self._repository, base, revision, [prefix]) if base else ()
        return tuple(sorted({split_folder_path(path.removeprefix(prefix))[0] for path in paths}))

    def _contents(self, listed: Mapping[str, ListedFolder], names: tuple[str, ...]) -> dict[str, bytes]:
        """The bytes of the folders' files within the limits, by path below the tools directory."""
        blobs: dict[str, str] = {}
        for name in names:
            files = {file.path: file for file in listed.get(name, _NOTHING).files if file.kind != "submodule"}
            wanted = select_paths_to_read({path: file.size for path, file in files.items()})
            blobs |= {f"{name}/{path}": files[path].blob for path in wanted}
        read = read_blobs(self._repository, blobs.values())
        return {path: read[blob] for path, blob in blobs.items()}

    def _findings(self, after: Mapping[str, ListedFolder], name: str) -> tuple[Finding, ...]:
        """The findings of the check for the proposed folder; none when the proposal removes it."""
        if name not in after:
            return ()
        [folder] = self._read_folders([after[name]])
        if name_package(name) is not None:
            return check_package(folder).findings
        checked = check_folder(folder, max_memory_mb=self._max_memory_mb)
        others = [listed for other, listed in after.items() if name_package(other) is not None]
        packages = [check_package(one) for one in self._read_folders(others)] if others else []
        tool = Tool(name, checked, folder.files, folder.digest, None, 0, uncommitted=False)
        return attach_packages(tool, link_packages({one.name: one for one in packages})).findings

    def _read_folders(self, listed: Sequence[ListedFolder]) -> list[Folder]:
        """These folders as the check takes them."""
        blobs: list[dict[str, str]] = []
        for one in listed:
            files = {file.path: file for file in one.files if file.kind in {"regular", "executable"}}
            wanted = select_checked_paths({path: file.size for path, file in files.items()})
            blobs.append({path: files[path].blob for path in sorted(wanted)})
        read = read_blobs(self._repository, (blob for wanted in blobs for blob in wanted.values()))
        return [
            Folder(one.name, one.digest, one.files, {path: read[blob] for path, blob in wanted.items()})
            for one, wanted in zip(listed, blobs, strict=True)
        ]

    def _url(self, branch: ProposalBranch) -> str | None:
        base = self._repository.served_ref().removeprefix("refs/heads/")
        return make_pull_request_url(self._remote_url, base, branch.ref.removeprefix("refs/heads/"), self._template)
