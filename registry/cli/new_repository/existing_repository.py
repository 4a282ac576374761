"""What ``toolcrib init --here`` adds to a repository that exists: only what is missing.

Nothing that is there changes, nothing is committed, and no symbolic link is followed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry.errors import ConfigError, InputRefused
from registry.file_owners import make_owned_folder, open_owned
from registry.gitrepo import Repository

_CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_READ_AT_MOST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file that a repository of tools has: whether it was added, and what there is to do about it, if anything."""

    path: str
    state: Literal["added", "left"]
    advice: str = ""


def find_checkout(folder: Path, tools_dir: str) -> Repository:
    """The repository at or above a folder, with a working tree. Raises InputRefused where there is none."""
    try:
        repository = Repository.open(folder, tools_dir=tools_dir)
    except ConfigError as error:
        raise InputRefused(f"{error}; `toolcrib init DIR` makes a new repository of tools") from None
    if repository.work_tree is None:
        raise InputRefused(f"{folder} is a bare repository, which has no files: run this in a checkout of it")
    return repository


def name_main_branch(repository: Repository) -> str:
    """The branch that pull requests are merged into: the remote's, else the one that is checked out."""
    for ref, prefix in (("refs/remotes/origin/HEAD", "refs/remotes/origin/"), ("HEAD", "refs/heads/")):
        found = repository.follow_ref(ref)
        if found != ref and found.startswith(prefix):
            return found.removeprefix(prefix)
    return "main"


def add_missing_files(repository: Repository, contents: Mapping[str, bytes]) -> tuple[FoundFile, ...]:
    """Add those of ``contents`` (by path) that the repository lacks; a first tool only where there is no folder of
    tools. Raises InputRefused where one cannot be written."""
    top = repository.work_tree
    assert top is not None  # noqa: S101 -- find_checkout refuses a repository without one
    tools = repository.tools_dir
    has_tools = os.path.lexists(top / tools)
    found = [FoundFile(f"{tools}/", "left", _advise_on_tools(top / tools, tools))] if has_tools else []
    for path, content in contents.items():
        if has_tools and path.startswith(f"{tools}/"):
            continue
        there = _find_there(top, path)
        if there is not None:
            found.append(FoundFile(there, "left", _advise_on_left(repository, top / there, path, content)))
            continue
        _write(top, path, content)
        is_ignored = _is_ignored(repository, path)
        found.append(FoundFile(path, "added", f"Git ignores it: git add --force {path}" if is_ignored else ""))
    return tuple(found)


def _find_there(top: Path, path: str) -> str | None:
    """What the repository has in a file's place: the file, elsewhere where that counts, or a link on the way to it."""
    places = _CODEOWNERS if path in _CODEOWNERS else (path,)
    for place in places:
        if os.path.lexists(top / place):
            return place
    for above in [str(one) for one in Path(path).parents][:-1]:
        if (top / above).is_symlink() or (os.path.lexists(top / above) and not (top / above).is_dir()):
            return above
    return None


def _advise_on_tools(folder: Path, name: str) -> str:
    if folder.is_symlink() or not folder.is_dir():
        return "it is no folder: name the one with the tools in TOOLCRIB_TOOLS_DIR, and run this again"
    inside = [one for one in folder.iterdir() if one.is_dir() and not one.name.startswith((".", "_"))]
    others = sorted(one.name for one in inside if not (one / "tool.yaml").is_file())
    if others:
        return (
            f"{others[0]} in it has no tool.yaml: make it a tool (toolcrib new {others[0]}), or name another folder in "
            "TOOLCRIB_TOOLS_DIR, and run this again"
        )
    return "" if inside else f"it has no tool yet: toolcrib new NAME makes one in {name}/"


def _advise_on_left(repository: Repository, there: Path, path: str, content: bytes) -> str:
    """What the file that is there lacks; its owner decides."""
    advice = ""
    if there.is_symlink() or not there.is_file():
        advice = "it is no regular file, so nothing is written there"
    elif path == ".gitattributes" and not _keeps_bytes(repository):
        line = f"{content.decode().splitlines()[-1]} !ident !filter !working-tree-encoding"
        advice = f"add as its last line: {line}   (no machine may change the bytes of a tool)"
    elif path == ".gitignore" and not _is_ignored(repository, f"{repository.tools_dir}/hello/__pycache__/main.pyc"):
        advice = "add the line: __pycache__/"
    elif path.startswith("schemas/") and _read(there) != content:
        advice = "it is not this version's: remove it and run this again, and editors complete the newest fields"
    elif path.startswith(".github/workflows/") and b"toolcrib" not in _read(there):
        advice = "it does not run toolcrib: docs/pull-requests.md has a step to add"
    return advice


def _keeps_bytes(repository: Repository) -> bool:
    """Whether the attributes of a tool's file leave its bytes as they are."""
    asked = ("text", "ident", "filter", "working-tree-encoding")
    probe = f"{repository.tools_dir}/hello/main.py"
    printed = repository.git("check-attr", "-z", *asked, "--", probe, in_work_tree=True).decode("utf-8", "replace")
    values = dict(zip(asked, printed.split("\0")[2::3], strict=True))
    return values.pop("text") == "unset" and all(value in {"unset", "unspecified"} for value in values.values())


def _is_ignored(repository: Repository, path: str) -> bool:
    # The command takes no literal paths; these have none of the characters that would matter.
    asked = ("--no-literal-pathspecs", "check-ignore", "--no-index", "--", path)
    return repository.git(*asked, in_work_tree=True, statuses=(0, 1)) != b""


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_READ_AT_MOST)
    except OSError:
        return b""


def _write(top: Path, path: str, content: bytes) -> None:
    try:
        for above in reversed(Path(path).parents[:-1]):
            make_owned_folder(top / above)
        with open(open_owned(top / path, os.O_WRONLY, 0o666), "wb") as opened:  # noqa: PTH123 -- a descriptor, not a path
            opened.write(content)
    except OSError as error:
        raise InputRefused(f"{path} cannot be written ({error.strerror}): look at the rights there") from None
