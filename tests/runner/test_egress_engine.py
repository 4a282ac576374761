"""TOOLCRIB_EGRESS on a real engine: what a real sandbox reaches, and what becomes of its tools without the rules.

The addresses that stand in for others' exist in a namespace of the test's own, and the routes to them (each to one
address, through a wire to that namespace) are proved before any sandbox sends anything.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import docker
import pytest

from runner import Runner, SandboxUnavailable, Settings, ensure_base_image, open_runner, prove_limits
from runner.engine import bridge_network, egress_firewall
from runner.engine import docker_client as engine_module
from runner.model import Egress
from runner.sandbox import Sandbox
from tests.waiting import eventually, patience

from .conftest import containers, job
from .namespaces import Namespace, listen, namespaces, require_privilege

pytestmark = pytest.mark.engine
PORT = 8098
KNOCKS = """
import selectors, socket, time

def main(places, sure):
    found, ones = [], selectors.DefaultSelector()
    for place in places:
        one = socket.socket()
        one.setblocking(False)
        if one.connect_ex(tuple(place)) in (0, 115):
            ones.register(one, selectors.EVENT_WRITE, place)
    until = time.monotonic() + 20
    while ones.get_map() and time.monotonic() < until:
        for key, _ in ones.select(until - time.monotonic()):
            ones.unregister(key.fileobj)
            if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                found.append(key.data)
                if all(place in found for place in sure):
                    until = min(until, time.monotonic() + 1.5)
    return found
"""
KNOCK = """
import socket

def main(address):
    with socket.socket() as one:
        one.settimeout(1)
        try:
            one.connect((address, 9))
        except OSError as error:
            return type(error).__name__
"""

SHOUT = """
import socket

def main(addresses, port):
    sent = 0
    for family, kind in ((socket.AF_INET, socket.IPPROTO_UDP), (socket.AF_INET, 136), (socket.AF_INET6, 0)):
        for address in addresses:
            try:
                with socket.socket(family, socket.SOCK_DGRAM, kind) as one:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                    sent += one.sendto(b"!", (address, port)) if ("." in address) == (family == socket.AF_INET) else 0
            except OSError:
                continue
    return [sent, open("/proc/net/if_inet6").read()]
"""


@dataclass(frozen=True)
class World:
    """Two addresses behind the machine: one that counts as public, one that is private."""

    public: str
    private: str
    space: Namespace


@pytest.fixture
def own(settings: Settings, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings with a public network of this test's own, which leaves no network and no rule behind."""
    require_privilege()
    name = f"tct{random.randrange(16**5):05x}"
    found = replace(settings, owner=f"test-{uuid.uuid4().hex}", network_name=name, egress="public")
    yield found
    left = containers(engine, found.owner)
    for container in left:
        container.remove(force=True)
    for network in engine.networks.list(names=[name]):
        network.remove()
    for one in (found, replace(found, egress="open")):
        remove_rules(bridge_network.name_interface(one))
    assert left == []


def remove_rules(interface: str) -> None:
    for program in ("iptables", "ip6tables"):
        saved = subprocess.run([f"{program}-save", "-t", "mangle"], capture_output=True, text=True, check=True).stdout
        ours = [line for line in saved.splitlines() if line.endswith(f"-{interface}") and line.startswith("-A")]
        chains = [
            line[1:].split()[0] for line in saved.splitlines() if line.startswith(":TOOLCRIB") and interface in line
        ]
        told = ["*mangle", *(line.replace("-A", "-D", 1) for line in ours), *(f"-F {chain}" for chain in chains)]
        told += [*(f"-X {chain}" for chain in chains), "COMMIT", ""]
        subprocess.run([f"{program}-restore", "--noflush", "-w", "5"], input="\n".join(told), text=True, check=True)


@pytest.fixture
def world() -> Iterator[World]:
    """A namespace that has both addresses, and nothing else on the way to them."""
    require_privilege()
    number = random.randrange(256)
    near, private = f"10.231.{number}.1", f"10.231.{number}.2"
    public = f"192.31.196.{number}"
    wire = f"tcw{random.randrange(16**6):06x}"
    with namespaces(1) as (space,), contextlib.ExitStack() as stack:
        space.ip(f"link add eth0 type veth peer name {wire} netns {space.name}")
        space.ip(f"addr add {private}/30 dev eth0")
        space.ip(f"addr add {public}/32 dev lo")
        space.ip("link set eth0 up")
        space.ip(f"link set {wire} netns 1")
        ip(f"addr add {near}/30 dev {wire}")
        ip(f"link set {wire} up")
        ip(f"route add {public}/32 via {private} dev {wire}")
        for address in (public, private):
            assert f" dev {wire} " in ip(f"route get {address}"), "it would leave this machine"
        space.inside(partial(listen, stack, PORT, "0.0.0.0"))
        yield World(public, private, space)


def ip(words: str) -> str:
    return subprocess.run(["ip", *words.split()], capture_output=True, text=True, check=True).stdout


def own_addresses(family: str = "-4") -> list[str]:
    """The machine's own addresses, apart from loopback's."""
    found = json.loads(ip(f"-j {family} addr show scope global up"))
    return [one["local"] for interface in found for one in interface.get("addr_info", []) if "local" in one]


def knocked(settings: Settings, places: list[list[object]], sure: list[list[object]]) -> list[list[object]]:
    """Those of the places that a real tool reaches; those in ``sure`` are waited for."""
    runner = open_runner(settings)
    try:
        arguments = json.dumps({"places": places, "sure": sure}).encode()
        outcome = runner.run(job(KNOCKS, network=True, timeout_seconds=30.0, arguments=arguments))
    finally:
        runner.close()
    assert outcome.result is not None, outcome
    found: list[list[object]] = json.loads(outcome.result)
    return sorted(found, key=str)


@pytest.mark.parametrize("mode", ["open", "public"])
def test_a_real_tool_reaches_all_or_only_what_is_public(mode: str, own: Settings, world: World) -> None:
    chosen = replace(own, egress="public" if mode == "public" else "open")
    bridge_network.ensure_network(chosen)
    gateway = bridge_network._address(bridge_network.name_interface(chosen))
    assert gateway is not None
    with contextlib.ExitStack() as stack:
        own_places: list[list[object]] = []
        for address in {gateway, *own_addresses()}:
            server = stack.enter_context(socket.create_server((address, 0)))
            own_places.append([address, server.getsockname()[1]])
        public, private = [world.public, PORT], [world.private, PORT]
        everything = [public, private, *own_places]
        assert len(everything) >= 4
        expected = everything if mode == "open" else [public]
        assert knocked(chosen, everything, expected) == sorted(expected, key=str)


@pytest.fixture
def others(own: Settings, engine: docker.DockerClient) -> Iterator[list[list[object]]]:
    """Where two containers of somebody else listen, each on a network of its own, one of which has public addresses.

    By their own addresses, by those of the machine at which the engine publishes them, and by their networks' gateways.
    """
    image = ensure_base_image(own, print)
    program = f"import socket, time; s = socket.create_server(('', {PORT}), backlog=128); time.sleep(600)"
    with contextlib.ExitStack() as stack:
        places: list[list[object]] = []
        for subnet in (None, f"192.31.196.{random.randrange(16) * 16}/28"):
            pool = docker.types.IPAMPool(subnet=subnet) if subnet else None
            ipam = docker.types.IPAMConfig(pool_configs=[pool]) if pool else None
            network = engine.networks.create(f"{own.network_name}-{len(places)}", driver="bridge", ipam=ipam)
            stack.callback(network.remove)
            one = engine.containers.run(
                image,
                ["-c", program],
                entrypoint="python3",
                network=network.name,
                ports={f"{PORT}/tcp": None},
                detach=True,
            )
            stack.callback(one.remove, force=True)
            one.reload()
            found = one.attrs["NetworkSettings"]["Networks"][network.name]
            published = int(one.attrs["NetworkSettings"]["Ports"][f"{PORT}/tcp"][0]["HostPort"])
            eventually(partial(answers, found["IPAddress"]))
            places += [[found["IPAddress"], PORT], [found["Gateway"], published]]
            places += [[address, published] for address in own_addresses()]
        yield places


def answers(address: str) -> bool:
    """Whether a container is up, as its own machine sees it."""
    with contextlib.suppress(OSError), socket.create_connection((address, PORT), 1):
        return True
    return False


def test_public_is_nothing_of_other_docker_networks_whatever_their_addresses(
    own: Settings, world: World, others: list[list[object]]
) -> None:
    public: list[object] = [world.public, PORT]
    assert knocked(own, [public, *others], [public]) == [public]


def test_open_is_what_the_engine_publishes(own: Settings, world: World, others: list[list[object]]) -> None:
    reached = knocked(replace(own, egress="open"), others, [])
    assert [place for place in reached if place[1] != PORT], "else the test of what is closed proves nothing"


@pytest.mark.parametrize("mode", ["open", "public"])
def test_no_datagram_reaches_the_machine_under_whichever_of_its_addresses(mode: str, own: Settings) -> None:
    chosen = replace(own, egress="public" if mode == "public" else "open")
    bridge_network.ensure_network(chosen)
    gateway = bridge_network._address(bridge_network.name_interface(chosen))
    assert gateway is not None
    everywhere = [gateway, *own_addresses(), "255.255.255.255", f"{gateway.rpartition('.')[0]}.255", "224.0.0.1"]
    everywhere += ["ff02::1%eth0", "::ffff:" + gateway, *own_addresses("-6")]
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as ears:
        ears.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        ears.bind(("::", 0))
        ears.setblocking(False)
        runner = open_runner(chosen)
        try:
            arguments = json.dumps({"addresses": everywhere, "port": ears.getsockname()[1]}).encode()
            outcome = runner.run(job(SHOUT, network=True, arguments=arguments))
        finally:
            runner.close()
        assert outcome.result is not None, outcome
        sent, ipv6 = json.loads(outcome.result)
        assert sent >= 3
        assert "eth0" not in ipv6, "a sandbox has no IPv6 to the outside"
        # What was sent from here to here has arrived, or never will.
        with contextlib.suppress(BlockingIOError):
            ears.recv(9)
            assert mode == "open"
            return
        assert mode == "public"


@pytest.mark.parametrize("mode", ["open", "public"])
def test_no_sandbox_reaches_another(mode: str, own: Settings, engine: docker.DockerClient) -> None:
    chosen = replace(own, egress="public" if mode == "public" else "open")
    with Sandbox(chosen, ensure_base_image(chosen, print), memory_mb=64, network=True) as neighbour:
        network = engine.networks.get(bridge_network.ensure_network(chosen))
        address = network.attrs["Containers"][neighbour.id]["IPv4Address"].partition("/")[0]
        runner = open_runner(chosen)
        try:
            ends = [
                runner.run(job(KNOCK, network=True, arguments=json.dumps({"address": one}).encode())).result
                for one in (address, "127.0.0.1")
            ]
        finally:
            runner.close()
    # A port that nobody listens on is refused, where the question gets there at all.
    assert ends == [b'"TimeoutError"', b'"ConnectionRefusedError"']


def test_names_are_resolved_through_a_private_name_server_and_its_other_ports_are_closed(
    own: Settings, world: World, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress_firewall, "read_name_servers", lambda: (world.private,))
    network = bridge_network.ensure_network(own)
    program = "import socket; print(socket.gethostbyname('some.test')); " + "; ".join(
        f"s = socket.socket(); s.settimeout(5); print(s.connect_ex(('{address}', {PORT})))"
        for address in (world.public, world.private)
    )
    with world.space.inside(partial(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)) as server:
        server.bind((world.private, 53))
        answering = threading.Thread(target=answer_names, args=(server, world.public), daemon=True)
        answering.start()
        said = engine.containers.run(
            ensure_base_image(own, print),
            ["-c", program],
            entrypoint="python3",
            network=network,
            dns=[world.private],
            remove=True,
        )
        with contextlib.suppress(OSError):  # says so, and ends the waiting all the same
            server.shutdown(socket.SHUT_RDWR)
        answering.join()
    assert said.decode().split() == [world.public, "0", "11"], "EAGAIN: no answer in time"


def answer_names(server: socket.socket, address: str) -> None:
    """Answer every question for an address with that one."""
    with contextlib.suppress(OSError):
        while True:
            question, asker = server.recvfrom(512)
            if not question:
                return
            end = question.index(b"\0", 12) + 5
            record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(address)
            server.sendto(question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:end] + record, asker)


def await_ready(runner: Runner) -> None:
    until = time.monotonic() + patience(20)
    while refusal := runner.health().refusal(network=True):
        assert time.monotonic() < until, refusal
        time.sleep(0.1)


def in_force(settings: Settings) -> bool:
    interface = bridge_network.name_interface(settings)
    return all(
        not egress_firewall.find_rule_faults(
            interface,
            egress_firewall.make_rules(interface, family, egress_firewall.read_name_servers()),
            egress_firewall._saved(family),
        )
        for family in egress_firewall._families()
    )


@pytest.mark.parametrize("warm", [0, 2])
def test_a_flushed_firewall_is_set_right_by_the_keeper(warm: int, own: Settings) -> None:
    runner = open_runner(replace(own, warm=warm))
    try:
        assert runner.run(job("def main(): return 1", network=True)).status == "success"
        assert in_force(own)
        remove_rules(bridge_network.name_interface(own))
        assert not in_force(own)
        until = time.monotonic() + patience(20)
        while not in_force(own):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert runner.run(job("def main(): return 1", network=True)).status == "success"
    finally:
        runner.close()


@pytest.mark.parametrize("warm", [0, 2])
def test_without_rules_only_tools_without_network_run_and_all_do_once_they_can_be_set(
    warm: int, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = open_runner(replace(own, warm=warm))
    try:
        assert runner.run(job("def main(): return 1", network=True)).status == "success"
        usual = egress_firewall._run
        remove_rules(bridge_network.name_interface(own))
        monkeypatch.setattr(egress_firewall, "_run", refusing)
        until = time.monotonic() + patience(20)
        while not runner.health().offline:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert runner.health().ready
        with pytest.raises(SandboxUnavailable, match="start it as root"):
            runner.run(job("def main(): return 1", network=True))
        assert runner.run(job("def main(): return 1", network=False)).status == "success"
        monkeypatch.setattr(egress_firewall, "_run", usual)
        await_ready(runner)
        assert runner.run(job("def main(): return 1", network=True)).status == "success"
        assert in_force(own)
    finally:
        runner.close()


def refusing(family: str, *arguments: str, **more: object) -> str:
    return "you must be root"


def test_the_probe_says_what_egress_was_asked_for_and_found(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    line = prove_limits(own)[-1]
    assert (line.setting, line.asked, line.ok) == ("egress", "public", True)
    assert "16 ranges" in line.found
    assert prove_limits(replace(own, egress="open"))[-1].found == "open"
    monkeypatch.setattr(egress_firewall, "_run", refusing)
    failing = prove_limits(own)[-1]
    assert (failing.setting, failing.ok) == ("egress", False)
    assert "start it as root" in failing.found


def test_an_engine_elsewhere_is_refused(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bridge_network.find_network_refusal(own) == ""
    monkeypatch.setattr(bridge_network, "_address", lambda interface: None)
    assert "on the engine's machine" in bridge_network.find_network_refusal(own)
    assert bridge_network.find_network_refusal(replace(own, egress="open")) == ""
    monkeypatch.undo()
    monkeypatch.setattr(engine_module, "is_remote_engine", lambda: True)
    assert "on the engine's machine" in bridge_network.find_network_refusal(own)


@pytest.mark.parametrize(
    ("address", "remote"),
    [("tcp://192.0.2.9:2376", True), ("ssh://someone@host", True), ("unix:///run/docker.sock", False), ("", False)],
)
def test_an_engine_is_remote_by_its_address(address: str, remote: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)
    assert engine_module.is_remote_engine() is remote


@pytest.mark.parametrize("mode", ["open", "public"])
def test_a_network_that_somebody_else_made_in_another_way_is_refused(
    mode: str, own: Settings, engine: docker.DockerClient
) -> None:
    chosen = replace(own, egress="public" if mode == "public" else "open")
    made = engine.networks.create(bridge_network.name_network(chosen), driver="bridge")
    try:
        with pytest.raises(SandboxUnavailable, match="docker network rm"):
            bridge_network.ensure_network(chosen)
    finally:
        made.remove()


def test_open_and_public_have_bridges_of_their_own(own: Settings) -> None:
    other = replace(own, egress="open")
    assert bridge_network.ensure_network(own) != bridge_network.ensure_network(other)
    assert bridge_network.name_interface(own) != bridge_network.name_interface(other)


def test_a_long_network_name_gives_interface_names_that_differ() -> None:
    modes: tuple[Egress, ...] = ("open", "public")
    long = Settings(owner="nobody", network_name="toolcrib-of-somebody")
    names = {bridge_network.name_interface(replace(long, egress=mode)) for mode in modes}
    assert len(names) == 2
    assert all(len(name) <= 15 for name in names)
