"""Date arithmetic helpers."""
from datetime import date, timedelta
from typing import Optional

def add_days(start: date, days: int = 7) -> date:
    """Add days to a date.

    Args:
        start: First day.
        days: How many days to add.
    """
    return start + timedelta(days=days)

def working_days(start: date, end: date, holidays: Optional[list[date]] = None) -> int:
    """Count working days between two dates (inclusive)."""
    holidays = set(holidays or [])
    n = 0
    d = start
    while d <= end:
        if d.weekday() < 5 and d not in holidays:
            n += 1
        d += timedelta(days=1)
    return n

def _internal(x): return x
