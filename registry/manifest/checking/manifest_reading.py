"""From a read tool.yaml to the frozen manifest; a field that cannot be read has its default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from registry.model import Example, Json, Manifest, Runtime, Status
from registry.shared_packages import MAX_PACKAGES

_ANNOTATIONS = ("read_only", "destructive", "idempotent", "open_world")
_STATUSES = frozenset(get_args(Status))


def build_manifest(value: Json, folder_name: str) -> Manifest:
    """The manifest, as far as ``value`` can be read. Its ``name`` is the folder's, which is the tool's identity."""
    if not isinstance(value, dict):
        return Manifest(name=folder_name, title=folder_name)
    status, coercion = value.get("status"), value.get("arguments")
    return Manifest(
        name=folder_name,
        title=_text(value, "title") or folder_name.replace("_", " ").capitalize(),
        description=_text(value, "description") or "",
        status=status if isinstance(status, str) and status in _STATUSES else "active",  # type: ignore[arg-type]
        replaced_by=_text(value, "replaced_by"),
        category=_text(value, "category") or "",
        tags=_texts(value, "tags"),
        owner=_text(value, "owner"),
        parameters=_mapping(value, "parameters") or {},
        returns=_mapping(value, "returns"),
        annotations=_flags(_mapping(value, "annotations") or {}),
        examples=_examples(value.get("examples")),
        runtime=_runtime(_mapping(value, "runtime") or {}),
        shared=read_shared_names(value),
        metadata=_mapping(value, "metadata") or {},
        arguments=coercion if coercion in ("lossless", "strict") else None,
    )


def read_shared_names(value: Json) -> tuple[str, ...]:
    """The shared packages that the value of a tool.yaml names, as far as it can be read."""
    names = _texts(value, "shared") if isinstance(value, dict) else ()
    return tuple(dict.fromkeys(names))[:MAX_PACKAGES]


def _flags(value: Mapping[str, Json]) -> dict[str, bool]:
    return {key: flag for key, flag in value.items() if key in _ANNOTATIONS and isinstance(flag, bool)}


def _text(value: Mapping[str, Json], key: str) -> str | None:
    text = value.get(key)
    return text if isinstance(text, str) else None


def _texts(value: Mapping[str, Json], key: str) -> tuple[str, ...]:
    items = value.get(key)
    return tuple(item for item in items if isinstance(item, str)) if isinstance(items, list) else ()


def _mapping(value: Mapping[str, Json], key: str) -> dict[str, Json] | None:
    item = value.get(key)
    return item if isinstance(item, dict) else None


def _runtime(value: Mapping[str, Json]) -> Runtime:
    default = Runtime()
    network = value.get("network")
    return Runtime(
        timeout_seconds=_number(value.get("timeout_seconds"), default.timeout_seconds),
        memory_mb=_number(value.get("memory_mb"), default.memory_mb),
        network=network if isinstance(network, bool) else default.network,
        dependencies=_texts(value, "dependencies"),
        secrets=_texts(value, "secrets"),
    )


def _number(value: Json, default: int) -> int:
    """An integer, or ``default``. JSON Schema counts 10.0 as an integer."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return int(value)


def _examples(value: Json) -> tuple[Example, ...]:
    examples = []
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("arguments"), dict):
            expects = _expects(item)
            examples.append(Example(item["name"], item["arguments"], expects, item[expects] if expects else None))
    return tuple(examples)


def _expects(item: Mapping[str, Json]) -> Literal["result", "matches", "error"] | None:
    if "result" in item:
        return "result"
    if "matches" in item:
        return "matches"
    return "error" if "error" in item else None
