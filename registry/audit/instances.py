"""Who writes records, and what becomes of the open records of those that no longer live."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from .database import Database
from .error_columns import make_interrupted_columns
from .executions_table import STILL_OPEN, executions, instances
from .records import OPEN

_LOST = "the service that ran the tool was lost: it gave no sign of life any more"


def write_beat(database: Database, name: str) -> None:
    """Say that the instance of this name lives. Raises Unavailable when that cannot be written."""
    seen = {"beats": instances.c.beats + 1, "seen_at": time.time()}
    own = sa.update(instances).where(instances.c.name == name).values(seen)
    with database.writing() as connection:
        if connection.execute(own).rowcount:
            return
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(instances).values(name=name, beats=1, seen_at=time.time()))
        except IntegrityError:  # another process of the same name has just done it
            connection.execute(own)


def read_signs(database: Database) -> dict[str, float]:
    """A sign of life of every instance that counts its own, or has open records: it changes while the instance lives.

    It is the count; for an instance of an earlier version, which counts nothing, when its newest open record was begun.
    Raises Unavailable.
    """
    columns = executions.c
    newest = sa.select(columns.instance, sa.func.max(columns.created_at)).where(STILL_OPEN).group_by(columns.instance)
    counted = sa.select(instances.c.name, instances.c.beats)
    with database.reading() as connection:
        return dict(map(tuple, [*connection.execute(newest), *connection.execute(counted)]))


def close_lost_records(database: Database, name: str, sign: float) -> int:
    """Close the open records of an instance, and forget it, unless it has given another sign of life than ``sign``.

    How many records there were. Raises Unavailable.
    """
    counted = sa.select(instances.c.beats).where(instances.c.name == name).scalar_subquery()
    others = executions.alias()
    newest = sa.select(sa.func.max(others.c.created_at)).where(others.c.instance == name, others.c.status.in_(OPEN))
    silent = sa.func.coalesce(counted, newest.scalar_subquery()) == sign
    change = sa.update(executions).where(executions.c.instance == name, STILL_OPEN, silent)
    with database.writing() as connection:
        closed = connection.execute(change.values(ended_at=time.time(), **make_interrupted_columns(_LOST))).rowcount
        connection.execute(sa.delete(instances).where(instances.c.name == name, instances.c.beats == sign))
    return closed


def forget_instance(database: Database, name: str) -> None:
    """An instance ends: nobody need wait for a sign of it. Raises Unavailable."""
    database.write(sa.delete(instances).where(instances.c.name == name))
