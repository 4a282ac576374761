"""Records of an instance that is lost are closed by any other; one that is merely slow keeps its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry.audit import Audit, ExecutionFilter, Heartbeat, migrate_database
from registry.audit.executions_table import instances
from registry.audit.instances import close_lost_records, read_signs, write_beat
from registry.errors import Unavailable
from tests.processes import ENDS_WITH_US
from tests.registry.test_audit import end, intent
from tests.waiting import eventually

LIVES = """
import sys, time
from registry.audit import Audit, Heartbeat
audit = Audit(sys.argv[1], sys.argv[2])
heartbeat = Heartbeat(audit, beat_seconds=0.02)
heartbeat.start()
time.sleep(600)
"""
NEVER = 3600.0


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'audit.db'}"
    migrate_database(made)
    return made


@pytest.fixture
def audit(url: str) -> Iterator[Audit]:
    made = Audit(url, "observer")
    yield made
    made.close()


@pytest.fixture
def lost(url: str) -> Iterator[Audit]:
    """The audit of an instance that has begun an execution and never says that it lives."""
    made = Audit(url, "lost")
    made.begin(intent(1))
    yield made
    made.close()


@contextmanager
def living(url: str, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is an instance, once it has said so."""
    process = subprocess.Popen([*ENDS_WITH_US, sys.executable, "-c", LIVES, url, name])
    audit = Audit(url, "looks")
    try:
        eventually(lambda: read_signs(audit.database).get(name), 60)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        audit.close()


def status(audit: Audit, number: int = 1) -> tuple[str, str | None]:
    found = audit.get(f"{number:032x}")
    assert found is not None
    return found.status, (found.error or {}).get("kind")


def turns(heartbeat: Heartbeat, seconds: float) -> int:
    """How many records are closed in that time."""
    closed, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        closed += heartbeat.turn()
        time.sleep(0.02)
    return closed


def test_the_open_records_of_an_instance_that_was_killed_are_closed_by_any_other(audit: Audit, url: str) -> None:
    heartbeat = Heartbeat(audit, beat_seconds=0.1, silent_seconds=0.5)
    with living(url, "victim") as victim:
        theirs = Audit(url, "victim")
        theirs.begin(intent(1))
        theirs.begin(intent(2), "pending")
        theirs.begin(intent(3))
        end(theirs, 3)
        audit.begin(intent(4))
        victim.kill()
        victim.wait()
        eventually(lambda: heartbeat.turn() == 2, 60)
        theirs.close()
    assert [status(audit, number) for number in (1, 2)] == [("failed", "interrupted")] * 2
    assert status(audit, 3) == ("success", None), "what has ended stays as it is"
    assert status(audit, 4) == ("running", None), "its own are no business of this"
    assert set(read_signs(audit.database)) == {"observer"}, "who is lost is forgotten"


def test_records_of_an_instance_that_never_said_that_it_lives_are_closed_too(audit: Audit, lost: Audit) -> None:
    heartbeat = Heartbeat(audit, beat_seconds=0.1, silent_seconds=0.3)
    eventually(lambda: heartbeat.turn() == 1, 60)
    assert status(audit) == ("failed", "interrupted")


def test_an_instance_of_an_earlier_version_lives_while_it_begins_executions(
    audit: Audit, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("registry.audit.heartbeat.time.monotonic", lambda: now)
    heartbeat = Heartbeat(audit, beat_seconds=5, silent_seconds=120)
    earlier = Audit(url, "earlier")
    earlier.begin(intent(0))
    for number in range(1, 30):
        earlier.begin(intent(number))
        end(earlier, number - 1)
        now += 10
        assert heartbeat.turn() == 0
    for _ in range(12):
        now += 10
        assert heartbeat.turn() == 0
    now += 10
    assert heartbeat.turn() == 1
    earlier.close()


def test_an_instance_that_is_stopped_for_less_than_the_margin_is_not_robbed(audit: Audit, url: str) -> None:
    heartbeat = Heartbeat(audit, beat_seconds=0.1, silent_seconds=60)
    with living(url, "slow") as slow:
        theirs = Audit(url, "slow")
        theirs.begin(intent(1))
        slow.send_signal(signal.SIGSTOP)
        assert turns(heartbeat, 1) == 0
        before = read_signs(audit.database)["slow"]
        slow.send_signal(signal.SIGCONT)
        eventually(lambda: read_signs(audit.database)["slow"] != before, 60)
        assert turns(heartbeat, 0.3) == 0
        assert status(audit) == ("running", None)
        end(theirs, 1)
        theirs.close()
    assert status(audit) == ("success", None)


def test_a_steady_beat_is_heard_however_long_it_goes_on(
    audit: Audit, lost: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("registry.audit.heartbeat.time.monotonic", lambda: now)
    heartbeat = Heartbeat(audit, beat_seconds=5, silent_seconds=120)
    for _ in range(100):
        now += 5
        write_beat(lost.database, "lost")
        assert heartbeat.turn() == 0


def test_who_was_stopped_itself_hears_the_others_before_it_judges(
    audit: Audit, lost: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("registry.audit.heartbeat.time.monotonic", lambda: now)
    heartbeat = Heartbeat(audit, beat_seconds=5, silent_seconds=120)
    assert heartbeat.turn() == 0
    now += 10_000
    assert heartbeat.turn() == 0, "a turn counts for two beats at most"
    for _ in range(11):
        now += 10
        assert heartbeat.turn() == 0
    now += 5
    assert heartbeat.turn() == 1


@pytest.mark.parametrize("step", [-1e9, 1e9])
def test_no_step_of_a_clock_closes_anything(audit: Audit, lost: Audit, step: float) -> None:
    heartbeat = Heartbeat(audit, beat_seconds=5, silent_seconds=120)
    write_beat(lost.database, "lost")
    heartbeat.turn()
    audit.database.write(sa.update(instances).values(seen_at=instances.c.seen_at + step))
    assert [heartbeat.turn() for _ in range(3)] == [0, 0, 0]


def test_of_two_ends_the_first_stays(audit: Audit, lost: Audit) -> None:
    write_beat(lost.database, "lost")
    assert close_lost_records(audit.database, "lost", 1) == 1
    assert lost.end(f"{1:032x}", status="success", result=7, error=None, stdout="late", stderr="") is False
    found = audit.get(f"{1:032x}")
    assert found is not None
    assert (found.status, found.result, found.stdout) == ("failed", None, "")
    lost.begin(intent(2))
    assert lost.end(f"{2:032x}", status="success", result=7, error=None, stdout="", stderr="") is True
    assert close_lost_records(audit.database, "lost", 1) == 0
    assert status(audit, 2) == ("success", None)


def test_what_is_pending_at_a_lost_instance_does_not_begin_when_it_comes_back(audit: Audit, lost: Audit) -> None:
    lost.begin(intent(2), "pending")
    assert close_lost_records(audit.database, "lost", read_signs(audit.database)["lost"]) == 2
    assert lost.start(f"{2:032x}") is False


def test_a_sign_of_life_at_the_last_moment_counts(audit: Audit, lost: Audit) -> None:
    write_beat(lost.database, "lost")
    write_beat(lost.database, "lost")
    for outdated in (0, 1):
        assert close_lost_records(audit.database, "lost", outdated) == 0
    assert status(audit) == ("running", None)
    assert read_signs(audit.database)["lost"] == 2


def test_two_observers_close_a_record_once(audit: Audit, lost: Audit, url: str) -> None:
    other = Audit(url, "other")
    both = [Heartbeat(one, beat_seconds=0.1, silent_seconds=0.2) for one in (audit, other)]
    closed = [0, 0]
    until = time.monotonic() + 60
    while sum(closed) == 0 and time.monotonic() < until:
        closed = [already + heartbeat.turn() for already, heartbeat in zip(closed, both, strict=True)]
    assert sum(closed) == 1
    other.close()


def test_an_instance_that_ends_is_taken_off_the_list(audit: Audit, url: str) -> None:
    other = Audit(url, "other")
    heartbeat = Heartbeat(other, beat_seconds=NEVER)
    heartbeat.start()
    eventually(lambda: read_signs(audit.database) == {"other": 1}, 60)
    heartbeat.close()
    assert read_signs(audit.database) == {}
    other.close()


def test_a_database_that_takes_nothing_is_not_well_although_it_can_be_read(audit: Audit, url: str) -> None:
    blocker = sa.create_engine(url)
    with blocker.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        assert audit.page(ExecutionFilter(), 1, 1) == ([], 0)
        with pytest.raises(Unavailable, match="locked"):
            audit.check()
        connection.rollback()
    blocker.dispose()
    well = Audit(url, "observer")
    well.check()
    well.close()


def test_however_many_ask_whether_it_takes_records_one_tries(audit: Audit) -> None:
    for _ in range(50):
        audit.check()
    assert read_signs(audit.database) == {"observer": 1}
