"""The exchange with another repository: fetch, rebase, push, and the branches of proposals."""

from __future__ import annotations

from .proposal_branches import (
    ProposalBranch,
    find_merge_base,
    forget_merged,
    is_merged,
    list_branches,
    list_changed_paths,
    propose_edit,
    withdraw_branch,
)
from .remote_repository import Remote, RemoteState

__all__ = [
    "ProposalBranch",
    "Remote",
    "RemoteState",
    "find_merge_base",
    "forget_merged",
    "is_merged",
    "list_branches",
    "list_changed_paths",
    "propose_edit",
    "withdraw_branch",
]
