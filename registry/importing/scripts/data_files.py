"""The data files that a script and its helpers read from beside themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from registry.errors import InputRefused
from registry.folder_rules import MAX_FILE_BYTES, is_badly_named

from .folder_expressions import list_data_files
from .own_modules import OwnModules
from .script_source import ScriptSource, read_bytes

_MOST_FILES = 60
_MOST_BYTES = 4 * 1024 * 1024
_PRIVATE_ENDINGS = {".pem", ".key", ".p12", ".pfx", ".jks", ".kdbx"}
_PRIVATE_BEGINNINGS = ("id_rsa", "id_ed25519", "credentials", "secrets", ".env")


@dataclass(frozen=True, slots=True)
class DataFiles:
    """The files by their path in the tool's folder, and a sentence for each that is not brought."""

    files: dict[str, bytes] = field(default_factory=dict)
    open: tuple[str, ...] = ()


def collect_data(source: ScriptSource, own: OwnModules) -> DataFiles:
    """Everything that lies in the script's folder and that its text, or a helper's, names."""
    files: dict[str, bytes] = {}
    told: dict[str, None] = {}
    base = source.path.parent.resolve()
    places = dict.fromkeys(_named(source, own))
    for path in places:
        if not path.is_relative_to(base):
            told[f"it reads {path.name}, which lies above the script: put it beside the script, and say so there"] = (
                None
            )
            continue
        for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if one.is_dir() or one.suffix in {".py", ".pyc"} or is_badly_named(one.relative_to(base).as_posix()):
                continue
            if one.suffix in _PRIVATE_ENDINGS or one.name.startswith(_PRIVATE_BEGINNINGS):
                told[
                    f"it reads {one.name}, which looks like a secret and was not copied: make it one of runtime.secrets"
                ] = None
                continue
            try:
                data = read_bytes(one, source.root, MAX_FILE_BYTES)
            except InputRefused as error:
                told[str(error)] = None
                continue
            if len(files) >= _MOST_FILES or sum(map(len, files.values())) + len(data) > _MOST_BYTES:
                told["it names more data than a tool can bring: not all of it was copied"] = None
                break
            files[one.relative_to(base).as_posix()] = data
    return DataFiles(files, tuple(told))


def _named(source: ScriptSource, own: OwnModules) -> Iterator[Path]:
    modules = {own.module: source, **own.sources}
    for name, one in modules.items():
        for path in list_data_files(one.tree, own.names[name], one.path, source.root):
            if not (path.is_dir() and source.path.resolve().is_relative_to(path)):
                yield path
