"""The parent of the tool's process: feeds it, forwards what it prints, ends it in time, tells the host how it ended.

========= ============================================= =======================================================
state     what it waits for                             what comes next
========= ============================================= =======================================================
waiting   the job, or the end of standard input         ``B`` is told: running; or the sandbox ends
running   what the tool prints and reports (told as     answered, ended or stopped
          ``O`` and ``E``), and the three on the right
answered  a function's report of its result is whole    what is printed is read, the end told, then all are killed
ended     the tool's process has ended                  all are killed, what is printed is read, the end told
stopped   the deadline, a bound exceeded, or the end    the same; the reason is the end: ``timeout``,
          of standard input                             ``output_limit``, ``cancelled``
telling   the host reads ``R`` and ``X``, however late  lingering
lingering the host hangs up                             the sandbox ends, at the latest 120 s after the tool
========= ============================================= =======================================================

The end of standard input ends the sandbox: while it waits, because its service is gone; while a tool runs, as a cancel.
Once a run has ended, that end stands: standard input may end, it is told all the same.

A tool cannot forge a frame: only this process holds the real standard output, it imports nothing of a tool's
(:mod:`.ahead`), and as it is not dumpable, no process of the same user can reach into it: not through /proc, nor
with ptrace(2), process_vm_writev(2) or pidfd_getfd(2).
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import selectors
import signal
import time

from . import ahead, ends, wire
from .out_files import read_out_files

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from collections.abc import Callable
    from typing import Any

HOST_IN, HOST_OUT = 0, 1
_PIECE_BYTES = 65536
_REAP_SECONDS = 0.2
_STAY_SECONDS = 120.0
_LEFT_BYTES = 4 * 1024 * 1024


class Supervisor:
    """One run of a tool: the child, its pipes, and what goes to the host.

    The child is there before its job, and waits for it as this process does: no run waits for a fork.
    """

    def __init__(self, tool: ahead.Tool) -> None:
        self._kept_stdout = bytearray()
        self._report = bytearray()
        self._to_host = bytearray()
        self._reason: str | None = None
        self._truncated = False
        self._status: int | None = None
        self._child, self._child_job, self._child_stdin = tool.number, tool.job, tool.stdin
        self._selector = selectors.DefaultSelector()
        self._readers: dict[int, Callable[[bytes], None]] = dict(
            zip(tool.outputs, (self._take_stdout, self._take_stderr, self._take_report), strict=True)
        )
        for fd in (HOST_OUT, tool.stdin, *tool.outputs):
            os.set_blocking(fd, False)
        for fd in tool.outputs:
            self._selector.register(fd, selectors.EVENT_READ, functools.partial(self._read, fd))
        self._selector.register(HOST_IN, selectors.EVENT_READ, self._host_gone)
        self._hear_of_ends()

    def _hear_of_ends(self) -> None:
        """Let the end of a child end the wait of the selector."""
        waker, wake = os.pipe()
        for fd in (waker, wake):
            os.set_blocking(fd, False)
        # The handler does nothing: Python writes a byte to `wake` for a signal that has one, which ends the select.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._selector.register(waker, selectors.EVENT_READ, functools.partial(self._woken, waker))

    def run(self, header: dict[str, Any], arguments: bytes) -> None:
        """Run the tool to its end, tell the host, and wait for it to hang up. Nothing that a tool does raises here."""
        self._header = header
        self._script = header["entry"] == "script"
        self._room = {"result": header["result_bytes"], "log": header["log_bytes"]}
        self._oom_before = ends.oom_kills()
        self._begin(arguments)
        self._reap()  # it may have ended before anybody listened
        while self._reason is None and self._status is None and not self._answered():
            left = self._deadline - time.monotonic()
            if left <= 0:
                self._reason = "timeout"
            else:
                self._turn(left)
        duration_ms = (time.monotonic() - self._began) * 1000
        if self._reason is None and self._status is None:
            # Told before the process is gone: taking down a large one takes longer than many tools do.
            self._drain(lambda: self._reason is None)  # who is not gone could write for ever
            self._tell_end(duration_ms)
            self._flush(_REAP_SECONDS)
            self._end_everything()
        else:
            self._end_everything()
            self._drain()
            self._tell_end(duration_ms)
        self._stay()

    def _drain(self, going_on: Callable[[], bool] = lambda: True) -> None:
        """Read what has been written and not yet read."""
        for fd in list(self._readers):
            while going_on() and self._read(fd):
                pass

    def _answered(self) -> bool:
        """Whether a function's result is here, whole."""
        return not self._script and self._report[:1] == b"R" and self._report[-1:] == wire.WHOLE

    def _begin(self, arguments: bytes) -> None:
        self._to_child = memoryview(arguments if self._script else b"")
        self._selector.register(self._child_stdin, selectors.EVENT_WRITE, self._feed)
        self._began = time.monotonic()
        self._deadline = self._began + self._header["timeout_seconds"]
        # Before the tool is there, which might keep this process from saying it soon.
        self._send(wire.BEGAN)
        self._write()
        rest = memoryview(wire.pack_job(self._header, b"" if self._script else arguments, {}))
        with contextlib.suppress(BrokenPipeError):  # it has ended: its status tells why
            while rest:
                rest = rest[os.write(self._child_job, rest) :]
        os.close(self._child_job)

    def _turn(self, seconds: float) -> None:
        registered = HOST_OUT in self._selector.get_map()
        if self._to_host and not registered:
            self._selector.register(HOST_OUT, selectors.EVENT_WRITE, self._write)
        elif registered and not self._to_host:
            self._selector.unregister(HOST_OUT)
        for key, _ in self._selector.select(seconds):
            key.data()

    def _host_gone(self) -> None:
        # Bytes after the job mean nothing, and must not keep this loop busy: whatever comes here is the end.
        self._reason = self._reason or "cancelled"

    def _feed(self) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                self._to_child = self._to_child[os.write(self._child_stdin, self._to_child[:_PIECE_BYTES]) :]
            except BrokenPipeError:
                self._to_child = self._to_child[:0]
        if not self._to_child:
            self._selector.unregister(self._child_stdin)
            os.close(self._child_stdin)

    def _read(self, fd: int) -> bool:
        """Read one piece; False when there is none now or ever."""
        try:
            data = os.read(fd, _PIECE_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(fd)
            del self._readers[fd]
            return False
        self._readers[fd](data)
        return True

    def _take_stdout(self, data: bytes) -> None:
        if self._script:
            self._kept_stdout += self._kept("result", data)
        else:
            self._send(wire.STDOUT, self._kept("log", data))

    def _take_stderr(self, data: bytes) -> None:
        self._send(wire.STDERR, self._kept("log", data))

    def _take_report(self, data: bytes) -> None:
        if not self._report:
            # One byte says what kind of report it is, one that a result is whole.
            self._room["report"] = wire.END_BYTES if data[:1] == b"X" else self._header["result_bytes"] + 2
        self._report += self._kept("report", data)

    def _kept(self, bound: str, data: bytes) -> bytes:
        kept = data[: self._room[bound]]
        self._room[bound] -= len(kept)
        if len(kept) < len(data):
            self._truncated = True
            self._reason = self._reason or ("log" if bound == "log" else "result")
        return kept

    def _woken(self, waker: int) -> None:
        os.read(waker, _PIECE_BYTES)
        self._reap()

    def _reap(self) -> bool:
        """Take the ends of all children that ended; False when none is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._child:
                self._status = status

    def _end_everything(self) -> None:
        """Kill and reap until nothing is left but this process: only then the pipes hold all there will ever be."""
        until = time.monotonic() + _REAP_SECONDS
        while True:
            ahead.kill_all(self._child)
            if not self._reap() or time.monotonic() > until:
                return
            time.sleep(0.001)

    def _stay(self) -> None:
        """Go on until the host has read everything, however late it reads, and has hung up.

        The removal of a sandbox costs the machine much, and begins with our end: so that is for the host to say. But
        where the tool left much behind, only until everything is read: it takes up memory until the removal.
        """
        until = time.monotonic() + _STAY_SECONDS
        hung_up = False
        with contextlib.suppress(OSError):  # nobody reads any more
            while (left := until - time.monotonic()) > 0:
                if not self._to_host and (hung_up or _left_bytes() >= _LEFT_BYTES):
                    return
                # Neither epoll nor poll: where the kernel has no filters of system calls, a tool, being the same user,
                # can have taken our limit of open files to 0.
                heard = select.select([] if hung_up else [HOST_IN], [HOST_OUT] if self._to_host else [], [], left)
                if heard[0]:
                    hung_up = not os.read(HOST_IN, _PIECE_BYTES)
                if heard[1]:
                    self._write()

    def _tell_end(self, duration_ms: float) -> None:
        end = self._end()
        if end["status"] == "success":
            result = self._kept_stdout if self._script else self._report[1:].removesuffix(wire.WHOLE)
            self._send(wire.RESULT, bytes(result))
            self._tell_files()
        elif self._kept_stdout:
            # Not a result: then it is the best there is to see what went wrong.
            limit = self._header["log_bytes"]
            self._truncated = self._truncated or len(self._kept_stdout) > limit
            self._send(wire.STDOUT, bytes(self._kept_stdout[:limit]))
        end.update(truncated=self._truncated, duration_ms=duration_ms)
        self._send(wire.END, json.dumps(end, ensure_ascii=False).encode("utf-8", "replace"))

    def _tell_files(self) -> None:
        left_out = []
        for name, found in read_out_files(self._header["out"], self._header["out_files"], self._header["out_bytes"]):
            if isinstance(found, bytes):
                self._to_host += wire.pack_file(name, found)
            else:
                left_out.append((name, found))
        if left_out:
            self._to_host += wire.pack_left_out(left_out)

    def _end(self) -> dict[str, Any]:
        if self._reason in {"timeout", "cancelled"}:
            return ends.stopped(self._reason, self._header)
        end = ends.ended(self._header, self._status or 0, bytes(self._report), bytes(self._kept_stdout))
        # A tool may outlive a child of its own that was killed for memory; only a failure is put down to it.
        if end["status"] != "success" and ends.oom_kills() > self._oom_before:
            return ends.out_of_memory()
        return ends.stopped(self._reason, self._header) if self._reason else end

    def _send(self, kind: bytes, payload: bytes = b"") -> None:
        self._to_host += wire.pack(kind, payload)

    def _write(self) -> None:
        with contextlib.suppress(BlockingIOError):
            del self._to_host[: os.write(HOST_OUT, self._to_host)]

    def _flush(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            while self._to_host and (left := until - time.monotonic()) > 0:
                if select.select([], [HOST_OUT], [], left)[1]:
                    self._write()


def _left_bytes() -> int:
    """How much is in the file systems in memory that a tool can write to."""
    found = [os.statvfs(path) for path in ("/tmp", "/tool", "/dev/shm") if os.path.ismount(path)]  # noqa: S108
    return sum((one.f_blocks - one.f_bfree) * one.f_frsize for one in found)
