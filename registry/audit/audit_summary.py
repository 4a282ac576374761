"""Counts and durations over many executions, made by the database. Tried edits are left out: they are no calls."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .executions_table import executions
from .records import Ends, Period, PeriodSummary

DAY_SECONDS = 86_400
TOOLS_AT_MOST = 100
_RAN = ("success", "failed", "timeout")
_columns = executions.c
_day = sa.cast(sa.func.floor(_columns.created_at / DAY_SECONDS), sa.Integer)


def summarise_period(connection: Connection, period: Period) -> PeriodSummary:
    """The summary of a period. A statement for each question: none takes longer than reading the index once."""
    matching = _matching(period)
    counts = _counts(connection, matching)
    first = int(period.since // DAY_SECONDS)
    days = _by(connection, matching, _day)
    tools = _by(connection, matching, _columns.tool)
    most_called = sorted(tools, key=lambda name: (-sum(tools[name].counts.values()), name))[:TOOLS_AT_MOST]
    return PeriodSummary(
        Ends(counts, *_durations(connection, matching)),
        [(day * DAY_SECONDS, days.get(day, Ends({}))) for day in range(first, first + period.days)],
        [(name, tools[name]) for name in most_called],
    )


def _matching(period: Period) -> list[sa.ColumnElement[bool]]:
    conditions = [
        _columns.created_at >= period.since,
        _columns.created_at < period.since + period.days * DAY_SECONDS,
        _columns.tried.is_(sa.false()),
    ]
    return conditions if period.tool is None else [*conditions, _columns.tool == period.tool]


def _counts(connection: Connection, matching: list[sa.ColumnElement[bool]]) -> dict[str, int]:
    asked = sa.select(_columns.status, sa.func.count()).where(*matching).group_by(_columns.status)
    return dict(map(tuple, connection.execute(asked)))


def _durations(connection: Connection, matching: list[sa.ColumnElement[bool]]) -> tuple[float | None, float | None]:
    ranked = _ranked(matching, sa.literal(0))
    row = connection.execute(sa.select(*_percentiles(ranked))).one()
    return row[0], row[1]


def _by(connection: Connection, matching: list[sa.ColumnElement[bool]], key: sa.ColumnElement[Any]) -> dict[Any, Ends]:
    """The ends of each group of executions, by its key."""
    asked = sa.select(key, _columns.status, sa.func.count()).where(*matching).group_by(key, _columns.status)
    counts: dict[Any, dict[str, int]] = {}
    for group, status, count in connection.execute(asked):
        counts.setdefault(group, {})[status] = count
    ranked = _ranked(matching, key)
    found = sa.select(ranked.c.key, *_percentiles(ranked)).group_by(ranked.c.key)
    durations = {group: (p50, p95) for group, p50, p95 in connection.execute(found)}
    return {group: Ends(ends, *durations.get(group, (None, None))) for group, ends in counts.items()}


def _ranked(matching: list[sa.ColumnElement[bool]], key: sa.ColumnElement[Any]) -> sa.Subquery:
    """What ran, with its place among those of the same key, from 1, and how many these are."""
    duration = _columns.duration_ms
    place = sa.func.row_number().over(partition_by=key, order_by=duration)
    many = sa.func.count().over(partition_by=key)
    ran = (*matching, _columns.status.in_(_RAN), duration.is_not(None))
    asked = sa.select(key.label("key"), duration.label("duration"), place.label("place"), many.label("many"))
    return asked.where(*ran).subquery()


def _percentiles(ranked: sa.Subquery) -> list[sa.ColumnElement[float]]:
    """The least duration that 50 and 95 of 100 do not exceed."""
    columns = ranked.c
    return [sa.func.min(sa.case((columns.place * 100 >= share * columns.many, columns.duration))) for share in (50, 95)]
