"""Those who follow executions: any number of connections, written to by one thread, and none of them by another.

The thread looks at the records of all that are followed ten times a second, in one question that reads no arguments,
results or errors. What is new is made into events once. A follower holds one event at a time, and the same bytes as
everybody who is as far: so a slow one costs no memory, it is told of the rest when it has read that. Who reads nothing
for half a minute is sent away, and so are the slowest when what they hold gets too much. They have lost nothing: the
last event's id says where to go on.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from registry.audit import Audit
from registry.errors import TooBusy, Unavailable
from registry.log import log

from .execution_events import KEEP_ALIVE, SeenEvents
from .followed_execution import Followed

FOLLOWERS_AT_MOST = 512
STUCK_SECONDS = 30.0
HELD_AT_MOST = 64 * 1024 * 1024
_LOOK_SECONDS = 0.1
_KEEP_ALIVE_SECONDS = 15.0
# What the system keeps for one that reads slowly; it would be megabytes otherwise.
_SENDING_BYTES = 128 * 1024
_FAULT_SECONDS = 1.0


@dataclass(eq=False, slots=True)
class Follower:
    """One connection: what its client has after what is on its way to it, and who is told when it is done.

    ``last``: nothing comes after that. ``stuck_since``: it has taken nothing since then, though there is something.
    """

    connection: socket.socket
    execution_id: str
    seen: SeenEvents
    sending: memoryview
    done: Callable[[], None]
    last: bool = False
    told_at: float = 0.0
    stuck_since: float | None = None


class Followers:
    """The followers of one process; the thread starts with the first."""

    def __init__(self, audit: Audit, *, stuck_seconds: float = STUCK_SECONDS, held_at_most: int = HELD_AT_MOST) -> None:
        self._audit = audit
        self._stuck_seconds = stuck_seconds
        self._held_at_most = held_at_most
        self._places = threading.BoundedSemaphore(FOLLOWERS_AT_MOST)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._arrived: deque[Follower] = deque()
        self._closed = False
        self._ending = False
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake, selectors.EVENT_READ)
        # What follows is the thread's own.
        self._followed: dict[str, tuple[Followed, dict[Follower, None]]] = {}
        self._look_at = 0.0

    def reserve(self) -> Callable[[], None]:
        """A place for one more; what gives it back, however often it is called. Raises TooBusy."""
        if not self._places.acquire(blocking=False):
            raise TooBusy("as many executions are followed here as may be", 5)
        released = threading.Lock()

        def release() -> None:
            if released.acquire(blocking=False):
                self._places.release()

        return release

    def follow(
        self, execution_id: str, seen: SeenEvents, connection: socket.socket, head: bytes, done: Callable[[], None]
    ) -> None:
        """Send ``head`` and then the events after ``seen``, until the execution's end.

        Comes back at once. The connection belongs to the thread until ``done`` is called, from that thread; it is not
        closed.
        """
        connection.setblocking(False)
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENDING_BYTES)
        self._arrived.append(Follower(connection, execution_id, seen, memoryview(head), done))
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="toolcrib-followers", daemon=True)
                self._thread.start()
        os.eventfd_write(self._wake, 1)

    def end_soon(self) -> None:
        """The process is about to end: who follows what another runs goes on there, and is done here."""
        self._ending = True

    def close(self) -> None:
        """End the thread; who still follows is done."""
        self._closed = True
        os.eventfd_write(self._wake, 1)
        with self._lock:
            if self._thread is not None:
                self._thread.join()
        self._welcome()
        for follower in self._all():
            self._leave(follower)
        self._selector.close()
        os.close(self._wake)

    def _all(self) -> list[Follower]:
        return [follower for _, followers in self._followed.values() for follower in followers]

    # What follows runs in the thread: nothing in it may wait for a client.

    def _work(self) -> None:
        while not self._closed:
            try:
                self._turn()
            except Unavailable as error:
                log.warning("followers are told nothing now", error=str(error))
                self._begin_anew()
            except Exception:
                log.exception("followers: a turn failed")
                self._begin_anew()

    def _begin_anew(self) -> None:
        """A turn was cut short: in a while look again, and take everything for news."""
        time.sleep(_FAULT_SECONDS)
        for followed, _ in self._followed.values():
            followed.note(None)

    def _turn(self) -> None:
        wait = max(0.0, self._look_at - time.monotonic()) if self._followed else None
        for key, ready in self._selector.select(wait):
            follower: Follower | None = key.data
            if follower is None:
                os.eventfd_read(self._wake)
            elif ready & selectors.EVENT_READ and not _still_there(follower.connection):
                self._leave(follower)
            elif ready & selectors.EVENT_WRITE:
                self._feed(follower)
        self._welcome()
        if self._followed and time.monotonic() >= self._look_at:
            self._look()
            self._look_at = time.monotonic() + _LOOK_SECONDS

    def _welcome(self) -> None:
        while self._arrived:
            follower = self._arrived.popleft()
            entry = self._followed.setdefault(follower.execution_id, (Followed(self._audit, follower.execution_id), {}))
            entry[1][follower] = None
            follower.told_at = time.monotonic()
            self._selector.register(follower.connection, selectors.EVENT_READ, follower)
            self._feed(follower)

    def _look(self) -> None:
        marks = self._audit.marks(self._followed.keys())
        now = time.monotonic()
        for execution_id, (followed, followers) in list(self._followed.items()):
            mark = marks.get(execution_id)
            over = mark is None or (self._ending and mark.instance != self._audit.instance)
            news = followed.note(mark)
            for follower in list(followers):
                if over or (follower.stuck_since or now) < now - self._stuck_seconds:
                    self._leave(follower)
                elif follower.stuck_since is None and (news or now - follower.told_at > _KEEP_ALIVE_SECONDS):
                    self._feed(follower, b"" if news else KEEP_ALIVE)
            if not any(follower.sending for follower in followers):
                followed.rest()
        self._bound_what_is_held()

    def _feed(self, follower: Follower, first: bytes = b"") -> None:
        """Send as much as the connection takes now: ``first``, and what is new."""
        followed = self._followed[follower.execution_id][0]
        if first and not follower.sending:
            follower.sending = memoryview(first)
        while True:
            if not self._send(follower):
                return
            if follower.last:
                self._leave(follower)
                return
            event = followed.event_after(follower.seen)
            if event is None:
                self._wait_for(follower, selectors.EVENT_READ)
                return
            follower.sending, follower.seen, follower.last = memoryview(event.text), event.after, event.last

    def _send(self, follower: Follower) -> bool:
        """Whether everything went out that was on its way; a follower that is gone is left."""
        while follower.sending:
            try:
                sent = follower.connection.send(follower.sending)
            except BlockingIOError:
                follower.stuck_since = follower.stuck_since or time.monotonic()
                self._wait_for(follower, selectors.EVENT_READ | selectors.EVENT_WRITE)
                return False
            except OSError:
                self._leave(follower)
                return False
            follower.stuck_since = None
            follower.told_at = time.monotonic()
            follower.sending = follower.sending[sent:]
        return True

    def _wait_for(self, follower: Follower, what: int) -> None:
        if self._selector.get_key(follower.connection).events != what:
            self._selector.modify(follower.connection, what, follower)

    def _bound_what_is_held(self) -> None:
        """Send away those that have been stuck longest while all together hold too much."""
        stuck = sorted(
            (follower for follower in self._all() if follower.stuck_since is not None),
            key=lambda follower: follower.stuck_since or 0.0,
        )
        while _held_bytes(stuck) > self._held_at_most:
            self._leave(stuck.pop(0))

    def _leave(self, follower: Follower) -> None:
        followers = self._followed[follower.execution_id][1]
        del followers[follower]
        if not followers:
            del self._followed[follower.execution_id]
        self._selector.unregister(follower.connection)
        follower.done()


def _held_bytes(followers: Sequence[Follower]) -> int:
    """What is kept for them: the bytes that several are sent count once."""
    kept = {id(one.sending.obj): one.sending.obj for one in followers}
    return sum(len(text) for text in kept.values() if isinstance(text, bytes))


def _still_there(connection: socket.socket) -> bool:
    """Whether the client has not hung up; what it says is not heeded."""
    try:
        return connection.recv(4096) != b""
    except (BlockingIOError, InterruptedError):
        return True
    except OSError:
        return False
