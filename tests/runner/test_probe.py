"""Each defence switched off: the probe must see it. What it does not see, nobody would."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import docker
import pytest

from runner import Settings, prove_limits, sandbox_limits
from runner.seccomp_profile import read_profile

from .conftest import containers, where_the_harness_does_not_hide

pytestmark = pytest.mark.engine
MIB = 1024 * 1024

OFF: dict[str, tuple[dict[str, Any], set[str]]] = {
    "capabilities": ({"CapDrop": []}, {"capabilities"}),
    "no-new-privileges": ({"SecurityOpt": [f"seccomp={read_profile()}"]}, {"no-new-privileges"}),
    "seccomp": (
        {"SecurityOpt": ["no-new-privileges", "seccomp=unconfined"]},
        {"seccomp", "hypervisor's sockets", "kernel interfaces"},
    ),
    "read-only root": ({"ReadonlyRootfs": False}, {"root file system"}),
    "tmpfs sizes": (
        {"Tmpfs": {"/tmp": "rw,nosuid,nodev,mode=1777", "/tool": "rw,exec,suid,dev,mode=1777"}},
        {"/tmp", "/tool"},
    ),
    "shared memory": ({"ShmSize": 64 * MIB}, {"/dev/shm"}),
    "pids": ({"PidsLimit": 0}, {"pids"}),
    "memory": ({"Memory": 128 * MIB, "MemorySwap": 128 * MIB}, {"memory"}),
    "swap": ({"MemorySwap": 128 * MIB}, {"swap"}),
    "cpus": ({"NanoCpus": 0}, {"cpus"}),
    "ulimits": (
        {"Ulimits": [{"Name": name, "Soft": 999, "Hard": 999} for name in ("nofile", "core")]},
        {"open files", "file size", "core size"},
    ),
    "mounts": (
        {"Binds": ["/etc/hostname:/var/run/docker.sock:ro"]},
        {"engine's socket", "mounts from the host"},
    ),
    "network": ({"NetworkMode": "bridge"}, {"network without leave", "network namespace"}),
}


@pytest.fixture
def own(settings: Settings, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings with an owner of this test's own."""
    found = replace(settings, owner=f"test-{uuid.uuid4().hex}")
    yield found
    assert containers(engine, found.owner) == []


def without(change: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """``sandbox_limits.make_host_config`` with some of its settings replaced."""
    usual = sandbox_limits.make_host_config
    return lambda *args, **kwargs: {**usual(*args, **kwargs), **change}


@pytest.mark.parametrize("name", OFF)
def test_the_probe_sees_what_is_switched_off(name: str, own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    change, expected = OFF[name]
    monkeypatch.setattr(sandbox_limits, "make_host_config", without(change))
    assert {line.setting for line in prove_limits(own) if not line.ok} == expected


def test_the_probe_sees_a_harness_that_can_be_looked_into(own: Settings, engine: docker.DockerClient) -> None:
    assert where_the_harness_does_not_hide(own, engine, _failed_settings) == {"memory of process 1"}


def _failed_settings(own: Settings) -> set[str]:
    return {line.setting for line in prove_limits(own) if not line.ok}
