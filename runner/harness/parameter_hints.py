"""One value made as one annotation wants it: names looked up, lists, objects and alternatives gone into."""

from __future__ import annotations

from itertools import repeat

from .parameter_classes import Unfit, construct_value, is_constructed, point

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from collections.abc import Callable, Iterable
    from typing import Any

_LISTS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list, "Sequence": list, "MutableSequence": list, "Collection": list, "Iterable": list,
    "tuple": tuple, "set": set, "frozenset": frozenset, "Set": frozenset, "MutableSet": set,
}  # fmt: skip
_MAPPINGS = {"dict", "Mapping", "MutableMapping"}
_WRAPPERS = {"Required", "NotRequired", "ReadOnly", "Final"}
_TAKES: dict[type, tuple[type, ...]] = {float: (int, float), int: (int,), str: (str,), dict: (dict,), list: (list,)}
_DEEPEST = 20
_WORDS = 300
_unfit: dict[Any, Any] = {}
"""What did not fit, once for this process: where types hold each other, each level would try all below it twice."""


def construct(hint: Any, value: Any, scope: dict[str, Any]) -> Any:
    """The value as the annotation wants it. Raises Unfit."""
    key = (hint if isinstance(hint, str) else id(hint), id(scope), id(value))
    if key in _unfit:
        raise Unfit(*_unfit[key][0])
    try:
        return _construct(hint, value, scope)
    except Unfit as fault:
        # What is told is kept alive, so that nothing else gets its identity.
        _unfit[key] = (str(fault), *fault.place), (hint, scope, value)
        raise


def _construct(hint: Any, value: Any, scope: dict[str, Any]) -> Any:
    hint = _resolve(hint, scope)
    if value is None or not _constructs(hint, scope):
        return value
    arguments = getattr(hint, "__args__", ())
    origin = getattr(hint, "__origin__", hint)
    name = getattr(origin, "__name__", "")
    if _is_union(hint):
        return _construct_one_of(arguments, value, scope)
    if name in _LISTS and _is_generic(origin):
        return _construct_list(name, arguments, value, scope)
    if name in _MAPPINGS and _is_generic(origin):
        return _construct_mapping(arguments, value, scope)
    return construct_value(origin, value, construct_within)


def _resolve(hint: Any, scope: dict[str, Any]) -> Any:
    """What an annotation means: names looked up, and what is only wrapped around it taken off."""
    for _ in range(_DEEPEST):
        text = hint if isinstance(hint, str) else getattr(hint, "__forward_arg__", None)
        if isinstance(text, str):
            try:
                hint = eval(text, scope)  # noqa: S307 -- the tool's own annotation, where it runs anyway
            except Exception:  # noqa: BLE001 -- a name that is there for type checkers only
                return None
        elif hasattr(hint, "__metadata__"):
            hint = hint.__origin__
        elif _kind(hint) in _WRAPPERS:
            hint = hint.__args__[0]
        elif hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        elif type(hint).__name__ == "TypeAliasType":
            try:
                hint = hint.__value__
            except Exception:  # noqa: BLE001 -- as above
                return None
        elif type(hint).__name__ == "InitVar":
            hint = hint.type
        else:
            break
    return hint


def _kind(hint: Any) -> str:
    """The name of typing's own form that a subscripted annotation is of: Union, Required, Literal …"""
    return str(getattr(getattr(hint, "__origin__", None), "_name", "") or "")


def _is_union(hint: Any) -> bool:
    return type(hint).__name__ in {"UnionType", "_UnionGenericAlias", "Union"} or _kind(hint) in {"Union", "Optional"}


def _is_generic(origin: Any) -> bool:
    return getattr(origin, "__module__", "") in {"builtins", "collections", "collections.abc", "typing"}


def _constructs(hint: Any, scope: dict[str, Any], depth: int = 0) -> bool:
    """Whether anything is to be made for this annotation: of a list of numbers nothing is, however long it is."""
    hint = _resolve(hint, scope)
    if hint is None or depth > _DEEPEST:
        return False
    origin = getattr(hint, "__origin__", hint)
    arguments = getattr(hint, "__args__", ())
    if _is_union(hint) or (_is_generic(origin) and getattr(origin, "__name__", "") in {*_LISTS, *_MAPPINGS}):
        made = _LISTS.get(getattr(origin, "__name__", ""), list)
        inner = any(_constructs(one, scope, depth + 1) for one in arguments if one is not ...)
        return inner or (made is not list and not _is_union(hint))
    return isinstance(origin, type) and is_constructed(origin)


def _construct_one_of(hints: tuple[Any, ...], value: Any, scope: dict[str, Any]) -> Any:
    """The first alternative that the value fits; a plain one fits what is of its JSON type."""
    why: list[Unfit] = []
    for one in hints:
        hint = _resolve(one, scope)
        if hint is type(None):
            continue
        if not _constructs(hint, scope):
            if _takes(hint, value):
                return value
            continue
        try:
            _want_keys(hint, value)
            return construct(hint, value, scope)
        except Unfit as fault:
            why.append(fault)
    if not why:
        return value
    if len(why) == 1:
        raise why[0]
    raise Unfit(
        "fits none of what it may be: " + "; ".join(f"{point(*one.place)} {one}".strip()[:_WORDS] for one in why)
    )


def _want_keys(hint: Any, value: Any) -> None:
    """Of several typed dicts the one is meant whose keys are there."""
    missing = set(getattr(hint, "__required_keys__", ())) - set(value if isinstance(value, dict) else ())
    if missing:
        raise Unfit(f"has no {min(missing)}")


def _takes(hint: Any, value: Any) -> bool:
    if _kind(hint) == "Literal":
        return value in hint.__args__
    origin = getattr(hint, "__origin__", hint)
    if origin is bool or isinstance(value, bool):
        return isinstance(value, bool) and origin not in _TAKES
    return isinstance(value, _TAKES.get(origin, (object,)))


def _construct_list(name: str, hints: tuple[Any, ...], value: Any, scope: dict[str, Any]) -> Any:
    if not isinstance(value, list):
        raise Unfit("is no list")
    if name == "tuple" and hints and hints[1:] != (...,):
        if len(value) != len(hints):
            raise Unfit(f"has {len(value)} items instead of {len(hints)}")
        each: Iterable[Any] = hints
    else:
        each = repeat(hints[0] if hints else None, len(value))
    made = [construct_within(at, *pair, scope) for at, pair in enumerate(zip(each, value, strict=True))]
    try:
        return _LISTS[name](made)
    except TypeError:
        raise Unfit("has items that cannot be in a set") from None


def _construct_mapping(hints: tuple[Any, ...], value: Any, scope: dict[str, Any]) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise Unfit("is no object")
    of_keys, of_values = hints
    made = {}
    for key, one in value.items():
        made[construct_within(key, of_keys, key, scope)] = construct_within(key, of_values, one, scope)
    return made


def construct_within(key: str | int, hint: Any, value: Any, scope: dict[str, Any]) -> Any:
    """The same for what stands below ``key``. Raises Unfit with its place."""
    try:
        return construct(hint, value, scope)
    except Unfit as fault:
        raise Unfit(str(fault), key, *fault.place) from None
