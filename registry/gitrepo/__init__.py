"""The only door to Git.

:class:`Repository` names what is served and tells cheaply whether it moved; :func:`snapshot` reads the tool folders of
one commit, :func:`read_history` counts their versions, :class:`WorkTree` finds the folders that
differ from the commit.
:class:`Committer` commits edits, :class:`Remote` exchanges commits with another repository; nothing else here writes.
No Git command runs anything that the repository brings along.
"""

from .bounds import MAX_FILE_BYTES, checked_paths, paths_to_read
from .command import run_git
from .commit import Committed, Unchanged, commit_edit, served_branch
from .committer import Committer
from .difference import FileDifference, Hunk, Line, compare, unified
from .disk import read_folder
from .edit import SERVICE, Edit, FolderEdit, Person, refuse_faults
from .followers import finish_advances
from .founding import found_repository, identity_of_user
from .history import History, read_history
from .proposed import proposed_folder
from .proposing import (
    Branch,
    changed_paths,
    forget_merged,
    is_merged,
    merge_base,
    open_branches,
    propose_edit,
    withdraw_branch,
)
from .remote import Remote, RemoteState
from .repository import Repository, open_repository
from .snapshot import Listed, read_blobs, served_folder, snapshot
from .steps import Known, Steps
from .toolsets import TOOLSETS_DIR, ToolsetFile, committed_toolsets, shown_toolsets, toolset_files
from .versions import Change, CommitFacts, Content, Version, last_touched, read_commits, read_version, read_versions
from .web import pull_request_url
from .worktree import Folders, WorkTree

__all__ = [
    "MAX_FILE_BYTES",
    "SERVICE",
    "TOOLSETS_DIR",
    "Branch",
    "Change",
    "CommitFacts",
    "Committed",
    "Committer",
    "Content",
    "Edit",
    "FileDifference",
    "FolderEdit",
    "Folders",
    "History",
    "Hunk",
    "Known",
    "Line",
    "Listed",
    "Person",
    "Remote",
    "RemoteState",
    "Repository",
    "Steps",
    "ToolsetFile",
    "Unchanged",
    "Version",
    "WorkTree",
    "changed_paths",
    "checked_paths",
    "commit_edit",
    "committed_toolsets",
    "compare",
    "finish_advances",
    "forget_merged",
    "found_repository",
    "identity_of_user",
    "is_merged",
    "last_touched",
    "merge_base",
    "open_branches",
    "open_repository",
    "paths_to_read",
    "propose_edit",
    "proposed_folder",
    "pull_request_url",
    "read_blobs",
    "read_commits",
    "read_folder",
    "read_history",
    "read_version",
    "read_versions",
    "refuse_faults",
    "run_git",
    "served_branch",
    "served_folder",
    "shown_toolsets",
    "snapshot",
    "toolset_files",
    "unified",
    "withdraw_branch",
]
