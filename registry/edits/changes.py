"""What each kind of edit makes of a tool: from what is there to what is to be there, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.errors import EditRefused, Fault, InputRefused
from registry.gitrepo import VersionContent
from registry.manifest import MANIFEST_FILE, amend_text, read_yaml, rename_in_text
from registry.model import Json, Status

from .base import Base, faults_of, file_pointer


@dataclass(frozen=True, slots=True)
class After:
    """What is to be there: all files of the folder ``name`` by path, None where it is to go. ``message`` says what was
    done where the difference alone would not."""

    name: str
    files: Mapping[str, bytes] | None
    executable: frozenset[str] = frozenset()
    message: str | None = None


def replaced(base: Base, files: Mapping[str, bytes]) -> After:
    """Exactly these files; those that are there already keep their mode."""
    return After(base.name, files, base.executable & files.keys())


def merged(base: Base, patch: Json, files: Mapping[str, bytes | None]) -> After:
    """A merge patch (RFC 7396) on tool.yaml, None for none; ``files`` are written beside it, None removes one.

    Raises InputRefused where both say what tool.yaml is to be, EditRefused where it cannot be read.
    """
    if patch is not None and MANIFEST_FILE in files:
        message = "tool.yaml is changed by `manifest` or by `files`, not by both"
        raise InputRefused(message, [Fault(file_pointer(MANIFEST_FILE), message, "twice")])
    gone = [path for path, content in files.items() if content is None and path not in base.files()]
    if gone:
        faults = [Fault(file_pointer(path), "there is no such file to remove", "no-such-file") for path in gone]
        raise InputRefused(f"{base.name} has not got every file that is to be removed", faults)
    result = {path: content for path, content in {**base.files(), **files}.items() if content is not None}
    if patch is not None:
        result[MANIFEST_FILE] = amend_text(_manifest_text(base), patch)
    return replaced(base, result)


def with_status(base: Base, status: Status) -> After:
    """Another status; what stands in for the tool goes with it, because only a deprecated tool has that."""
    now = base.manifest() or {}
    if now.get("status", "active") == status and "replaced_by" not in now:
        return replaced(base, base.files())
    return merged(base, {"status": status, "replaced_by": None}, {})


def renamed_to(base: Base, name: str) -> After:
    """The same folder under another name."""
    files = base.files()
    if name != base.name:
        files[MANIFEST_FILE] = rename_in_text(_manifest_text(base), name)
    return After(name, files, base.executable)


def removed(base: Base) -> After:
    """Nothing."""
    return After(base.name, None)


def restored(base: Base, version: VersionContent) -> After:
    """The files of a version, their modes too. Raises InputRefused where they are not all there to be had."""
    if not version.files:
        raise _unfit(f"version {version.number} is the removal of {base.name}: delete it")
    left = [file.path for file in version.files if file.path not in version.contents]
    if left:
        raise _unfit(f"version {version.number} has files that no tool may have, such as {left[0][:100]!r}")
    message = f"{base.name}: restore version {version.number}"
    return After(base.name, version.contents, version.executable, message)


def _unfit(message: str) -> InputRefused:
    return InputRefused(message, [Fault("/version", message, "version")])


def _manifest_text(base: Base) -> bytes:
    """The tool.yaml that is there, which can be read. Raises EditRefused."""
    text = base.files().get(MANIFEST_FILE)
    findings = () if text is None else read_yaml(MANIFEST_FILE, text).findings
    if text is None or findings:
        message = f"the tool.yaml of {base.name} cannot be read, so nothing in it can be changed: replace it as a whole"
        raise EditRefused(message, faults_of(findings), sorted(findings))
    return text
