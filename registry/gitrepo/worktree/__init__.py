"""The working trees: the files on disk, the index, and how both follow a branch that one of our commits moved."""

from __future__ import annotations

from .checkouts import list_checkouts
from .disk_folder import make_folder_after_edit, read_folder
from .following_trees import (
    FollowingTrees,
    explain_foreign_lock,
    finish_advances,
    finish_as_writer,
    read_moved_contents,
)
from .given_files import convert_given_files, list_filtered_files
from .toolset_files import TOOLSETS_DIR, ToolsetFile, read_committed_toolsets, read_shown_toolsets, read_toolset_files
from .tree_advance import FolderMove
from .work_tree import ChangedFolders, WorkTree

__all__ = [
    "TOOLSETS_DIR",
    "ChangedFolders",
    "FolderMove",
    "FollowingTrees",
    "ToolsetFile",
    "WorkTree",
    "convert_given_files",
    "explain_foreign_lock",
    "finish_advances",
    "finish_as_writer",
    "list_checkouts",
    "list_filtered_files",
    "make_folder_after_edit",
    "read_committed_toolsets",
    "read_folder",
    "read_moved_contents",
    "read_shown_toolsets",
    "read_toolset_files",
]
