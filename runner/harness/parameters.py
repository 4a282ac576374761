"""Arguments as ``main`` annotates them: dates, enums, dataclasses, models … made from the JSON that was sent.

Annotations are read without importing ``typing``: whoever wrote one that needs it has imported it. A plain annotation,
and a name that cannot be resolved, changes nothing, and neither does anything here where the value is null: whether it
may be is for the tool's schema to say.
"""

from __future__ import annotations

from types import FunctionType

from .parameter_classes import Unfit, point, read_annotations
from .parameter_hints import construct

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from typing import Any

_FAULTS = 10


class ArgumentsUnfit(Exception):
    """What was sent cannot be made what ``main`` annotates; the message has every fault with its place."""


def construct_arguments(main: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name, with those constructed that ``main`` annotates so. Raises ArgumentsUnfit."""
    hints, scope = _read_hints(main)
    made, faults = dict(arguments), []
    for name, value in arguments.items():
        try:
            made[name] = construct(hints.get(name), value, scope)
        except Unfit as fault:
            faults.append(f"{point(name, *fault.place)}: {fault}")
    _refuse(faults)
    return made


def construct_whole(main: Any, arguments: dict[str, Any]) -> Any:
    """The same for a ``main`` that takes the whole object. Raises ArgumentsUnfit."""
    hints, scope = _read_hints(main)
    try:
        return construct(next(iter(hints.values()), None), arguments, scope)
    except Unfit as fault:
        _refuse([f"{point(*fault.place) or '/'}: {fault}"])


def _refuse(faults: list[str]) -> None:
    if faults:
        more = f"\nand {len(faults) - _FAULTS} more" if len(faults) > _FAULTS else ""
        raise ArgumentsUnfit("main() cannot take these arguments: " + "\n".join(faults[:_FAULTS]) + more)


def _read_hints(main: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The annotations of a function's parameters that can be passed by name, and where their names are looked up."""
    function = main
    for _ in range(100):  # decorators, as functools.wraps leaves them
        if not hasattr(function, "__wrapped__"):
            break
        function = function.__wrapped__
    if not isinstance(function, FunctionType):
        return {}, {}
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    hints = read_annotations(function)
    return {name: hints[name] for name in names if name in hints}, function.__globals__
