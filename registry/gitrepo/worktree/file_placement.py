"""Replace one file of the working tree, unless somebody changed it in the meantime.

Every component of the path is opened without following symbolic links, so nothing outside the working tree is ever
written, whatever the tree contains. A file changes from old to new by one rename.
"""

from __future__ import annotations

import errno
import os
import stat
import uuid
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from registry.file_owners import give_away, keep_owner_and_mode
from registry.gitrepo.store import MODES, TreeBlob, hash_blob

from .checkouts import Checkout
from .content_conversion import UNCONVERTED, Conversion, convert_to_commit, convert_to_working_tree
from .disk_folder import FileStamp, describe_file, open_folder_beneath

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_COMPARED_BYTES = 64 * 1024 * 1024
_OTHER_MODE = {MODES["regular"]: MODES["executable"], MODES["executable"]: MODES["regular"]}


@dataclass(frozen=True, slots=True)
class FileForm:
    """How one file is converted: ``found`` as the working tree has it now, ``written`` when it is written.
    ``keeps_mode`` is False where the file system has no executable bit that counts (``core.fileMode``)."""

    found: Conversion = UNCONVERTED
    written: Conversion = UNCONVERTED
    keeps_mode: bool = True


def place_file(
    checkout: Checkout,
    path: str,
    before: Collection[TreeBlob | None],
    new: TreeBlob | None,
    content: bytes,
    object_format: str,
    form: FileForm,
) -> None:
    """Write ``content`` to ``path`` (relative to the working tree) as the file ``new``, or remove the file (None).

    Only when the file is one of ``before`` now: any other state is the user's and stays. Raises OSError when the file
    cannot be written.
    """
    *above, name = path.split("/")
    try:
        folder = open_folder_beneath(checkout.work_tree, above, make=new is not None and None in before)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            return  # the folder was removed, or a file or a link put in its place: the user's work
        raise
    try:
        found, stamp = _look(folder, name, object_format, form)
        is_nothing_of_gits = not found and stamp is not None
        states: set[TreeBlob | None] = {*found} or {None}
        if not form.keeps_mode:
            states |= {TreeBlob(_OTHER_MODE.get(one.mode, one.mode), one.identity) for one in found}
        if is_nothing_of_gits or new in states or not states & set(before):
            return
        if new is not None:
            if new.mode != MODES["symlink"]:
                content = convert_to_working_tree(content, form.written, new.identity)
            _replace(checkout, folder, name, stamp, content, new.mode)
        elif _stamp(folder, name) == stamp:
            os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)


def remove_empty_folders(checkout: Checkout, paths: Collection[str], up_to: str) -> None:
    """Remove the folders of these paths that are empty now, up to and including the folder ``up_to``."""
    folders = {path.rpartition("/")[0] for path in paths}
    every = {folder[: len(up_to)] + part for folder in folders for part in _prefixes(folder[len(up_to) :])}
    for folder in sorted(every, key=len, reverse=True):
        *above, name = folder.split("/")
        try:
            opened = open_folder_beneath(checkout.work_tree, above)
        except OSError:
            continue
        try:
            os.rmdir(name, dir_fd=opened)
        except OSError:
            pass  # the user has files in it, or it no longer exists
        finally:
            os.close(opened)


def _prefixes(below: str) -> list[str]:
    parts = below.split("/")
    return ["/".join(parts[: number + 1]) for number in range(len(parts))]


def _look(folder: int, name: str, object_format: str, form: FileForm) -> tuple[list[TreeBlob], FileStamp | None]:
    """What a folder has at a name, as it is and as it would be committed: ([], None) for nothing, ([], stamp) for
    something that Git cannot hold."""
    stamp = _stamp(folder, name)
    if stamp is None:
        return [], None
    file, content = describe_file(folder, name, name, object_format, _COMPARED_BYTES)
    if not file.blob or file.kind not in MODES:
        return [], stamp
    found = [TreeBlob(MODES[file.kind], file.blob)]
    if content is not None and form.found != UNCONVERTED:
        found.append(TreeBlob(found[0].mode, hash_blob(convert_to_commit(content, form.found), object_format)))
    return found, stamp


def _stamp(folder: int, name: str) -> FileStamp | None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return FileStamp.of(status)


def _replace(checkout: Checkout, folder: int, name: str, stamp: FileStamp | None, content: bytes, mode: str) -> None:
    """Write the content outside the working tree, beside the index, and rename it into place."""
    own = os.open(checkout.own_folder(), _FOLDER)
    part = f"index-{uuid.uuid4().hex}"  # named like a prepared index, so that it is removed after a crash
    where = own
    try:
        if os.fstat(own).st_dev != os.fstat(folder).st_dev:
            where, part = folder, f".{part}"  # a rename cannot cross file systems
        if mode == MODES["symlink"]:
            os.symlink(content, part, dir_fd=where)
            _give_link_away(part, where, folder)
        else:
            # The umask narrows the permissions, as for every file that Git writes.
            allowed = 0o777 if mode == MODES["executable"] else 0o666
            with open(os.open(part, _NEW_FILE, allowed, dir_fd=where), "wb") as opened:  # noqa: PTH123
                opened.write(content)
                _keep_owner(opened.fileno(), folder, name, mode)
        if _stamp(folder, name) == stamp:  # else it was changed while we wrote
            os.rename(part, name, src_dir_fd=where, dst_dir_fd=folder)
    finally:
        with suppress(FileNotFoundError):  # the rename usually moved it already
            os.unlink(part, dir_fd=where)
        os.close(own)


def _keep_owner(made: int, folder: int, name: str, mode: str) -> None:
    """Have the new file belong to whom the replaced one belongs, with its permissions; a file that replaces none, to
    whom the folder belongs."""
    try:
        before = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        before = None
    give_away(made, folder)
    if before is None or not stat.S_ISREG(before.st_mode):
        return
    was_executable, is_executable = bool(before.st_mode & stat.S_IXUSR), mode == MODES["executable"]
    if was_executable == is_executable:
        keep_owner_and_mode(made, before)
    elif was_executable:
        keep_owner_and_mode(made, before, 0o666)


def _give_link_away(name: str, where: int, folder: int) -> None:
    if os.geteuid() == 0 and stat.S_ISLNK(os.stat(name, dir_fd=where, follow_symlinks=False).st_mode):
        there = os.fstat(folder)
        os.chown(name, there.st_uid, there.st_gid, dir_fd=where, follow_symlinks=False)
