"""A folder as an edit would leave it, before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from registry.model import File, Folder

from .disk import as_folder
from .objectid import object_id
from .repository import Repository


def proposed_folder(
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
            object_id(b"blob", content, repository.object_format),
        )
        for path, content in sorted(contents.items())
    )
    return as_folder(name, files, contents, repository.object_format)
