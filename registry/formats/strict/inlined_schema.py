"""The step that all targets share: from the author's schema to one without references and document keywords."""

from __future__ import annotations

from dataclasses import dataclass

from registry.jsonschemas import (
    LISTS,
    MAPS,
    SINGLES,
    Path,
    RecursiveSchema,
    SchemaTooLarge,
    inline_refs,
    make_pointer,
    walk_subschemas,
)
from registry.model import Json

from .compiled_tool import Reason
from .schema_origin import find_origin

# Keywords about the schema document itself: they mean nothing to a model after references are written out.
_DOCUMENT_KEYWORDS = frozenset({"$schema", "$id", "$defs", "definitions", "$comment", "$anchor", "$vocabulary"})
# In these keywords every provider accepts `true` and `false`, which authors usually write.
_NAMING = frozenset({"additionalProperties", "unevaluatedProperties", "patternProperties", "propertyNames"})
_MAY_BE_BOOLEAN = frozenset({"additionalProperties", "unevaluatedProperties", "unevaluatedItems"})


class CannotBeInlined(Exception):
    """The schema cannot be written without references; ``reason`` says where."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class InlinedSchema:
    """A schema from which targets start, the author's own, its position in the tool, and what was changed."""

    schema: dict[str, Json]
    source: Json
    base: str
    reasons: tuple[Reason, ...]

    def place(self, path: Path) -> str:
        """The JSON pointer into the tool for ``path`` in the inlined schema."""
        return self.base + make_pointer(find_origin(self.source, path))


def inline_schema(source: Json, base: str) -> InlinedSchema:
    """Inline the author's schema, which is at the pointer ``base`` of the tool. Raises CannotBeInlined."""
    references = [(path, node["$ref"]) for path, node in walk_subschemas(source) if isinstance(node.get("$ref"), str)]
    try:
        inlined = inline_refs(source) if references else source
    except RecursiveSchema as refused:
        place = next((path for path, reference in references if reference == refused.reference), ())
        raise CannotBeInlined(Reason(base + make_pointer(place) + "/$ref", str(refused))) from None
    except (SchemaTooLarge, LookupError) as refused:
        raise CannotBeInlined(Reason(base, str(refused))) from None
    start = InlinedSchema({}, source, base, ())
    reasons = [
        Reason(f"{base}{make_pointer(path)}/$ref", "the reference is written out in place") for path, _ in references
    ]
    booleans: list[Path] = []
    schema = _cleaned(inlined, (), booleans)
    reasons += [
        Reason(start.place(path), "a schema that is only true or false is written as an object") for path in booleans
    ]
    return InlinedSchema(schema, source, base, tuple(reasons))


def _cleaned(node: Json, path: Path, booleans: list[Path]) -> Json:
    """A cleaned copy of a schema. Values such as ``const`` and ``default`` are data, and stay unchanged."""
    if isinstance(node, bool):
        booleans.append(path)
        return {} if node else {"not": {}}
    if not isinstance(node, dict):
        return node
    return {
        key: _cleaned_below(key, value, (*path, key), booleans)
        for key, value in node.items()
        if key not in _DOCUMENT_KEYWORDS
    }


def _cleaned_below(key: str, value: Json, path: Path, booleans: list[Path]) -> Json:
    if key in SINGLES:
        return value if isinstance(value, bool) and key in _MAY_BE_BOOLEAN else _cleaned(value, path, booleans)
    if key in MAPS and isinstance(value, dict):
        return {name: _cleaned(item, (*path, name), booleans) for name, item in value.items()}
    if key in LISTS and isinstance(value, list):
        return [_cleaned(item, (*path, index), booleans) for index, item in enumerate(value)]
    return value


def add_root_keys(schema: dict[str, Json], *, opened: bool = False) -> dict[str, Json]:
    """The root object with ``type``, ``properties`` and ``required``, added if missing: clients rely on all three.

    ``opened`` says that the tool takes arguments of any name. Where none is named that must be written out, because an
    object without properties is read as one that takes nothing.
    """
    rest = {key: value for key, value in schema.items() if key not in {"type", "properties", "required"}}
    return {
        "type": "object",
        "properties": schema.get("properties", {}),
        "required": schema.get("required", []),
        **rest,
        **({"additionalProperties": True} if opened and not _says_what_is_named(schema) else {}),
    }


def _says_what_is_named(schema: dict[str, Json]) -> bool:
    return bool(schema.get("properties")) or not _NAMING.isdisjoint(schema)


def add_items(ready: InlinedSchema) -> tuple[dict[str, Json], list[Reason], list[Reason]]:
    """The schema with ``items`` in every array; a reason for each addition; and a refusal for each array where it would
    change the meaning.

    ``items: {}`` means the same as no ``items``, except beside ``unevaluatedItems``, which it would disable.
    """
    missing = [path for path, node in walk_subschemas(ready.schema) if _is_array(node) and "items" not in node]
    if not missing:
        return ready.schema, [], []
    if any("unevaluatedItems" in node for _, node in walk_subschemas(ready.schema)):
        refusal = "an array must say what its items are, and that would change what unevaluatedItems means"
        return ready.schema, [], [Reason(ready.place(path), refusal) for path in missing]
    added = [Reason(ready.place(path), "an array must say what its items are: items: {} is added") for path in missing]
    return _with_items(ready.schema), added, []


def _is_array(node: dict[str, Json]) -> bool:
    kind = node.get("type")
    return kind == "array" or (isinstance(kind, list) and "array" in kind)


def _with_items(node: Json) -> Json:
    if not isinstance(node, dict):
        return node
    made: dict[str, Json] = {}
    for key, value in node.items():
        if key in SINGLES:
            made[key] = _with_items(value)
        elif key in MAPS and isinstance(value, dict):
            made[key] = {name: _with_items(item) for name, item in value.items()}
        elif key in LISTS and isinstance(value, list):
            made[key] = [_with_items(item) for item in value]
        else:
            made[key] = value
    return made | {"items": {}} if _is_array(node) and "items" not in node else made


def close_empty_object(schema: dict[str, Json], *, takes_named_only: bool) -> bool:
    """Whether the tool takes no arguments at all although its schema is open, so that the object can be closed."""
    silent = {"type", "title", "description", "properties", "required", "examples", "default"}
    return takes_named_only and not schema.get("properties") and schema.keys() <= silent
