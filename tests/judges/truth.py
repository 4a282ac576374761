"""Whether the reasons that formats give are true, told from the author's schema by other means than theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from registry.formats import Reason
from registry.jsonschemas import compile_checked, resolve_reference, walk_subschemas
from registry.model import Tool

Json = Any
_MOST_NODES = 50_000


def true_of(tool: Tool, reason: Reason) -> bool:
    """Whether a reason's place is there, and whether what it says of that place is so where that can be told."""
    manifest = tool.manifest
    whole: Json = {"parameters": manifest.parameters, "description": manifest.description, "returns": manifest.returns}
    try:
        node = _at(whole, reason.pointer)
    except (KeyError, IndexError, TypeError, ValueError):
        return False
    message = reason.message.removeprefix("not strict: ")
    for words, told in _TOLD.items():
        if words in message:
            return told(whole, reason.pointer, node, message)
    return True


def _refers_to_itself(whole: Json, pointer: str, node: Json, message: str) -> bool:
    """Whether following references from this one leads to it again."""
    if not pointer.endswith("/$ref"):
        return False
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        for _, inside in walk_subschemas(resolve_reference(whole["parameters"], one)):
            inner = inside.get("$ref")
            if inner == node:
                return True
            if isinstance(inner, str) and inner not in seen:
                seen.add(inner)
                waiting.append(inner)
    return False


def _is_too_large(whole: Json, pointer: str, node: Json, message: str) -> bool:
    return _expanded(node, node) > _MOST_NODES


def _expanded(node: Json, root: Json) -> int:
    """How many nodes there are with every reference written out; stops soon after what may be."""
    count, waiting = 0, [node]
    while waiting and count <= _MOST_NODES:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting += one.values()
            if isinstance(one.get("$ref"), str):
                waiting.append(resolve_reference(root, one["$ref"]))
        elif isinstance(one, list):
            waiting += one
    return count


def _stands_at_the_root(whole: Json, pointer: str, node: Json, message: str) -> bool:
    return pointer == "/parameters/" + message.split(":", maxsplit=1)[0]


def _is_named(whole: Json, pointer: str, node: Json, message: str) -> bool:
    return pointer.endswith("/" + message.split(" ", maxsplit=1)[0])


def _has_no_items(whole: Json, pointer: str, node: Json, message: str) -> bool:
    return "array" in node["type"] and "items" not in node


def _is_no_object_with_names(whole: Json, pointer: str, node: Json, message: str) -> bool:
    return _is_combined(node) or not node.get("properties")


def _takes_other_names(whole: Json, pointer: str, node: Json, message: str) -> bool:
    return node is not False


def _has_no_type(whole: Json, pointer: str, node: Json, message: str) -> bool:
    return _is_combined(node) or node is True or not node.keys() & {"type", "enum", "const"}


def _is_not_described(whole: Json, pointer: str, node: Json, message: str) -> bool:
    name = message.removeprefix("the property ").removesuffix(" is required and described nowhere")
    holder = _at(whole, pointer.rsplit("/", 1)[0])
    return name in [one[:64] for one in node] and name not in holder.get("properties", {})


def _takes_nothing(whole: Json, pointer: str, node: Json, message: str) -> bool:
    if not pointer.endswith("/enum"):
        return True
    holder = _at(whole, pointer.rsplit("/", 1)[0])
    accepts = compile_checked({key: value for key, value in holder.items() if key != "default"}).accepts
    return _is_combined(holder) or not any(map(accepts, node))


def _is_combined(node: Json) -> bool:
    """Whether other schemas have a say in this one, which this program does not look at."""
    return isinstance(node, dict) and bool(node.keys() & {"$ref", "allOf", "anyOf", "oneOf"})


_TOLD: Mapping[str, Callable[[Json, str, Json, str], bool]] = {
    "leads back to itself": _refers_to_itself,
    "nodes (a reference bomb)": _is_too_large,
    "refuses it at the root": _stands_at_the_root,
    "is not permitted in a strict definition": _is_named,
    "items: {} is added": _has_no_items,
    "is written out in place": lambda whole, pointer, node, message: isinstance(node, str),
    "an object of any properties": _is_no_object_with_names,
    "properties of any name": _takes_other_names,
    "a value of any type": _has_no_type,
    "is required and described nowhere": _is_not_described,
    "no value is valid here": _takes_nothing,
}


def _at(whole: Json, pointer: str) -> Json:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        whole = whole[int(key)] if isinstance(whole, list) else whole[key]
    return whole
