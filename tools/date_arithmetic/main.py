"""Add to a date or time."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta


def main(
    start: str,
    years: int = 0,
    months: int = 0,
    weeks: int = 0,
    days: int = 0,
    hours: int = 0,
    minutes: int = 0,
    seconds: int = 0,
) -> dict:
    """``start`` plus all of them, years and months first; raises ValueError for what is no date."""
    moment = _parsed(start)
    if type(moment) is date and (hours or minutes or seconds):
        moment = datetime(moment.year, moment.month, moment.day)
    try:
        moved = _plus_months(moment, years * 12 + months)
        moved += timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except (OverflowError, ValueError):
        raise ValueError("The result lies outside the years 1 to 9999.") from None
    year, week, _ = moved.isocalendar()
    has_zone = isinstance(moved, datetime) and moved.tzinfo is not None
    return {
        "result": moved.isoformat(),
        "weekday": calendar.day_name[moved.weekday()],
        "iso_week": f"{year:04}-W{week:02}",
        "day_of_year": moved.timetuple().tm_yday,
        "unix_seconds": int((moved - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) if has_zone else None,
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


def _plus_months(moment: date, months: int) -> date:
    """The same day in another month, or that month's last day."""
    count = moment.year * 12 + moment.month - 1 + months
    year, month = count // 12, count % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
