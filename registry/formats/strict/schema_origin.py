"""The origin in the author's schema of a part of the schema without references."""

from __future__ import annotations

from registry.jsonschemas import ANNOTATIONS, Path, resolve_reference, split_reference
from registry.model import Json

_DEFS = frozenset({"$defs", "definitions"})
_MOST_REFERENCES = 200


def find_origin(source: Json, path: Path) -> Path:
    """The path in ``source`` of the part at ``path`` in ``inline_refs(source)``; if it has none, that of its nearest
    parent.

    Follows the same rules: keywords beside a reference win, or the reference's target goes into ``allOf`` before them.
    """
    here: Path = ()
    node: Json = source
    steps = list(path)
    while steps:
        here, node, used = _target(source, here, node, steps)
        step = steps[0]
        if used:
            del steps[:used]
            continue
        if not _has(node, step):
            break
        node = node[step]
        here = (*here, step)
        del steps[0]
    return here


def _has(node: Json, step: str | int) -> bool:
    if isinstance(node, list):
        return isinstance(step, int) and step < len(node)
    return isinstance(node, dict) and step in node


def _target(source: Json, here: Path, node: Json, steps: list[str | int]) -> tuple[Path, Json, int]:
    """Follow the references of ``node`` as far as the first of ``steps`` requires. Returns the path, the part, and the
    number of steps used."""
    for _ in range(_MOST_REFERENCES):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str):
            break
        target = resolve_reference(source, reference)
        there = split_reference(source, reference)
        beside = node.keys() - _DEFS - {"$ref"}
        apart = not beside <= ANNOTATIONS and isinstance(target, dict) and not target.keys() <= ANNOTATIONS
        if apart and steps[0] == "allOf" and len(steps) > 1:
            index = steps[1]
            if index == 0:
                return there, target, 2
            below = node.get("allOf")
            if isinstance(below, list) and isinstance(index, int) and index <= len(below):
                return (*here, "allOf", index - 1), below[index - 1], 2
        if apart or steps[0] in beside:
            break
        here, node = there, target
    return here, node, 0
