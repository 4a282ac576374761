"""Whose files are whose: what root makes in somebody's folder belongs to that somebody, not to root.

Only what this process has just made is given away, by its open descriptor: the folder's owner could put another file of
root's in its place.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

_ROOT = 0
_ACCESS = os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Owner:
    """A user that a command runs as: its id, and the ids of its first group and of the others."""

    uid: int
    gid: int
    groups: tuple[int, ...]

    def may_enter(self, status: os.stat_result) -> bool:
        """Whether the mode of a folder lets the user pass through."""
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid in {self.gid, *self.groups}:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def find_owner(folder: Path) -> Owner | None:
    """The user that root must act as in this folder: its owner. None where that is root, where this process is not
    root, and where the owner cannot reach the folder."""
    if os.geteuid() != _ROOT:
        return None
    try:
        status = folder.stat()
        if status.st_uid == _ROOT:
            return None
        owner = Owner(status.st_uid, status.st_gid, _groups_of(status.st_uid, status.st_gid))
        above = [one.stat() for one in folder.resolve().parents]
    except OSError:
        return None
    return owner if all(owner.may_enter(one) for one in [status, *above]) else None


def name_user(uid: int) -> str:
    """The user's name, or ``user 1000`` for one that has none here."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def open_owned(path: Path, flags: int, mode: int) -> int:
    """Open a file, making it where it is missing; a new one belongs to whom its folder belongs. Raises OSError."""
    for _ in range(10):
        try:
            made = os.open(path, flags | os.O_CREAT | os.O_EXCL | _ACCESS, mode)
        except FileExistsError:
            pass
        else:
            give_away(made, path.parent)
            return made
        try:
            return os.open(path, flags | _ACCESS)
        except FileNotFoundError:
            continue  # removed just now
    raise FileNotFoundError(2, os.strerror(2), str(path))


def make_owned_folder(path: Path, mode: int = 0o777) -> bool:
    """Make a folder where it is missing; a new one belongs to whom the folder above belongs. Whether it was made.

    One that an earlier version of this program made for root is given away as well. Raises OSError.
    """
    try:
        path.mkdir(mode)
        made = True
    except FileExistsError:
        if not path.is_dir():
            raise
        made = False
    if os.geteuid() == _ROOT:
        opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _ACCESS)
        try:
            give_away(opened, path.parent)
        finally:
            os.close(opened)
    return made


def give_away(made: int, folder: Path | int) -> None:
    """Give an open file or folder of root's to the owner of the folder that it lies in."""
    if os.geteuid() != _ROOT:
        return
    there = folder.stat() if isinstance(folder, Path) else os.fstat(folder)
    status = os.fstat(made)
    if status.st_uid == _ROOT != there.st_uid and (stat.S_ISDIR(status.st_mode) or status.st_nlink <= 1):
        os.fchown(made, there.st_uid, there.st_gid)


def keep_owner_and_mode(made: int, like: os.stat_result, permissions: int = 0o777) -> None:
    """Give an open file the owner, as far as this process may, and the ``permissions`` of the file that it replaces."""
    if os.geteuid() == _ROOT:
        os.fchown(made, like.st_uid, like.st_gid)
    os.fchmod(made, stat.S_IMODE(like.st_mode) & permissions)


def _groups_of(uid: int, gid: int) -> tuple[int, ...]:
    try:
        return tuple(os.getgrouplist(pwd.getpwuid(uid).pw_name, gid))
    except KeyError:
        return (gid,)
