"""How a run ended, as its sandbox tells it: read from the last frame, which is input like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from runner.harness import wire

from .model import End, Failure, FailureKind

_OF_ALL = {"status", "truncated", "duration_ms"}
_OF_A_FAILURE = {"kind", "message", "details"}
_KINDS: Mapping[str, frozenset[str]] = {
    "success": frozenset(),
    "failed": frozenset({"script_error", "exit", "invalid_result", "out_of_memory", "output_limit"}),
    "timeout": frozenset({"timeout"}),
    "cancelled": frozenset({"cancelled"}),
}
_LARGEST = 2**31


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The end of a run. ``duration_ms`` is the tool's own time, None where only the service's clock saw it."""

    status: End
    failure: Failure | None = None
    truncated: bool = False
    duration_ms: float | None = None


def make_failed_end(status: End, kind: FailureKind, message: str) -> RunEnd:
    """An end that the service itself has to tell."""
    return RunEnd(status, Failure(kind, message))


def read_end(payload: bytes) -> RunEnd:
    """The end in an ``X`` frame's payload. Raises ValueError, saying what is wrong, unless it is as the wire wants it.

    Size, depth, types and lengths are checked: nobody behind this has to expect anything else.
    """
    if len(payload) > wire.END_BYTES:
        raise ValueError(f"it has more than {wire.END_BYTES} bytes")
    try:
        told = json.loads(payload, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    status = told.get("status") if isinstance(told, dict) else None
    if not isinstance(status, str) or status not in _KINDS:
        raise ValueError("it has no known status")
    fields = _OF_ALL | (_OF_A_FAILURE if _KINDS[status] else set())
    if set(told) != fields:
        raise ValueError(f"it does not have exactly the fields {', '.join(sorted(fields))}")
    return RunEnd(
        status=cast("End", status),
        failure=_failure(told, _KINDS[status]) if _KINDS[status] else None,
        truncated=_of_type("truncated", told["truncated"], bool),
        duration_ms=_milliseconds(told["duration_ms"]),
    )


def _failure(told: Mapping[str, Any], kinds: frozenset[str]) -> Failure:
    kind = told["kind"]
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError("its kind does not go with its status")
    message = _of_type("message", told["message"], str)
    details = told["details"]
    for name, value in () if details is None else _of_type("details", details, dict).items():
        if name not in wire.DETAILS:
            raise ValueError("its details have an unknown field")
        if value is not None:
            _of_type(f"details/{name}", value, wire.DETAILS[name])
    return Failure(cast("FailureKind", kind), message, details)


def _of_type(name: str, value: Any, wanted: type) -> Any:
    """The value, if it is of the very type (true is an integer to isinstance()) and no longer than it may be."""
    if type(value) is not wanted:
        raise ValueError(f"its {name} is not of type {wanted.__name__}")
    if isinstance(value, str):
        most = wire.TRACEBACK_CHARACTERS if name == "details/traceback" else wire.MESSAGE_CHARACTERS
        if len(value) > most:
            raise ValueError(f"its {name} has more than {most} characters")
    elif type(value) is int and not 0 <= value < _LARGEST:
        raise ValueError(f"its {name} is no possible number")
    return value


def _milliseconds(value: Any) -> float:
    if type(value) not in {int, float} or not 0 <= value < _LARGEST:
        raise ValueError("its duration_ms is no possible time")
    return float(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}")
