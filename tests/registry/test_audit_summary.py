"""Summaries count calls by day, tool and end, and their durations by nearest rank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from registry.audit import Audit, Ends, Intent, Period, migrate_database
from registry.audit.executions_table import executions

DAY = 86_400


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Audit]:
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    migrate_database(url)
    made = Audit(url, "here:1")
    yield made
    made.close()


@pytest.fixture
def put(audit: Audit, tmp_path: Path) -> Iterator[Any]:
    """Puts an execution on record that was begun at a time and, unless it is open, ended after some milliseconds."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'audit.db'}")
    count = iter(range(10_000))

    def one(
        at: float, status: str = "success", ms: float | None = 1.0, tool: str = "greet", *, tried: bool = False
    ) -> None:
        number = f"{next(count):032x}"
        audit.begin(Intent(number, tool, 1, None, "d" * 40, "b" * 64, {}, 2, None, None, None, None, tried))
        if status != "running":
            end = {"stdout": "", "stderr": "", "result": None, "error": None, "duration_ms": ms}
            audit.end(number, status=status, **end)
        with engine.begin() as connection:
            connection.execute(sa.update(executions).where(executions.c.id == number).values(created_at=at))

    yield one
    engine.dispose()


def test_every_day_is_there_and_a_day_begins_at_midnight_of_utc(audit: Audit, put: Any) -> None:
    for at in (10 * DAY - 0.001, 10 * DAY, 11 * DAY - 0.001, 12 * DAY, 13 * DAY):
        put(at)
    days = audit.summary(Period(10 * DAY, 3)).days
    assert [(begun, ends.counts) for begun, ends in days] == [
        (10 * DAY, {"success": 2}),
        (11 * DAY, {}),
        (12 * DAY, {"success": 1}),
    ]


def test_ends_are_counted_in_all_and_by_tool_the_most_called_first(audit: Audit, put: Any) -> None:
    for status in ("success", "failed", "timeout", "cancelled", "running"):
        put(1.0, status, tool="a")
    for _ in range(6):
        put(2.0, tool="b")
    found = audit.summary(Period(0, 1))
    assert found.overall.counts == {"success": 7, "failed": 1, "timeout": 1, "cancelled": 1, "running": 1}
    assert [name for name, _ in found.tools] == ["b", "a"]
    only = audit.summary(Period(0, 1, "a"))
    assert only.overall.counts == {"success": 1, "failed": 1, "timeout": 1, "cancelled": 1, "running": 1}
    assert [name for name, _ in only.tools] == ["a"]


@pytest.mark.parametrize(
    ("durations", "p50", "p95"),
    [([5.0], 5.0, 5.0), ([4.0, 1.0], 1.0, 4.0), ([float(one) for one in range(100, 0, -1)], 50.0, 95.0)],
)
def test_percentiles_are_the_nearest_rank(
    audit: Audit, put: Any, durations: list[float], p50: float, p95: float
) -> None:
    for one in durations:
        put(1.0, ms=one)
    found = audit.summary(Period(0, 1))
    assert (found.overall.p50_ms, found.overall.p95_ms) == (p50, p95)
    assert found.tools == [("greet", found.overall)]


def test_what_was_cancelled_or_is_open_has_no_duration_that_counts(audit: Audit, put: Any) -> None:
    put(1.0, "cancelled", 9000.0)
    put(1.0, "running")
    assert audit.summary(Period(0, 1)).overall == Ends({"cancelled": 1, "running": 1})


def test_tried_edits_are_no_calls(audit: Audit, put: Any) -> None:
    put(1.0, tried=True)
    found = audit.summary(Period(0, 1))
    assert (found.overall, found.tools, found.days) == (Ends({}), [], [(0, Ends({}))])


def test_a_summary_reads_the_index_and_no_row(audit: Audit, tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'audit.db'}")
    statements: list[tuple[str, Any]] = []
    sa.event.listen(
        audit.database.engine, "before_cursor_execute", lambda *given: statements.append((given[2], given[3]))
    )
    audit.summary(Period(0, 1))
    audit.summary(Period(0, 1, "greet"))
    with engine.connect() as connection:
        for statement, values in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            looks = [row[3] for row in plan if "executions" in row[3]]
            assert looks
            assert all("COVERING INDEX" in look for look in looks), looks
    engine.dispose()
