"""The repository itself: the only room that runs Git. Objects, snapshots, the writers' lock, and an edit as a value."""

from __future__ import annotations

from .commit_signer import check_signing_key, sign_commit
from .commit_snapshot import (
    ListedFolder,
    list_entries,
    list_files,
    list_package_files,
    name_folder_kind,
    read_blobs,
    read_snapshot,
)
from .folder_edit import SERVICE, Edit, FolderEdit, Person, find_person_faults, refuse_edit_faults
from .git_command import DURABLE, run_git
from .git_objects import NewObjects, Object, expect_tree, read_object_sizes, read_objects
from .git_trees import (
    MODES,
    SUBMODULE,
    TREE,
    Files,
    TreeBlob,
    add_folder_trees,
    format_index_info,
    format_tree,
    hash_blob,
    parse_tree,
    read_tree,
)
from .object_ids import hash_object, hash_tree
from .own_folder import make_folder_inside, make_own_folder, open_own_file, share_own_folder
from .partial_clone import is_partial, list_missing_objects
from .read_bounds import MAX_FILE_BYTES, MAX_FOLDER_BYTES, select_checked_paths, select_paths_to_read
from .repository import Repository, has_landed, is_ancestor, open_repository
from .tree_weight import MAX_LISTED_FILES, TreeWeight, weigh_tree
from .writers_lock import hold_writers_lock

__all__ = [
    "DURABLE",
    "MAX_FILE_BYTES",
    "MAX_FOLDER_BYTES",
    "MAX_LISTED_FILES",
    "MODES",
    "SERVICE",
    "SUBMODULE",
    "TREE",
    "Edit",
    "Files",
    "FolderEdit",
    "ListedFolder",
    "NewObjects",
    "Object",
    "Person",
    "Repository",
    "TreeBlob",
    "TreeWeight",
    "add_folder_trees",
    "check_signing_key",
    "expect_tree",
    "find_person_faults",
    "format_index_info",
    "format_tree",
    "has_landed",
    "hash_blob",
    "hash_object",
    "hash_tree",
    "hold_writers_lock",
    "is_ancestor",
    "is_partial",
    "list_entries",
    "list_files",
    "list_missing_objects",
    "list_package_files",
    "make_folder_inside",
    "make_own_folder",
    "name_folder_kind",
    "open_own_file",
    "open_repository",
    "parse_tree",
    "read_blobs",
    "read_object_sizes",
    "read_objects",
    "read_snapshot",
    "read_tree",
    "refuse_edit_faults",
    "run_git",
    "select_checked_paths",
    "select_paths_to_read",
    "share_own_folder",
    "sign_commit",
    "weigh_tree",
]
