"""A folder as an edit would leave it, before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from registry.gitrepo.store import Repository, hash_object
from registry.model import File, Folder

from .disk_folder import make_folder


def make_folder_after_edit(
    repository: Repository, name: str, contents: Mapping[str, bytes], executable: Collection[str] = ()
) -> Folder:
    """The folder with these files, as the check wants it; its digest is the one that a commit of them will have.

    The paths are those of an edit without faults, see :func:`~.edit.refuse_faults`.
    """
    files = tuple(
        File(
            path,
            "executable" if path in executable else "regular",
            len(content),
            hash_object(b"blob", content, repository.object_format),
        )
        for path, content in sorted(contents.items())
    )
    return make_folder(name, files, contents, repository.object_format)
