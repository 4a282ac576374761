"""Lists of executions are bounded in bytes, whatever tools make of their errors; old records become such ones too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import registry.audit
from registry.audit import Audit, ExecutionFilter, migrate_database
from registry.audit.database import open_engine
from registry.audit.executions_table import executions
from registry.errors import Unavailable
from tests.registry.test_audit import intent

LARGE = ["stdout", "stderr", "error", "result", "arguments", "coerced", "content"]
LONG = {"kind": "script_error", "message": "é" * 50_000, "details": {"traceback": "x" * 500_000}}
SHORT = {"kind": "timeout", "message": "it took longer than 30 s"}
NOTHING: dict[str, Any] = {"status": "failed", "result": None, "stdout": "out", "stderr": ""}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'audit.db'}"


@pytest.fixture
def audit(url: str) -> Iterator[Audit]:
    migrate_database(url)
    made = Audit(url, "here:1")
    yield made
    made.close()


def test_a_list_has_the_beginning_of_an_error_and_the_record_all_of_it(audit: Audit) -> None:
    for number, error in enumerate((LONG, SHORT)):
        audit.begin(intent(number))
        audit.end(f"{number:032x}", error=error, **NOTHING)
    short, long = audit.page(ExecutionFilter(), 1, 10)[0]
    assert (short.error, short.error_truncated) == (SHORT, False)
    assert (long.error, long.error_truncated) == ({"kind": "script_error", "message": "é" * 300 + "…"}, True)
    whole = audit.get(long.id)
    assert whole is not None
    assert whole.error == LONG


def test_a_page_asks_for_nothing_that_can_be_large_and_steps_over_nothing_large(audit: Audit) -> None:
    statements: list[str] = []
    sa.event.listen(audit.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    audit.begin(intent(1))
    audit.page(ExecutionFilter(), 1, 10)
    asked = statements[-1].partition(" FROM ")[0]
    assert [name for name in LARGE if f"executions.{name}," in f"{asked},"] == []
    with audit.database.reading() as connection:
        stored = [row[1] for row in connection.execute(sa.text("PRAGMA table_info(executions)"))]
    assert stored[-len(LARGE) :] == LARGE


def test_following_asks_for_the_log_and_never_for_arguments_results_and_errors(audit: Audit) -> None:
    audit.begin(intent(1))
    audit.progress(f"{1:032x}", "four", "ü")
    statements: list[str] = []
    sa.event.listen(audit.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    [mark] = audit.marks([f"{1:032x}", "0" * 32]).values()
    log = audit.log(f"{1:032x}")
    assert log is not None
    assert (mark.status, mark.stdout, mark.stderr) == ("running", 4, 1)
    assert (log.status, log.stdout, log.stderr) == ("running", "four", "ü")
    assert audit.log("0" * 32) is None
    assert not any(name in statement for statement in statements for name in ("arguments", "result", "error"))


def upgraded(url: str, revision: str) -> None:
    """A database as an earlier service left it."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(registry.audit.__file__).parent / "migrations"))
    engine = open_engine(url)
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
    engine.dispose()


def with_old_records(url: str) -> list[dict[str, Any]]:
    """Records of each kind in a database of the second form, and what they hold."""
    upgraded(url, "0002")
    columns = {column.name for column in executions.columns} - {
        "error_truncated",
        "listed_error",
        "coerced",
        "content",
        "bundle",
    }
    errors = [LONG, SHORT, None]
    rows = [
        dict.fromkeys(columns)
        | {"id": f"{number:032x}", "instance": "here:1", "tool": "greet", "version": 1, "digest": "d"}
        | {"arguments": '{"name":"x"}', "argument_bytes": 12, "created_at": float(number), "stdout": "out"}
        | {"status": "failed" if error else "running", "error": json.dumps(error) if error else None}
        | {"stderr": "", "truncated": False, "result_bytes": 0, "log_bytes": 0, "tried": number == 1}
        for number, error in enumerate(errors)
    ]
    engine = open_engine(url)
    with engine.begin() as connection:
        names = ", ".join(sorted(columns))
        values = ", ".join(f":{name}" for name in sorted(columns))
        connection.execute(sa.text(f"INSERT INTO executions ({names}) VALUES ({values})"), rows)
    engine.dispose()
    return rows


def test_the_records_of_an_earlier_service_are_kept_and_listed_as_new_ones_are(url: str) -> None:
    rows = with_old_records(url)
    migrate_database(url)
    audit = Audit(url, "here:1")
    with audit.database.reading() as connection:
        kept = [dict(row) for row in connection.execute(sa.text("SELECT * FROM executions ORDER BY id")).mappings()]
    assert [{name: row[name] for name in rows[0]} for row in kept] == rows
    assert [row["bundle"] for row in kept] == ["d", "d", "d"], "there were no shared packages"
    assert list(kept[0]).index("bundle") < list(kept[0]).index("stdout"), "a list does not step over what is large"
    running, short, long = audit.page(ExecutionFilter(), 1, 10)[0]
    assert (running.error, running.error_truncated) == (None, False)
    assert (short.error, short.error_truncated, short.tried) == (SHORT, False, True)
    assert (long.error, long.error_truncated) == ({"kind": "script_error", "message": "é" * 300 + "…"}, True)
    audit.close()


def test_a_migration_that_is_cut_off_leaves_the_database_as_it_was(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = with_old_records(url)
    connect = sa.create_engine

    def failing(*given: Any, **named: Any) -> sa.Engine:
        engine = connect(*given, **named)

        def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if "UPDATE executions" in statement:
                raise sa.exc.OperationalError(statement, None, RuntimeError("no space"))

        sa.event.listen(engine, "before_cursor_execute", fail)
        return engine

    with monkeypatch.context() as patched:
        patched.setattr(sa, "create_engine", failing)
        with pytest.raises(Unavailable, match="no space"):
            migrate_database(url)
    engine = open_engine(url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one() == "0002"
        assert sa.inspect(connection).get_table_names() == ["alembic_version", "executions"]
        assert connection.execute(sa.text("SELECT count(*) FROM executions")).scalar_one() == len(rows)
    engine.dispose()
    migrate_database(url)
