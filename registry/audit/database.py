"""The door to the audit's database (SQLAlchemy; SQLite or PostgreSQL): its faults are Unavailable."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from registry.errors import ConfigError, Unavailable

_BROKEN = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN}


class Database:
    """Connections to one database. ``wrote_at`` is when it last took a change, in seconds of the monotonic clock."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.wrote_at = float("-inf")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading. Raises Unavailable."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            self._let_go(error)
            raise make_unavailable(error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are one transaction. Raises Unavailable; then nothing is changed."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            self._let_go(error)
            raise make_unavailable(error) from error
        self.wrote_at = time.monotonic()

    def write(self, change: sa.Executable, values: dict[str, Any] | None = None) -> int:
        """Carry out one change in a transaction of its own; how many rows it touched. Raises Unavailable."""
        with self.writing() as connection:
            return connection.execute(change, values).rowcount

    def _let_go(self, error: SQLAlchemyError) -> None:
        """Use no connection again that may stay broken when the file is sound again: SQLite decides that on opening."""
        if getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) & 0xFF in _BROKEN:
            self.engine.dispose()

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()


def migrate_database(url: str) -> None:
    """Bring the database to the newest form of the tables: wholly, or not at all.

    Raises ConfigError for a wrong address, Unavailable when the database cannot be opened.
    """
    from alembic import command  # noqa: PLC0415 -- 0.2 s that only the start of the service needs
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                # Python's module begins a transaction before a change of rows only: a table would be made outside.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
    except CommandError as error:
        raise ConfigError(f"the audit's database is of another version of this service ({error})") from error
    except SQLAlchemyError as error:
        raise make_unavailable(error) from error
    finally:
        engine.dispose()


def open_engine(url: str) -> Engine:
    """SQLAlchemy's engine for an address. Raises ConfigError; nothing is connected yet."""
    try:
        engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except (SQLAlchemyError, ImportError) as error:
        # The address may hold a password, so it is not repeated.
        raise ConfigError(f"TOOLCRIB_DATABASE_URL cannot be used: {type(error).__name__}: {error}") from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def make_unavailable(error: SQLAlchemyError) -> Unavailable:
    """The refusal that a fault of the database leads to."""
    reason = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
    return Unavailable(f"the audit's database does not answer ({reason}): nothing runs without a record", 5)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # Readers never wait for the writer, writers of several processes wait for each other instead of failing.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=3000")
    cursor.close()
