"""One record per execution, written before it runs, whatever its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from registry.audit import Audit, ExecutionFilter, Intent, migrate_database
from registry.audit.database import Database
from registry.audit.executions_table import metadata
from registry.errors import Unavailable


def intent(number: int, tool: str = "greet", **changes: str) -> Intent:
    facts: dict[str, Any] = {"caller_id": None, "trace_id": None, "request_id": None, "remote_address": None} | changes
    return Intent(f"{number:032x}", tool, 1, None, "d" * 40, "b" * 64, {"name": "x"}, 12, **facts)


def end(audit: Audit, number: int, status: str = "success") -> None:
    texts = {"stdout": "out\0", "stderr": "", "truncated": False}
    sizes = {"duration_ms": 1.5, "queue_ms": 0.5, "result_bytes": 3, "log_bytes": 4}
    audit.end(f"{number:032x}", status=status, result={"a": [1, None]}, error=None, **texts, **sizes)


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'audit.db'}"
    migrate_database(made)
    return made


@pytest.fixture
def audit(url: str) -> Iterator[Audit]:
    made = Audit(url, "here:1")
    yield made
    made.close()


def test_an_execution_is_on_record_before_it_ends_and_after(audit: Audit) -> None:
    audit.begin(intent(1))
    running = audit.get(f"{1:032x}")
    assert running is not None
    assert (running.status, running.success, running.ended_at, running.arguments) == (
        "running",
        False,
        None,
        {"name": "x"},
    )
    end(audit, 1)
    ended = audit.get(f"{1:032x}")
    assert ended is not None
    assert (ended.status, ended.success, ended.result) == ("success", True, {"a": [1, None]})
    assert ended.ended_at is not None
    assert ended.ended_at >= running.created_at


def test_an_end_is_written_once(audit: Audit) -> None:
    audit.begin(intent(1))
    end(audit, 1, "timeout")
    end(audit, 1, "success")
    found = audit.get(f"{1:032x}")
    assert found is not None
    assert found.status == "timeout"


def test_an_unknown_id_is_nothing(audit: Audit) -> None:
    assert audit.get("nothing") is None


def test_pages_are_newest_first_and_filters_narrow(audit: Audit) -> None:
    for number in range(5):
        audit.begin(intent(number, "even" if number % 2 == 0 else "odd", caller_id=f"caller {number}"))
    end(audit, 3)
    found, total = audit.page(ExecutionFilter(), 1, 2)
    assert ([int(one.id, 16) for one in found], total) == ([4, 3], 5)
    assert [int(one.id, 16) for one in audit.page(ExecutionFilter(tool="odd"), 1, 10)[0]] == [3, 1]
    assert [int(one.id, 16) for one in audit.page(ExecutionFilter(status="success"), 1, 10)[0]] == [3]
    assert [int(one.id, 16) for one in audit.page(ExecutionFilter(caller_id="caller 2"), 1, 10)[0]] == [2]
    middle = audit.get(f"{2:032x}")
    assert middle is not None
    assert [int(one.id, 16) for one in audit.page(ExecutionFilter(since=middle.created_at), 1, 10)[0]] == [4, 3, 2]
    assert [int(one.id, 16) for one in audit.page(ExecutionFilter(until=middle.created_at), 1, 10)[0]] == [1, 0]


def test_a_page_does_not_contradict_itself_while_executions_begin(audit: Audit, url: str) -> None:
    other, numbers = Audit(url, "there:1"), iter(range(2, 100))
    assert audit.page(ExecutionFilter(), 1, 100) == ([], 0)
    audit.begin(intent(1))
    # After whatever the page asks the database one more begins.
    sa.event.listen(audit.database.engine, "after_cursor_execute", lambda *_: other.begin(intent(next(numbers))))
    for wanted in (ExecutionFilter(), ExecutionFilter(tool="greet")):
        found, total = audit.page(wanted, 1, 100)
        assert len(found) == total > 0
    assert audit.page(ExecutionFilter(), 50, 100)[0] == []
    other.close()


def test_only_the_own_open_records_are_closed_as_interrupted(audit: Audit, url: str) -> None:
    other = Audit(url, "here:2")
    audit.begin(intent(1))
    audit.begin(intent(2))
    end(audit, 2)
    other.begin(intent(3))
    assert audit.close_interrupted() == 1
    found = {number: audit.get(f"{number:032x}") for number in (1, 2, 3)}
    assert [one.status for one in found.values() if one] == ["failed", "success", "running"]
    assert found[1] is not None
    assert found[1].error["kind"] == "interrupted"
    other.close()


def test_a_database_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    audit = Audit(f"sqlite:///{tmp_path / 'missing/audit.db'}", "here:1")
    with pytest.raises(Unavailable, match="nothing runs without a record"):
        audit.begin(intent(1))
    with pytest.raises(Unavailable):
        audit.page(ExecutionFilter(), 1, 10)
    with pytest.raises(Unavailable):
        audit.check()
    audit.close()


def test_the_migrations_make_the_very_tables_that_the_code_uses(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
    migrate_database(url)  # a second time changes nothing and fails at nothing


def test_many_writers_at_once_lose_nothing(url: str) -> None:
    audits = [Audit(url, "here:1") for _ in range(4)]

    def write(which: int) -> None:
        for number in range(25):
            audits[which].begin(intent(which * 25 + number))
            end(audits[which], which * 25 + number)

    threads = [threading.Thread(target=write, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audits[0].page(ExecutionFilter(status="success"), 1, 1)[1] == 100
    for audit in audits:
        audit.close()


def test_a_database_that_was_read_only_is_written_again_as_soon_as_it_can_be(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/audit.db")
    with database.reading() as connection:  # as one is that was opened while the files could not be written
        connection.exec_driver_sql("PRAGMA query_only=ON")

    with pytest.raises(Unavailable, match="readonly database"):
        database.write(sa.text("CREATE TABLE first (a)"))

    database.write(sa.text("CREATE TABLE second (a)"))
    database.close()
