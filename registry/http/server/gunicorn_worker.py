"""gunicorn's threaded worker, made to wait for requests without a thread and to refuse in the service's own words.

gunicorn gives a connection a thread with its first byte, and the thread then waits for the rest: as many slow clients
as there are threads stop a service. Here the worker's one loop collects what arrives and lends a thread to whole
requests only; a thread never reads from a socket. What the loop waits for has a deadline, which no trickle of bytes
moves.

    state of a connection   waited for at most   what comes next
    ----------------------  -------------------  ----------------------------------------------------
    head arrives            HEAD_SECONDS         whole -> lent; body announced -> body arrives; late -> refused
    body arrives            BODY_SECONDS         whole -> lent; late, or too much at once -> refused
    lent to a thread        by the app           answered, kept -> kept alive (or head, if bytes came already)
                                                 answered, closed, or failed -> lingers
    kept alive              keepalive            bytes -> head arrives; over -> closed
    lingers (was refused)   LINGER_SECONDS       the client closes, or the time is over -> closed

Where there are too many connections, the one that has waited longest is closed; a lent one never is.

gunicorn's own types are not known (it ships none), hence the ignores.
"""

from __future__ import annotations

import errno
import io
import resource
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders  # type: ignore[import-untyped]
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from registry.http.contract import find_body_limit
from registry.http.requests import allow_hand_over, end_streams
from registry.http.responses import HandOver

from .early_refusals import CODED, FULL, LATE, TOO_LARGE, RefusedError, UnfinishedError, make_early_refusal
from .request_arrival import RequestArrival

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
# The most that one write of an answer may take, from a client that does not read.
ANSWER_SECONDS = 60.0
# How long a closed connection is listened to, so that the last answer is not lost to a reset (RFC 9112, section 9.6).
LINGER_SECONDS = 2.0
# What all the requests that arrive at once may take of a worker's memory.
MAX_ARRIVING_BYTES = 256 * 1024 * 1024
# Descriptors of a worker beside its connections: Git, the database, the engine.
_OTHER_DESCRIPTORS = 4096
_RECEIVE_BYTES = 64 * 1024
_SWEEP_SECONDS = 0.25


class Connection(TConn):  # type: ignore[misc]
    """A connection, what has arrived on it, and until when it is waited for."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.initialized = True
        self.arrival = RequestArrival(find_body_limit)
        self.until = 0.0
        self.closing = False
        self.handed_over = False

    def init(self) -> None:
        """Make the parser of one request, on the bytes that have arrived and nothing else. Runs in a thread."""
        self.sock.settimeout(ANSWER_SECONDS)
        self.parser = RequestParser(self.cfg, self._pieces(), self.client)

    def _pieces(self) -> Iterator[bytes]:
        yield self.arrival.request()
        raise LimitRequestHeaders("") if self.arrival.head_too_long else UnfinishedError


class Worker(ThreadWorker):  # type: ignore[misc]
    """The threaded worker of the service."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # In the order in which waiting began. Only the loop's thread touches it.
        self._waiting: dict[Connection, None] = {}
        self._arriving_bytes = 0
        self._swept_at = 0.0
        self._over = False

    def init_process(self) -> None:
        """Allow the process as many descriptors as it may have connections, then serve until told to end."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = self.worker_connections + _OTHER_DESCRIPTORS
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the app, and tell it that its long answers may be written by somebody else."""
        super().load_wsgi()
        allow_hand_over(self.wsgi)

    def run(self) -> None:
        """Serve until told to end, and until that is done."""
        try:
            super().run()
        finally:
            self._over = True

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Told to end: streams that would go on for ever end now, and not when the time for that is over."""
        end_streams(getattr(self, "wsgi", None))
        super().handle_exit(sig, frame)

    # What follows runs in the loop's thread: nothing in it may wait.

    def accept(self, listener: socket.socket) -> None:
        """Take a connection; where there are too many, the one that has been waited for longest gives way."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self._drop_oldest()
            elif error.errno not in {errno.EAGAIN, errno.ECONNABORTED}:
                raise
            return
        self.nr_conns += 1
        self._wait_for_request(Connection(self.cfg, client, address, listener.getsockname()), b"")
        if self.nr_conns >= self.worker_connections:
            self._drop_oldest()

    def on_client_socket_readable(self, connection: Connection, client: socket.socket) -> None:
        """A kept connection has something to say."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(connection)
        self._wait_for_request(connection, b"")

    def finish_request(self, connection: Connection, done: futures.Future[Any]) -> None:
        """A thread has answered, or failed to: keep the connection, or end it; or somebody else has it."""
        if connection.handed_over:
            return
        rest = connection.arrival.rest()
        if done.cancelled() or done.exception() is not None or not done.result():
            self._linger(connection)
        elif rest:
            self._wait_for_request(connection, rest)
        else:
            connection.arrival = RequestArrival(find_body_limit)
            connection.sock.setblocking(False)
            connection.set_timeout()
            if not self.alive:
                connection.timeout = min(connection.timeout, time.monotonic() + LINGER_SECONDS)
            self.keepalived_conns.append(connection)
            self._listen(connection, partial(self.on_client_socket_readable, connection))

    def murder_pending(self) -> None:
        """End every wait whose time is over."""
        now = time.monotonic()
        if now - self._swept_at < _SWEEP_SECONDS:
            return
        self._swept_at = now
        for connection in [one for one in self._waiting if one.until <= now]:
            if connection.closing or not len(connection.arrival):
                self._drop(connection)
            else:
                self._refuse(connection, LATE)

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        for connection in self._waiting:
            connection.until = min(connection.until, deadline)

    def _wait_for_request(self, connection: Connection, arrived: bytes) -> None:
        connection.arrival = RequestArrival(find_body_limit)
        connection.sock.setblocking(False)
        connection.until = time.monotonic() + HEAD_SECONDS
        self._waiting[connection] = None
        self._listen(connection, partial(self._receive, connection))
        if arrived:
            self._take(connection, arrived)
        else:
            self._receive(connection, connection.sock)  # often it is there already

    def _receive(self, connection: Connection, client: socket.socket) -> None:
        if connection not in self._waiting:
            return  # dropped since the loop was told of it
        data = _received(client)
        if data == b"":
            self._drop(connection)
        elif data is not None:
            self._take(connection, data)

    def _take(self, connection: Connection, data: bytes) -> None:
        arrival, was_in_body = connection.arrival, connection.arrival.in_body
        arrival.add(data)
        self._arriving_bytes += len(data)
        if arrival.ready:
            self._forget(connection)
            self.enqueue_req(connection)
        elif self._arriving_bytes > MAX_ARRIVING_BYTES:
            self._refuse(connection, FULL)
        elif arrival.in_body and not was_in_body:
            connection.until = time.monotonic() + BODY_SECONDS
            if arrival.take_continue():
                _send(connection.sock, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, connection: Connection, refusal: RefusedError) -> None:
        self._forget(connection)
        self.handle_error(None, connection.sock, connection.client, refusal)
        self._linger(connection)

    def _linger(self, connection: Connection) -> None:
        """Say that nothing more will be sent, and listen a little longer without heeding what comes."""
        connection.closing = True
        connection.until = time.monotonic() + LINGER_SECONDS
        try:
            connection.sock.setblocking(False)
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            connection.close()
            return
        self._waiting[connection] = None
        self._listen(connection, partial(self._discard, connection))

    def _discard(self, connection: Connection, client: socket.socket) -> None:
        if connection in self._waiting and _received(client) == b"":
            self._drop(connection)

    def _listen(self, connection: Connection, heard: Callable[[socket.socket], None]) -> None:
        self.poller.register(connection.sock, selectors.EVENT_READ, heard)

    def _forget(self, connection: Connection) -> None:
        del self._waiting[connection]
        self.poller.unregister(connection.sock)
        if not connection.closing:
            self._arriving_bytes -= len(connection.arrival)

    def _drop(self, connection: Connection) -> None:
        self._forget(connection)
        self.nr_conns -= 1
        connection.close()

    def _drop_oldest(self) -> None:
        oldest = next(iter(self._waiting), None)
        if oldest is not None:
            self._drop(oldest)

    # What follows runs in the threads of the pool.

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer one request, whose body is read before the app sees it: a fault in it is not the app's."""
        if conn.arrival.oversized:
            raise TOO_LARGE
        # gunicorn takes gzip too, and hands it over packed.
        if any(name == "TRANSFER-ENCODING" and value.strip().lower() != "chunked" for name, value in req.headers):
            raise CODED
        req.body = io.BytesIO(req.body.read())
        # The loop has said it already, or it was not needed.
        req._expected_100_continue = False
        try:
            kept: bool = super().handle_request(req, conn)
        except HandOver as stream:
            conn.handed_over = True
            stream.begin(conn.sock, partial(self._take_back, conn))
            return False
        except TimeoutError:
            raise BrokenPipeError(errno.EPIPE, "the client does not read its answer") from None
        return kept

    def _take_back(self, connection: Connection) -> None:
        """What was written elsewhere is written: end the connection, in the loop's thread."""
        if not self._over:
            self.method_queue.defer(self._linger, connection)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer with a problem what the app did not see, or could not be answered."""
        path = getattr(req, "path", None) or ""
        _send(client, make_early_refusal(exc, path, addr[0] if addr else ""))


def _received(client: socket.socket) -> bytes | None:
    """What has arrived; nothing at the end, None where there is nothing yet."""
    try:
        return client.recv(_RECEIVE_BYTES)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b""


def _send(client: socket.socket, data: bytes) -> None:
    """Write what fits into the socket's buffer at once: a client that reads nothing is owed nothing."""
    with suppress(OSError):
        client.setblocking(False)
        client.send(data)
