"""The only door to Git.

:class:`Repository` names what is served and tells cheaply whether it moved; :func:`snapshot` reads the tool folders of
one commit, :func:`read_history` counts their versions, :class:`WorkTree` finds the folders that differ from the commit.
Nothing here writes to the repository, and no Git command runs anything that the repository brings along.
"""

from .bounds import MAX_FILE_BYTES, checked_paths
from .command import run_git
from .disk import read_folder
from .history import History, read_history
from .repository import Repository
from .snapshot import read_blobs, snapshot
from .worktree import Folders, WorkTree

__all__ = [
    "MAX_FILE_BYTES",
    "Folders",
    "History",
    "Repository",
    "WorkTree",
    "checked_paths",
    "read_blobs",
    "read_folder",
    "read_history",
    "run_git",
    "snapshot",
]
