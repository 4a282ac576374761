"""The bytes of a commit: people, times, and the message with its trailers (git-commit-tree, git-interpret-trailers)."""

from __future__ import annotations

import re
import time

from registry.gitrepo.store import Edit, Person

_TRAILER_LINE = re.compile(r"[A-Za-z][A-Za-z0-9-]*: \S.*")


def format_commit(edit: Edit, tree: str, parent: str | None, now: float) -> bytes:
    """The commit of ``edit`` as Git stores it; ``now`` is in seconds since 1970."""
    head = [f"tree {tree}"]
    if parent is not None:
        head.append(f"parent {parent}")
    head.append(f"author {_signed(edit.author, now)}")
    head.append(f"committer {_signed(edit.committer, now)}")
    return ("\n".join(head) + "\n\n" + format_message(edit)).encode()


def format_message(edit: Edit) -> str:
    """The message as it is committed: LF line ends, no blank lines at either end, trailers as the last paragraph."""
    message = edit.message.replace("\r\n", "\n").replace("\r", "\n")
    message = "\n".join(line.rstrip() for line in message.split("\n")).strip("\n").lstrip()
    if not edit.trailers:
        return message + "\n"
    *before, last = message.split("\n\n")
    # Git looks for trailers in the last paragraph only, so ours are added to trailers that the message ends with.
    joined = bool(before) and all(_TRAILER_LINE.fullmatch(line) for line in last.split("\n"))
    trailers = "\n".join(f"{key}: {value.strip()}" for key, value in edit.trailers)
    return message + ("\n" if joined else "\n\n") + trailers + "\n"


def _signed(person: Person, now: float) -> str:
    offset = time.strftime("%z", time.localtime(now))
    return f"{person.name.strip()} <{person.email}> {int(now)} {offset}"
