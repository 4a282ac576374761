"""From an edit to a commit on the served branch: the plan, the text, and the compare-and-swap."""

from __future__ import annotations

from .commit_plan import plan_commit
from .committer import Committer
from .edit_commit import (
    PATIENCE_SECONDS,
    Committed,
    Unchanged,
    commit_edit,
    explain_busy,
    move_branch,
    name_served_branch,
)
from .first_commit import found_repository, read_user_identity

__all__ = [
    "PATIENCE_SECONDS",
    "Committed",
    "Committer",
    "Unchanged",
    "commit_edit",
    "explain_busy",
    "found_repository",
    "move_branch",
    "name_served_branch",
    "plan_commit",
    "read_user_identity",
]
