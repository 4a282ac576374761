"""An edit as the caller gives it, and the faults that are refused before anything is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry.errors import Fault, InputRefused
from registry.folder_rules import FOLDER_NAME, MAX_FILE_BYTES, MAX_FILES, MAX_FOLDER_BYTES, is_badly_named
from registry.shared_packages import name_package

_NAME_BYTES = 255  # of one component of a path, on every common file system
_MESSAGE_CHARACTERS = 20_000
_PERSON_CHARACTERS = 200
# Characters that HFS+ ignores in names: there ``.g<ZWNJ>it`` is the Git directory (git's is_hfs_dotgit).
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_NOT_IN_LINES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TRAILER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")


@dataclass(frozen=True, slots=True)
class Person:
    """The author or committer of a commit."""

    name: str
    email: str


SERVICE = Person("Toolcrib", "toolcrib@localhost")


@dataclass(frozen=True, slots=True)
class FolderEdit:
    """The new state of one folder: a tool's, or that of a shared package (``_shared/<package>``).

    ``base`` is the digest (Git tree id) that the edit was made from, None when the folder must not exist. ``files`` are
    all files by path relative to the folder, None to remove the folder. ``executable`` names the executable files; None
    keeps the mode of every existing file.
    """

    name: str
    base: str | None
    files: Mapping[str, bytes] | None
    executable: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """One commit: the folders it changes (two for a rename), its message, its author, and trailers such as
    ``("Request-Id", "…")``."""

    folders: tuple[FolderEdit, ...]
    message: str
    author: Person
    trailers: tuple[tuple[str, str], ...] = ()
    committer: Person = SERVICE


def refuse_edit_faults(edit: Edit) -> None:
    """Raises InputRefused with every fault of an edit that can be seen from the edit alone."""
    faults = [*_folder_faults(edit), *_text_faults(edit)]
    if faults:
        raise InputRefused("the edit cannot be committed", faults)


def _folder_faults(edit: Edit) -> Iterator[Fault]:
    names = [folder.name for folder in edit.folders]
    if not names or len(set(names)) < len(names):
        yield Fault("", "An edit names at least one folder, and each once.", "edit-folders")
    for folder in edit.folders:
        # A folder with an unusable name can be removed, but not written.
        shape = re.compile(r"[^/\x00\n]+") if folder.files is None else FOLDER_NAME
        name = name_package(folder.name) or folder.name
        if not shape.fullmatch(name) or name in {".", ".."} or _git_directory(name):
            yield Fault("/name", f"{folder.name[:80]!r} is no name for a tool: a-z, 0-9 and _ only.", "folder-name")
        if folder.files is not None:
            yield from _files_faults(folder.files)


def _files_faults(files: Mapping[str, bytes]) -> Iterator[Fault]:
    if not 0 < len(files) <= MAX_FILES:
        yield Fault("/files", f"A tool has 1 to {MAX_FILES} files, not {len(files)}.", "folder-too-many-files")
    if sum(map(len, files.values())) > MAX_FOLDER_BYTES:
        yield Fault("/files", f"At most {MAX_FOLDER_BYTES} bytes together may be.", "folder-too-large")
    for path, content in files.items():
        pointer = "/files/" + path.replace("~", "~0").replace("/", "~1")
        if len(content) > MAX_FILE_BYTES:
            yield Fault(pointer, f"{len(content)} bytes; a file has at most {MAX_FILE_BYTES}.", "file-too-large")
        if is_badly_named(path) or any(_unusable(part) for part in path.split("/")):
            yield Fault(pointer, f"{path[:80]!r} is no path for a file of a tool.", "file-name")
        above = path.rpartition("/")[0]
        while above:
            if above in files:
                yield Fault(pointer, f"{above[:80]!r} cannot be a file and a folder.", "file-and-folder")
            above = above.rpartition("/")[0]


def _unusable(part: str) -> bool:
    return _git_directory(part) or len(part.encode("utf-8", "surrogateescape")) > _NAME_BYTES


def _git_directory(part: str) -> bool:
    """Whether some file system takes this name for a Git directory, so that Git refuses it."""
    bare = _IGNORED_BY_HFS.sub("", part).partition(":")[0].rstrip(" .").lower()
    return bare in {".git", "git~1"}


def _text_faults(edit: Edit) -> Iterator[Fault]:
    if not edit.message.strip() or len(edit.message) > _MESSAGE_CHARACTERS or _NOT_IN_TEXT.search(edit.message):
        message = f"A message is 1 to {_MESSAGE_CHARACTERS} characters, without control characters."
        yield Fault("/message", message, "message")
    yield from find_person_faults("/author", edit.author)
    yield from find_person_faults("/committer", edit.committer)
    for key, value in edit.trailers:
        if not _TRAILER.fullmatch(key) or not value.strip() or _NOT_IN_LINES.search(value):
            yield Fault("/trailers", f"{key[:60]!r} is no trailer: a word and one line of text.", "trailer")


def find_person_faults(pointer: str, person: Person) -> Iterator[Fault]:
    """The faults of a name and an address as Git's author or committer."""
    # Git silently drops these characters, and also a name made of nothing else.
    if (
        not person.name.strip(" .,:;<>\"'\\")
        or len(person.name) > _PERSON_CHARACTERS
        or _NOT_IN_LINES.search(person.name)
        or re.search("[<>]", person.name)
    ):
        message = f"A name is one line of 1 to {_PERSON_CHARACTERS} characters, without < and >."
        yield Fault(f"{pointer}/name", message, "author-name")
    if (
        not re.fullmatch(r"[^\s<>]+", person.email)
        or len(person.email) > _PERSON_CHARACTERS
        or _NOT_IN_LINES.search(person.email)
    ):
        message = f"An address is 1 to {_PERSON_CHARACTERS} characters, without spaces, < and >."
        yield Fault(f"{pointer}/email", message, "author-email")
