"""Say what one moment is in several time zones."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def main(time: str, to_zones: list[str], from_zone: str = "UTC") -> dict:
    """The moment in each zone; raises ValueError for an unknown zone or what is no time."""
    given = _parsed(time)
    note = None
    if given.tzinfo is None:
        given = given.replace(tzinfo=_zone(from_zone))
        note = _note(given, from_zone)
    zones = [(name, _zone(name)) for name in to_zones]
    try:
        moment = given.astimezone(UTC)
        return {
            "utc": moment.isoformat(),
            "note": note,
            "times": [_in_zone(moment, name, zone) for name, zone in zones],
        }
    except OverflowError:
        raise ValueError("The time lies outside the years 1 to 9999 in one of the zones.") from None


def _parsed(text: str) -> datetime:
    if text.strip().lower() == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a time: write 2026-03-01T12:00:00, with Z or an offset, or now.") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not an IANA time zone; write names such as Europe/Berlin or UTC.") from None


def _note(given: datetime, zone: str) -> str | None:
    """Around a clock change the two readings of a local time (PEP 495, fold) differ."""
    before, after = given.replace(fold=0).utcoffset(), given.replace(fold=1).utcoffset()
    if before is None or after is None or before == after:
        return None
    what = "skips" if before < after else "repeats"
    return f"A clock change in {zone} {what} this time; the offset before the change was used."


def _in_zone(moment: datetime, name: str, zone: ZoneInfo) -> dict:
    local = moment.astimezone(zone)
    return {
        "zone": name,
        "time": local.isoformat(),
        "abbreviation": local.tzname() or "",
        "weekday": calendar.day_name[local.weekday()],
    }
