"""Values of classes that annotations name, made from JSON. What an attribute of a class is made as, others say."""

from __future__ import annotations

import json
import sys
from enum import Enum

from .parameter_texts import TEXTS

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from collections.abc import Callable, Collection, Mapping
    from typing import Any, NoReturn

    Within = Callable[[str, Any, Any, dict[str, Any]], Any]
    """Makes the value of a key, by its annotation, and where that looks names up."""
    Hint = tuple[Any, dict[str, Any]]

_WORDS = 300
_NAMES = 20


class Unfit(Exception):
    """One fault: what is wrong, and its place as keys from the value on that is made."""

    def __init__(self, why: str, *place: str | int) -> None:
        super().__init__(why)
        self.place = place


def point(*keys: str | int) -> str:
    """A place as a JSON pointer."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)[:_WORDS]


def read_annotations(owner: Any) -> Mapping[str, Any]:
    """The annotations of a function or a class, as they stand."""
    try:
        return getattr(owner, "__annotations__", {})
    except NameError:  # from Python 3.14 on they are evaluated when they are asked for
        annotationlib = __import__("annotationlib")
        found: Mapping[str, Any] = annotationlib.get_annotations(owner, format=annotationlib.Format.FORWARDREF)
        return found


def is_constructed(kind: type) -> bool:
    """Whether a class is one of those whose values are made from JSON."""
    return _name_text(kind) in TEXTS or _find_maker(kind) is not None


def construct_value(kind: type, value: Any, within: Within) -> Any:
    """A value of such a class. Raises Unfit."""
    text = TEXTS.get(_name_text(kind))
    try:
        if text is not None:
            return text[0](kind, value)
        make = _find_maker(kind)
        return make(kind, value, within) if make is not None else value
    except Unfit:
        raise
    except Exception as error:  # noqa: BLE001 -- the class may be the tool's
        if text is not None:
            raise Unfit(f"is not {text[1]}") from None
        _refuse(error)


def _name_text(kind: type) -> tuple[str, str]:
    return str(kind.__module__).partition(".")[0], kind.__qualname__


def _find_maker(kind: type) -> Callable[[Any, Any, Within], Any] | None:
    for module in ("pydantic.main", "pydantic.v1.main"):
        model = getattr(sys.modules.get(module), "BaseModel", None)
        if model is not None and issubclass(kind, model):
            return _make_model
    if issubclass(kind, Enum):
        return _make_enum
    if hasattr(kind, "__dataclass_fields__"):
        return _make_dataclass
    if issubclass(kind, tuple) and isinstance(getattr(kind, "_fields", None), tuple):
        return _make_namedtuple
    if issubclass(kind, dict) and hasattr(kind, "__total__"):
        return _make_typed_dict
    return None


def _refuse(error: Exception) -> NoReturn:
    """What a class says of a value, in one fault; pydantic says it with places of its own."""
    try:
        faults = [(one["loc"], one["msg"]) for one in error.errors()] if hasattr(error, "errors") else []
        words = f"cannot be made: {type(error).__name__}: {error}"[:_WORDS]
    except Exception:  # noqa: BLE001 -- its text is the tool's
        raise Unfit("cannot be made, and why has no text") from None
    if len(faults) == 1:
        raise Unfit(f"is refused: {faults[0][1]}", *faults[0][0]) from None
    if faults:
        raise Unfit("is refused: " + "; ".join(f"{point(*place)} {why}" for place, why in faults[:_NAMES])) from None
    raise Unfit(words) from None


def _make_enum(kind: Any, value: Any, _within: Within) -> Any:
    """By value, else by name."""
    for one in kind:
        if type(one.value) is type(value) and one.value == value:
            return one
    try:
        return kind(value)
    except Exception:  # noqa: BLE001 -- of whatever kind: it is none of its values
        if isinstance(value, str) and value in kind.__members__:
            return kind.__members__[value]
    raise Unfit("is none of: " + ", ".join(str(one.value) for one in list(kind)[:_NAMES])[:_WORDS])


def _make_model(kind: Any, value: Any, _within: Within) -> Any:
    """By the model's own rules for JSON, which are not those for Python's values."""
    if hasattr(kind, "model_validate_json"):
        return kind.model_validate_json(json.dumps(value))
    return kind.parse_obj(value)


def _make_dataclass(kind: Any, value: Any, within: Within) -> Any:
    missing = sys.modules["dataclasses"].MISSING
    # Class variables are in the table of fields, too.
    fields = {
        name: one
        for name, one in kind.__dataclass_fields__.items()
        if one.init and one._field_type.name != "_FIELD_CLASSVAR"
    }
    needed = [name for name, one in fields.items() if one.default is missing and one.default_factory is missing]
    hints = {name: (one.type, _scope(_find_owner(kind, name))) for name, one in fields.items()}
    return kind(**_make_members(kind, value, hints, within, needed=needed))


def _make_namedtuple(kind: Any, value: Any, within: Within) -> Any:
    if isinstance(value, list) and len(value) <= len(kind._fields):
        value = dict(zip(kind._fields, value, strict=False))
    annotations = read_annotations(kind)
    hints = {name: (annotations.get(name), _scope(kind)) for name in kind._fields}
    needed = [name for name in kind._fields if name not in kind._field_defaults]
    return kind(**_make_members(kind, value, hints, within, needed=needed))


def _make_typed_dict(kind: Any, value: Any, within: Within) -> dict[str, Any]:
    """Still a dict, with its values made. What is missing, or more, is for the tool's schema to say."""
    hints = {name: (hint, _scope(kind)) for name, hint in read_annotations(kind).items()}
    return _make_members(kind, value, hints, within)


def _make_members(
    kind: Any, value: Any, hints: Mapping[str, Hint], within: Within, needed: Collection[str] | None = None
) -> dict[str, Any]:
    """The values by name, made; with ``needed``, those must be there, and nothing that has no annotation."""
    if not isinstance(value, dict):
        raise Unfit(f"is no object, which a {kind.__name__} is made from")
    for name in needed or ():
        if name not in value:
            raise Unfit(f"has no {name[:_WORDS]}")
    made = {}
    for name, one in value.items():
        if needed is not None and name not in hints:
            raise Unfit(f"is not known; known are {', '.join(hints)[:_WORDS]}", name)
        hint, scope = hints.get(name, (None, {}))
        made[name] = within(name, hint, one, scope)
    return made


def _find_owner(kind: type, name: str) -> type:
    """The class of a hierarchy that has the annotation: in its module the names are looked up."""
    return next((one for one in kind.__mro__ if name in vars(one).get("__annotations__", ())), kind)


def _scope(kind: type) -> dict[str, Any]:
    return getattr(sys.modules.get(kind.__module__), "__dict__", {})
