"""Network namespaces of a test's own: a machine, sandboxes on its bridge, and a world behind it.

A new namespace has no way out: whatever address is spoken to, the packet stays among those that the test connected.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_ENOUGH_SECONDS = 0.6
"""What was not reached so long after the rest was will not be."""
_REACH_SECONDS = 10.0


class Namespace:
    """One network namespace. What :meth:`inside` runs sees its interfaces and its firewall and no others."""

    def __init__(self) -> None:
        self.name = f"tctest-{uuid.uuid4().hex[:8]}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.ip("link set lo up")

    def ip(self, words: str) -> None:
        """Run one ``ip`` command in it."""
        subprocess.run(["ip", "-n", self.name, *words.split()], check=True)

    def inside(self, work: Callable[[], T]) -> T:
        """What ``work`` returns when run in it, in a thread of its own; the sockets that it makes stay in it."""
        answer: list[T] = []
        raised: list[BaseException] = []

        def run() -> None:
            try:
                self._enter()
                answer.append(work())
            except BaseException as error:  # noqa: BLE001 -- raised again below
                raised.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if raised:
            raise raised[0]
        return answer[0]

    def _enter(self) -> None:
        with Path(f"/run/netns/{self.name}").open() as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _NEW_NETWORK):
                raise OSError(ctypes.get_errno(), "setns")

    def set(self, name: str, value: str) -> None:
        """Set one of its kernel settings, such as net/ipv4/ip_forward."""
        self.inside(lambda: Path(f"/proc/sys/{name}").write_text(value))

    def remove(self) -> None:
        """Remove it, and with it every interface in it."""
        subprocess.run(["ip", "netns", "del", self.name], check=True)


def listen(stack: contextlib.ExitStack, port: int, *addresses: str) -> None:
    """Take TCP connections: the kernel does, nobody needs to be there."""
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        one = stack.enter_context(socket.create_server((address, port), family=family, backlog=128))
        assert one.getsockname()[1] == port


def reached(places: Iterable[tuple[str, int]], sure: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of the places (address, port) that take a TCP connection from here; those in ``sure`` are waited for."""
    must, found = set(sure), set[tuple[str, int]]()
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for place in {*places, *must}:
            family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
            one = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            one.setblocking(False)
            if one.connect_ex(place) in {0, 115}:  # EINPROGRESS
                selector.register(one, selectors.EVENT_WRITE, place)
        began = time.monotonic()
        until = began + _REACH_SECONDS if must else began + _ENOUGH_SECONDS
        while selector.get_map() and time.monotonic() < until:
            for key, _ in selector.select(until - time.monotonic()):
                selector.unregister(key.fileobj)
                assert isinstance(key.fileobj, socket.socket)
                if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    found.add(key.data)
                    if key.data in must and must <= found:
                        until = time.monotonic() + _ENOUGH_SECONDS
    return found


def connect(one: Namespace, other: Namespace, name: str, other_name: str) -> None:
    """Lay a wire between two namespaces."""
    one.ip(f"link add {name} type veth peer name {other_name} netns {other.name}")
    one.ip(f"link set {name} up")
    other.ip(f"link set {other_name} up")


@contextlib.contextmanager
def namespaces(number: int) -> Iterator[list[Namespace]]:
    """So many, removed afterwards."""
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(number):
            one = Namespace()
            stack.callback(one.remove)
            made.append(one)
        yield made


def require_privilege() -> None:
    """Skip the test, with the reason, where firewalls and namespaces cannot be had; with CI=true fail instead."""
    missing = _missing_privilege()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs firewall rules: {missing}")
    if missing:
        pytest.skip(f"FIREWALL RULES NOT TESTED: {missing}")


def _missing_privilege() -> str:
    if os.geteuid() != 0:
        return "only root may make network namespaces and firewall rules"
    for program in ("ip", "iptables-save", "ip6tables-save"):
        found = subprocess.run(["sh", "-c", f"command -v {program}"], capture_output=True, check=False)
        if found.returncode:
            return f"{program} is missing (apt-get install iproute2 iptables)"
    return ""
