"""Exchange the branches of proposals with a remote.

Once a proposal was pushed, the remote's branch decides: the local one follows what is pushed there, and is removed when
it is removed there. Each step is one transaction of refs, so a killed process neither loses nor revives a proposal.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.errors import GitFailed
from registry.gitrepo.store import Repository
from registry.gitrepo.worktree import list_checkouts

from .proposal_branches import HEADS, WITHDRAWN, forget_merged, list_proposal_refs, move_refs, select_proposal_refs
from .remote_transfer import Transfer


def exchange_proposals(repository: Repository, transfer: Transfer, remote: str) -> None:
    """Bring both sides up to date. What the remote refuses does not stop the rest; the first refusal is raised at the
    end, as GitFailed."""
    forget_merged(repository)
    tracking = f"refs/remotes/{remote}/toolcrib/"
    one = _Exchange(repository, transfer, tracking, list_proposal_refs(repository, tracking))
    local, withdrawn = list_proposal_refs(repository, HEADS), list_proposal_refs(repository, WITHDRAWN)
    for name in one.tracked.keys() - local.keys() - withdrawn.keys():
        move_refs(repository, {tracking + name: (one.tracked[name], None)}, "no proposal any more")
    if not local and not withdrawn:
        return
    there = select_proposal_refs(transfer.refs(HEADS + "*"))
    faults: list[GitFailed] = []
    for name, revision in [*local.items(), *withdrawn.items()]:
        try:
            if name in withdrawn:
                one.withdraw(name, revision, there.get(name))
            else:
                one.bring_up(name, revision, there.get(name))
        except GitFailed as error:
            faults.append(error)
    if faults:
        raise faults[0]


@dataclass(frozen=True, slots=True)
class _Exchange:
    repository: Repository
    transfer: Transfer
    tracking: str
    tracked: dict[str, str]

    def bring_up(self, name: str, local: str, there: str | None) -> None:
        """Exchange an open proposal: push it when the remote never had it, else take the remote's state."""
        ref, known = HEADS + name, self.tracked.get(name)
        if there is None and known is None:
            self.transfer.push(f"{local}:{ref}", expected={ref: ""})
            move_refs(self.repository, {self.tracking + name: (None, local)}, "a proposal was pushed")
            return
        if there == local == known or list_checkouts(self.repository, ref):
            return  # equal on both sides, or somebody works on the branch here
        if there is not None:
            self.transfer.fetch(f"+{ref}:{self.tracking}{name}")
            known = there = self.repository.tip_of(self.tracking + name)
        if there != local or there is None:
            moves = {ref: (local, there), self.tracking + name: (known, there)}
            move_refs(self.repository, moves, "the remote's proposal")

    def withdraw(self, name: str, revision: str, there: str | None) -> None:
        """Remove a withdrawn proposal from the remote, unless somebody added commits there: that opens it again."""
        ref, known = HEADS + name, self.tracked.get(name)
        if there == revision:
            self.transfer.push(f":{ref}", expected={ref: revision})
            there = None
        elif there is not None:
            self.transfer.fetch(f"+{ref}:{self.tracking}{name}")
            known = there = self.repository.tip_of(self.tracking + name)
        moves = {WITHDRAWN + name: (revision, None), self.tracking + name: (known, there)}
        if there is not None:
            moves[ref] = (None, there)
        move_refs(self.repository, moves, "a proposal was withdrawn")
