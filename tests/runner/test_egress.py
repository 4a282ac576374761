"""What TOOLCRIB_EGRESS=public closes: the rules as text, and real packets in namespaces that have no way out."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runner import SandboxUnavailable
from runner.engine import egress_firewall

from .namespaces import Namespace, connect, listen, namespaces, reached, require_privilege

BRIDGE = "tctest-public"
BRIDGE_MAC = "02:00:00:00:77:01"
PORT = 8099
PUBLIC = ("192.31.196.9", PORT)
NAMES = ("10.20.30.40", 53)
GATEWAY = ("172.30.255.1", PORT)
NEIGHBOUR = ("172.30.255.3", PORT)
HOST = {GATEWAY, ("192.175.48.7", PORT), ("10.99.0.1", PORT)}
"""The machine itself: by its bridge, by an address that is public, by one that is not."""
UNROUTABLE = {"0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4"}
"""Where no TCP connection goes by itself."""
INSIDE = {
    network: (str(ipaddress.ip_network(network)[-2 if "/32" not in network else 0]), PORT)
    for network in egress_firewall.CLOSED
}
PRIVATE = {place for network, place in INSIDE.items() if network not in UNROUTABLE} | {
    ("169.254.169.254", PORT),
    ("100.100.100.200", PORT),
    (NAMES[0], PORT),
}
IPV6 = {("fd00:77::1", PORT), ("fd00:ec2::254", PORT), ("64:ff9b::a00:1", PORT), ("2001:500:88::9", PORT)}
GLOBAL_TO_PYTHON = [
    ipaddress.ip_network(text) for text in ("224.0.0.0/4", "192.88.99.0/24", "192.0.0.0/24", "168.63.129.16/32")
]
"""Closed although Python's ``ipaddress`` calls some of it global: multicast, 6to4 relays (which lead anywhere), what
IETF protocols keep for themselves, Azure's platform."""

addresses = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)
edges = st.sampled_from(egress_firewall.CLOSED).flatmap(
    lambda text: st.sampled_from([end + step for end in _ends(text) for step in (-1, 0, 1)])
)


def _ends(text: str) -> tuple[int, int]:
    network = ipaddress.ip_network(text)
    return int(network[0]), int(network[-1])


@given(addresses | edges.map(lambda number: ipaddress.IPv4Address(number % 2**32)))
@example(ipaddress.IPv4Address("169.254.169.254"))
@example(ipaddress.IPv4Address("8.8.8.8"))
def test_exactly_what_is_not_global_is_closed(address: ipaddress.IPv4Address) -> None:
    closed = any(address in ipaddress.ip_network(text) for text in egress_firewall.CLOSED)
    expected = not address.is_global or any(address in network for network in GLOBAL_TO_PYTHON)
    assert closed == expected


def test_every_closed_range_is_a_rule_and_the_host_and_ipv6_are_closed_as_a_whole() -> None:
    rules = egress_firewall.make_rules("tc0", "", ["10.0.0.53"])
    forward, into = rules["TOOLCRIB-FW-tc0"], rules["TOOLCRIB-IN-tc0"]
    assert [f"-A TOOLCRIB-FW-tc0 -d {network} -j DROP" for network in egress_firewall.CLOSED] == forward[3:]
    assert forward[2] == "-A TOOLCRIB-FW-tc0 -o tc0 -j DROP"
    assert into[-1] == "-A TOOLCRIB-IN-tc0 -j DROP"
    names = [f"-d 10.0.0.53/32 -p {one} -m {one} --dport 53 -j RETURN" for one in ("udp", "tcp")]
    assert [rule.split(" ", 2)[2] for rule in forward[:2]] == [rule.split(" ", 2)[2] for rule in into[:2]] == names
    assert [
        rule.split(" ", 2)[2]
        for chain in egress_firewall.make_rules("tc0", "6", ["10.0.0.53"]).values()
        for rule in chain
    ] == [
        "-j DROP",
        "-j DROP",
    ]


def test_a_chain_has_a_name_that_iptables_takes() -> None:
    assert all(len(chain) <= 28 for chain in egress_firewall.make_rules("a" * 15, "", []))


@given(
    st.lists(
        st.sampled_from(["-A FORWARD -i tc0 -j TOOLCRIB-FW-tc0", "-A FORWARD -j ACCEPT", "-A FORWARD -i b -j ACCEPT"])
    )
)
def test_the_rules_are_in_force_only_before_all_others(forward: list[str]) -> None:
    wanted = egress_firewall.make_rules("tc0", "", [])
    saved = {**wanted, "FORWARD": forward, "INPUT": ["-A INPUT -i tc0 -j TOOLCRIB-IN-tc0"]}
    first = forward[:1] == ["-A FORWARD -i tc0 -j TOOLCRIB-FW-tc0"]
    assert (egress_firewall.find_rule_faults("tc0", wanted, saved) == []) is first


def test_another_bridges_chain_may_stand_before_ours_and_nothing_that_only_looks_like_one() -> None:
    wanted = egress_firewall.make_rules("tc0", "", [])
    saved = {**wanted, "INPUT": ["-A INPUT -i tc0 -j TOOLCRIB-IN-tc0"]}
    ours = "-A FORWARD -i tc0 -j TOOLCRIB-FW-tc0"
    assert (
        egress_firewall.find_rule_faults(
            "tc0", wanted, {**saved, "FORWARD": ["-A FORWARD -i tc1 -j TOOLCRIB-FW-tc1", ours]}
        )
        == []
    )
    for first in (
        "-A FORWARD -j TOOLCRIB-FW-tc1",
        "-A FORWARD -i tc0 -j TOOLCRIB-FW-tc1",
        "-A FORWARD ! -i tc1 -j ACCEPT",
    ):
        assert egress_firewall.find_rule_faults("tc0", wanted, {**saved, "FORWARD": [first, ours]}) != []


def test_name_servers_are_those_that_the_engine_asks_from_the_sandboxes_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon, resolver = tmp_path / "daemon.json", tmp_path / "resolv.conf"
    monkeypatch.setattr(egress_firewall, "_DAEMON", daemon)
    monkeypatch.setattr(egress_firewall, "_RESOLVERS", (resolver, tmp_path / "none"))
    assert egress_firewall.read_name_servers() == ()
    resolver.write_text(
        "# nameserver 10.9.9.9\nnameserver 127.0.0.53\nnameserver 10.0.0.53\nnameserver fd00::53\n"
        "nameserver 10.0.0.53\nnameserver 10.0.0.54/8\nsearch example\nnameserver 169.254.169.254 \n"
    )
    assert egress_firewall.read_name_servers() == ("10.0.0.53", "169.254.169.254")
    daemon.write_text('{"dns": ["10.1.1.1", 7]}')
    assert egress_firewall.read_name_servers() == ("10.1.1.1", "10.0.0.53", "169.254.169.254")
    daemon.write_text("[]")
    assert egress_firewall.read_name_servers() == ("10.0.0.53", "169.254.169.254")


@dataclass(frozen=True)
class Lab:
    """A machine with two sandboxes on its bridge, and a world behind it that has every address."""

    host: Namespace
    sandbox: Namespace
    world: Namespace

    def reached(self, places: set[tuple[str, int]], sure: set[tuple[str, int]]) -> set[tuple[str, int]]:
        """Those of the places that the sandbox reaches; those in ``sure`` are waited for."""
        return self.sandbox.inside(lambda: reached(places, sure))

    def hold(self) -> None:
        """Set the rules on the machine."""
        self.host.inside(lambda: egress_firewall.enforce_rules(BRIDGE))

    def run(self, *command: str, given: str = "") -> str:
        """Run a program on the machine."""
        return self.host.inside(
            lambda: subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout
        )


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    require_privilege()
    with namespaces(4) as (host, sandbox, neighbour, world), contextlib.ExitStack() as stack:
        host.ip(f"link add {BRIDGE} type bridge")
        host.ip(f"link set {BRIDGE} address {BRIDGE_MAC} up")
        host.ip(f"addr add {GATEWAY[0]}/24 dev {BRIDGE}")
        host.ip(f"addr add fd00:77::1/64 dev {BRIDGE} nodad")
        for one, address, ending in ((sandbox, "172.30.255.2", "a"), (neighbour, NEIGHBOUR[0], "b")):
            connect(host, one, f"tcport-{ending}", "eth0")
            host.ip(f"link set tcport-{ending} master {BRIDGE}")
            one.ip(f"addr add {address}/24 dev eth0")
            one.ip(f"addr add fd00:77::{ending}/64 dev eth0 nodad")
            one.ip(f"route add default via {GATEWAY[0]}")
            one.ip("-6 route add default via fd00:77::1")
            # Known for good: neighbours are found by packets of IPv6, which some of the rules drop.
            one.ip(f"link set eth0 address 02:00:00:00:77:0{ending}")
            one.ip(f"neigh replace fd00:77::1 lladdr {BRIDGE_MAC} dev eth0 nud permanent")
            host.ip(f"neigh replace fd00:77::{ending} lladdr 02:00:00:00:77:0{ending} dev {BRIDGE} nud permanent")
        connect(host, world, "tcworld", "eth0")
        host.ip("addr add 10.99.0.1/30 dev tcworld")
        host.ip("addr add fd00:88::1/64 dev tcworld nodad")
        world.ip("addr add 10.99.0.2/30 dev eth0")
        world.ip("addr add fd00:88::2/64 dev eth0 nodad")
        host.ip("route add default via 10.99.0.2")
        host.ip("-6 route add default via fd00:88::2")
        world.ip("route add 172.30.255.0/24 via 10.99.0.1")
        world.ip("-6 route add fd00:77::/64 via fd00:88::1")
        host.ip("addr add 192.175.48.7/32 dev lo")
        for address, _ in {*PRIVATE, PUBLIC}:
            world.ip(f"addr add {address}/32 dev lo")
        for address, _ in IPV6 - {("fd00:77::1", PORT)}:
            world.ip(f"addr add {address}/128 dev lo nodad")
        host.set("net/ipv4/ip_forward", "1")
        host.set("net/ipv6/conf/all/forwarding", "1")
        for family in ("", "6"):
            # As an engine has it where containers are kept apart.
            host.set(f"net/bridge/bridge-nf-call-ip{family}tables", "1")
        for one, ports in ((host, (PORT,)), (neighbour, (PORT,)), (world, (PORT, 53))):
            for port in ports:
                one.inside(partial(listen, stack, port, "0.0.0.0", "::"))
        yield Lab(host, sandbox, world)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's name server is one of the private network's."""
    monkeypatch.setattr(egress_firewall, "read_name_servers", lambda: (NAMES[0],))


@pytest.fixture
def bare(lab: Lab) -> Lab:
    """The machine without any rule."""
    for family in ("", "6"):
        lab.run(f"ip{family}tables-restore", given="*mangle\nCOMMIT\n")
        lab.run(f"ip{family}tables", "-t", "mangle", "-F")
    return lab


ALL = {PUBLIC, NAMES, NEIGHBOUR} | HOST | PRIVATE | IPV6


def test_without_rules_all_of_it_is_reached(bare: Lab) -> None:
    assert bare.reached(ALL, ALL) == ALL


def test_with_rules_only_the_public_and_the_name_server_are(bare: Lab, named: None) -> None:
    bare.hold()
    assert bare.reached(ALL, {PUBLIC, NAMES}) == {PUBLIC, NAMES}


@pytest.mark.parametrize("network", sorted(set(egress_firewall.CLOSED) - UNROUTABLE))
def test_each_range_is_closed_by_its_own_rule(
    network: str, bare: Lab, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress_firewall, "CLOSED", tuple(one for one in egress_firewall.CLOSED if one != network))
    bare.hold()
    opened = {place for place in PRIVATE if ipaddress.ip_address(place[0]) in ipaddress.ip_network(network)}
    assert opened
    assert bare.reached(ALL, {PUBLIC, *opened}) == {PUBLIC, NAMES} | opened - {NEIGHBOUR}


SWITCHED_OFF: dict[str, tuple[Callable[[str], bool], set[tuple[str, int]], set[tuple[str, int]]]] = {
    "the host's own": (lambda rule: rule == f"-A TOOLCRIB-IN-{BRIDGE} -j DROP", HOST | {("fd00:77::1", PORT)}, set()),
    "IPv6 outward": (lambda rule: rule == f"-A TOOLCRIB-FW-{BRIDGE} -j DROP", IPV6 - {("fd00:77::1", PORT)}, set()),
    "names": (lambda rule: rule.endswith("RETURN"), set(), {NAMES}),
    "neighbours": (
        lambda rule: f"-o {BRIDGE}" in rule or "172.16.0.0" in rule,
        {NEIGHBOUR, INSIDE["172.16.0.0/12"]},
        set(),
    ),
}


@pytest.mark.parametrize("group", SWITCHED_OFF)
def test_each_other_group_of_rules_switched_off_is_noticed(
    group: str, bare: Lab, named: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped, opened, closed = SWITCHED_OFF[group]
    usual = egress_firewall.make_rules
    monkeypatch.setattr(
        egress_firewall,
        "make_rules",
        lambda *what: {chain: [one for one in rules if not dropped(one)] for chain, rules in usual(*what).items()},
    )
    bare.hold()
    expected = {PUBLIC, NAMES} - closed | opened
    assert bare.reached(ALL, expected) == expected


def test_names_are_asked_of_the_engines_name_server_in_both_ways(bare: Lab, named: None) -> None:
    bare.hold()

    def ask() -> socket.socket:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.sendto(b"?", NAMES)
        one.sendto(b"?", (NAMES[0], PORT))
        return one

    def ears(port: int) -> socket.socket:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((NAMES[0], port))
        one.settimeout(5)
        return one

    with bare.world.inside(lambda: ears(53)) as names, bare.world.inside(lambda: ears(PORT)) as other:
        with bare.sandbox.inside(ask) as asking:
            asking.settimeout(5)
            question, asker = names.recvfrom(9)
            names.sendto(b"!", asker)
            assert (question, asking.recv(9)) == (b"?", b"!")
        other.settimeout(0.2)
        with pytest.raises(TimeoutError):
            other.recv(9)


def backends() -> list[str]:
    return [one for one in ("nft", "legacy") if shutil.which(f"xtables-{one}-multi", path="/usr/sbin:/sbin")]


@pytest.mark.parametrize("backend", backends())
def test_either_kind_of_iptables_says_again_what_it_was_told(
    backend: str, bare: Lab, named: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("iptables", "ip6tables"):
        for what in ("", "-save", "-restore"):
            (tmp_path / f"{name}{what}").symlink_to(f"/usr/sbin/xtables-{backend}-multi")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    try:
        bare.hold()
        before = bare.run("iptables-save", "-t", "mangle")
        bare.hold()
        assert rules_of(bare.run("iptables-save", "-t", "mangle")) == rules_of(before)
        assert bare.reached({PUBLIC, INSIDE["10.0.0.0/8"]}, {PUBLIC}) == {PUBLIC}
    finally:
        for name in ("iptables", "ip6tables"):
            bare.run(name, "-t", "mangle", "-F")


def rules_of(saved: str) -> list[str]:
    return [line for line in saved.splitlines() if line.startswith("-A")]


@pytest.mark.parametrize("program", ["iptables", "ip6tables"])
@pytest.mark.parametrize(
    "harm",
    [
        ["-F"],
        ["-D", "FORWARD", "-i", BRIDGE, "-j", f"TOOLCRIB-FW-{BRIDGE}"],
        ["-D", "INPUT", "-i", BRIDGE, "-j", f"TOOLCRIB-IN-{BRIDGE}"],
        ["-D", f"TOOLCRIB-IN-{BRIDGE}", "-j", "DROP"],
        ["-I", f"TOOLCRIB-FW-{BRIDGE}", "-j", "ACCEPT"],
        ["-I", "FORWARD", "-j", "ACCEPT"],
    ],
)
def test_rules_that_somebody_took_away_are_set_again(program: str, harm: list[str], bare: Lab, named: None) -> None:
    bare.hold()
    before = rules_of(bare.run(f"{program}-save", "-t", "mangle"))
    bare.run(program, "-t", "mangle", *harm)
    assert rules_of(bare.run(f"{program}-save", "-t", "mangle")) != before
    bare.hold()
    again = rules_of(bare.run(f"{program}-save", "-t", "mangle"))
    assert [rule for rule in again if "-j ACCEPT" not in rule] == before
    assert bare.reached({PUBLIC, *HOST, *IPV6}, {PUBLIC}) == {PUBLIC}


def test_two_services_and_their_workers_set_their_rules_at_once(bare: Lab, named: None) -> None:
    faults: list[BaseException] = []

    def work(interface: str) -> None:
        try:
            bare.host.inside(partial(egress_firewall.enforce_rules, interface))
        except SandboxUnavailable as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in (BRIDGE, "tctest-other") * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    rules = rules_of(bare.run("iptables-save", "-t", "mangle"))
    for interface in (BRIDGE, "tctest-other"):
        assert f"-A FORWARD -i {interface} -j TOOLCRIB-FW-{interface}" in rules
        bare.host.inside(partial(egress_firewall.enforce_rules, interface))
    assert rules_of(bare.run("iptables-save", "-t", "mangle")) == rules


def test_who_is_not_root_is_told_what_to_do(bare: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "iptables-save"
    program.write_text('#!/bin/sh\nexec setpriv --reuid 65534 --clear-groups /usr/sbin/iptables-save "$@"\n')
    program.chmod(0o755)
    tmp_path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(SandboxUnavailable, match=r"no tool with network runs: start it as root.*(?i:permission)"):
        bare.hold()


def test_a_missing_iptables_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(egress_firewall, "_ADMIN_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailable, match="iptables-save is missing: install iptables"):
        egress_firewall.enforce_rules(BRIDGE)


def test_a_firewall_that_does_not_answer_is_believed_for_a_while_only_if_it_was_seen_to_hold(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("iptables-save", "ip6tables-save"):
        (tmp_path / name).write_text("#!/bin/sh\nexec /bin/sleep 60\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(egress_firewall, "_SECONDS", 0.2)
    monkeypatch.setattr(egress_firewall, "_held", {})
    with pytest.raises(SandboxUnavailable, match="takes longer than"):
        egress_firewall.enforce_rules(BRIDGE)
    monkeypatch.setattr(egress_firewall, "_held", {BRIDGE: time.monotonic()})
    egress_firewall.enforce_rules(BRIDGE)
    monkeypatch.setattr(egress_firewall, "_STANDS_SECONDS", 0.0)
    with pytest.raises(SandboxUnavailable, match="takes longer than"):
        egress_firewall.enforce_rules(BRIDGE)
