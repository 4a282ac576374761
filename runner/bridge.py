"""The sandboxes' own bridge network: containers on it reach the world, and not each other."""

from __future__ import annotations

import contextlib

from . import engine
from .model import SandboxUnavailable, Settings

_BRIDGE_NAME_CHARACTERS = 15  # of a network interface in Linux


def network_id(settings: Settings) -> str:
    """The id of the sandboxes' own bridge, made where it is missing. Containers on it cannot reach each other."""
    import docker.errors  # noqa: PLC0415 -- see engine.client()

    api, name = engine.client(), settings.network_name
    for _ in range(3):
        found = [one for one in api.networks(names=[name]) if one["Name"] == name]
        if found:
            return str(found[0]["Id"])
        options = {
            "com.docker.network.bridge.enable_icc": "false",
            # A name that exists once on a host: of two services that make the network at once, one is refused.
            "com.docker.network.bridge.name": name[:_BRIDGE_NAME_CHARACTERS],
        }
        labels = {"toolcrib.network": name}
        with contextlib.suppress(docker.errors.APIError):
            return str(api.create_network(name, "bridge", options=options, labels=labels, check_duplicate=True)["Id"])
    raise SandboxUnavailable(f"The network {name!r} for sandboxes cannot be made: `docker network create` tells why.")
