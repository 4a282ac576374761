"""The server in front of the app, over raw sockets: clients that are slow, rude, many, or gone."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from registry.http.contract.body_limits import MAX_BODY_BYTES, MAX_EDIT_BYTES
from registry.http.contract.body_shapes import get_validator
from registry.http.responses.execution_followers import FOLLOWERS_AT_MOST
from tests.http.workers import workers_of
from tests.repositories import MAIN, Repo, manifest
from tests.services import Running, serving, serving_tools, stop
from tests.waiting import patience

pytestmark = pytest.mark.service
HALF = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
INVOKE = b"POST /api/v1/llm/tools/greet/invoke HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
ANY = "{type: object, properties: {}, additionalProperties: true}"
SLEEPS = "import time\ndef main():\n    time.sleep(3)\n"
ANSWERED_SECONDS = 2.0


# One worker with few threads, so that what holds a thread is felt.
FEW = {"workers": "1", "threads": "8", "max_concurrent": "1", "max_queued": "0"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving_tools(lambda repo: repo.tool("greet"), tmp_path_factory.mktemp("small"), **FEW) as served:
        assert served.running.get("/livez").status_code == 200
        yield served.running


def connect(service: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=600)


def answer_to(service: Running, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case) and body of what comes back until the server closes."""
    with connect(service) as connection:
        connection.sendall(sent)
        return parsed(everything(connection))


def everything(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def answers_on(connection: socket.socket, number: int) -> None:
    """Read that many answers of health, on a connection that stays open."""
    answers = b""
    while answers.count(b'{"status":"ok"}') < number:
        piece = connection.recv(4096)
        assert piece, answers
        answers += piece
    assert answers.count(b"HTTP/1.1 200") == number


def parsed(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(first.split()[1]), headers, body


def assert_problem(answer: tuple[int, dict[str, str], bytes], status: int) -> None:
    given, headers, body = answer
    assert (given, headers.get("content-type")) == (status, "application/problem+json"), answer
    problem = json.loads(body)
    assert get_validator("Problem").faults(problem) == ()
    assert (problem["status"], problem["request_id"]) == (status, headers["x-request-id"])


def alive_within(service: Running, seconds: float) -> float:
    """How long health took, on a connection of its own."""
    began = time.monotonic()
    assert httpx.get(f"http://127.0.0.1:{service.port}/livez", timeout=patience(seconds)).status_code == 200
    return time.monotonic() - began


@contextmanager
def dripping(connection: socket.socket, byte: bytes) -> Iterator[None]:
    """One byte every fifth of a second, until the block or the connection ends."""
    ended = threading.Event()

    def drip() -> None:
        while not ended.wait(0.2):
            try:
                connection.send(byte)
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_slow_heads_hold_nothing_up_and_end_with_a_problem(small: Running) -> None:
    with ExitStack() as opened:
        began = time.monotonic()
        slow = [opened.enter_context(connect(small)) for _ in range(40)]
        for connection in slow:
            connection.sendall(HALF)
        drip = opened.enter_context(connect(small))
        drip.sendall(HALF + b"X: ")
        opened.enter_context(dripping(drip, b"x"))
        slowest = 0.0
        while time.monotonic() - began < 9:
            slowest = max(slowest, alive_within(small, ANSWERED_SECONDS))
            time.sleep(0.1)
        for connection in [*slow, drip]:
            assert_problem(parsed(everything(connection)), 408)
        took = time.monotonic() - began
        assert 9 < took < patience(20), "a trickle of bytes moves no deadline"
        print(f"health took {slowest * 1000:.0f} ms at most; the slow were sent away after {took:.1f} s")


def test_without_this_worker_slow_heads_would_stop_the_service(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--worker-class=gthread --threads=8")
    with serving(repo.path, tmp_path, workers="1") as service, ExitStack() as opened:
        alive_within(service, 20)
        for _ in range(9):
            opened.enter_context(connect(service)).sendall(HALF)
        with pytest.raises(httpx.TimeoutException):
            alive_within(service, ANSWERED_SECONDS)


def test_slow_bodies_hold_nothing_up_and_end_with_a_problem(small: Running) -> None:
    framings = [b"Content-Length: 500\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n1F4\r\n"]
    with ExitStack() as opened:
        began = time.monotonic()
        slow = [opened.enter_context(connect(small)) for _ in range(80)]
        for number, connection in enumerate(slow):
            connection.sendall(INVOKE + framings[number % 2] + b"{")
        opened.enter_context(dripping(slow[0], b" "))
        for _ in range(20):
            alive_within(small, ANSWERED_SECONDS)
        for connection in slow:
            assert_problem(parsed(everything(connection)), 408)
        assert 25 < time.monotonic() - began < patience(45)


def test_five_hundred_half_open_connections_and_as_many_that_never_close_leave_health_alone(small: Running) -> None:
    with ExitStack() as opened:
        for number in range(1000):
            connection = opened.enter_context(connect(small))
            connection.sendall(HALF if number % 2 else b"rubbish\r\n\r\n")
        slowest = max(alive_within(small, ANSWERED_SECONDS) for _ in range(20))
        print(f"health took {slowest * 1000:.0f} ms at most")


def test_more_connections_than_there_may_be_push_out_the_oldest_that_says_nothing(small: Running) -> None:
    with ExitStack() as opened:
        silent = [opened.enter_context(connect(small)) for _ in range(1200 + FOLLOWERS_AT_MOST)]
        alive_within(small, ANSWERED_SECONDS)
        silent[0].settimeout(patience(5))
        assert silent[0].recv(1) == b""


def test_kept_connections_hold_no_thread_and_go_on_working(small: Running) -> None:
    request = HALF + b"\r\n"
    with ExitStack() as opened:
        kept = [opened.enter_context(connect(small)) for _ in range(100)]
        for _ in range(2):
            for connection in kept:
                connection.sendall(request)
                answers_on(connection, 1)
        alive_within(small, ANSWERED_SECONDS)
        # Three at once, the last one cut: each is answered in order.
        kept[0].sendall(request * 2 + request[:30])
        kept[0].sendall(request[30:])
        answers_on(kept[0], 3)


def test_bodies_arrive_in_pieces_of_any_size(small: Running) -> None:
    body = b'{"arguments": {"name": 7}}'
    chunks = (
        b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in (body[:5], body[5:])) + b"0\r\nT: x\r\n\r\n"
    )
    for framing, sent in ((b"Content-Length: %d" % len(body), body), (b"Transfer-Encoding: chunked", chunks)):
        with connect(small) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in INVOKE + framing + b"\r\nConnection: close\r\n\r\n" + sent:
                connection.sendall(bytes([byte]))
            status, _, answer = parsed(everything(connection))
        assert status == 400, answer
        assert "/name" in json.dumps(json.loads(answer)["errors"])


def test_who_asks_to_continue_is_told_once(small: Running) -> None:
    with connect(small) as connection:
        connection.sendall(INVOKE + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert parsed(everything(connection))[0] == 400


RUDE = {
    "long_line": (b"GET /" + b"x" * 8300 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    "endless_line": (b"GET /" + b"x" * 20_000, 414),
    "bad_method": (b"G\xffT / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "lower_case_method": (b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "space_in_name": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX Y: 1\r\n\r\n", 400),
    "space_before_colon": (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
    "two_framings": (INVOKE + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two_lengths": (INVOKE + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    "negative_length": (INVOKE + b"Content-Length: -2\r\n\r\n{}", 400),
    "huge_length": (INVOKE + b"Content-Length: 99999999\r\n\r\n{}", 413),
    "endless_length": (INVOKE + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n{}", 400),
    "huge_chunk": (INVOKE + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n", 413),
    "packed_chunks": (INVOKE + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 501),
    "packed_chunks_in_two_lines": (
        INVOKE + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        501,
    ),
    "unknown_coding": (INVOKE + b"Transfer-Encoding: zip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 501),
    "bad_chunk_size": (INVOKE + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    "bad_chunk_end": (INVOKE + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n", 400),
    "bad_trailer": (INVOKE + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX Y: 1\r\n\r\n", 400),
    "http_0_9": (b"GET /\r\n", 400),
    "http_2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\n", 400),
    "nul_in_path": (b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "nul_in_header": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \x00\r\n\r\n", 400),
    "nuls": (bytes(64) + b"\r\n\r\n", 400),
    "bare_line_feeds": (b"GET / HTTP/1.1\nHost: localhost\n\n", 400),
    "folded": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n 2\r\n\r\n", 400),
    "many_headers": (HALF + b"".join(b"X-%d: 1\r\n" % number for number in range(200)) + b"\r\n", 431),
    "long_header": (HALF + b"X: " + b"x" * 16_384 + b"\r\n\r\n", 431),
    "endless_header": (HALF + b"X: " + b"x" * 70_000, 431),
    "unknown_expectation": (HALF + b"Expect: miracles\r\n\r\n", 417),
    "two_hosts": (HALF + b"Host: localhost\r\n\r\n", 400),
    "only_blank_lines": (b"\r\n\r\n", 400),
}


def test_what_is_no_request_is_answered_with_a_problem_and_harms_nothing(small: Running) -> None:
    for name, (sent, status) in RUDE.items():
        began = time.monotonic()
        answer = answer_to(small, sent)
        print(name, answer[0], f"{time.monotonic() - began:.2f} s")
        assert_problem(answer, status)
        assert time.monotonic() - began < patience(5), f"{name} is refused at once"
    alive_within(small, ANSWERED_SECONDS)
    assert "Traceback" not in small.log.read_text()


def test_a_first_line_of_eight_thousand_bytes_is_taken(small: Running) -> None:
    path = "/" + "x" * 8000
    answer = small.get(path)
    assert (answer.status_code, answer.json()["instance"]) == (404, path), "it is the app that answers"


@pytest.mark.parametrize("header", [b"SCRIPT_NAME: /api", b"SCRIPT_NAME: /nowhere", b"PATH_INFO: /livez"])
def test_no_header_moves_the_path(small: Running, header: bytes) -> None:
    ending = header + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert_problem(answer_to(small, b"GET /api/livez HTTP/1.1\r\n" + ending), 404)
    assert answer_to(small, b"GET /livez HTTP/1.1\r\n" + ending)[0] == 200


@pytest.mark.engine
def test_a_full_queue_is_said_at_once_and_reading_goes_on(repo: Repo, tmp_path: Path, engine_owner: str) -> None:
    repo.tool("sleeps", main=SLEEPS, parameters=ANY, returns="{}")
    repo.commit()
    with ExitStack() as opened:
        callers = opened.enter_context(ThreadPoolExecutor(5))
        service = opened.enter_context(
            serving(
                repo.path, tmp_path,
                instance=engine_owner, workers="1", threads="4", max_concurrent="2", max_queued="2",
            )
        )  # fmt: skip
        calls = [callers.submit(service.invoke, "sleeps") for _ in range(5)]
        while not all(call.done() for call in calls):
            alive_within(service, ANSWERED_SECONDS)
            time.sleep(0.05)
        refused, *ran = sorted((call.result() for call in calls), key=lambda answer: answer.status_code != 429)
        assert_problem((refused.status_code, dict(refused.headers), refused.content), 429)
        assert int(refused.headers["retry-after"]) > 0
        assert refused.elapsed.total_seconds() < patience(2)
        assert [answer.json()["status"] for answer in ran] == ["success"] * 4


def test_a_killed_worker_is_replaced_and_the_other_answers_meanwhile(repo: Repo, tmp_path: Path) -> None:
    with serving(repo.path, tmp_path, workers="2") as service:
        alive_within(service, 10)
        until = time.monotonic() + patience(30)
        while len(before := workers_of(service)) < 2:
            assert time.monotonic() < until
        os.kill(min(before), signal.SIGKILL)
        while len(workers_of(service) & before) == 2:
            assert time.monotonic() < until
        while len(workers_of(service)) < 2:
            alive_within(service, 5)
            assert time.monotonic() < until
        alive_within(service, 5)


def test_a_service_with_idle_and_half_open_connections_ends_soon(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.commit()
    with serving(repo.path, tmp_path, None, **FEW) as service, ExitStack() as opened:
        for number in range(20):
            connection = opened.enter_context(connect(service))
            connection.sendall(HALF + (b"\r\n" if number % 2 else b""))
            if number % 2:
                answers_on(connection, 1)
        began = time.monotonic()
        stop(service.process)
        took = time.monotonic() - began
        print(f"ended after {took:.1f} s")
        assert took < patience(8)


def test_a_tools_files_may_be_longer_than_any_other_body_and_have_a_bound_too(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.commit()
    block = base64.b64encode(bytes(1024 * 1000)).decode()
    files = {"tool.yaml": manifest("large"), "main.py": MAIN} | {f"{n}.bin": {"base64": block} for n in range(5)}
    with serving(repo.path, tmp_path, workers="1") as service, service.connection() as connection:
        made = connection.post("/api/v1/tools", json={"files": files})
        assert (made.status_code, len(made.json()["files"])) == (201, 7)
        assert connection.post("/api/v1/tools/validate", json={"files": files}).status_code == 409
        tag = made.headers["etag"]
        assert (
            connection.put("/api/v1/tools/large", json={"files": files}, headers={"If-Match": tag}).status_code == 200
        )
        for method, url, most in (
            ("POST", "/api/v1/tools", MAX_EDIT_BYTES),
            ("PATCH", "/api/v1/tools/large", MAX_EDIT_BYTES),
            ("POST", "/api/v1/tools/large/rename", MAX_BODY_BYTES),
            ("POST", "/api/v1/llm/tools/greet/invoke", MAX_BODY_BYTES),
            ("POST", "/api/v1/tools/greet/execute", MAX_BODY_BYTES),
        ):
            for more, status in ((0, 400), (1, 413)):
                body = b"{" + b" " * (most + more - 1)
                headers = {"Content-Type": "application/json", "If-Match": tag}
                answer = httpx.request(
                    method, f"http://127.0.0.1:{service.port}{url}", content=body, headers=headers, timeout=600
                )
                assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
