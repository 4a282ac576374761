"""A network namespace is lent again only when the kernel keeps nothing in it of the run before."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import docker
import pytest

from runner import Settings, ensure_base_image
from runner.engine import bridge_network, namespace_holder, network_namespaces
from runner.waiting.sandbox_factory import SandboxFactory, SandboxKind

from .conftest import containers, job

pytestmark = pytest.mark.engine
CLOSED_FIRST = """
import socket
def main(address):
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        other, _ = server.accept()
        port = one.getsockname()[1]
        one.close()
        other.recv(1)
        other.close()
        return port
"""
NEVER_READ = """
import socket
def main(address):
    one = socket.create_connection(tuple(address))
    one.setblocking(False)
    try:
        while True: one.send(bytes(65536))
    except BlockingIOError:
        return one.getsockname()[1]
"""
IN_A_SOCKET = """
import socket
def main(address):
    one, other = socket.socketpair()
    held = socket.socket(socket.AF_UNIX)
    held.bind("\\0left behind")
    for each in (one, other):
        socket.send_fds(each, [b"x"], [one.fileno(), other.fileno(), held.fileno()])
    return 0
"""
LABEL = """
import socket, struct
def main(address):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        # IPV6_FLOWLABEL_MGR: get a label, exclusively, that stays for six seconds after its last use
        request = struct.pack("!16sI", socket.inet_pton(socket.AF_INET6, "::1"), 0x12345)
        one.setsockopt(41, 32, request + struct.pack("BBHHHI", 0, 1, 3, 6, 6, 0))
    return 0
"""
LOOK = """
import socket
def main(port):
    found = []
    for name in ("tcp", "tcp6", "udp", "udp6", "udplite", "raw", "raw6", "icmp", "unix", "packet", "ip6_flowlabel"):
        rows = open("/proc/net/" + name).read().splitlines()[1:]
        found += [name + ": " + row for row in rows if " 0B00007F:" not in row]  # the engine's own name server
    with socket.socket() as one:
        if port: one.bind(("127.0.0.1", port))
    return found
"""
TALK = """
import socket
def main(address):
    with socket.create_connection(tuple(address)) as one:
        for _ in range(9):
            one.send(b"x")
            one.recv(1)
"""
# What the kernel remembers of peers, as anybody may ask it by generic netlink (family tcp_metrics, command GET).
PEERS = """
import socket, struct
def ask(one, kind, flags, payload):
    one.send(struct.pack("=IHHII", 16 + len(payload), kind, flags, 1, 0) + payload)
    found = []
    while True:
        data = one.recv(65536)
        while data:
            size, kind = struct.unpack_from("=IH", data)
            if kind in (2, 3):  # an error, or the end
                return found
            found.append(data[20:size])
            data = data[(size + 3) & ~3:]
        if flags == 1:
            return found
def main():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as one:
        [family] = ask(one, 16, 1, struct.pack("=BBHHH", 3, 1, 0, 16, 2) + b"tcp_metrics\\0")
        number = 0
        while family:
            size, kind = struct.unpack_from("=HH", family)
            number = struct.unpack_from("=H", family, 4)[0] if kind == 1 else number
            family = family[(size + 3) & ~3:]
        return len(ask(one, number, 0x301, struct.pack("=BBH", 1, 1, 0)))
"""
EVERYTHING = """
import os
def main():
    found = {}
    for folder, _, names in os.walk("/proc/net/"):
        for path in (os.path.join(folder, name) for name in names):
            try: found[path.removeprefix("/proc/net/")] = open(path, errors="replace").read()
            except OSError: continue
    return found
"""
"""What is left is read by the next tool from there: all that it can see of its network."""


@dataclass(frozen=True)
class Turns:
    """Tools that run one after the other, each in the namespace of the last where that is lent again."""

    maker: SandboxFactory
    image: str
    address: list[object]

    def run(self, source: str, *, network: bool = True, **arguments: Any) -> tuple[str | None, Any]:
        """The namespace, by its holder, and the result of a tool whose sandbox is gone when this returns."""
        waiting = self.maker.make(SandboxKind(self.image, network))
        holder = waiting.slot.holder.id
        try:
            outcome = waiting.sandbox.run(job(source, arguments=json.dumps(arguments).encode()))
        finally:
            assert self.maker.remove(waiting)
        assert outcome.result is not None, outcome
        return holder, json.loads(outcome.result)


@pytest.fixture
def turns(settings: Settings, engine: docker.DockerClient) -> Iterator[Turns]:
    """Makes sandboxes; and an address on this machine at which nobody ever reads."""
    own = replace(settings, owner=f"test-{uuid.uuid4().hex}")
    bridge_network.ensure_network(own)
    gateway = bridge_network._address(bridge_network.name_interface(own))
    with socket.create_server((gateway or "", 0)) as server:
        maker = SandboxFactory(own)
        yield Turns(maker, ensure_base_image(own, print), list(server.getsockname()))
        maker.slots.close(answers=True)
    assert containers(engine, own.owner) == []


def test_a_namespace_in_which_nothing_is_left_is_lent_again(turns: Turns) -> None:
    space, rows = turns.run(LOOK, port=0)
    assert rows == []
    assert turns.run(LOOK, port=0) == (space, [])
    left, port = turns.run(CLOSED_FIRST, address=turns.address)
    assert left == space
    # No row with the peer's address in TIME_WAIT, and the port is free: the namespace is as it was.
    assert turns.run(LOOK, port=port) == (space, [])


@pytest.mark.parametrize("leave", [NEVER_READ, LABEL], ids=["a peer that never reads", "a flow label"])
@pytest.mark.parametrize("looked", [True, False])
def test_a_namespace_in_which_something_is_left_is_replaced(
    leave: str, looked: bool, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not looked:
        monkeypatch.setattr(network_namespaces.NetworkNamespace, "is_empty", lambda _: True)
    space, _ = turns.run(leave, address=turns.address)
    after, rows = turns.run(LOOK, port=0)
    assert (after == space) is not looked
    assert (rows == []) is looked, "without the look the next tool sees what is left"


def test_sockets_that_lie_in_each_other_are_not_seen_by_the_next_tool(turns: Turns) -> None:
    turns.run(IN_A_SOCKET, address=turns.address)
    assert turns.run(LOOK, port=0)[1] == []


def test_without_the_kernels_settings_each_closed_connection_costs_a_namespace(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespace_holder, "_SYSCTLS", {})
    space, _ = turns.run(CLOSED_FIRST, network=False, address=turns.address)
    after, rows = turns.run(LOOK, network=False, port=0)
    assert after != space
    assert rows == []


@pytest.mark.parametrize("remembers", [True, False])
def test_the_kernel_remembers_no_peers_for_the_next_tool(
    remembers: bool, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    if remembers:
        monkeypatch.setattr(namespace_holder, "_SYSCTLS", {"net.ipv4.tcp_max_tw_buckets": "0"})
    with socket.create_server((str(turns.address[0]), 0)) as server:
        echo = threading.Thread(target=echo_one, args=(server,), daemon=True)
        echo.start()
        space, _ = turns.run(TALK, address=list(server.getsockname()))
        echo.join(60)
    assert turns.run(PEERS) == (space, int(remembers))


def echo_one(server: socket.socket) -> None:
    one, _ = server.accept()
    with one:
        while data := one.recv(99):
            one.send(data)


def test_counters_are_all_that_is_left_of_a_run(turns: Turns) -> None:
    _, before = turns.run(EVERYTHING)
    space, _ = turns.run(CLOSED_FIRST, address=turns.address)
    again, after = turns.run(EVERYTHING)
    assert again == space
    assert before.keys() == after.keys()
    differing = {name.partition("/")[0] for name in before if before[name] != after[name]}
    # The second line is of the whole machine, so a tool sees it everywhere; of neighbours it is the gateway alone.
    ours = {"dev", "dev_snmp6", "netstat", "snmp", "snmp6", "stat"}
    assert differing <= ours | {"softnet_stat", "sockstat", "protocols", "rt_acct", "arp"}


def test_what_is_there_is_known_by_what_does_not_change_by_itself() -> None:
    first = (
        "/proc/net/sockstat:TCP: inuse 1 orphan 5 tw 0 alloc 9 mem 7\n"
        "/proc/net/protocols:NETLINK   1096      2      -1   NI       0   no   kernel\n"
        "/proc/net/udp:    7: 0B00007F:99C8 00000000:0000 07 0:0 0:0 0 0 0 37 2\n"
        "/proc/net/route:eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\n"
    )
    later = first.replace("orphan 5 tw 0 alloc 9 mem 7", "orphan 3 tw 0 alloc 8 mem 6").replace(
        " 2      -1", " 1      -1"
    )
    later += "/proc/net/arp:172.18.0.1  0x1  0x2  02:42:00:00:00:01  *  eth0\n"
    rows = namespace_holder.read_rows
    assert rows(later) <= rows(first), "less is there, besides the gateway, which every tool finds"
    left = later.replace("tw 0", "tw 1") + "/proc/net/arp:172.18.0.9  0x1  0x0  00:00:00:00:00:00  *  eth0\n"
    assert rows(left) - rows(first) == {"sockstat TCP: tw 1", "arp 172.18.0.9"}
