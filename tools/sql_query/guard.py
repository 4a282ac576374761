"""An SQLite database that can do no harm: in memory, with limits, first writable and then only readable.

The authorizer decides while a statement is compiled; the progress handler stops what runs too long; SQLite's own
limits bound what one statement may allocate.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PHASE_SECONDS = 8
MEMORY_BYTES = 96 * 1024 * 1024
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 600_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,  # no other file, not even by VACUUM INTO
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
}
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_WRITING = _READING | {
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_INDEX,
    sqlite3.SQLITE_CREATE_VIEW,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_DELETE,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_REINDEX,  # what CREATE INDEX asks for
}


def open_database() -> sqlite3.Connection:
    """An empty database in memory, with its limits set."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute(f"PRAGMA hard_heap_limit = {MEMORY_BYTES}")
    for limit, value in _LIMITS.items():
        database.setlimit(limit, value)
    return database


@contextmanager
def writing(database: sqlite3.Connection) -> Iterator[None]:
    """Tables may be made and filled."""
    with _allowing(database, _WRITING):
        yield


@contextmanager
def reading(database: sqlite3.Connection) -> Iterator[None]:
    """Nothing but SELECT is compiled."""
    with _allowing(database, _READING):
        yield


@contextmanager
def _allowing(database: sqlite3.Connection, actions: set[int]) -> Iterator[None]:
    deadline = time.monotonic() + PHASE_SECONDS
    database.set_authorizer(_authorizer(actions))
    database.set_progress_handler(lambda: time.monotonic() > deadline, 1_000)
    yield


def _authorizer(actions: set[int]) -> Callable[..., int]:
    def decide(action: int, first: str | None, second: str | None, *_where: str | None) -> int:
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() == "load_extension":
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if action in actions else sqlite3.SQLITE_DENY

    return decide


def readable(error: BaseException) -> str:
    """A sentence for the caller."""
    said = str(error)
    if said == "interrupted":
        return f"The statement ran longer than {PHASE_SECONDS} s and was stopped; make it cheaper."
    if said in ("not authorized", "authorization denied") or "prohibited" in said or "too many attached" in said:
        return "Only one SELECT is allowed in query, and only CREATE TABLE, INDEX, VIEW and INSERT in setup_sql."
    if isinstance(error, MemoryError) or said == "out of memory":
        return f"The statement needs more than {MEMORY_BYTES // 2**20} MiB; make it smaller."
    return f"SQLite refused the statement: {said[:500].rstrip('.')}."
