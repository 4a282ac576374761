"""The state that an edit starts from: a committed tool, or no tool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.catalog import Catalog
from registry.errors import EditRefused, Fault, UncommittedWork
from registry.gitrepo import select_paths_to_read
from registry.manifest import MANIFEST_FILE, read_yaml
from registry.model import Finding, Json, Tool

_READABLE = {"regular", "executable"}


@dataclass(frozen=True, slots=True)
class EditBase:
    """The tool ``name`` of a catalog; ``tool`` is None when the edit creates it."""

    name: str
    tool: Tool | None
    catalog: Catalog

    @property
    def digest(self) -> str | None:
        """The Git tree id of the folder; None when there is no folder."""
        return self.tool.digest if self.tool else None

    @property
    def executable(self) -> frozenset[str]:
        """The paths of the executable files."""
        files = self.tool.files if self.tool else ()
        return frozenset(file.path for file in files if file.kind == "executable")

    def readable_files(self) -> dict[str, bytes]:
        """The bytes of every readable file, by path; of a folder beyond the limits only some of them."""
        files = {file.path: file for file in (self.tool.files if self.tool else ()) if file.kind in _READABLE}
        wanted = select_paths_to_read({path: file.size for path, file in files.items()})
        read = self.catalog.contents.of(tuple(files[path].blob for path in sorted(wanted)))
        return {path: read[files[path].blob] for path in sorted(wanted)}

    def files(self) -> dict[str, bytes]:
        """The bytes of all files, by path. Raises EditRefused if an edit could not keep one: a link, or a file that is
        too large."""
        readable = self.readable_files()
        left = [file.path for file in (self.tool.files if self.tool else ()) if file.path not in readable]
        if left:
            faults = [
                Fault(
                    point_to_file(path),
                    "it is no regular file within the limits, so it cannot be kept",
                    "file-not-kept",
                )
                for path in left[:100]
            ]
            raise EditRefused(f"{self.name} has files that no edit can keep: replace all of its files", faults)
        return readable

    def manifest(self) -> dict[str, Json] | None:
        """The value of tool.yaml as far as it could be read; None when it is not a mapping."""
        return read_manifest_value(self.readable_files().get(MANIFEST_FILE))


def read_manifest_value(text: bytes | None) -> dict[str, Json] | None:
    """The value of a tool.yaml as far as it could be read; None when it is not a mapping."""
    value = None if text is None else read_yaml(MANIFEST_FILE, text).value
    return value if isinstance(value, dict) else None


def explain_uncommitted(what: str) -> UncommittedWork:
    """The refusal of an edit of ``what``, which somebody has changed in the working tree."""
    return UncommittedWork(
        f"somebody is working on {what}: the files in the working tree are not what is committed. "
        "Commit them, or put them back (`git stash`, `git restore`), then edit it here"
    )


def point_to_file(path: str) -> str:
    """The JSON pointer (RFC 6901) to a file in a request's body."""
    return "/files/" + path.replace("~", "~0").replace("/", "~1")


def list_faults(findings: Iterable[Finding]) -> list[Fault]:
    """The error findings as faults of a request's body that has its files under ``files``."""
    return [
        Fault(point_to_file(one.file), f"{one.file}:{one.line}:{one.column}: {one.message}", one.code)
        for one in sorted(findings)
        if one.severity == "error"
    ]
