"""Measure the time between two dates or moments."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta


def main(start: str, end: str) -> dict:
    """The time from ``start`` to ``end``; raises ValueError for what is no date, or two kinds of it."""
    first, last = _parsed(start), _parsed(end)
    if _kind(first) != _kind(last):
        raise ValueError(f"start is a {_kind(first)} and end is a {_kind(last)}; give two of one kind.")
    between = last - first
    return {
        "seconds": _whole(between.total_seconds()),
        "days": _whole(round(between.total_seconds() / 86400, 6)),
        "working_days": _working_days(first, last),
        "text": _in_words(between),
    }


def _parsed(text: str) -> date | datetime:
    if text.strip().lower() == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
            return date.fromisoformat(text.strip())
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a date: write 2026-01-31, 2026-01-31T12:00:00Z or now.") from None


def _kind(moment: date | datetime) -> str:
    if not isinstance(moment, datetime):
        return "date"
    return "time without a zone" if moment.tzinfo is None else "time with a zone"


def _whole(number: float) -> float | int:
    return int(number) if number == int(number) else number


def _working_days(first: date | datetime, last: date | datetime) -> int:
    """Mondays to Fridays from the earlier day on, before the later one; negative when turned round."""
    start, end = (moment.date() if isinstance(moment, datetime) else moment for moment in (first, last))
    if end < start:
        return -_working_days(end, start)
    weeks, rest = divmod((end - start).days, 7)
    return weeks * 5 + sum((start.weekday() + day) % 7 < 5 for day in range(rest))


def _in_words(between: timedelta) -> str:
    left = abs(between)
    minutes, seconds = divmod(left.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(left.days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second")]
    said = ", ".join(f"{count} {unit}{'s' if count != 1 else ''}" for count, unit in parts if count) or "0 seconds"
    return f"-({said})" if between < timedelta(0) else said
