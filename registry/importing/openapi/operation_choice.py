"""Which of a document's operations become tools: by tag, path, operationId or method."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry import jsonschemas
from registry.errors import InputRefused

from .api_operation import OperationEntry

MOST_UNASKED = 20
"""A document with so many operations or fewer is imported whole; of a larger one somebody must choose."""
_UNTAGGED = "(no tag)"


@dataclass(frozen=True, slots=True)
class OperationChoice:
    """What was asked for: an operation must have one of the tags, one of the paths, and so on, where any are given.

    Paths and operations are names, or patterns with ``*``; a path stands for those below it, too.
    """

    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    everything: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for."""
        return not (self.tags or self.paths or self.operations or self.methods or self.everything)


def choose_operations(entries: Sequence[OperationEntry], choice: OperationChoice) -> list[OperationEntry]:
    """The chosen ones, in the document's order.

    Raises InputRefused where nothing was asked of a large document, and where a tag, path or operation that was asked
    for is not there; the message has what is.
    """
    if not entries:
        raise InputRefused("The document has no operations.")
    if choice.is_empty:
        if len(entries) > MOST_UNASKED:
            raise InputRefused(
                f"The document has {len(entries)} operations; choose with --tag, --path, --operation or --method, "
                f"or take --all.\n{describe_operations(entries)}"
            )
        return list(entries)
    _refuse_unknown(entries, choice)
    found = [entry for entry in entries if _is_chosen(entry, choice)]
    if not found:
        raise InputRefused(f"No operation is all that was asked for.\n{describe_operations(entries)}")
    return found


def describe_operations(entries: Iterable[OperationEntry]) -> str:
    """A line for each tag with its number of operations, most first."""
    counts = Counter(tag for entry in entries for tag in entry.tags or (_UNTAGGED,))
    width = len(str(max(counts.values(), default=0)))
    return "\n".join(f"  {count:>{width}}  {tag}" for tag, count in counts.most_common())


def _is_chosen(entry: OperationEntry, choice: OperationChoice) -> bool:
    tags = {tag.casefold() for tag in entry.tags or (_UNTAGGED,)}
    return (
        (not choice.tags or any(tag.casefold() in tags for tag in choice.tags))
        and (not choice.paths or any(_is_at(entry.path, path) for path in choice.paths))
        and (not choice.operations or any(_is_called(entry, name) for name in choice.operations))
        and (not choice.methods or entry.method in {method.lower() for method in choice.methods})
    )


def _is_at(path: str, wanted: str) -> bool:
    if "*" in wanted:
        return fnmatch.fnmatchcase(path, _literal(wanted))
    return path == wanted or path.startswith(wanted.rstrip("/") + "/")


def _is_called(entry: OperationEntry, wanted: str) -> bool:
    names = (entry.operation_id, f"{entry.method} {entry.path}")
    first, _, rest = wanted.partition(" ")
    asked = {wanted, f"{first.lower()} {rest.strip()}"}
    return any(fnmatch.fnmatchcase(name, _literal(one)) for name in names if name for one in asked)


def _literal(pattern: str) -> str:
    """``*`` alone is a wildcard: brackets and braces are parts of paths."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def _refuse_unknown(entries: Sequence[OperationEntry], choice: OperationChoice) -> None:
    tags = list(dict.fromkeys(tag for entry in entries for tag in entry.tags or (_UNTAGGED,)))
    known = {tag.casefold() for tag in tags}
    missing = [_unknown("tag", tag, tags) for tag in choice.tags if tag.casefold() not in known]
    for path in choice.paths:
        if not any(_is_at(entry.path, path) for entry in entries):
            missing.append(_unknown("path", path, [entry.path for entry in entries]))
    for name in choice.operations:
        if not any(_is_called(entry, name) for entry in entries):
            missing.append(_unknown("operation", name, [entry.operation_id for entry in entries if entry.operation_id]))
    if missing:
        raise InputRefused(" ".join(missing) + f"\nThe document's tags:\n{describe_operations(entries)}")


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    near = jsonschemas.find_nearest(name, known)
    return f"The document has no {kind} {name[:100]!r}" + (f"; did you mean {near}?" if near else ".")
