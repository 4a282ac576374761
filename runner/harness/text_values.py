"""Values of the standard library whose form in JSON is a text. None of their modules is imported here."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from typing import Any

_BY_STR = (
    ("uuid", ("UUID",)),
    ("pathlib", ("PurePath",)),
    (
        "ipaddress",
        ("IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network", "IPv4Interface", "IPv6Interface"),
    ),
    ("zoneinfo", ("ZoneInfo",)),
)
_SECONDS_A_DAY, _NANOSECONDS = 86400, 10**9


def write_text(value: Any) -> str | None:
    """The text of a date, time, duration, decimal number, UUID, path or address; None of anything else."""
    for module, names in _BY_STR:
        if _is_of(value, module, names):
            return str(value)
    if _is_of(value, "datetime", ("date", "time")):
        return str(value.isoformat())
    if _is_of(value, "datetime", ("timedelta",)):
        seconds = value.days * _SECONDS_A_DAY + value.seconds
        # pandas' own durations are finer.
        return write_duration(seconds * _NANOSECONDS + value.microseconds * 1000 + getattr(value, "nanoseconds", 0))
    if _is_of(value, "decimal", ("Decimal",)) and value.is_finite():
        return str(value)
    return None


def write_duration(nanoseconds: int) -> str:
    """A duration as ISO 8601 has it: ``P1DT2H3M4.5S``."""
    days, rest = divmod(abs(nanoseconds), _SECONDS_A_DAY * _NANOSECONDS)
    hours, rest = divmod(rest, 3600 * _NANOSECONDS)
    minutes, rest = divmod(rest, 60 * _NANOSECONDS)
    seconds, fraction = divmod(rest, _NANOSECONDS)
    exact = f"{seconds}.{fraction:09}".rstrip("0") if fraction else str(seconds)
    day = f"{days}D" if days else ""
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{exact}S" if exact != "0" else "")
    sign = "-" if nanoseconds < 0 else ""
    return f"{sign}P{day}{'T' + time if time else ''}" if day or time else "PT0S"


def _is_of(value: Any, module: str, names: tuple[str, ...]) -> bool:
    """Whether it is of one of these classes; of a module that nobody has imported, nothing is."""
    found = sys.modules.get(module)
    return found is not None and isinstance(
        value, tuple(getattr(found, name) for name in names if hasattr(found, name))
    )
