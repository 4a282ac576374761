"""Everything that speaks to the Docker engine or the host's firewall: client, containers, networks, removal."""

from __future__ import annotations

from .bridge_network import describe_egress, find_network_refusal
from .container import Container
from .container_reaper import reap_containers, remove_container
from .container_streams import ContainerStreams, StreamBroken
from .docker_client import (
    EngineAway,
    EngineSilent,
    ask_engine,
    find_image_id,
    get_client,
    make_labels,
    ping_engine,
    translate_errors,
)
from .docker_library import load_docker
from .memory_kills import was_killed_for_memory
from .network_namespaces import NetworkNamespace, NetworkNamespaces
from .orphan_watch import Undertaker
from .request_probe import is_request_read
from .tar_archives import read_file, write_files
from .user_ids import list_usable_ids

__all__ = [
    "Container",
    "ContainerStreams",
    "EngineAway",
    "EngineSilent",
    "NetworkNamespace",
    "NetworkNamespaces",
    "StreamBroken",
    "Undertaker",
    "ask_engine",
    "describe_egress",
    "find_image_id",
    "find_network_refusal",
    "get_client",
    "is_request_read",
    "list_usable_ids",
    "load_docker",
    "make_labels",
    "ping_engine",
    "read_file",
    "reap_containers",
    "remove_container",
    "translate_errors",
    "was_killed_for_memory",
    "write_files",
]
