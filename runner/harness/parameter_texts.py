"""Classes of the standard library that are made from one text or number of JSON, by module and name.

None of their modules is imported here: a class that an annotation names is there, and makes its own values.
"""

from __future__ import annotations

import re
from binascii import a2b_base64

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from collections.abc import Callable
    from typing import Any

_ZULU = re.compile(r"[Zz]$")
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_DURATION = re.compile(r"(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)


def _from_iso(kind: Any, value: Any) -> Any:
    return kind.fromisoformat(_ZULU.sub("+00:00", _text(value)))


def _from_date(kind: Any, value: Any) -> Any:
    return kind.fromisoformat(_text(value))


def _from_duration(kind: Any, value: Any) -> Any:
    """ISO 8601, or a number of seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return kind(seconds=value)
    found = _DURATION.fullmatch(_text(value))
    if found is None or value[-1] in "PT":
        raise ValueError
    weeks, days, hours, minutes = (int(one or 0) for one in found.groups()[1:5])
    made = kind(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=float(found[6] or 0))
    return -made if found[1] else made


def _from_base64(kind: Any, value: Any) -> Any:
    """Base64, or the object that bytes in a result become."""
    if isinstance(value, dict) and value.keys() == {"base64"}:
        value = value["base64"]
    if not _BASE64.fullmatch(_text(value)):
        raise ValueError
    return kind(a2b_base64(value))


def _from_text(kind: Any, value: Any) -> Any:
    return kind(_text(value))


def _from_number(kind: Any, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    made = kind(repr(value) if isinstance(value, float) else value)  # the digits that were sent
    if not made.is_finite():
        raise ValueError
    return made


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


Made = tuple["Callable[[Any, Any], Any]", str]
_PATH: Made = (_from_text, "the text of a path")
_ADDRESS: Made = (_from_text, "an IP address or network of that kind")
TEXTS: dict[tuple[str, str], Made] = {
    ("datetime", "datetime"): (_from_iso, 'a date-time, such as "2024-05-01T12:30:00+00:00"'),
    ("datetime", "date"): (_from_date, 'a date, such as "2024-05-01"'),
    ("datetime", "time"): (_from_iso, 'a time, such as "12:30:00"'),
    ("datetime", "timedelta"): (_from_duration, 'a duration, such as "PT1H30M", or a number of seconds'),
    ("uuid", "UUID"): (_from_text, 'a UUID, such as "00000000-0000-0000-0000-000000000001"'),
    ("decimal", "Decimal"): (_from_number, 'a decimal number, such as "12.50"'),
    ("builtins", "bytes"): (_from_base64, "base64, in which bytes are sent"),
    ("builtins", "bytearray"): (_from_base64, "base64, in which bytes are sent"),
    **{("pathlib", name): _PATH for name in ("Path", "PosixPath", "PurePath", "PurePosixPath", "PureWindowsPath")},
    **{("ipaddress", f"IPv{v}{kind}"): _ADDRESS for v in (4, 6) for kind in ("Address", "Network", "Interface")},
}
"""What makes it, and what it is in words: after "is not"."""
