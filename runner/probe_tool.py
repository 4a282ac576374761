"""The tool of the probe: runs inside a sandbox and says what it finds there. Standard library only, Python 3.10 on."""
# ruff: noqa: PTH118, PTH123, PTH208, PTH110, PTH113, S108 -- a tool, not the service

from __future__ import annotations

import os
import resource
from typing import Any

_MIB = 1024 * 1024
# What an engine itself mounts into every container.
_ENGINE_FILES = {"/etc/resolv.conf", "/etc/hostname", "/etc/hosts"}


def main() -> dict[str, Any]:
    """Everything that can be seen of the limits from inside."""
    status = _status()
    mounts = _mounts()
    return {
        "capabilities": _capabilities(status),
        "no-new-privileges": "on" if status.get("NoNewPrivs") == "1" else "off",
        "seccomp": {"0": "off", "1": "strict", "2": "filter"}.get(status.get("Seccomp", ""), "unknown"),
        "user": f"{os.getuid()}:{os.getgid()}",
        "root file system": "read-only" if "ro" in mounts["/"][1] else "writable",
        "/tmp": _tmpfs("/tmp", mounts),
        "/tool": _tmpfs("/tool", mounts),
        "/dev/shm": f"{_size('/dev/shm') // _MIB} MiB",
        "pids": _number("pids.max", "pids/pids.max"),
        "memory": _number("memory.max", "memory/memory.limit_in_bytes"),
        "swap": _swap(),
        "cpus": _cpus(),
        "open files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        "file size": resource.getrlimit(resource.RLIMIT_FSIZE)[1],
        "core size": resource.getrlimit(resource.RLIMIT_CORE)[1],
        "engine's socket": _engine_socket(),
        "mounts from the host": _foreign(mounts),
        "environment": sorted(os.environ),
        "memory of process 1": _process_one(),
        "network without leave": ", ".join(sorted(set(os.listdir("/sys/class/net")) - {"lo"})) or "none",
    }


def _text(path: str) -> str:
    with open(path) as file:
        return file.read()


def _status() -> dict[str, str]:
    lines = (line.partition(":") for line in _text("/proc/self/status").splitlines())
    return {name: value.strip() for name, _, value in lines}


def _mounts() -> dict[str, tuple[str, list[str]]]:
    found = {}
    for line in _text("/proc/self/mounts").splitlines():
        _, path, kind, options = line.split(" ")[:4]
        found[path] = (kind, options.split(","))
    return found


def _capabilities(status: dict[str, str]) -> str:
    sets = [name for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb") if int(status.get(name, "0"), 16)]
    return ", ".join(sets) or "none"


def _size(path: str) -> int:
    found = os.statvfs(path)
    return found.f_blocks * found.f_frsize


def _tmpfs(path: str, mounts: dict[str, tuple[str, list[str]]]) -> str:
    kind, options = mounts.get(path, ("missing", []))
    flags = ",".join(flag for flag in ("nodev", "nosuid") if flag in options)
    return f"{kind} {flags} {_size(path) // _MIB} MiB {os.statvfs(path).f_files} files"


def _number(v2: str, v1: str = "") -> Any:
    for name in (v2, v1):
        path = os.path.join("/sys/fs/cgroup", name)
        if os.path.isfile(path):
            text = _text(path).strip()
            return int(text) if text.isdigit() else text
    return "unknown"


def _swap() -> Any:
    v2 = _number("memory.swap.max")
    if v2 == 0:
        return "none"
    both, memory = _number("memory/memory.memsw.limit_in_bytes"), _number("memory/memory.limit_in_bytes")
    return "none" if both == memory and isinstance(both, int) else f"{v2 if isinstance(v2, int) else both} allowed"


def _cpus() -> Any:
    if os.path.exists("/sys/fs/cgroup/cpu.max"):
        quota, period = _text("/sys/fs/cgroup/cpu.max").split()
        return int(quota) / int(period) if quota.isdigit() else quota
    quota, period = _number("cpu/cpu.cfs_quota_us"), _number("cpu/cpu.cfs_period_us")
    return quota / period if isinstance(quota, int) and isinstance(period, int) else "unlimited"


def _engine_socket() -> str:
    found = [path for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd") if os.path.exists(path)]
    return ", ".join(found) or "absent"


def _foreign(mounts: dict[str, tuple[str, list[str]]]) -> str:
    virtual = {
        "overlay",
        "proc",
        "tmpfs",
        "devpts",
        "sysfs",
        "mqueue",
        "cgroup",
        "cgroup2",
        "fuse.fuse-overlayfs",
        "9p",
    }
    found = sorted(path for path, (kind, _) in mounts.items() if kind not in virtual and path not in _ENGINE_FILES)
    return ", ".join(found) or "none"


def _process_one() -> str:
    readable = []
    for name in ("environ", "mem", "maps", "fd/1"):
        try:
            with open(os.path.join("/proc/1", name), "rb"):
                readable.append(name)
        except OSError:
            continue
    return ", ".join(readable) or "unreadable"
