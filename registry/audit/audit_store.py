"""The only code that reads and writes the audit's tables."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from registry.content import keep_blocks
from registry.errors import Unavailable
from registry.json_text import dumps, loads
from registry.model import Json

from .audit_summary import summarise_period
from .database import Database
from .error_columns import make_error_columns, make_interrupted_columns
from .executions_table import STILL_OPEN, executions
from .instances import write_beat
from .records import Execution, ExecutionFilter, Intent, Log, Mark, Period, PeriodSummary

# What a list shows: everything but the texts that can be large.
_LARGE = {"arguments", "coerced", "result", "error", "stdout", "stderr", "content"}
_LISTED = [column for column in executions.columns if column.name not in _LARGE]

_CHECKED_SECONDS = 1.0

# What every execution writes twice: made once, so that its text is looked up and not made again.
_ENDS = (
    "status", "result", "error", "listed_error", "error_truncated", "stdout", "stderr", "truncated", "duration_ms",
    "queue_ms", "result_bytes", "content",
)  # fmt: skip
_NOTHING = {"truncated": False, "duration_ms": None, "queue_ms": None, "result_bytes": 0, "log_bytes": 0}
_BEGIN = sa.insert(executions)
_END = (
    sa.update(executions)
    .where(executions.c.id == sa.bindparam("execution_id"))
    .where(STILL_OPEN)
    .values({name: sa.bindparam(name) for name in (*_ENDS, "log_bytes", "ended_at")})
)


def name_worker_instance(instance: str, process: int | str = "") -> str:
    """The name on the records of one worker process of a service, so that they can be closed when only it dies."""
    return f"{instance}/worker-{process}"


class Audit:
    """The record of every execution of one ``instance``, in a ``database`` that several may share."""

    def __init__(self, url: str, instance: str) -> None:
        self.database = Database(url)
        self.instance = instance
        self._checking = threading.Lock()
        self._checked: tuple[float, Unavailable | None] | None = None

    def begin(self, intent: Intent, status: str = "running") -> None:
        """Write that this execution is about to run, or (``pending``) waits for that.

        Raises Unavailable when that cannot be written.
        """
        row = {name: getattr(intent, name) for name in Intent.__dataclass_fields__}
        row["arguments"] = dumps(intent.arguments).decode()
        row["coerced"] = dumps(list(intent.coerced)).decode() if intent.coerced else None
        row |= {"instance": self.instance, "status": status, "created_at": time.time()}
        self.database.write(_BEGIN, row)

    def start(self, execution_id: str) -> bool:
        """Turn pending into running; False when it was cancelled before. Raises Unavailable."""
        pending = sa.update(executions).where(
            executions.c.id == execution_id,
            executions.c.status == "pending",
            executions.c.cancel_requested_at.is_(None),
        )
        return self.database.write(pending.values(status="running")) == 1

    def progress(self, execution_id: str, stdout: str, stderr: str) -> None:
        """Write what a running tool has printed so far. Raises Unavailable."""
        running = sa.update(executions).where(executions.c.id == execution_id, executions.c.status == "running")
        self.database.write(running.values(stdout=_storable(stdout), stderr=_storable(stderr)))

    def request_cancel(self, execution_id: str) -> None:
        """Note that an open execution shall be cancelled.

        The process that runs it looks for that. Raises Unavailable.
        """
        open_one = sa.update(executions).where(executions.c.id == execution_id, STILL_OPEN)
        self.database.write(open_one.values(cancel_requested_at=time.time()))

    def to_cancel(self) -> list[str]:
        """The open executions of this service that shall be cancelled. Raises Unavailable."""
        asked = sa.select(executions.c.id).where(
            executions.c.instance == self.instance,
            STILL_OPEN,
            executions.c.cancel_requested_at.is_not(None),
        )
        with self.database.reading() as connection:
            return list(connection.execute(asked).scalars())

    def end(self, execution_id: str, **outcome: Any) -> bool:
        """Write how it ended: status, result, content, error, stdout, stderr, truncated, duration_ms, queue_ms, sizes.

        False when its record is closed already: the end that is there stays. Raises Unavailable when it cannot be
        written; the record then stays open and is closed at the next start.
        """
        result = outcome.get("result")
        outcome["result"] = None if result is None else dumps(result).decode()
        content = keep_blocks(outcome.get("content"))
        outcome["content"] = None if content is None else dumps(content).decode()
        outcome |= make_error_columns(outcome.get("error"))
        for name in ("stdout", "stderr"):
            outcome[name] = _storable(outcome[name])
        row = {"execution_id": execution_id, "ended_at": time.time(), **_NOTHING, **outcome}
        return self.database.write(_END, row) == 1

    def close_interrupted(self) -> int:
        """Close the records that a crash of this very service, or of its workers, left open; how many there were."""
        own = executions.c.instance == self.instance
        workers = executions.c.instance.startswith(name_worker_instance(self.instance), autoescape=True)
        change = sa.update(executions).where(own | workers, STILL_OPEN)
        ended = make_interrupted_columns("the service ended while the tool ran")
        return self.database.write(change.values(ended_at=time.time(), **ended))

    def get(self, execution_id: str) -> Execution | None:
        """One execution with everything, or None."""
        with self.database.reading() as connection:
            row = connection.execute(sa.select(executions).where(executions.c.id == execution_id)).mappings().first()
        return None if row is None else _execution(row)

    def marks(self, execution_ids: Collection[str]) -> dict[str, Mark]:
        """How far the executions of these ids are; only the log's length is read of what can be large."""
        columns = executions.c
        lengths = (sa.func.length(columns.stdout), sa.func.length(columns.stderr))
        asked = sa.select(columns.id, columns.instance, columns.status, *lengths).where(columns.id.in_(execution_ids))
        with self.database.reading() as connection:
            return {row[0]: Mark(*row[1:]) for row in connection.execute(asked)}

    def log(self, execution_id: str) -> Log | None:
        """What one execution has printed, and its status then; or None."""
        columns = executions.c
        asked = sa.select(columns.status, columns.stdout, columns.stderr).where(columns.id == execution_id)
        with self.database.reading() as connection:
            row = connection.execute(asked).first()
        return None if row is None else Log(*row)

    def page(self, wanted: ExecutionFilter, page: int, page_size: int) -> tuple[list[Execution], int]:
        """One page of executions, newest first, and how many match in all.

        They are without arguments, result and log, and with errors cut short: nothing that can be large is read.
        """
        matching = _conditions(wanted)
        count = sa.select(sa.func.count()).select_from(executions).where(*matching)
        # In one statement: what begins or ends between two would make a page that contradicts itself.
        listed = sa.select(*_LISTED, count.scalar_subquery().label("total")).where(*matching)
        listed = listed.order_by(executions.c.created_at.desc(), executions.c.id)
        with self.database.reading() as connection:
            rows = connection.execute(listed.limit(page_size).offset((page - 1) * page_size)).mappings().all()
            total = rows[0]["total"] if rows else connection.execute(count).scalar_one() if page > 1 else 0
        return [_execution({**row, "error": row["listed_error"]}) for row in rows], total

    def summary(self, period: Period) -> PeriodSummary:
        """How often tools were called, how they ended and how long they took."""
        with self.database.reading() as connection:
            return summarise_period(connection, period)

    def check(self) -> None:
        """Raises Unavailable when no record could be written now: tried at most once a second, however many ask."""
        with self._checking:
            checked = self._checked
            if checked is None or time.monotonic() - checked[0] > _CHECKED_SECONDS:
                checked = self._checked = (time.monotonic(), self._fault_of_writing())
        if checked[1] is not None:
            raise checked[1]

    def close(self) -> None:
        """Give back the connections."""
        self.database.close()

    def _fault_of_writing(self) -> Unavailable | None:
        if time.monotonic() - self.database.wrote_at < _CHECKED_SECONDS:
            return None  # it has just taken something
        try:
            write_beat(self.database, self.instance)
        except Unavailable as error:
            return error
        return None


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


def _execution(row: Mapping[Any, Any]) -> Execution:
    def json_of(name: str) -> Json:
        text = row.get(name)
        return None if text is None else loads(text, max_depth=1000)

    fields: dict[str, Any] = {name: row.get(name) for name in Execution.__dataclass_fields__}
    fields |= {name: json_of(name) for name in ("arguments", "result", "error", "content")}
    fields["coerced"] = tuple(json_of("coerced") or ())
    fields |= {"stdout": row.get("stdout", ""), "stderr": row.get("stderr", "")}
    return Execution(**fields)
