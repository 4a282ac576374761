"""What a script must not be able to do. Each gives the attempts that were not refused: there are none."""

from __future__ import annotations

from .case import Case

# Below 424 the numbers differ from machine to machine.
SYSCALLS = """\
import ctypes, os, platform

NUMBERS = {
    "x86_64": dict(add_key=248, request_key=249, keyctl=250, bpf=321, perf_event_open=298, userfaultfd=323,
                   open_by_handle_at=304, kexec_load=246, init_module=175, finit_module=313, delete_module=176,
                   pivot_root=155, quotactl=179, swapon=167, reboot=169, acct=163, setns=308, syslog=103,
                   clock_settime=227, mount=165, umount2=166, unshare=272, fanotify_init=300, settimeofday=164,
                   sethostname=170, process_vm_readv=310, process_vm_writev=311, move_pages=279, mbind=237,
                   lookup_dcookie=212, ustat=136, sysfs=139, iopl=172, ioperm=173, nfsservctl=180),
    "aarch64": dict(add_key=217, request_key=218, keyctl=219, bpf=280, perf_event_open=241, userfaultfd=282,
                    open_by_handle_at=265, kexec_load=104, init_module=105, finit_module=273, delete_module=106,
                    pivot_root=41, quotactl=60, swapon=224, reboot=142, acct=89, setns=268, syslog=116,
                    clock_settime=112, mount=40, umount2=39, unshare=97, fanotify_init=262, settimeofday=170,
                    sethostname=161, process_vm_readv=270, process_vm_writev=271, move_pages=239, mbind=235,
                    lookup_dcookie=18),
}[platform.machine()]
NUMBERS |= dict(open_tree=428, move_mount=429, fsopen=430, fsconfig=431, fsmount=432, fspick=433, pidfd_getfd=438,
                mount_setattr=442)
NEW_USER, NEW_MOUNT, NEW_NET = 0x10000000, 0x00020000, 0x40000000
ARGUMENTS = {
    "unshare": [(NEW_USER,), (NEW_MOUNT,), (NEW_NET,), (0x04000000,), (0x20000000,), (0x08000000,), (0x02000000,)],
    "mount": [(b"none", b"/tmp", b"tmpfs", 0, None), (b"/tool", b"/tmp", None, 4096, None)],
    "umount2": [(b"/tmp", 0), (b"/proc/sys", 2)],
    "sethostname": [(b"x", 1)], "keyctl": [(0, -3, 1), (1, None), (5, -4, 0x3f3f0000)],
    "process_vm_readv": [(1, None, 0, None, 0, 0)], "process_vm_writev": [(1, None, 0, None, 0, 0)],
    "setns": [(0, NEW_NET)], "clock_settime": [(0, (ctypes.c_long * 2)(1, 0))],
    "settimeofday": [((ctypes.c_long * 2)(1, 0), None)],
    "iopl": [(3,)], "ioperm": [(0, 1, 1)], "syslog": [(3, ctypes.create_string_buffer(100), 100)],
    "perf_event_open": [(ctypes.create_string_buffer(128), 0, -1, -1, 0)], "userfaultfd": [(0,)],
    "bpf": [(0, ctypes.create_string_buffer(128), 128)], "add_key": [(b"user", b"x", b"y", 1, -3)],
    "request_key": [(b"user", b"x", None, -3)], "open_tree": [(-100, b"/", 1)], "fsopen": [(b"tmpfs", 0)],
    "acct": [(None,)], "swapon": [(b"/tmp", 0)], "reboot": [(0xfee1dead, 672274793, 0x1234567, None)],
    "move_pages": [(1, 0, None, None, None, 0)],
}

def main():
    libc, allowed = ctypes.CDLL(None, use_errno=True), []
    for name, number in NUMBERS.items():
        for arguments in ARGUMENTS.get(name, [(0, 0, 0, 0, 0)]):
            if libc.syscall(number, *arguments) != -1:
                allowed.append([name, len(arguments)])
    return allowed
"""

CLONE = """\
import ctypes, errno, os, signal, struct

def main():
    libc, allowed = ctypes.CDLL(None, use_errno=True), []
    for flag in (0x10000000, 0x00020000, 0x40000000, 0x20000000, 0x10020000):
        arguments = ctypes.create_string_buffer(struct.pack("8Q", flag, 0, 0, 0, signal.SIGCHLD, 0, 0, 0))
        pid = libc.syscall(435, arguments, 64)  # clone3
        if pid == 0:
            os._exit(0)
        if pid > 0:
            os.waitpid(pid, 0)
            allowed.append(flag)
    return allowed
"""

PROCESS_ONE = """\
import ctypes, os

def main():
    libc, allowed = ctypes.CDLL(None, use_errno=True), []
    handle = os.pidfd_open(1)
    for number in range(64):
        if libc.syscall(438, handle, number, 0) >= 0:  # pidfd_getfd
            allowed.append(["pidfd_getfd", number])
    for request in (16, 0x4206):  # attach, seize
        if libc.ptrace(request, 1, 0, 0) != -1:
            allowed.append(["ptrace", request])
    for name in ("environ", "mem", "maps", "smaps", "auxv", "stack", "syscall", "cwd", "root", "exe", "io",
                 "personality", "fd", "fdinfo", "map_files", "ns/net", "pagemap", "oom_score_adj", "clear_refs",
                 "coredump_filter"):
        path = "/proc/1/" + name
        try:
            if name not in ("oom_score_adj", "coredump_filter"):  # numbers that everybody may read
                os.listdir(path) if name in ("fd", "fdinfo", "map_files", "root", "cwd") else open(path, "rb").read(1)
                allowed.append(name)
        except OSError:
            pass
        try:
            os.close(os.open(path, os.O_WRONLY))
            allowed.append(["write", name])
        except OSError:
            pass
    for number in range(64):
        for way in ("/proc/1/fd/%d", "/proc/1/task/1/fd/%d", "/proc/1/fdinfo/%d"):
            try:
                os.close(os.open(way % number, os.O_RDWR))
                allowed.append(way % number)
            except OSError:
                pass
    return allowed
"""

WRITES = """\
import os

PLACES = ["/proc/sysrq-trigger", "/proc/self/oom_score_adj", "/proc/kmsg", "/proc/kcore", "/dev/mem", "/dev/kmsg",
          "/dev/sda", "/dev/vda", "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
          "/sys/fs/cgroup/memory/release_agent", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/pids/pids.max",
          "/sys/kernel/uevent_helper", "/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/opt/toolcrib/__main__.py",
          "/usr/bin/python3", "/proc/self/uid_map", "/proc/self/attr/current"]

def main():
    allowed = []
    for root in ("/proc/sys", "/sys"):
        for folder, folders, names in os.walk(root):
            folders[:] = folders[:12]
            PLACES.extend(os.path.join(folder, name) for name in names[:40])
            if len(PLACES) > 3000:
                break
    for path in PLACES:
        try:
            handle = os.open(path, os.O_WRONLY)
        except OSError:
            continue
        try:
            os.write(handle, b"-1000")
            allowed.append(path)
        except OSError:
            pass
        os.close(handle)
    return allowed
"""

REACHES = """\
import os, socket

def main():
    allowed = []
    for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/systemd/private",
                 "/run/dbus/system_bus_socket", "/.dockerenv/x", "/host", "/mnt/host"):
        if os.path.exists(path):
            allowed.append(path)
    for kind in ((socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_INET6, socket.SOCK_RAW, 58),
                 (socket.AF_PACKET, socket.SOCK_RAW, 3), (40, socket.SOCK_STREAM, 0), (38, socket.SOCK_SEQPACKET, 0)):
        try:
            one = socket.socket(*kind)
            if kind[0] == 38:
                one.bind(("hash", "md5"))
            elif kind[0] == 40:
                one.settimeout(1)
                one.connect((2, 22))
            allowed.append(list(map(int, kind)))
        except OSError:
            pass
    for name in sorted(os.listdir("/proc")):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            allowed.append("process " + name)
    return allowed
"""

BECOMES = """\
import ctypes, os, resource

def main():
    allowed = []
    def attempt(name, act):
        try:
            act()
            allowed.append(name)
        except (OSError, ValueError):
            pass
    attempt("setuid", lambda: os.setuid(0))
    attempt("setgid", lambda: os.setgid(0))
    attempt("setgroups", lambda: os.setgroups([0]))
    attempt("setresuid", lambda: os.setresuid(0, 0, 0))
    attempt("chroot", lambda: os.chroot("/tmp"))
    attempt("mknod", lambda: os.mknod("/tmp/null", 0o20666, os.makedev(1, 3)))
    attempt("nice", lambda: os.nice(-10))
    attempt("realtime", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
    attempt("chown", lambda: os.chown("/tmp", 0, 0))
    attempt("setxattr", lambda: os.setxattr("/tmp", "security.capability", bytes(20)))
    attempt("kill 0", lambda: os.kill(1, 0) if os.getuid() == 0 else os.chmod("/etc", 0o777))
    open("/tmp/sh", "wb").write(open("/bin/sh", "rb").read())
    os.chmod("/tmp/sh", 0o6755)
    if os.spawnv(os.P_WAIT, "/tmp/sh", ["sh", "-c", "test $(id -u) = 0"]) == 0:
        allowed.append("a set-user-id file")
    libc = ctypes.CDLL(None)
    if libc.prctl(47, 2, 10, 0, 0) == 0:  # raise an ambient capability
        allowed.append("ambient")
    if libc.prctl(28, 1, 0, 0, 0) == 0:  # securebits
        allowed.append("securebits")
    if libc.prctl(38, 0, 0, 0, 0) == 0 and libc.prctl(39, 0, 0, 0, 0) == 0:  # no-new-privileges off again
        allowed.append("new privileges")
    return allowed
"""

NOTHING: list[str] = []
CASES: dict[str, Case] = {
    "system calls for more power are refused": Case(SYSCALLS, "success", NOTHING),
    "no namespace comes out of clone3": Case(CLONE, "success", NOTHING),
    "nothing of process 1 can be had": Case(PROCESS_ONE, "success", NOTHING),
    "nothing of the kernel can be written": Case(WRITES, "success", NOTHING),
    "nothing outside can be seen": Case(REACHES, "success", NOTHING),
    "nobody else can be become": Case(BECOMES, "success", NOTHING),
    "io_uring, where the engine lets it, is bounded too": Case(
        "import ctypes, os\ndef main():\n libc, made = ctypes.CDLL(None), 0\n"
        " while made < 1000 and libc.syscall(425, 64, ctypes.create_string_buffer(120)) >= 0: made += 1\n"
        " return made <= 256",
        "success",
        True,
    ),
    "the environment says nothing of the service": Case(
        "import os\ndef main(): return sorted(n for n in os.environ if 'TOOLCRIB' in n or 'DOCKER' in n)",
        "success",
        NOTHING,
    ),
    "an abstract socket of the host is not there": Case(
        "def main(): return [l for l in open('/proc/net/unix').read().splitlines()[1:] if '@' in l]", "success", NOTHING
    ),
}
