"""The sandboxes' own bridge network: containers on it reach the world, or its public part, and not each other."""

from __future__ import annotations

import fcntl
import hashlib
import json
import socket
import struct
from typing import Any

from runner.model import EngineUnavailable, SandboxUnavailable, Settings

from . import docker_client, egress_firewall

_INTERFACE_CHARACTERS = 15  # of a network interface's name in Linux
_MAKING_SECONDS = 10.0
_GET_ADDRESS = 0x8915  # SIOCGIFADDR
_ELSEWHERE = (
    "TOOLCRIB_EGRESS=public needs the engine in the same network as this service, to set firewall rules for it, so no "
    "tool with network runs: run the service on the engine's machine (in a container: with `--network host`), or set "
    "TOOLCRIB_EGRESS=open."
)
_INTERFACE_OPTION = "com.docker.network.bridge.name"
_APART_OPTION = "com.docker.network.bridge.enable_icc"


def ensure_network(settings: Settings) -> str:
    """The id of the sandboxes' own bridge, made where it is missing. Containers on it cannot reach each other.

    With ``settings.egress`` public the firewall's rules for it are in force when this comes back. Raises
    SandboxUnavailable.
    """
    return str(_held(settings)["Id"])


def _held(settings: Settings) -> dict[str, Any]:
    interface = name_interface(settings)
    if settings.egress == "public":
        if docker_client.is_remote_engine():
            raise SandboxUnavailable(_ELSEWHERE)
        # By the interface's name, so before it exists: no container is ever on it without them.
        egress_firewall.enforce_rules(interface)
    found = _found(settings) or _made(settings)
    _refuse_other(found, interface)
    if settings.egress == "public":
        _refuse_elsewhere(found, interface)
    return found


def find_network_refusal(settings: Settings) -> str:
    """Why no tool with network may run, or nothing. Sets the firewall's rules anew where they are missing.

    Raises EngineUnavailable: then nothing is known.
    """
    if settings.egress == "open":
        return ""
    try:
        _held(settings)
    except EngineUnavailable:
        raise
    except SandboxUnavailable as error:
        return str(error)
    return ""


def describe_egress(settings: Settings) -> tuple[str, bool]:
    """What sandboxes can reach, in words, and whether that is what was asked for."""
    if settings.egress == "open":
        return "open", True
    reason = find_network_refusal(settings)
    servers = ", ".join(egress_firewall.read_name_servers())
    closed = f"public: {len(egress_firewall.CLOSED)} ranges, this machine and IPv6 closed"
    return reason or closed + (f", names asked of {servers}" if servers else ""), not reason


def name_network(settings: Settings) -> str:
    """The network's name. One of its own for what is public: an open service on the same host has the other."""
    return settings.network_name if settings.egress == "open" else f"{settings.network_name}-public"


def name_interface(settings: Settings) -> str:
    """The name of the bridge on the host: the network's, where it is short enough."""
    name = name_network(settings)
    if len(name) <= _INTERFACE_CHARACTERS:
        return name
    return f"{name[:4]}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def _found(settings: Settings) -> dict[str, Any] | None:
    name = name_network(settings)
    filters = json.dumps({"name": [name]})
    answer = docker_client.ask_engine("GET", "/networks", seconds=_MAKING_SECONDS, params={"filters": filters})
    found = answer.json() if answer is not None else []
    return next((one for one in found if one["Name"] == name), None)


def _made(settings: Settings) -> dict[str, Any]:
    name = name_network(settings)
    wanted: dict[str, Any] = {
        "Name": name,
        "Driver": "bridge",
        "CheckDuplicate": True,
        # An interface's name exists once on a host: of two services that make it at once, one is refused.
        "Options": {_APART_OPTION: "false", _INTERFACE_OPTION: name_interface(settings)},
        "Labels": {"toolcrib.network": name},
    }
    if settings.egress == "public":
        wanted["EnableIPv6"] = False  # whatever the engine's default: closed, it would only be waited for
    trouble = ""
    try:
        docker_client.ask_engine("POST", "/networks/create", seconds=_MAKING_SECONDS, json=wanted)
    except SandboxUnavailable as error:
        trouble = str(error)
    found = _found(settings)
    if found is None:
        raise SandboxUnavailable(f"The network {name!r} for sandboxes cannot be made. {trouble}")
    return found


def _refuse_other(found: dict[str, Any], interface: str) -> None:
    """Refuse a network that somebody else made under our name: nothing would hold on it."""
    options = found["Options"] or {}
    apart = found["Driver"] == "bridge" and options.get(_APART_OPTION) == "false"
    if not apart or options.get(_INTERFACE_OPTION) != interface:
        raise SandboxUnavailable(
            f"The network {found['Name']!r} is not as sandboxes need it (a bridge named {interface} that keeps "
            f"containers apart): remove it with `docker network rm {found['Name']}`, and it is made anew."
        )


def _refuse_elsewhere(found: dict[str, Any], interface: str) -> None:
    """Refuse an engine whose bridge is not in this process's network: the rules here would stop nothing there."""
    gateways = [one.get("Gateway", "").partition("/")[0] for one in found["IPAM"]["Config"] or ()]
    if _address(interface) not in gateways:
        raise SandboxUnavailable(_ELSEWHERE)


def _address(interface: str) -> str | None:
    """The IPv4 address of an interface of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            answer = fcntl.ioctl(any_socket, _GET_ADDRESS, struct.pack("256s", interface.encode()))
        except OSError:
            return None
    return socket.inet_ntoa(answer[20:24])
