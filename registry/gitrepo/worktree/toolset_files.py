"""The files in the folder ``toolsets`` at the top of the repository: in a commit, and in the working tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.gitrepo.store import Repository, list_entries, read_blobs
from registry.model import File

from .checkouts import Checkout
from .committed_form import CommittedForm
from .disk_folder import read_files, read_stamps
from .path_attributes import read_checkout_settings, read_conversions

TOOLSETS_DIR = "toolsets"
_MAX_BYTES = 64 * 1024
_SUFFIXES = (".yaml", ".yml")
_READ_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class ToolsetFile:
    """One file of the folder; its path is the name in the folder. ``content`` is None when it was not read."""

    file: File
    content: bytes | None
    uncommitted: bool = False


def read_committed_toolsets(
    repository: Repository, revision: str, known: Mapping[str, ToolsetFile] | None = None
) -> dict[str, ToolsetFile]:
    """The toolsets' files at ``revision`` (a full commit id), by name. A file equal to one in ``known`` is not read."""
    known = known or {}
    files = [file for file in list_entries(repository, revision, TOOLSETS_DIR) if _counts(file.path)]
    new = [
        file.blob
        for file in files[:_READ_AT_MOST]
        if file.kind in {"regular", "executable"}
        and file.size <= _MAX_BYTES
        and (file.path not in known or known[file.path].file != file)
    ]
    read = read_blobs(repository, new)
    return {
        file.path: known[file.path]
        if file.path in known and known[file.path].file == file
        else ToolsetFile(file, read.get(file.blob))
        for file in files
    }


def read_shown_toolsets(repository: Repository, committed: Mapping[str, ToolsetFile]) -> dict[str, ToolsetFile]:
    """The committed files, replaced by the working tree's where those differ. A file deleted on disk stays as
    committed."""
    top = repository.work_tree
    if top is None or not (top / TOOLSETS_DIR).is_dir() or (top / TOOLSETS_DIR).is_symlink():
        return dict(committed)
    printed = repository.git(
        "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", f"{TOOLSETS_DIR}/", in_work_tree=True
    ).decode("utf-8", "surrogateescape")
    names = [name for name in sorted({path.partition("/")[2] for path in printed.split("\0")[:-1]}) if _counts(name)]
    found = dict(committed)
    checkout = Checkout(repository.git_dir, top)
    settings = read_checkout_settings(checkout)
    conversions = read_conversions(checkout, [f"{TOOLSETS_DIR}/{name}" for name in names], settings)
    form = CommittedForm(
        repository,
        settings,
        TOOLSETS_DIR,
        {path.partition("/")[2]: how for path, how in conversions.items()},
        {name: one.file for name, one in committed.items()},
    )
    for name in names:
        one = _on_disk(top, name, repository.object_format, form=form)
        if one is not None and (name not in committed or committed[name].file != one.file):
            found[name] = one
    return dict(sorted(found.items()))


def read_toolset_files(folder: Path) -> Iterator[ToolsetFile]:
    """The toolsets' files in any folder on disk, sorted by name."""
    for name in sorted(path.name for path in folder.iterdir()):
        one = _on_disk(folder.absolute().parent, name, "sha1", folder.absolute().name) if _counts(name) else None
        if one is not None:
            yield one


def _on_disk(
    top: Path, name: str, object_format: str, folder: str = TOOLSETS_DIR, form: CommittedForm | None = None
) -> ToolsetFile | None:
    stamps = read_stamps(str(top / folder), [name])
    large = any(stamp.size_bytes > _MAX_BYTES for stamp in stamps.values())
    files, contents = (
        form.read_files(top, stamps) if form is not None else read_files(top, folder, stamps, object_format)
    )
    if not files:
        return None
    return ToolsetFile(files[0], None if large else contents.get(name), uncommitted=True)


def _counts(name: str) -> bool:
    """Whether a file of the folder is meant to be a toolset; a README, for example, is not."""
    return name.endswith(_SUFFIXES) and "/" not in name and not name.startswith(".")
