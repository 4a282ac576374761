"""Files that somebody sends for a commit, as Git would commit them from the checkout: a text with CRLF that a path's
attributes call text would be a change in every checkout for ever."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from registry.gitrepo.store import Repository

from .checkouts import Checkout
from .content_conversion import convert_to_commit
from .path_attributes import read_checkout_settings, read_conversions


def convert_given_files(
    repository: Repository, name: str, files: Mapping[str, bytes], committed: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The files of the folder ``name``, with line ends and ``$Id$`` as Git would commit them. What equals the
    ``committed`` file stays as it is, and so does everything where no checkout shows the served branch."""
    given = {
        path: content
        for path, content in files.items()
        if content != committed.get(path) and (b"\r\n" in content or b"$Id:" in content)
    }
    if not given or repository.work_tree is None or not repository.shows_work_tree():
        return dict(files)
    checkout = Checkout(repository.git_dir, repository.work_tree)
    prefix = f"{repository.tools_dir}/{name}/"
    found = read_conversions(checkout, [prefix + path for path in given], read_checkout_settings(checkout))
    converted = {}
    for path, how in found.items():
        inside = path.removeprefix(prefix)
        text_only = replace(how, encoding="", program="")  # what is sent is UTF-8, and no pointer
        converted[inside] = convert_to_commit(given[inside], text_only, committed.get(inside))
    return {**files, **converted}


def list_filtered_files(repository: Repository, paths: Collection[str]) -> dict[str, str]:
    """Those of the paths (relative to the repository) that a filter keeps, with its name. No filter is ever run here,
    so what is committed of them is not what the checkout has."""
    if repository.work_tree is None:
        return {}
    checkout = Checkout(repository.git_dir, repository.work_tree)
    found = read_conversions(checkout, paths, read_checkout_settings(checkout))
    return {path: how.program for path, how in sorted(found.items()) if how.program}
