"""Any number of clients follow an execution: it costs one look, holds no thread, and a slow one costs no memory."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from registry.audit import Audit, Intent, migrate_database
from registry.http.responses.execution_events import LOG_CHARACTERS, SeenEvents
from registry.http.responses.execution_followers import Followers
from tests.http.test_server import alive_within
from tests.http.workers import all_workers, connections_of
from tests.repositories import Repo
from tests.services import Running, serving
from tests.waiting import eventually

ID = "f" * 32
FOLLOWERS = 200
ARGUMENTS = {"text": "x" * 600_000}
END: dict[str, Any] = {"status": "success", "result": {"done": True}, "error": None}


def begin(audit: Audit, execution_id: str = ID) -> None:
    """Put an execution on record that runs, somewhere."""
    facts: dict[str, Any] = dict.fromkeys(("revision", "caller_id", "trace_id", "request_id", "remote_address"))
    facts |= {"argument_bytes": 600_000, "version": 1}
    audit.begin(Intent(id=execution_id, tool="greet", digest="d", bundle="b", arguments=ARGUMENTS, **facts))


@dataclass(frozen=True)
class Recorded:
    """A service of one worker, and the audit of another on its database."""

    service: Running
    audit: Audit

    @property
    def worker(self) -> int:
        [found] = all_workers(self.service, 1)
        return found


@pytest.fixture
def recorded(repo: Repo, tmp_path: Path) -> Iterator[Recorded]:
    repo.tool("greet")
    repo.commit()
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    with serving(repo.path, tmp_path, workers="1", threads="8", max_concurrent="1", database_url=url) as service:
        assert service.get("/livez").status_code == 200
        audit = Audit(url, "elsewhere")
        begin(audit)
        yield Recorded(service, audit)
        audit.close()


@contextmanager
def followed(service: Running, count: int, last: str = "") -> Iterator[list[socket.socket]]:
    """So many connections on which an execution is followed."""
    request = f"GET /api/v1/executions/{ID}/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {last}\r\n\r\n"
    with ExitStack() as opened:
        made = [
            opened.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=60))
            for _ in range(count)
        ]
        for connection in made:
            connection.sendall(request.encode())
        yield made


def read_until(
    connections: list[socket.socket], enough: Callable[[bytes], bool], had: list[bytes] | None = None
) -> list[bytes]:
    """What each of them has received, after what it ``had``, when that was enough for all or it was closed."""
    texts = [bytearray(text) for text in had or [b""] * len(connections)]
    until = time.monotonic() + 60
    with selectors.DefaultSelector() as selector:
        for connection, text in zip(connections, texts, strict=True):
            selector.register(connection, selectors.EVENT_READ, (connection, text))
        while selector.get_map():
            assert time.monotonic() < until, bytes(min(texts, key=len)[-300:])
            for key, _ in selector.select(1):
                connection, text = key.data
                piece = connection.recv(1 << 20)
                text += piece
                if not piece or enough(text):
                    selector.unregister(connection)
    return [bytes(text) for text in texts]


def begun(text: bytes) -> bool:
    return b"event: status" in text


def ended(text: bytes) -> bool:
    return text.endswith(b"\n\n") and b"event: end" in text


def events_of(text: bytes) -> list[tuple[str, str, Any]]:
    """Every event in an answer or a part of one: name, id and data."""
    found = []
    for block in text.partition(b"\r\n\r\n")[2].decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            found.append((fields["event"], fields["id"], json.loads(fields["data"])))
    return found


def logged(text: bytes) -> str:
    return "".join(data["text"] for name, _, data in events_of(text) if name == "log")


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(process: int) -> float:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_two_hundred_follow_one_execution_for_a_tenth_of_a_core_and_health_answers(recorded: Recorded) -> None:
    service, audit = recorded.service, recorded.audit
    with followed(service, FOLLOWERS) as connections:
        had = read_until(connections, begun)
        spent, began, waits, printed = cpu_seconds(recorded.worker), time.monotonic(), [], ""
        while time.monotonic() - began < 6:
            printed += f"line {len(printed)}\n"
            audit.progress(ID, printed, "")
            waits.append(alive_within(service, 20))
            time.sleep(0.2)
        spent, took = cpu_seconds(recorded.worker) - spent, time.monotonic() - began
        audit.end(ID, **END, stdout=printed, stderr="")
        for text in read_until(connections, ended, had):
            assert text.startswith(b"HTTP/1.1 200 OK\r\n")
            assert logged(text) == printed
            assert events_of(text)[-1][2]["arguments"] == ARGUMENTS
        assert all(connection.recv(1) == b"" for connection in connections), "the end ends the connection"
    print(f"{spent / took:.1%} of a core; health took {sorted(waits)[-1] * 1000:.0f} ms at most, of {len(waits)}")
    assert spent / took < 0.1
    assert sorted(waits)[len(waits) // 2] < 0.5


def test_followers_hold_no_thread(recorded: Recorded) -> None:
    threads = Path(f"/proc/{recorded.worker}/task")
    before = len(list(threads.iterdir()))
    with followed(recorded.service, FOLLOWERS) as connections:
        read_until(connections, begun)
        assert len(list(threads.iterdir())) < before + 50, "as many as gave the answers, and they come back"
        for _ in range(5):
            alive_within(recorded.service, 20)


def test_who_reads_nothing_costs_no_memory_and_reads_everything_later(recorded: Recorded) -> None:
    audit, printed = recorded.audit, ""
    with followed(recorded.service, 100) as connections:
        had = read_until(connections, begun)
        before = resident_mb(recorded.worker)
        for number in range(12):
            printed += f"{number} " * 8000
            audit.progress(ID, printed, "")
            time.sleep(0.15)
        audit.end(ID, **END, stdout=printed, stderr="")
        one, *slow = connections
        [text] = read_until([one], ended, had[:1])
        assert logged(text) == printed
        grown = resident_mb(recorded.worker) - before
        print(f"{grown:.0f} MB more while {len(slow)} read nothing of {len(text)} bytes each")
        assert grown < 40
        for text in read_until(slow, ended, had[1:]):
            assert logged(text) == printed


def test_who_hangs_up_leaves_room(recorded: Recorded) -> None:
    for _ in range(3):
        with followed(recorded.service, 100) as connections:
            read_until(connections, begun)
            assert connections_of(recorded.service, recorded.worker) >= 100
        eventually(lambda: connections_of(recorded.service, recorded.worker) <= 1, 60, "connections are left behind")


def test_a_service_that_is_told_to_end_does_not_wait_for_followers_of_another(recorded: Recorded) -> None:
    with followed(recorded.service, 5) as connections:
        read_until(connections, begun)
        recorded.service.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        recorded.service.process.wait(60)
        assert time.monotonic() - began < 20
        assert all(b"event: end" not in text for text in read_until(connections, lambda _: False))


@dataclass
class Hub:
    """Followers of a database in this process, and how many questions they have asked it."""

    followers: Followers
    audit: Audit
    asked: list[str]

    def follow(self, seen: SeenEvents = SeenEvents()) -> socket.socket:  # noqa: B008 -- it is frozen
        ours, theirs = socket.socketpair()
        ours.settimeout(30)
        self.followers.follow(ID, seen, theirs, b"HTTP/1.1 200 OK\r\n\r\n", theirs.close)
        return ours


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    migrate_database(url)
    looking, audit, asked = Audit(url, "looks"), Audit(url, "runs"), list[str]()
    sa.event.listen(looking.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    begin(audit)
    made = Hub(Followers(looking, stuck_seconds=1, held_at_most=1_000_000), audit, asked)
    yield made
    made.followers.close()
    audit.close()
    looking.close()


def test_one_question_is_asked_for_all_and_none_for_arguments_until_the_end(hub: Hub) -> None:
    with ExitStack() as opened:
        connections = [opened.enter_context(hub.follow()) for _ in range(50)]
        read_until(connections, begun)
        at, before = time.monotonic(), len(hub.asked)
        time.sleep(1)
        assert len(hub.asked) - before <= (time.monotonic() - at) / 0.1 + 1, "ten times a second, not fifty times"
        hub.audit.progress(ID, "news", "")
        read_until(connections, lambda text: b"news" in text)
        assert sum("stdout, executions.stderr" in one for one in hub.asked[before:]) == 1, "the log is read once"
        assert not any("arguments" in one for one in hub.asked)
        hub.audit.end(ID, **END, stdout="news", stderr="")
        read_until(connections, ended)
        assert sum("arguments" in one for one in hub.asked) == 1, "the record is read once, for its end"


def test_each_follower_goes_on_from_what_it_has(hub: Hub) -> None:
    out, err = "é" * (LOG_CHARACTERS + 5), "error"
    hub.audit.progress(ID, out, err)
    with hub.follow() as whole, hub.follow(SeenEvents("running", LOG_CHARACTERS, 2)) as rest:
        hub.audit.end(ID, **END, stdout=out, stderr=err)
        first, second = read_until([whole, rest], ended)
    assert logged(first) == out + err
    assert logged(second) == "é" * 5 + "ror"
    assert [name for name, _, _ in events_of(second)] == ["log", "log", "status", "end"]
    assert events_of(first)[-1] == events_of(second)[-1]


def test_who_reads_nothing_is_sent_away_and_the_others_go_on(hub: Hub) -> None:
    with hub.follow() as stuck, hub.follow() as reads:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        hub.followers._held_at_most = 100_000_000
        printed = "x" * 4_000_000
        hub.audit.progress(ID, printed, "")
        read_until([reads], lambda text: len(text) > len(printed))
        eventually(lambda: len(hub.followers._all()) == 1, 30, "who reads nothing stays for ever")
        [had] = read_until([stuck], lambda _: False)
        last = events_of(had[: had.rindex(b"\n\n")])[-1][1]
        with hub.follow(SeenEvents.from_id(last)) as again:
            hub.audit.end(ID, **END, stdout=printed, stderr="")
            [rest] = read_until([again], ended)
        assert logged(had[: had.rindex(b"\n\n")]) + logged(rest) == printed


def test_what_is_kept_for_the_slow_is_bounded(hub: Hub, tmp_path: Path) -> None:
    """Their ends together would be more than may be held: the slowest go at once, long before their half minute."""
    hub.followers._stuck_seconds = 3600
    with ExitStack() as opened:
        for number in range(4):
            begin(hub.audit, f"{number:032x}")
            ours, theirs = socket.socketpair()
            opened.enter_context(ours)
            hub.followers.follow(f"{number:032x}", SeenEvents(), theirs, b"", theirs.close)
            hub.audit.end(f"{number:032x}", **END, stdout="", stderr="")
        eventually(lambda: sum(one.stuck_since is not None for one in hub.followers._all()) == 1, 30)


def test_a_database_that_is_gone_for_a_while_costs_nobody_an_event(hub: Hub, tmp_path: Path) -> None:
    with hub.follow() as connection:
        read_until([connection], begun)
        hub.audit.progress(ID, "before", "")
        had = read_until([connection], lambda text: b"before" in text)
        away = tmp_path / "away"

        def fail(*_: object) -> None:
            if away.exists():
                raise sa.exc.OperationalError("SELECT", None, RuntimeError("gone"))

        engine = hub.followers._audit.database.engine
        sa.event.listen(engine, "before_cursor_execute", fail)
        away.touch()
        hub.audit.progress(ID, "before and after", "")
        time.sleep(0.5)
        away.unlink()
        hub.audit.end(ID, **END, stdout="before and after", stderr="")
        [text] = read_until([connection], ended, had)
        assert [data["text"] for name, _, data in events_of(b"\r\n\r\n" + text) if name == "log"] == [
            "before",
            " and after",
        ]
