"""What has been on record once gets exactly one end, and the caller is told that one, whatever is raised meanwhile."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.audit import Audit, Execution, migrate_database
from registry.catalog import Catalog
from registry.errors import Unavailable
from registry.executions import Call, Executions
from registry.executions import executions as module
from registry.secrets import Secrets
from runner import Failure, Job, Outcome, SandboxUnavailable
from runner.model import Health, Hearing, hear_nothing
from tests.made_tools import tool_of
from tests.waiting import eventually

TOOL = tool_of({"name": "made", "description": "Made for this.", "parameters": {"type": "object", "properties": {}}})
OUTCOME = Outcome("success", b'{"a":1}', None, "out", "", truncated=False, duration_ms=1.0, queue_ms=1.0)
Starting = Callable[[], None]


class Spoken:
    """A runner of which each run ends as it is told: with an outcome, or by raising once the tool has run."""

    def __init__(self, end: Outcome | BaseException) -> None:
        self.end = end
        self.runs = 0

    def run(self, job: Job, starting: Starting = lambda: None, hearing: Hearing = hear_nothing) -> Outcome:
        starting()
        self.runs += 1
        hearing("stdout", b"out")
        if isinstance(self.end, BaseException):
            raise self.end
        return self.end

    def cancel(self, execution_id: str) -> bool:
        return False

    def health(self) -> Health:
        return Health(ready=True, reason="")


class Service:
    """Executions on a real database, and what is on record."""

    def __init__(self, folder: Path, end: Outcome | BaseException) -> None:
        self.database = folder / "audit.db"
        migrate_database(f"sqlite:///{self.database}")
        self.audit = Audit(f"sqlite:///{self.database}", "here")
        self.runner = Spoken(end)
        self.executions = Executions(self.audit, self.runner, Secrets(None))  # type: ignore[arg-type]
        assert TOOL is not None
        self.catalog = Catalog(None, {"made": TOOL}, contents=None, loose={"made": {"main.py": b""}})  # type: ignore[arg-type]

    def invoke(self) -> Execution:
        assert TOOL is not None
        return self.executions.invoke(self.catalog, Call(TOOL, {}))

    def execute(self) -> Execution:
        assert TOOL is not None
        begun = self.executions.begin(self.catalog, Call(TOOL, {}))
        return eventually(lambda: self.closed(begun.id))  # type: ignore[return-value]

    def closed(self, execution_id: str) -> Execution | None:
        found = self.audit.get(execution_id)
        return found if found is not None and found.ended_at is not None else None

    def only_record(self) -> Execution:
        with sqlite3.connect(self.database) as connection:
            [(execution_id,)] = connection.execute("select id from executions").fetchall()
        connection.close()
        return eventually(lambda: self.closed(execution_id))  # type: ignore[return-value]

    def close(self) -> None:
        self.executions.close()
        self.audit.close()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[Outcome | BaseException], Service]]:
    made: list[Service] = []

    def making(end: Outcome | BaseException) -> Service:
        made.append(Service(tmp_path, end))
        return made[-1]

    yield making
    for one in made:
        one.close()


Make = Callable[[Outcome | BaseException], Service]
RAISED = [
    RuntimeError("a fault"),
    SandboxUnavailable("the engine failed as the sandbox was given back"),
    MemoryError(),
    RecursionError(),
    Unavailable("what the run stands on", 1),
]


@pytest.mark.parametrize("way", ["invoke", "execute"])
@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_what_a_runner_raises_after_the_tool_ran_is_an_end(error: Exception, way: str, make: Make) -> None:
    service = make(error)
    told: Execution = getattr(service, way)()
    assert (told.status, told.error["kind"]) == ("failed", "interrupted")
    assert "the tool ran" in told.error["message"]
    assert service.only_record().error == told.error
    assert service.runner.runs == 1


@pytest.mark.parametrize("way", ["invoke", "execute"])
@pytest.mark.parametrize("step", ["find_returns_validator", "describe_end"])
def test_what_any_step_after_the_run_raises_is_an_end(
    step: str, way: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make(OUTCOME)
    monkeypatch.setattr(module, step, _raising(RecursionError("too deep")))
    told: Execution = getattr(service, way)()
    assert (told.status, told.error["kind"]) == ("failed", "interrupted")
    assert service.only_record().error == told.error


@pytest.mark.parametrize("way", ["invoke", "execute"])
def test_what_the_live_log_raises_is_an_end(way: str, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    service = make(OUTCOME)
    monkeypatch.setattr(service.executions._attendant, "leave", _raising(RuntimeError("a fault")))
    told: Execution = getattr(service, way)()
    assert service.only_record().status == told.status == "failed"


@pytest.mark.parametrize("end", [SystemExit(1), KeyboardInterrupt()], ids=["exit", "interrupt"])
def test_a_process_that_is_being_ended_closes_its_record(end: BaseException, make: Make) -> None:
    service = make(end)
    with pytest.raises(type(end)):
        service.invoke()
    assert service.only_record().error["kind"] == "interrupted"


@pytest.mark.parametrize("times", [1, 2, 5])
def test_an_outcome_that_cannot_be_written_is_written_as_soon_as_it_can(
    times: int, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make(OUTCOME)
    usual, left = service.audit.end, [Unavailable("the database is locked", 1)] * times

    def failing(execution_id: str, **outcome: Any) -> None:
        if left:
            raise left.pop()
        usual(execution_id, **outcome)

    monkeypatch.setattr(service.audit, "end", failing)
    assert service.invoke().result == {"a": 1}
    found = service.only_record()
    assert (found.status, found.result, found.stdout) == ("success", {"a": 1}, "out")


def test_an_outcome_that_is_owed_is_written_before_the_service_ends(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make(OUTCOME)
    usual, away = service.audit.end, threading.Event()

    def failing(execution_id: str, **outcome: Any) -> None:
        if not away.is_set():
            raise Unavailable("the database is locked", 1)
        usual(execution_id, **outcome)

    monkeypatch.setattr(service.audit, "end", failing)
    service.invoke()
    away.set()
    service.executions.close()
    assert service.only_record().status == "success"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1}, "\ud800"], ids=["nan", "inf", "set", "surrogate"])
@pytest.mark.parametrize("way", ["invoke", "execute"])
def test_an_outcome_that_is_not_json_is_an_end_all_the_same(value: Any, way: str, make: Make) -> None:
    service = make(_failed({"message": value}))
    told: Execution = getattr(service, way)()
    found = service.only_record()
    assert (found.status, found.error) == (told.status, told.error)
    json.dumps(found.error, allow_nan=False)


def test_what_is_raised_before_the_run_is_the_callers_and_leaves_no_record(make: Make) -> None:
    service = make(OUTCOME)
    service.runner.run = _raising(SandboxUnavailable("no engine"))  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="no engine"):
        service.invoke()
    with sqlite3.connect(service.database) as connection:
        assert connection.execute("select count(*) from executions").fetchone() == (0,)
    connection.close()


def _failed(details: dict[str, Any]) -> Outcome:
    failure = Failure("script_error", "a message", details)
    return Outcome("failed", None, failure, "", "", truncated=False, duration_ms=1.0, queue_ms=1.0)


def _raising(error: Exception) -> Callable[..., Any]:
    def raising(*_: Any, **__: Any) -> Any:
        raise error

    return raising
