"""The only code that reads and writes the audit's table (SQLAlchemy; SQLite or PostgreSQL)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, RowMapping
from sqlalchemy.exc import SQLAlchemyError

from registry.errors import ConfigError, Unavailable
from registry.json_text import dumps, loads
from registry.model import Json

from .audit_summary import summarise_period
from .executions_table import executions
from .records import OPEN, Execution, ExecutionFilter, Intent, Period, PeriodSummary

# What a list shows: everything but the texts that can be large.
_LARGE = {"arguments", "result", "stdout", "stderr"}
_LISTED = [column for column in executions.columns if column.name not in _LARGE]

# What every execution writes twice: made once, so that its text is looked up and not made again.
_ENDS = ("status", "result", "error", "stdout", "stderr", "truncated", "duration_ms", "queue_ms", "result_bytes")
_NOTHING = {"truncated": False, "duration_ms": None, "queue_ms": None, "result_bytes": 0, "log_bytes": 0}
_BEGIN = sa.insert(executions)
_END = (
    sa.update(executions)
    .where(executions.c.id == sa.bindparam("execution_id"))
    .where(sa.or_(*(executions.c.status == status for status in OPEN)))
    .values({name: sa.bindparam(name) for name in (*_ENDS, "log_bytes", "ended_at")})
)


def name_worker_instance(instance: str, process: int | str = "") -> str:
    """The name on the records of one worker process of a service, so that they can be closed when only it dies."""
    return f"{instance}/worker-{process}"


def migrate_database(url: str) -> None:
    """Bring the database to the newest form of the tables.

    Raises ConfigError for a wrong address, Unavailable when the database cannot be opened.
    """
    from alembic import command  # noqa: PLC0415 -- 0.2 s that only the start of the service needs
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
    except CommandError as error:
        raise ConfigError(f"the audit's database is of another version of this service ({error})") from error
    except SQLAlchemyError as error:
        raise _unavailable(error) from error
    finally:
        engine.dispose()


class Audit:
    """The record of every execution of one service (``instance``), in a database that several may share."""

    def __init__(self, url: str, instance: str) -> None:
        self._engine = _engine(url)
        self._instance = instance

    def begin(self, intent: Intent, status: str = "running") -> None:
        """Write that this execution is about to run, or (``pending``) waits for that.

        Raises Unavailable when that cannot be written.
        """
        row = {name: getattr(intent, name) for name in Intent.__dataclass_fields__}
        row["arguments"] = dumps(intent.arguments).decode()
        row |= {"instance": self._instance, "status": status, "created_at": time.time()}
        self._write(_BEGIN, row)

    def start(self, execution_id: str) -> bool:
        """Turn pending into running; False when it was cancelled before. Raises Unavailable."""
        pending = sa.update(executions).where(
            executions.c.id == execution_id,
            executions.c.status == "pending",
            executions.c.cancel_requested_at.is_(None),
        )
        return self._write(pending.values(status="running")) == 1

    def progress(self, execution_id: str, stdout: str, stderr: str) -> None:
        """Write what a running tool has printed so far. Raises Unavailable."""
        running = sa.update(executions).where(executions.c.id == execution_id, executions.c.status == "running")
        self._write(running.values(stdout=_storable(stdout), stderr=_storable(stderr)))

    def request_cancel(self, execution_id: str) -> None:
        """Note that an open execution shall be cancelled.

        The process that runs it looks for that. Raises Unavailable.
        """
        open_one = sa.update(executions).where(executions.c.id == execution_id, executions.c.status.in_(OPEN))
        self._write(open_one.values(cancel_requested_at=time.time()))

    def to_cancel(self) -> list[str]:
        """The open executions of this service that shall be cancelled. Raises Unavailable."""
        asked = sa.select(executions.c.id).where(
            executions.c.instance == self._instance,
            executions.c.status.in_(OPEN),
            executions.c.cancel_requested_at.is_not(None),
        )
        with self._reading() as connection:
            return list(connection.execute(asked).scalars())

    def end(self, execution_id: str, **outcome: Any) -> None:
        """Write how it ended: status, result, error, stdout, stderr, truncated, duration_ms, queue_ms and sizes.

        Raises Unavailable when that cannot be written; the record then stays open and is closed at the next start.
        """
        for name in ("result", "error"):
            value = outcome.get(name)
            outcome[name] = None if value is None else dumps(value).decode()
        for name in ("stdout", "stderr"):
            outcome[name] = _storable(outcome[name])
        self._write(_END, {"execution_id": execution_id, "ended_at": time.time(), **_NOTHING, **outcome})

    def close_interrupted(self) -> int:
        """Close the records that a crash of this very service, or of its workers, left open; how many there were."""
        error = {"kind": "interrupted", "message": "the service ended while the tool ran"}
        own = executions.c.instance == self._instance
        workers = executions.c.instance.startswith(name_worker_instance(self._instance), autoescape=True)
        change = sa.update(executions).where(own | workers, executions.c.status.in_(OPEN))
        return self._write(change.values(status="failed", error=dumps(error).decode(), ended_at=time.time()))

    def get(self, execution_id: str) -> Execution | None:
        """One execution with everything, or None."""
        with self._reading() as connection:
            row = connection.execute(sa.select(executions).where(executions.c.id == execution_id)).mappings().first()
        return None if row is None else _execution(row)

    def page(self, wanted: ExecutionFilter, page: int, page_size: int) -> tuple[list[Execution], int]:
        """One page of executions, newest first, without arguments, result and log; and how many match in all."""
        matching = _conditions(wanted)
        count = sa.select(sa.func.count()).select_from(executions).where(*matching)
        # In one statement: what begins or ends between two would make a page that contradicts itself.
        listed = sa.select(*_LISTED, count.scalar_subquery().label("total")).where(*matching)
        listed = listed.order_by(executions.c.created_at.desc(), executions.c.id)
        with self._reading() as connection:
            rows = connection.execute(listed.limit(page_size).offset((page - 1) * page_size)).mappings().all()
            total = rows[0]["total"] if rows else connection.execute(count).scalar_one() if page > 1 else 0
        return [_execution(row) for row in rows], total

    def summary(self, period: Period) -> PeriodSummary:
        """How often tools were called, how they ended and how long they took."""
        with self._reading() as connection:
            return summarise_period(connection, period)

    def check(self) -> None:
        """Raises Unavailable when the database does not answer."""
        with self._reading() as connection:
            connection.execute(sa.select(executions.c.id).limit(1))

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    def _write(self, change: sa.Executable, values: dict[str, Any] | None = None) -> int:
        """Carry out one change in a transaction of its own; how many rows it touched."""
        try:
            with self._engine.begin() as connection:
                return connection.execute(change, values).rowcount
        except SQLAlchemyError as error:
            raise _unavailable(error) from error

    def _reading(self) -> _Reading:
        return _Reading(self._engine)


class _Reading:
    """A connection for reading whose faults are Unavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Connection:
        try:
            self._connection = self._engine.connect()
        except SQLAlchemyError as error:
            raise _unavailable(error) from error
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._connection.close()
        if isinstance(error, SQLAlchemyError):
            raise _unavailable(error) from error


def _engine(url: str) -> Engine:
    try:
        engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except (SQLAlchemyError, ImportError) as error:
        # The address may hold a password, so it is not repeated.
        raise ConfigError(f"TOOLCRIB_DATABASE_URL cannot be used: {type(error).__name__}: {error}") from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # Readers never wait for the writer, writers of several processes wait for each other instead of failing.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=3000")
    cursor.close()


def _conditions(wanted: ExecutionFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for name in ("tool", "status", "caller_id", "trace_id", "tried"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(executions.c[name] == value)
    if wanted.since is not None:
        conditions.append(executions.c.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(executions.c.created_at < wanted.until)
    return conditions


def _storable(text: str) -> str:
    return text.replace("\0", "�")  # PostgreSQL's text takes no NUL


def _execution(row: RowMapping) -> Execution:
    def json_of(name: str) -> Json:
        text = row.get(name)
        return None if text is None else loads(text, max_depth=1000)

    fields: dict[str, Any] = {name: row.get(name) for name in Execution.__dataclass_fields__}
    fields |= {"arguments": json_of("arguments"), "result": json_of("result"), "error": json_of("error")}
    fields |= {"stdout": row.get("stdout", ""), "stderr": row.get("stderr", "")}
    return Execution(**fields)


def _unavailable(error: SQLAlchemyError) -> Unavailable:
    reason = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
    return Unavailable(f"the audit's database does not answer ({reason}): nothing runs without a record", 5)
