"""Our own folder in a Git directory, with locks, notes and prepared files.

It is private, unless the repository is shared (``core.sharedRepository``): then whoever may write to the repository may
write there, too.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from registry.file_owners import make_owned_folder, open_owned

from .git_command import run_git

NAME = "toolcrib"
_PRIVATE = 0o700
_SHARED = {"group": 0o660, "true": 0o660, "1": 0o660, "all": 0o664, "world": 0o664, "everybody": 0o664, "2": 0o664}


def make_own_folder(git_dir: Path) -> Path:
    """The folder, made when missing. A file in it can become the index by one rename. Raises OSError, GitFailed."""
    folder = git_dir / NAME
    if make_owned_folder(folder, _PRIVATE):
        _share(folder, git_dir)
    return folder


def make_folder_inside(folder: Path) -> Path:
    """A folder inside of our own, with the same owner and rights. Raises OSError."""
    if make_owned_folder(folder, _PRIVATE):
        folder.chmod(stat.S_IMODE(folder.parent.stat().st_mode))
    return folder


def share_own_folder(git_dir: Path) -> None:
    """Give the folder, which an earlier start may have made, the rights that the repository asks for now."""
    _share(make_own_folder(git_dir), git_dir)


def open_own_file(path: Path, flags: int) -> int:
    """Open a file in our own folder, making it where it is missing, for those who may write to the folder."""
    above = path.parent.stat().st_mode
    # What others than the owner may do to the folder, they may do to the file.
    wanted = 0o600 | above & 0o066
    opened = open_owned(path, flags, wanted)
    if os.geteuid() in {0, os.fstat(opened).st_uid}:
        os.fchmod(opened, wanted)  # the umask took rights away
    return opened


def _share(folder: Path, git_dir: Path) -> None:
    told = (
        run_git(git_dir, "config", "--get", "core.sharedRepository", git_dir=git_dir, statuses=(0, 1)).decode().strip()
    )
    files = _SHARED.get(told.lower(), 0)
    if not files and len(told) > 1 and all(digit in "01234567" for digit in told):
        files = int(told, 8) & 0o666
    # As Git does: a folder can be entered by whom its files can be read; new files get the folder's group.
    mode = _PRIVATE | files | (files & 0o444) >> 2 | stat.S_ISGID if files else _PRIVATE
    if stat.S_IMODE(folder.stat().st_mode) != mode and folder.stat().st_uid in {os.geteuid(), git_dir.stat().st_uid}:
        folder.chmod(mode)
