"""A prepared edit: made and checked, but not yet written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from registry.errors import EditRefused
from registry.gitrepo import SERVICE, Edit, FileDifference, FolderEdit, Person, compare_contents
from registry.manifest import MANIFEST_FILE
from registry.model import Finding, Folder, Tool

from .commit_message import describe_change
from .edit_base import EditBase, list_faults, read_manifest_value
from .file_changes import FilesAfter

Change = Callable[[EditBase], FilesAfter]


@dataclass(frozen=True, slots=True)
class EditSignature:
    """The author and words of an edit. Without ``message`` the commit's message describes the difference, without
    ``author`` the service is the author; ``request_id`` becomes a trailer of the commit."""

    author: Person | None = None
    message: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class PreparedEdit:
    """``edit`` is what would be committed, ``tool`` the resulting tool (None: removed) and ``folder`` its folder.
    ``change`` makes the same edit from another state of the tool."""

    edit: Edit
    base: EditBase
    after: FilesAfter
    change: Change
    tool: Tool | None
    folder: Folder | None

    @property
    def changes(self) -> bool:
        """Whether there is anything to commit."""
        return self.tool is None or self.after.name != self.base.name or self.tool.digest != self.base.digest

    @property
    def folders(self) -> dict[str, Folder | None]:
        """Each changed folder as it would be (None: removed), by name."""
        return {folder.name: self.folder if folder.files is not None else None for folder in self.edit.folders}

    def contents(self) -> dict[str, bytes]:
        """The bytes of the tool's files by blob id."""
        files = self.folder.files if self.folder else ()
        return {file.blob: (self.after.files or {})[file.path] for file in files}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of the resulting tool."""
        return self.tool.findings if self.tool else ()

    @property
    def accepted(self) -> bool:
        """Whether the edit may be committed: the resulting tool has no error findings."""
        return self.tool is None or self.tool.checked.sound

    def refuse_errors(self, so: str = "nothing was committed") -> None:
        """Raises EditRefused with all findings if one of them is an error; ``so`` says what was not done."""
        if not self.accepted:
            faults = list_faults(self.findings)
            count = f"{len(faults)} error{'s' if len(faults) > 1 else ''}"
            raise EditRefused(f"{self.after.name} would have {count}, so {so}", faults, self.findings)

    def differences(self) -> tuple[FileDifference, ...]:
        """The differences of the files that would change."""
        return compare_contents(self.base.readable_files(), self.after.files or {})


def make_commit_edit(base: EditBase, after: FilesAfter, signed: EditSignature) -> Edit:
    """The edit that turns ``base`` into ``after``, with author, message and trailers."""
    folders: tuple[FolderEdit, ...] = (FolderEdit(after.name, base.digest, after.files, after.executable),)
    if after.files is None:
        folders = (FolderEdit(base.name, base.digest, None),)
    elif after.name != base.name:
        there_to_be = FolderEdit(after.name, None, after.files, after.executable)
        folders = (FolderEdit(base.name, base.digest, None), there_to_be)
    return sign_edit(folders, signed, after.message or _described(base, after) if signed.message is None else "")


def sign_edit(folders: tuple[FolderEdit, ...], signed: EditSignature, message: str) -> Edit:
    """The edit of these folders; ``message`` is for one that brings none of its own."""
    trailers = [] if signed.request_id is None else [("Request-Id", signed.request_id)]
    if signed.author is not None:
        # Author names are not verified, and the history must say so.
        trailers.append(("Author-Is", "unverified"))
    words = message if signed.message is None else signed.message
    return Edit(folders, words, signed.author or SERVICE, tuple(trailers))


def _described(base: EditBase, after: FilesAfter) -> str:
    old = base.readable_files()
    new: Mapping[str, bytes] = after.files or {}
    before = None if base.tool is None else base.manifest() or {}
    values = None if after.files is None else read_manifest_value(new.get(MANIFEST_FILE)) or {}
    return describe_change(
        before,
        values,
        name=after.name if base.tool is None else base.name,
        added=new.keys() - {file.path for file in base.tool.files} if base.tool else (),
        changed=[path for path in old if path in new and old[path] != new[path]],
        removed=[file.path for file in base.tool.files if file.path not in new] if base.tool else (),
    )
