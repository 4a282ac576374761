"""Which worker of a running service answers on a connection: to prove that any of them can."""

from __future__ import annotations

import time
from pathlib import Path

import httpx2 as httpx

from tests.services import Running
from tests.waiting import patience


def workers_of(service: Running) -> set[int]:
    """The processes of the service's workers."""
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
    return {int(word) for word in children.read_text().split()}


def all_workers(service: Running, count: int, seconds: float = 30.0) -> set[int]:
    """The workers, once there are so many and each listens."""
    until = time.monotonic() + patience(seconds)
    while len(found := workers_of(service)) < count:
        assert time.monotonic() < until, found
        time.sleep(0.05)
    return found


def one_connection_each(service: Running) -> dict[int, httpx.Client]:
    """A kept connection to every worker, by the worker's process; whoever asks for them closes them."""
    found: dict[int, httpx.Client] = {}
    until = time.monotonic() + patience(60)
    wanted = workers_of(service)
    while set(found) != wanted:
        assert time.monotonic() < until, (found, wanted)
        client = service.connection()
        worker = _worker_of(service, client)
        if worker in found or worker is None:
            client.close()
        else:
            found[worker] = client
    return found


def _worker_of(service: Running, client: httpx.Client) -> int | None:
    answer = client.get("/livez")
    assert answer.status_code == 200
    mine = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
    theirs = {inode for port, peer, inode in _connections() if (port, peer) == (service.port, mine)}
    return next((worker for worker in workers_of(service) if theirs & _inodes(worker)), None)


def connections_of(service: Running, worker: int) -> int:
    """How many clients' connections a worker holds."""
    return len({inode for port, _, inode in _connections() if port == service.port} & _inodes(worker))


def _connections() -> list[tuple[int, int, int]]:
    """Local port, remote port and inode of every TCP connection of this machine."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [(int(words[1][-4:], 16), int(words[2][-4:], 16), int(words[9])) for words in lines]


def _inodes(process: int) -> set[int]:
    found = set()
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(int(target[8:-1]))
    return found
