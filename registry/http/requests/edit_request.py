"""The edit that a request's body asks for, made and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import g

from registry.edits import EditSignature, PreparedEdit
from registry.errors import Fault, InputRefused
from registry.gitrepo import Person
from registry.http.contract import read_files

from .app_context import get_service
from .if_match import read_optional_digests

Seen = frozenset[str] | None


_TAKES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "create": (frozenset(), frozenset({"files", "manifest", "script"})),
    "replace": (frozenset({"name", "files"}), frozenset()),
    "merge": (frozenset({"name"}), frozenset({"manifest", "files"})),
    "remove": (frozenset({"name"}), frozenset()),
    "activate": (frozenset({"name"}), frozenset()),
    "deactivate": (frozenset({"name"}), frozenset()),
    "rename": (frozenset({"name", "new_name"}), frozenset()),
    "restore": (frozenset({"name", "version"}), frozenset()),
}
"""What a dry run of each action needs, and what it may have."""


def _refuse_unfit(action: str, asked: Mapping[str, Any]) -> None:
    needs, may = _TAKES[action]
    given = asked.keys() - {"action", "message", "author"}
    faults = [Fault("", f"{action} needs {name}", "required") for name in sorted(needs - given)]
    faults += [Fault(f"/{name}", f"{action} takes no {name}", "unknown") for name in sorted(given - needs - may)]
    faults += [
        Fault(f"/files/{path}", f"{action} cannot remove a file: leave it out", "type")
        for path, content in asked.get("files", {}).items()
        if content is None and action != "merge"
    ]
    if faults:
        raise InputRefused("the body is not what this action takes", faults)


def prepare_create(asked: Mapping[str, Any]) -> PreparedEdit:
    """A new tool. Raises InputRefused, AlreadyThere."""
    edits = get_service().edits
    both = sorted(asked.keys() & {"manifest", "script"})
    if "files" in asked and not both:
        return edits.create(read_files(asked["files"]), read_signature(asked))
    if "files" in asked or both != ["manifest", "script"]:
        message = "give `files`, or `manifest` and `script`"
        raise InputRefused("the body is not what this address takes", [Fault("", message, "required")])
    return edits.create_from(asked["manifest"], asked["script"], read_signature(asked))


def prepare_replace(name: str, seen: Seen, asked: Mapping[str, Any]) -> PreparedEdit:
    """All files anew."""
    return get_service().edits.replace(name, seen, read_files(asked["files"]), read_signature(asked))


def prepare_merge(name: str, seen: Seen, asked: Mapping[str, Any]) -> PreparedEdit:
    """A patch on tool.yaml, and files beside it."""
    given = asked.get("files", {})
    files: dict[str, bytes | None] = {path: None for path, content in given.items() if content is None}
    files |= read_files({path: content for path, content in given.items() if content is not None})
    return get_service().edits.merge(name, seen, asked.get("manifest"), files, read_signature(asked))


def read_signature(asked: Mapping[str, Any]) -> EditSignature:
    """What the edit says of itself."""
    author = asked.get("author")
    person = None if author is None else Person(author["name"], author["email"])
    return EditSignature(person, asked.get("message"), g.request_id)


def prepare_trial(asked: Mapping[str, Any]) -> PreparedEdit:
    """The edit that the body of a dry run describes; which state of the tool it is for need not be said."""
    action, name = asked.get("action", "create"), asked.get("name", "")
    _refuse_unfit(action, asked)
    edits, seen, signature = get_service().edits, read_optional_digests(), read_signature(asked)
    make: dict[str, Callable[[], PreparedEdit]] = {
        "create": lambda: prepare_create(asked),
        "replace": lambda: prepare_replace(name, seen, asked),
        "merge": lambda: prepare_merge(name, seen, asked),
        "remove": lambda: edits.remove(name, seen, signature),
        "activate": lambda: edits.set_status(name, seen, "active", signature),
        "deactivate": lambda: edits.set_status(name, seen, "disabled", signature),
        "rename": lambda: edits.rename(name, seen, asked["new_name"], signature),
        "restore": lambda: edits.restore(name, seen, asked["version"], signature),
    }
    return make[action]()
