"""The one way to change a tool: read its state, make the edit's new state, check that, commit it.

Every edit is first prepared, which writes nothing and is also the dry run, and then committed. ``seen`` are the digests
of the tool that the caller knows, None to accept any (a dry run); ``signed`` holds the author, message and request id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from registry.catalog import Catalog
from registry.current_catalog import CatalogState
from registry.errors import AlreadyThere, Stale, ToolcribError, UncommittedWork
from registry.folder_rules import FOLDER_NAME
from registry.gitrepo import (
    Committed,
    Committer,
    Repository,
    Unchanged,
    compare_contents,
    convert_given_files,
    format_unified,
    make_folder_after_edit,
    read_version,
    read_versions,
    refuse_edit_faults,
)
from registry.manifest import MANIFEST_FILE, attach_packages, write_canonical
from registry.model import Json, Status, Tool

from . import file_changes
from .edit_base import EditBase, explain_uncommitted, read_manifest_value
from .prepared_edit import Change, EditSignature, PreparedEdit, make_commit_edit
from .proposals import Proposal, Proposer

_UNNAMED = "unnamed"
_VERSIONS_LOOKED_AT = 100
Seen = Collection[str] | None


@dataclass(frozen=True, slots=True)
class CommittedEdit:
    """The result of an edit: the tool as the edit left it (None: removed), without later edits of others.

    ``revision`` is the commit, None when there was nothing to commit.
    """

    tool: Tool | None
    revision: str | None


class Edits:
    """Changes tools; thread-safe. With a ``proposer`` each edit becomes a proposal, and the served branch stays."""

    def __init__(
        self,
        state: CatalogState,
        repository: Repository,
        committer: Committer,
        proposer: Proposer | None = None,
    ) -> None:
        self._state = state
        self._repository = repository
        self._committer = committer
        self._proposer = proposer

    def create(self, files: Mapping[str, bytes], signed: EditSignature) -> PreparedEdit:
        """Prepare a new tool of these files; its name is in tool.yaml. Raises AlreadyThere, InputRefused."""
        value = read_manifest_value(files.get(MANIFEST_FILE))
        name = value.get("name") if value else None
        # Without a legal name the check finds an error, so nothing is ever committed under this substitute.
        name = name if isinstance(name, str) and FOLDER_NAME.match(name) else _UNNAMED
        catalog = self._state.current()
        _refuse_taken(catalog, name)
        base = EditBase(name, None, catalog)
        return self._prepared(base, lambda base: file_changes.replace_files(base, files), signed)

    def create_from(self, manifest: dict[str, Json], script: str, signed: EditSignature) -> PreparedEdit:
        """Prepare a new tool of a manifest's value and the text of main.py. Raises AlreadyThere, InputRefused."""
        return self.create({MANIFEST_FILE: write_canonical(manifest), "main.py": script.encode()}, signed)

    def replace(self, name: str, seen: Seen, files: Mapping[str, bytes], signed: EditSignature) -> PreparedEdit:
        """Prepare to replace all files by these. Like the methods below, raises NotFound, Stale, UncommittedWork,
        InputRefused."""
        return self._prepare(name, seen, lambda base: file_changes.replace_files(base, files), signed)

    def merge(
        self, name: str, seen: Seen, patch: Json, files: Mapping[str, bytes | None], signed: EditSignature
    ) -> PreparedEdit:
        """Prepare a merge patch on tool.yaml (None: none) and new contents of other files (None: remove the file). Also
        raises EditRefused."""
        return self._prepare(name, seen, lambda base: file_changes.merge_manifest(base, patch, files), signed)

    def remove(self, name: str, seen: Seen, signed: EditSignature) -> PreparedEdit:
        """Prepare to remove the tool; its versions stay in history."""
        return self._prepare(name, seen, file_changes.remove_files, signed)

    def set_status(self, name: str, seen: Seen, status: Status, signed: EditSignature) -> PreparedEdit:
        """Prepare another status. Also raises EditRefused."""
        return self._prepare(name, seen, lambda base: file_changes.set_status(base, status), signed)

    def rename(self, name: str, seen: Seen, new_name: str, signed: EditSignature) -> PreparedEdit:
        """Prepare another name; version numbers begin at 1 again. Also raises AlreadyThere, EditRefused."""
        if new_name != name:
            _refuse_taken(self._state.current(), new_name)
        return self._prepare(name, seen, lambda base: file_changes.rename_tool(base, new_name), signed)

    def restore(self, name: str, seen: Seen, version: int, signed: EditSignature) -> PreparedEdit:
        """Prepare to restore the files of an earlier version, also of a removed tool."""
        catalog = self._state.current()
        content = read_version(self._repository, catalog.history, name, version)
        if name not in catalog.tools:
            return self._prepared(
                EditBase(name, None, catalog), lambda base: file_changes.restore_files(base, content), signed
            )
        return self._prepare(name, seen, lambda base: file_changes.restore_files(base, content), signed)

    def commit(self, prepared: PreparedEdit) -> CommittedEdit | Proposal:
        """Commit the edit and refresh this process's catalog, or propose it. Makes no commit if nothing changes.

        Raises EditRefused (error findings), Stale, AlreadyThere, CannotEdit, Unavailable, GitFailed.
        """
        if not prepared.changes:
            return CommittedEdit(prepared.base.tool, None)
        prepared.refuse_errors()
        try:
            if self._proposer is not None:
                proposed = self._proposer.propose(prepared.edit, prepared.after.name)
                return CommittedEdit(prepared.base.tool, None) if isinstance(proposed, Unchanged) else proposed
            done = self._committer.commit(prepared.edit)
        except Stale as stale:
            raise self._explained(stale, prepared) from None
        if isinstance(done, Committed):
            self._state.expect(done, prepared.folders)
            prepared.base.catalog.contents.keep(prepared.contents())
        catalog = self._state.current()
        tool = None if prepared.tool is None else _landed(catalog, prepared.tool, done.revision)
        return CommittedEdit(tool, done.revision if isinstance(done, Committed) else None)

    def close(self) -> None:
        """Stop the committer; the journal on disk keeps what is left to do."""
        self._committer.close()

    def _prepare(self, name: str, seen: Seen, change: Change, signed: EditSignature) -> PreparedEdit:
        catalog = self._state.current()
        tool = catalog.find(name)
        base = EditBase(name, tool, catalog)
        if tool.uncommitted:
            raise _explain_uncommitted(tool, catalog)
        if seen is not None and tool.digest not in seen:
            raise self._stale(base, seen, change)
        return self._prepared(base, change, signed)

    def _prepared(self, base: EditBase, change: Change, signed: EditSignature) -> PreparedEdit:
        after = change(base)
        edit = make_commit_edit(base, after, signed)
        refuse_edit_faults(edit)
        if after.files is not None:
            given = convert_given_files(self._repository, after.name, after.files, base.readable_files())
            after = replace(after, files=given)
            edit = make_commit_edit(base, after, signed)
        folder = tool = None
        if after.files is not None:
            folder = make_folder_after_edit(self._repository, after.name, after.files, after.executable)
            checked = self._state.check(folder)
            tool = Tool(after.name, checked, folder.files, folder.digest, None, 0, uncommitted=False)
            tool = attach_packages(tool, base.catalog.packages)
            if tool.uncommitted:  # what is to be committed must be checked with what is committed
                raise _explain_uncommitted(tool, base.catalog)
        return PreparedEdit(edit, base, after, change, tool, folder)

    def _explained(self, stale: Stale, prepared: PreparedEdit) -> ToolcribError:
        """The error for an edit that became stale after it was prepared."""
        if stale.name != prepared.base.name or prepared.base.tool is None:
            return _already_there(stale.name)
        catalog = self._state.current()
        tool = catalog.tools.get(stale.name)
        if tool is None or tool.digest != stale.digest:
            return stale
        return self._stale(EditBase(stale.name, tool, catalog), {prepared.base.digest or ""}, prepared.change)

    def _stale(self, base: EditBase, seen: Collection[str], change: Change) -> Stale:
        """The error with two differences: what the edit would change now, and what others changed in the meantime."""
        files = base.readable_files()
        try:
            difference = format_unified(compare_contents(files, change(base).files or {}))
        except ToolcribError:
            difference = None
        return Stale(
            f"{base.name} was changed by somebody else meanwhile: look at what is there now, and edit that",
            name=base.name,
            digest=base.digest,
            revision=base.catalog.revision,
            files=files,
            difference=difference,
            meanwhile=self._meanwhile(base, seen, files),
        )

    def _meanwhile(self, base: EditBase, seen: Collection[str], files: Mapping[str, bytes]) -> str | None:
        """What changed since the newest version that the caller knows, as a unified diff; None when it knows none of
        the latest versions."""
        history = base.catalog.history
        try:
            versions = read_versions(self._repository, history, base.name, at_most=_VERSIONS_LOOKED_AT)
            known = next((version for version in versions if version.digest in seen), None)
            if known is None:
                return None
            return format_unified(
                compare_contents(read_version(self._repository, history, base.name, known.number).contents, files)
            )
        except ToolcribError:
            return None


def _explain_uncommitted(tool: Tool, catalog: Catalog) -> UncommittedWork:
    changed = [package.name for package in tool.packages if package.uncommitted]
    by_package = changed and tool.name not in catalog.loose
    return explain_uncommitted(f"the shared package {changed[0]}, which {tool.name} has" if by_package else tool.name)


def _refuse_taken(catalog: Catalog, name: str) -> None:
    if name in catalog.tools:
        raise _already_there(name)


def _already_there(name: str) -> AlreadyThere:
    return AlreadyThere(f"there is a tool {name[:100]!r} already: choose another name, or replace that one")


def _landed(catalog: Catalog, tool: Tool, revision: str | None) -> Tool:
    """The tool as the edit left it, without later edits of others: a caller that continued from their state would
    overwrite it without having seen it."""
    now = catalog.tools.get(tool.name)
    if now is not None and now.digest == tool.digest and not now.uncommitted:
        return now
    revisions = catalog.history.folders.get(tool.name, ())
    version = revisions.index(revision) + 1 if revision in revisions else len(revisions) + 1
    return replace(tool, revision=revision, version=version)
