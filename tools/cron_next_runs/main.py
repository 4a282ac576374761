"""List the next runs of a cron expression."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

from schedule import parse, runs


def main(expression: str, start: str = "now", count: int = 5) -> dict:
    """The next ``count`` runs; raises ValueError naming the field that is wrong."""
    text, schedule = parse(expression)
    found = islice(runs(schedule, _moment(start)), count)
    return {"expression": text, "runs": [moment.isoformat() for moment in found]}


def _moment(text: str) -> datetime:
    if text.strip().lower() == "now":
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"start is {text!r}; write 2026-01-01T00:00:00Z or now.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
