"""The frozen values that the service passes around: a tool, its manifest, its files, its findings.

Nothing here reads or checks anything: :mod:`registry.manifest` makes these values, the rest only reads them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = Any
"""A JSON value: None, bool, int, float, str, list[Json] or dict[str, Json]."""

Severity = Literal["error", "warning"]
Status = Literal["draft", "active", "deprecated", "disabled"]
Entry = Literal["function", "script"]
Coercion = Literal["lossless", "strict"]
"""How arguments are taken: texts may be read as the JSON that they hold, or nothing is."""
FileKind = Literal["regular", "executable", "symlink", "submodule", "other"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault or warning about a tool. ``line`` and ``column`` count from 1; ``file`` is relative to the folder."""

    file: str
    line: int
    column: int
    severity: Severity
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class File:
    """One file of a tool's folder. ``blob`` is its Git object id, ``path`` uses ``/`` and is relative to the folder."""

    path: str
    kind: FileKind
    size: int
    blob: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as found, before any check.

    ``digest`` is its Git tree id. ``contents`` holds the bytes of the files that the check reads: ``tool.yaml``,
    every ``*.py`` and small files, as far as they are regular files within the size limit.
    """

    name: str
    digest: str
    files: tuple[File, ...]
    contents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a tool wants to be run. ``dependencies`` are PEP 508 requirements from the manifest or a PEP 723 block."""

    timeout_seconds: int = 30
    memory_mb: int = 256
    network: bool = True
    dependencies: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One example call. ``expects`` names which of the three ways ``expected`` is to be read; None expects success."""

    name: str
    arguments: Mapping[str, Json]
    expects: Literal["result", "matches", "error"] | None = None
    expected: Json = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The checked ``tool.yaml``. Where the file has findings, a field that could not be read holds its default.

    ``arguments`` is how they are taken; None: as the service does by default.
    """

    name: str
    title: str
    description: str = ""
    status: Status = "active"
    replaced_by: str | None = None
    category: str = ""
    tags: tuple[str, ...] = ()
    owner: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    returns: Mapping[str, Json] | None = None
    annotations: Mapping[str, bool] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    runtime: Runtime = Runtime()
    shared: tuple[str, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    arguments: Coercion | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the one folder check says: the manifest as far as readable, how main.py is entered, and every finding.

    ``whole_object`` tells that the function takes the whole arguments object as its single positional parameter,
    ``takes_any`` that it takes arguments of any name (``**values``).
    ``imports`` are the top-level module names that the folder's Python files import, sorted. ``dependencies_at`` is
    the file, line and column where the dependencies stand, ``shared_at`` line and column of each shared package that is
    named. ``definitions`` is room for what is made of this very folder, and lasts as long as the folder stays as it is.
    """

    manifest: Manifest
    entry: Entry | None
    whole_object: bool
    imports: tuple[str, ...]
    findings: tuple[Finding, ...]
    dependencies_at: tuple[str, int, int] = ("tool.yaml", 1, 1)
    shared_at: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    takes_any: bool = False
    definitions: dict[object, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def sound(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Image:
    """How far the image with a tool's dependencies is, and what its build said so far."""

    state: Literal["ready", "building", "failed"]
    log: str


@dataclass(frozen=True, slots=True)
class SharedPackage:
    """One folder ``tools/_shared/<name>/`` at one revision, checked.

    ``imports`` are the top-level modules that its Python files import, without itself and sorted; those that are shared
    packages, too, come along. ``needs`` are the imports that must succeed and that not every sandbox can make, each as
    the module and what is taken from it. ``digest``, ``revision``, ``version`` and ``uncommitted`` are as for a tool;
    the paths of findings are relative to the package's folder.
    """

    name: str
    digest: str
    files: tuple[File, ...]
    imports: tuple[str, ...]
    findings: tuple[Finding, ...]
    needs: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
    revision: str | None = None
    version: int = 0
    uncommitted: bool = False

    @property
    def sound(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)


def make_bundle(digest: str, packages: Mapping[str, str]) -> str:
    """The identity of everything that a tool runs with: a hash over its folder's digest and those of its shared
    packages by name. Without packages it is the folder's digest."""
    if not packages:
        return digest
    lines = [digest, *(f"{name} {packages[name]}" for name in sorted(packages))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Tool:
    """One folder ``tools/<name>/`` at one revision, checked.

    ``version`` is the number of commits on the served branch that changed the folder, or a shared package that the tool
    had at that commit (0 while never committed); ``revision`` the last such commit (None while never committed);
    ``digest`` the folder's Git tree id. ``packages`` are the shared packages that the tool names, and those that these
    import. ``image`` is None where the tool needs no image of its own, or cannot run anyway.
    """

    name: str
    checked: Checked
    files: tuple[File, ...]
    digest: str
    revision: str | None
    version: int
    uncommitted: bool
    image: Image | None = None
    packages: tuple[SharedPackage, ...] = ()

    @property
    def bundle(self) -> str:
        """The identity of the folder and its shared packages together; the digest where there are none."""
        return make_bundle(self.digest, {package.name: package.digest for package in self.packages})

    @property
    def imports(self) -> tuple[str, ...]:
        """The top-level modules that the tool imports from elsewhere, also by its shared packages, sorted."""
        if not self.packages:
            return self.checked.imports
        found = set(self.checked.imports).union(*(package.imports for package in self.packages))
        return tuple(sorted(found - {package.name for package in self.packages}))

    @property
    def manifest(self) -> Manifest:
        """The checked ``tool.yaml``."""
        return self.checked.manifest

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding of the folder, in the order of file, line and column."""
        return self.checked.findings

    @property
    def invocable(self) -> bool:
        """Whether the tool may run: active or deprecated, and without error findings."""
        return self.checked.sound and self.manifest.status in {"active", "deprecated"}

    @property
    def offered(self) -> bool:
        """Whether models are told of the tool: active and without error findings."""
        return self.checked.sound and self.manifest.status == "active"


@dataclass(frozen=True, slots=True)
class Toolset:
    """A named selection of tools, checked: those in ``tools``, and those of ``category`` that carry all ``tags``.

    ``places`` are line and column of each name in ``tools``, ``include_at`` those of what is included (None where
    nothing is). Where the file has findings, a field that could not be read holds its default.
    """

    name: str
    title: str
    description: str = ""
    tools: tuple[str, ...] = ()
    category: str = ""
    tags: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    include_at: tuple[int, int] | None = None
    digest: str = ""
    uncommitted: bool = False

    @property
    def sound(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)
