"""Each kind of edit as a function from the state that it starts from to the new files; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.errors import EditRefused, Fault, InputRefused
from registry.gitrepo import VersionContent
from registry.manifest import MANIFEST_FILE, amend_text, read_yaml, rename_in_text
from registry.model import Json, Status

from .edit_base import EditBase, list_faults, point_to_file


@dataclass(frozen=True, slots=True)
class FilesAfter:
    """The new state: all files of the folder ``name`` by path, None to remove it. ``message`` describes the edit when
    the difference alone does not."""

    name: str
    files: Mapping[str, bytes] | None
    executable: frozenset[str] = frozenset()
    message: str | None = None


def replace_files(base: EditBase, files: Mapping[str, bytes]) -> FilesAfter:
    """Exactly these files; existing ones keep their mode."""
    return FilesAfter(base.name, files, base.executable & files.keys())


def merge_manifest(base: EditBase, patch: Json, files: Mapping[str, bytes | None]) -> FilesAfter:
    """A merge patch (RFC 7396) on tool.yaml, None for none; ``files`` are the new contents of others, None removes one.

    Raises InputRefused when both change tool.yaml, EditRefused when tool.yaml cannot be read.
    """
    if patch is not None and MANIFEST_FILE in files:
        message = "tool.yaml is changed by `manifest` or by `files`, not by both"
        raise InputRefused(message, [Fault(point_to_file(MANIFEST_FILE), message, "twice")])
    gone = [path for path, content in files.items() if content is None and path not in base.files()]
    if gone:
        faults = [Fault(point_to_file(path), "there is no such file to remove", "no-such-file") for path in gone]
        raise InputRefused(f"{base.name} has not got every file that is to be removed", faults)
    result = {path: content for path, content in {**base.files(), **files}.items() if content is not None}
    if patch is not None:
        result[MANIFEST_FILE] = amend_text(_manifest_text(base), patch)
    return replace_files(base, result)


def set_status(base: EditBase, status: Status) -> FilesAfter:
    """Another status; ``replaced_by`` is removed, because it belongs to the old one."""
    now = base.manifest() or {}
    if now.get("status", "active") == status and "replaced_by" not in now:
        return replace_files(base, base.files())
    return merge_manifest(base, {"status": status, "replaced_by": None}, {})


def rename_tool(base: EditBase, name: str) -> FilesAfter:
    """The same files in a folder of another name, which tool.yaml gets, too."""
    files = base.files()
    if name != base.name:
        files[MANIFEST_FILE] = rename_in_text(_manifest_text(base), name)
    return FilesAfter(name, files, base.executable)


def remove_files(base: EditBase) -> FilesAfter:
    """No folder any more."""
    return FilesAfter(base.name, None)


def restore_files(base: EditBase, version: VersionContent) -> FilesAfter:
    """The files of a version with their modes. Raises InputRefused when the version has files that cannot be
    restored."""
    if not version.files:
        raise _unfit(f"version {version.number} is the removal of {base.name}: delete it")
    left = [file.path for file in version.files if file.path not in version.contents]
    if left:
        raise _unfit(f"version {version.number} has files that no tool may have, such as {left[0][:100]!r}")
    message = f"{base.name}: restore version {version.number}"
    return FilesAfter(base.name, version.contents, version.executable, message)


def _unfit(message: str) -> InputRefused:
    return InputRefused(message, [Fault("/version", message, "version")])


def _manifest_text(base: EditBase) -> bytes:
    """The bytes of the current tool.yaml. Raises EditRefused when there is none or it cannot be read."""
    text = base.files().get(MANIFEST_FILE)
    findings = () if text is None else read_yaml(MANIFEST_FILE, text).findings
    if text is None or findings:
        message = f"the tool.yaml of {base.name} cannot be read, so nothing in it can be changed: replace it as a whole"
        raise EditRefused(message, list_faults(findings), sorted(findings))
    return text
