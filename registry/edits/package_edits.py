"""Edits of shared packages: one package's files, checked with everything that has it, and then committed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from registry.catalog import Catalog
from registry.current_catalog import CatalogState
from registry.errors import EditRefused, Stale
from registry.gitrepo import (
    Committer,
    Edit,
    FolderEdit,
    Repository,
    Unchanged,
    compare_contents,
    format_unified,
    make_folder_after_edit,
    refuse_edit_faults,
    select_paths_to_read,
)
from registry.manifest import PACKAGE_FILE, attach_packages, check_package, link_packages
from registry.model import Finding, SharedPackage
from registry.shared_packages import name_shared_folder

from .commit_message import describe_change
from .edit_base import explain_uncommitted, list_faults
from .prepared_edit import EditSignature, sign_edit
from .proposals import Proposal, Proposer


@dataclass(frozen=True, slots=True)
class PreparedPackageEdit:
    """``edit`` is what would be committed, ``package`` what it makes of the package (None: removed). ``findings`` are
    those of the package, and an error for each tool that would break."""

    edit: Edit
    base: SharedPackage | None
    package: SharedPackage | None
    findings: tuple[Finding, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to commit."""
        return (self.base and self.base.digest) != (self.package and self.package.digest)

    @property
    def creates(self) -> bool:
        """Whether there was no such package."""
        return self.base is None


class PackageEdits:
    """Changes shared packages; thread-safe. With a ``proposer`` each edit becomes a proposal."""

    def __init__(
        self, state: CatalogState, repository: Repository, committer: Committer, proposer: Proposer | None = None
    ) -> None:
        self._state = state
        self._repository = repository
        self._committer = committer
        self._proposer = proposer

    def replace(
        self, name: str, seen: Collection[str] | None, files: Mapping[str, bytes] | None, signed: EditSignature
    ) -> PreparedPackageEdit:
        """Prepare to make these all files of a package, a new one too; None removes it.

        ``seen`` are the digests that the caller knows, None where it knows that there is no such package. Raises
        NotFound, Stale, UncommittedWork, InputRefused.
        """
        catalog = self._state.current()
        base = catalog.packages.get(name) if files is not None else catalog.find_package(name)
        if base is not None and base.uncommitted:
            raise explain_uncommitted(f"the shared package {name}")
        if base is not None and base.digest not in (seen or ()):
            raise self._stale(catalog, base, files)
        folder = FolderEdit(name_shared_folder(name), base.digest if base else None, files)
        edit = sign_edit((folder,), signed, _describe(base, name, self._read_files(catalog, base), files))
        refuse_edit_faults(edit)
        package = self._check(name, base, files)
        findings = [*(package.findings if package else ()), *self._check_tools(catalog, name, package)]
        return PreparedPackageEdit(edit, base, package, tuple(sorted(findings)))

    def commit(self, prepared: PreparedPackageEdit) -> SharedPackage | Proposal | None:
        """Commit the edit, or propose it; the package as it is then, None where it was removed.

        Raises EditRefused (error findings), Stale, CannotEdit, Unavailable, GitFailed.
        """
        faults = list_faults(prepared.findings)
        if faults:
            raise EditRefused("the edit would leave errors, so nothing was committed", faults, prepared.findings)
        if not prepared.changes:
            return prepared.base
        if self._proposer is not None:
            proposed = self._proposer.propose(prepared.edit, prepared.edit.folders[0].name)
            return prepared.base if isinstance(proposed, Unchanged) else proposed
        done = self._committer.commit(prepared.edit)
        catalog = self._state.current()
        if prepared.package is None:
            return None
        now = catalog.packages.get(prepared.package.name)
        if now is not None and now.digest == prepared.package.digest:
            return now
        return replace(prepared.package, revision=done.revision)

    def _check(self, name: str, base: SharedPackage | None, files: Mapping[str, bytes] | None) -> SharedPackage | None:
        if files is None:
            return None
        executable = {file.path for file in base.files if file.kind == "executable"} if base else set()
        folder = make_folder_after_edit(self._repository, name_shared_folder(name), files, executable & files.keys())
        return check_package(folder)

    def _check_tools(self, catalog: Catalog, name: str, package: SharedPackage | None) -> Iterator[Finding]:
        """The packages that go round in a circle with this one, and each tool that has it and would break."""
        alone = {one.name: self._state.find_alone(one) for one in catalog.packages.values()}
        alone.pop(name, None)
        linked = link_packages(alone if package is None else {**alone, name: package})
        if package is not None:
            yield from (one for one in linked[name].findings if one not in package.findings)
        for tool in catalog.tools.values():
            if tool.checked.sound and name in {*tool.manifest.shared, *(one.name for one in tool.packages)}:
                after = attach_packages(replace(tool, checked=self._state.find_checked(tool)), linked)
                errors = [one for one in after.findings if one.severity == "error" and one.code != "shared-faulty"]
                if errors or package is None:
                    why = errors[0].message if errors else f"a package that it has imports {name}."
                    message = f"The tool {tool.name}, which has this package, would break: {why}"
                    yield Finding(PACKAGE_FILE, 1, 1, "error", "shared-breaks-tool", message)

    def _read_files(self, catalog: Catalog, base: SharedPackage | None) -> dict[str, bytes]:
        files = {file.path: file for file in (base.files if base else ()) if file.kind in {"regular", "executable"}}
        wanted = sorted(select_paths_to_read({path: file.size for path, file in files.items()}))
        read = catalog.contents.of(tuple(files[path].blob for path in wanted))
        return {path: read[files[path].blob] for path in wanted}

    def _stale(self, catalog: Catalog, base: SharedPackage, files: Mapping[str, bytes] | None) -> Stale:
        there = self._read_files(catalog, base)
        return Stale(
            f"the shared package {base.name} was changed by somebody else meanwhile: look at what is there now, and "
            "edit that",
            name=name_shared_folder(base.name),
            digest=base.digest,
            revision=catalog.revision,
            files=there,
            difference=format_unified(compare_contents(there, files or {})),
        )


def _describe(
    base: SharedPackage | None, name: str, before: Mapping[str, bytes], files: Mapping[str, bytes] | None
) -> str:
    folder = name_shared_folder(name)
    if base is None or files is None:
        return f"{folder}: {'add' if base is None else 'remove'} the shared package"
    return describe_change(
        {},
        {},
        name=folder,
        added=files.keys() - {file.path for file in base.files},
        changed=[path for path in before if path in files and before[path] != files[path]],
        removed=[file.path for file in base.files if file.path not in files],
    )
