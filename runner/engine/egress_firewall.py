"""What sandboxes may reach with ``TOOLCRIB_EGRESS=public``. The only door to the host's firewall.

The rules stand in the table ``mangle``, in chains of our own that hang first in FORWARD and INPUT: before every rule
of the table ``filter``, where an engine, a distribution's firewall or a person could accept a packet earlier, and
after any translation of its address. An engine never touches that table, whichever kind of firewall it uses itself.
They know the sandboxes by their bridge: what belongs to another is not touched.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from runner.model import SandboxUnavailable

CLOSED = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",  # Azure's platform, metadata among it, on every virtual machine: global by its number only
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
"""Where no sandbox may go: IANA's special-purpose ranges of IPv4 that are not global, multicast among them."""

Family = Literal["", "6"]
"""What the names of the programs have after ``ip``: of IPv4, of IPv6."""
Saved = Mapping[str, Sequence[str]]
"""The rules of each chain, in their order and in the words of iptables."""

_HOOKS = {"FORWARD": "FW", "INPUT": "IN"}
_PREFIX = "TOOLCRIB"
_ADMIN_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # not on the PATH of everybody who may use them
_SECONDS = 1.0
_LOCK_SECONDS = 1
_TRIES = 3
_STANDS_SECONDS = 10.0
_RESOLVERS = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
_DAEMON = Path("/etc/docker/daemon.json")
_MOST_NAME_SERVERS = 8
_held: dict[str, float] = {}


class _Slow(Exception):
    """The firewall did not answer in time: nothing is known."""


def enforce_rules(interface: str) -> None:
    """See to it that the rules for a bridge are in force: read back, and set where they are missing.

    Raises SandboxUnavailable with a sentence that says who must do what. On a machine that is too busy to answer, what
    was found in the last seconds stands.
    """
    try:
        for family in _families():
            _hold(interface, family)
    except _Slow as error:
        if time.monotonic() - _held.get(interface, float("-inf")) > _STANDS_SECONDS:
            raise SandboxUnavailable(f"{_WHY} {error}") from None
        return
    except SandboxUnavailable:
        _held.pop(interface, None)
        raise
    _held[interface] = time.monotonic()


def make_rules(interface: str, family: Family, servers: Sequence[str]) -> dict[str, list[str]]:
    """The rules of each of our chains, in the words in which iptables gives them back.

    Sandboxes have no IPv6, so all of it is closed. ``servers`` are name servers (IPv4), open for names alone.
    """
    forward, into = (_chain(hook, interface) for hook in _HOOKS)
    if family == "6":
        return {forward: [f"-A {forward} -j DROP"], into: [f"-A {into} -j DROP"]}
    names = [
        f"-d {server}/32 -p {protocol} -m {protocol} --dport 53 -j RETURN"
        for server in servers
        for protocol in ("udp", "tcp")
    ]
    outward = [f"-o {interface} -j DROP", *(f"-d {network} -j DROP" for network in CLOSED)]
    return {
        forward: [f"-A {forward} {rule}" for rule in (*names, *outward)],
        # Whatever comes in here is for the host itself, under whichever of its addresses.
        into: [f"-A {into} {rule}" for rule in (*names, "-j DROP")],
    }


def find_rule_faults(interface: str, wanted: Saved, saved: Saved) -> list[str]:
    """What the firewall's rules lack; empty when they are in force."""
    found = [f"{chain} is not as it must be" for chain, rule in wanted.items() if list(saved.get(chain, ())) != rule]
    for hook in _HOOKS:
        jump = _jump(hook, interface)
        # Other bridges' chains may stand before ours: they take only what comes from those.
        first = next((rule for rule in saved.get(hook, ()) if rule == jump or not _is_jump(rule, hook)), None)
        if first != jump:
            found.append(f"{hook} does not begin with {_chain(hook, interface)}")
    return found


def make_transaction(interface: str, wanted: Saved, saved: Saved) -> str:
    """What iptables-restore must be told; it does all of it at once or nothing. Naming a chain empties it."""
    lines = ["*mangle", *(f":{chain} - [0:0]" for chain in wanted)]
    lines += [rule for chain in wanted.values() for rule in chain]
    for hook in _HOOKS:
        jump = _jump(hook, interface)
        lines += [jump.replace("-A", "-D", 1) for rule in saved.get(hook, ()) if rule == jump]
        lines.append(jump.replace(f"-A {hook}", f"-I {hook} 1", 1))
    return "\n".join((*lines, "COMMIT", ""))


def read_name_servers() -> tuple[str, ...]:
    """The name servers (IPv4) that the engine asks for sandboxes, from their networks: mostly private addresses.

    Those on the host's own loopback are asked from the host, and need no rule.
    """
    found: list[str] = []
    with contextlib.suppress(OSError, ValueError, AttributeError):
        found += [str(server) for server in json.loads(_DAEMON.read_bytes()).get("dns", ())]
    for path in _RESOLVERS:
        with contextlib.suppress(OSError):
            found += re.findall(r"^nameserver[ \t]+(\S+)", path.read_text(errors="replace"), re.MULTILINE)
    return tuple(dict.fromkeys(filter(_asked_from_sandboxes, found)))[:_MOST_NAME_SERVERS]


def _asked_from_sandboxes(server: str) -> bool:
    try:
        address = ipaddress.IPv4Address(server)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _families() -> tuple[Family, ...]:
    # A kernel without IPv6 has no rules for it either, and nothing that they could stop.
    return ("", "6") if Path("/proc/sys/net/ipv6").exists() else ("",)


def _hold(interface: str, family: Family) -> None:
    wanted = make_rules(interface, family, read_name_servers())
    for _ in range(_TRIES):
        saved = _saved(family)
        if not find_rule_faults(interface, wanted, saved):
            return
        # Another worker may do the same at this moment, and one of the two be refused: look again.
        told = make_transaction(interface, wanted, saved)
        refused = _run(family, "restore", "--noflush", "-w", str(_LOCK_SECONDS), given=told)
    left = find_rule_faults(interface, wanted, _saved(family))
    if left:
        raise SandboxUnavailable(f"{_WHY} {refused or '; '.join(left)}")


def _saved(family: Family) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    trouble = _run(family, "save", "-t", "mangle", take=lambda text: found.update(_parsed(text)))
    if trouble:
        raise SandboxUnavailable(f"{_WHY} {trouble}")
    return found


def _parsed(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith(":"):
            found.setdefault(line[1:].split(" ")[0], [])
        elif line.startswith("-A "):
            found.setdefault(line.split(" ")[1], []).append(line.strip())
    return found


def _run(
    family: Family, what: str, *arguments: str, given: str = "", take: Callable[[str], object] = lambda text: None
) -> str:
    """Run one of the programs; what it said where it failed, else nothing. Raises _Slow, SandboxUnavailable."""
    name = f"ip{family}tables-{what}"
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_ADMIN_FOLDERS))
    program = shutil.which(name, path=path)
    if program is None:
        raise SandboxUnavailable(f"{_WHY} {name} is missing: install iptables.")
    try:
        done = subprocess.run(
            [program, *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env={"PATH": path, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        raise _Slow(f"{name} takes longer than {_SECONDS:g} s.") from None
    if done.returncode == 0:
        take(done.stdout)
        return ""
    lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("#")]
    return f"{name} says: {lines[0].strip() if lines else done.returncode}"


def _chain(hook: str, interface: str) -> str:
    return f"{_PREFIX}-{_HOOKS[hook]}-{interface}"


def _jump(hook: str, interface: str) -> str:
    return f"-A {hook} -i {interface} -j {_chain(hook, interface)}"


def _is_jump(rule: str, hook: str) -> bool:
    match = re.fullmatch(rf"-A {hook} -i (\S+) -j {_PREFIX}-{_HOOKS[hook]}-(\S+)", rule)
    return match is not None and match[1] == match[2]


_WHY = (
    "TOOLCRIB_EGRESS=public needs firewall rules that this service cannot set, so no tool with network runs: start it "
    "as root where iptables is installed, or set TOOLCRIB_EGRESS=open."
)
