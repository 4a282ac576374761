"""The tool of the probe: runs inside a sandbox and says what it finds there. Standard library only, Python 3.10 on."""
# ruff: noqa: PTH118, PTH123, PTH208, PTH110, PTH113, S108 -- a tool, not the service

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import struct
from typing import Any

_MIB = 1024 * 1024
_REFUSALS = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EAFNOSUPPORT}
_AF_INET, _AF_ALG, _AF_VSOCK = 2, 38, 40
_HIGH_BIT = 1 << 32  # the kernel does not look at it where it takes an int, a filter does
# io_uring_setup, userfaultfd, perf_event_open, socket
_NUMBERS = {"x86_64": (425, 323, 298, 41), "aarch64": (425, 282, 241, 198)}
# What an engine itself mounts into every container.
_ENGINE_FILES = {"/etc/resolv.conf", "/etc/hostname", "/etc/hosts"}


def main() -> dict[str, Any]:
    """Everything that can be seen of the limits from inside."""
    status, first = _status("self"), _status("1")
    mounts = _mounts()
    return {
        "capabilities": _capabilities(status),
        # Of process 1: the harness puts both on whatever it forks, whatever the engine did.
        "no-new-privileges": "on" if first.get("NoNewPrivs") == "1" else "off",
        "seccomp": {"0": "off", "1": "strict", "2": "filter"}.get(first.get("Seccomp", ""), "unknown"),
        "hypervisor's sockets": _hypervisor_sockets(),
        "kernel interfaces": _kernel_interfaces(),
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


def _answered(number: int, *arguments: int) -> bool:
    """Whether the kernel looks at a system call's arguments, instead of refusing the call."""
    libc: Any = ctypes.CDLL(None, use_errno=True)
    ctypes.set_errno(0)
    words = [ctypes.c_long(word) for word in (number, *arguments, *[0] * (6 - len(arguments)))]
    found: int = libc.syscall(*words)
    if found >= 0:
        os.close(found)
    return found >= 0 or ctypes.get_errno() not in _REFUSALS


def _hypervisor_sockets() -> str:
    """By which ways a socket of AF_VSOCK is had. None is ever bound or connected."""
    *_, socket_call = _NUMBERS.get(os.uname().machine, (0,))
    if not socket_call:
        return "not known on this machine"
    found = {
        "socket": _answered(socket_call, _AF_VSOCK, 1),
        "socket with a high bit": _answered(socket_call, _AF_VSOCK | _HIGH_BIT, 1),
        "socketcall": _had_by_socketcall(_AF_VSOCK),
    }
    return ", ".join(way for way, had in found.items() if had) or "refused"


def _had_by_socketcall(family: int) -> bool:
    """Whether 32-bit code, which every 64-bit process can run on this kind of machine, gets a socket."""
    if os.uname().machine != "x86_64":
        return False
    low = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40  # MAP_32BIT
    with mmap.mmap(-1, 4096, low, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) as page:
        held = ctypes.c_char.from_buffer(page)
        start = ctypes.addressof(held)
        # push rbx; mov eax, socketcall; mov ebx, socket; mov ecx, its arguments; int 0x80; pop rbx; ret
        code = (
            bytes.fromhex("53b866000000bb01000000b9") + (start + 64).to_bytes(4, "little") + bytes.fromhex("cd805bc3")
        )
        page[: len(code)] = code
        page[64:76] = struct.pack("<iii", family, 1, 0)
        child = os.fork()
        if child == 0:  # where there is no 32-bit code, it is this process that ends
            call: Any = ctypes.CFUNCTYPE(ctypes.c_int)(start)
            os._exit(0 if call() >= 0 else 1)
        _, status = os.waitpid(child, 0)
        del held
    return status == 0


def _kernel_interfaces() -> str:
    """Which of the kernel's interfaces that no tool needs, and that many holes were in, answer."""
    io_uring, userfaultfd, perf, socket_call = _NUMBERS.get(os.uname().machine, (0, 0, 0, 0))
    if not socket_call:
        return "not known on this machine"
    found = {
        "AF_ALG": _answered(socket_call, _AF_ALG, 5),
        "io_uring": _answered(io_uring, 1, 0),
        "userfaultfd": _answered(userfaultfd, -1),
        "perf_event_open": _answered(perf, 0, 0, -1, -1, 0),
    }
    return ", ".join(name for name, answered in found.items() if answered) or "refused"


def _text(path: str) -> str:
    with open(path) as file:
        return file.read()


def _status(process: str) -> dict[str, str]:
    lines = (line.partition(":") for line in _text(f"/proc/{process}/status").splitlines())
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
