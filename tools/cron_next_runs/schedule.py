"""The schedule that a cron expression means (crontab(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

SEARCH_DAYS = 3660
_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_WEEKDAYS = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])}
_FIELDS = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("weekday", 0, 7, _WEEKDAYS),
)
_PART = re.compile(r"(\*|[A-Z0-9]{1,3}(?:-[A-Z0-9]{1,3})?)(?:/([0-9]{1,3}))?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values that each field allows; weekdays count from 0 = Sunday. ``either_day``: day or weekday is enough."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def allows_day(self, moment: datetime) -> bool:
        """Whether the schedule fires at some time of this day."""
        if moment.month not in self.months:
            return False
        day, weekday = moment.day in self.days, moment.isoweekday() % 7 in self.weekdays
        return (day or weekday) if self.either_day else (day and weekday)


def parse(expression: str) -> tuple[str, Schedule]:
    """The five fields as understood, and what they mean. Raises ValueError naming the field that is wrong."""
    text = _ALIASES.get(expression.strip().lower(), expression)
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"A cron expression has five fields (minute hour day month weekday), this one has {len(fields)}."
        )
    minutes, hours, days, months, weekdays = (
        _values(field.upper(), *known) for field, known in zip(fields, _FIELDS, strict=True)
    )
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    return " ".join(fields), Schedule(minutes, hours, days, months, frozenset(day % 7 for day in weekdays), either)


def _values(field: str, name: str, lowest: int, highest: int, names: dict[str, int]) -> frozenset[int]:
    values: set[int] = set()
    for part in field.split(","):
        matched = _PART.fullmatch(part)
        if not matched:
            raise ValueError(f"{part!r} in the field {name} is none of *, 5, 1-5, */15, 1-30/5.")
        span, step = matched[1], int(matched[2] or 1)
        first, last = (lowest, highest) if span == "*" else _span(span, name, names)
        if "-" not in span and span != "*" and matched[2]:
            last = highest
        if not lowest <= first <= last <= highest or not step:
            raise ValueError(f"{part!r} in the field {name} must lie in {lowest}-{highest}, the lower value first.")
        values.update(range(first, last + 1, step))
    return frozenset(values)


def _span(span: str, name: str, names: dict[str, int]) -> tuple[int, int]:
    ends = [names.get(end, int(end) if end.isdigit() else None) for end in span.split("-")]
    if None in ends:
        raise ValueError(f"{span!r} in the field {name} is not a number or a name that this field knows.")
    return ends[0], ends[-1]


def runs(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Every run later than ``after``, for the next ten years."""
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(SEARCH_DAYS):
        if schedule.allows_day(midnight):
            for hour in sorted(schedule.hours):
                for minute in sorted(schedule.minutes):
                    run = midnight.replace(hour=hour, minute=minute)
                    if run > after:
                        yield run
        try:
            midnight += timedelta(days=1)
        except OverflowError:
            return
