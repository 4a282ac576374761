"""The default message of a commit: one line that says what changed, such as "dns_lookup: raise timeout to 20 s"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from registry.model import Json

LONGEST: Final = 72
_FEW = 3  # names in a list
_FILES = "tool.yaml"  # its changes are described by its fields
_QUANTITIES = {"timeout_seconds": ("timeout", "s"), "memory_mb": ("memory", "MiB")}
_LISTS = {"tags": "tag", "dependencies": "dependency", "secrets": "secret"}
_PLURALS = {"tag": "tags", "dependency": "dependencies", "secret": "secrets"}
_STATUS = {"active": "activate", "disabled": "deactivate", "deprecated": "deprecate", "draft": "make a draft"}
_VALUES = {"category", "owner", "replaced_by"}
_ABSENT: Final = object()
Values = Mapping[str, Json]


def describe_change(
    before: Values | None,
    after: Values | None,
    *,
    name: str | None = None,
    added: Collection[str] = (),
    changed: Collection[str] = (),
    removed: Collection[str] = (),
) -> str:
    """One line of at most 72 characters that describes an edit, beginning with the tool's name. Deterministic.

    ``before`` and ``after`` are the values of tool.yaml; ``before`` is None for a new tool, ``after`` for a removed
    one. ``added``, ``changed`` and ``removed`` are paths of files, with or without tool.yaml. ``name`` is the folder's
    name, used when the manifest has none.
    """
    tool = name or str((before or after or {}).get("name", "tool"))
    if before is None or after is None:
        return _line(tool, ["add the tool" if before is None else "remove the tool"])
    parts = [*_fields(before, after), *_paths("add", added), *_paths("change", changed), *_paths("remove", removed)]
    return _line(tool, parts or ["change tool.yaml" if _FILES in {*added, *changed, *removed} else "change nothing"])


def _line(tool: str, parts: list[str]) -> str:
    """All changes if they fit; otherwise their number and as many of them as fit."""
    room = LONGEST - len(tool) - 2
    count = f"change {len(parts)} things" if len(parts) > 1 else "change the tool"
    fitting = [", ".join(parts)]
    if len(parts) > 1:
        fitting += [f"{count}: {', '.join(parts[:shown])}, …" for shown in range(len(parts) - 1, 0, -1)]
    found = next((text for text in [*fitting, count, "change"] if len(text) <= room), "change")
    return f"{tool}: {found}"


def _fields(before: Values, after: Values) -> Iterator[str]:
    for field in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(field, _ABSENT), after.get(field, _ABSENT)
        if _same(old, new):
            continue
        if field == "runtime" and _mappings(old, new):
            yield from _fields(*_as_mappings(old, new))
        elif field in {"parameters", "returns"} and _mappings(old, new) and old is not _ABSENT and new is not _ABSENT:
            yield from _schema(field, old, new)
        else:
            yield _field(field, old, new)


def _same(old: Any, new: Any) -> bool:
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _mappings(old: Any, new: Any) -> bool:
    return all(value is _ABSENT or isinstance(value, Mapping) for value in (old, new))


def _as_mappings(old: Any, new: Any) -> tuple[Values, Values]:
    return ({} if old is _ABSENT else old), ({} if new is _ABSENT else new)


def _field(field: str, old: Any, new: Any) -> str:
    if field in _QUANTITIES and all(value is _ABSENT or _is_number(value) for value in (old, new)):
        return _quantity(*_QUANTITIES[field], old, new)
    if field in _LISTS and all(value is _ABSENT or isinstance(value, list) for value in (old, new)):
        return _list(_LISTS[field], [] if old is _ABSENT else old, [] if new is _ABSENT else new)
    word = _shown(field.replace("_", " "))
    usual = f"remove {word}" if new is _ABSENT else f"add {word}" if old is _ABSENT else f"change {word}"
    return _set_to(field, word, new) or usual


def _set_to(field: str, word: str, new: Any) -> str | None:
    """The change of a field whose new value is worth showing; None for any other."""
    if field == "network" and isinstance(new, bool):
        return f"turn network {'on' if new else 'off'}"
    if not isinstance(new, str):
        return None
    if field == "status":
        return _STATUS.get(new)
    if field == "name":
        return f"rename to {_shown(new)}"
    return f"set {word} to {_shown(new)}" if field in _VALUES else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _quantity(word: str, unit: str, old: Any, new: Any) -> str:
    if new is _ABSENT:
        return f"remove {word}"
    verb = "set" if old is _ABSENT else "raise" if new > old else "lower"
    return f"{verb} {word} to {str(new)[:20]} {unit}"


def _list(word: str, old: list[Json], new: list[Json]) -> str:
    more = [item for item in new if item not in old]
    less = [item for item in old if item not in new]
    if more and less:
        return f"change {_PLURALS[word]}"
    if not more and not less:
        return f"reorder {_PLURALS[word]}"
    return _named("add" if more else "remove", word, more or less)


def _schema(field: str, old: Values, new: Values) -> Iterator[str]:
    """Changed parameters by name, if only ``properties`` and ``required`` changed."""
    was, now = old.get("properties"), new.get("properties")
    word = "parameter" if field == "parameters" else "result field"
    others = {key for key in {*old, *new} - {"properties", "required"} if not _same(old.get(key), new.get(key))}
    if others or not isinstance(was, Mapping) or not isinstance(now, Mapping):
        yield f"change {field}"
        return
    groups = {
        "add": [key for key in now if key not in was],
        "change": [key for key in now if key in was and not _same(was[key], now[key])],
        "remove": [key for key in was if key not in now],
    }
    found = [_named(verb, word, keys) for verb, keys in groups.items() if keys]
    yield from found or [f"change required {field}" if field == "parameters" else f"change {field}"]


def _named(verb: str, word: str, items: list[Json]) -> str:
    if len(items) > _FEW:
        return f"{verb} {len(items)} {_PLURALS.get(word, word + 's')}"
    return f"{verb} {word if len(items) == 1 else _PLURALS.get(word, word + 's')} {', '.join(map(_shown, items))}"


def _paths(verb: str, paths: Collection[str]) -> Iterator[str]:
    found = sorted(path for path in paths if path != _FILES)
    if len(found) > _FEW:
        yield f"{verb} {len(found)} files"
    elif found:
        yield f"{verb} {', '.join(map(_shown, found))}"


def _shown(item: Json) -> str:
    """An item as text on one line: a commit's subject must not contain a line break, not even from a name."""
    return "".join(character if character.isprintable() else "?" for character in str(item))
