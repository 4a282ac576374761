"""Local ``$ref``: resolve, find recursion, inline within a bounded number of nodes."""

from __future__ import annotations

import urllib.parse
from typing import Final

from registry.errors import ToolcribError
from registry.model import Json

from .subschemas import LISTS, MAPS, SINGLES, Path, list_children, walk_subschemas

MAX_INLINED_NODES = 50_000
MAX_DEPTH = 128
ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
)
_MISSING: Final = object()


class RecursiveSchema(ToolcribError):
    """The schema refers to itself through ``reference``, so it cannot be written without references."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"{reference[:100]} leads back to itself, so it cannot be written without references.")
        self.reference = reference


class SchemaTooLarge(ToolcribError):
    """Written without references the schema would have more than 50,000 nodes (a reference bomb)."""


def resolve_reference(root: Json, reference: str) -> Json:
    """What ``#`` or ``#/…`` points at. Raises LookupError when nothing is there or it is no local pointer."""
    if reference == "#":
        return root
    if not reference.startswith("#/"):
        raise LookupError(reference)
    node = root
    for step in _steps(reference):
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and _is_index(step) and int(step) < len(node):
            node = node[int(step)]
        else:
            raise LookupError(reference)
    return node


def split_reference(root: Json, reference: str) -> Path:
    """The path that a reference names, which :func:`resolve_reference` must be able to follow."""
    if reference == "#":
        return ()
    path: list[str | int] = []
    node = root
    for step in _steps(reference):
        key = int(step) if isinstance(node, list) else step
        path.append(key)
        node = node[key]
    return tuple(path)


def _steps(reference: str) -> list[str]:
    return [raw.replace("~1", "/").replace("~0", "~") for raw in urllib.parse.unquote(reference[2:]).split("/")]


def _is_index(step: str) -> bool:
    return step.isascii() and step.isdigit() and len(step) < 10  # noqa: PLR2004 -- no list is longer


def has_references(schema: Json) -> bool:
    """Whether any schema inside holds a ``$ref``."""
    return any("$ref" in node for _, node in walk_subschemas(schema))


def is_recursive(schema: Json) -> bool:
    """Whether a reference leads back to a schema that holds it. A reference bomb counts as not recursive."""
    try:
        inline_refs(schema)
    except RecursiveSchema:
        return True
    except (SchemaTooLarge, LookupError):
        return False
    return False


def is_cyclic(schema: Json) -> bool:
    """Whether a reference leads back to a schema that holds it. Takes a step for each schema, bomb or not."""
    if not has_references(schema):
        return False
    open_ones: set[int] = set()
    done: set[int] = set()
    pending = [(schema, False)]
    while pending:
        node, leaving = pending.pop()
        if leaving:
            open_ones.discard(id(node))
            done.add(id(node))
        elif isinstance(node, dict) and id(node) not in done:
            if id(node) in open_ones:
                return True
            open_ones.add(id(node))
            pending.append((node, True))
            if isinstance(node.get("$ref"), str):
                pending.append((resolve_reference(schema, node["$ref"]), False))
            pending += ((below, False) for _, below in list_children(node, ()))
    return False


def inline_refs(schema: Json) -> Json:
    """The schema with every local ``$ref`` replaced by what it names, and without ``$defs``. The input is not changed.

    Annotations beside a ``$ref`` win over those of its target; other keywords beside it keep their meaning through
    ``allOf``. Raises RecursiveSchema, SchemaTooLarge, and LookupError for a reference to nothing.
    """
    inlined = _Inliner(schema).schema(schema, 0)
    if isinstance(inlined, dict):
        return {key: value for key, value in inlined.items() if key not in {"$defs", "definitions"}}
    return inlined


def refuse_bomb(schema: Json) -> None:
    """Raise SchemaTooLarge where following the references would never seem to end; recursion alone is no bomb."""
    _Inliner(schema, recursion_ends=True).schema(schema, 0)


class _Inliner:
    """One inlining: the root that pointers start from, the references being followed, and the nodes made so far."""

    def __init__(self, root: Json, *, recursion_ends: bool = False) -> None:
        self._root = root
        self._recursion_ends = recursion_ends
        self._following: set[str] = set()
        self._count = 0

    def schema(self, node: Json, depth: int) -> Json:
        self._count += 1
        if self._count > MAX_INLINED_NODES or depth > MAX_DEPTH:
            raise SchemaTooLarge(f"Without references this schema would have more than {MAX_INLINED_NODES} nodes.")
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        rest = {
            key: self._keyword(key, value, depth) for key, value in node.items() if key != "$ref" and key not in _DEFS
        }
        if not isinstance(reference, str):
            return rest
        return _merged(self._target(reference, depth), rest)

    def _target(self, reference: str, depth: int) -> Json:
        if reference in self._following:
            if self._recursion_ends:
                return True
            raise RecursiveSchema(reference)
        self._following.add(reference)
        target = self.schema(resolve_reference(self._root, reference), depth + 1)
        self._following.discard(reference)
        return target

    def _keyword(self, key: str, value: Json, depth: int) -> Json:
        if key in SINGLES:
            return self.schema(value, depth + 1)
        if key in MAPS and isinstance(value, dict):
            return {name: self.schema(item, depth + 1) for name, item in value.items()}
        if key in LISTS and isinstance(value, list):
            return [self.schema(item, depth + 1) for item in value]
        return value


_DEFS = frozenset({"$defs", "definitions"})


def _merged(target: Json, siblings: dict[str, Json]) -> Json:
    if not siblings:
        return target
    if isinstance(target, bool):
        return siblings if target else {"not": {}}
    if not isinstance(target, dict):
        return siblings
    if set(siblings) <= ANNOTATIONS:
        return {**target, **siblings}
    if set(target) <= ANNOTATIONS:
        return {**target, **siblings}
    return {**siblings, "allOf": [target, *siblings.get("allOf", ())]}
