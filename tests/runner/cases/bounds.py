"""What fills up: memory, disk, descriptors, processes, the log. Each bound is met, and the sandbox answers for it."""

from __future__ import annotations

from .case import Case

COUNT = (
    "import os, socket, select\ndef main():\n kept = []\n try:\n  while len(kept) < 100_000: kept.append({make})\n"
    " except OSError as error: return [len(kept) <= {most}, error.errno in (11, 12, 24, 28, 90, 105)]\n"
    " return 'no bound'"
)


def bounded(make: str, most: int = 256) -> Case:
    """Making one more of something is refused before there are more than ``most``."""
    return Case(COUNT.format(make=make, most=most), "success", [True, True])


CASES: dict[str, Case] = {
    "event descriptors without end": bounded("os.eventfd(0)"),
    "anonymous files without end": bounded("os.memfd_create('x')"),
    "pipes without end": bounded("os.pipe()", 128),
    "sockets without end": bounded("socket.socketpair()", 128),
    "epolls without end": bounded("select.epoll()"),
    "inotify instances without end": Case(
        "import ctypes\ndef main():\n libc, made = ctypes.CDLL(None), 0\n"
        " while made < 1000 and libc.inotify_init() >= 0: made += 1\n return made <= 256",
        "success",
        True,
    ),
    "open files without end": bounded("os.open('/tmp', os.O_RDONLY)"),
    "symlinks without end": bounded("os.symlink('/nowhere', f'/tmp/{len(kept)}')", 16_384),
    "folders without end": bounded("os.mkdir(f'/tmp/{len(kept)}')", 16_384),
    "FIFOs without end": bounded("os.mkfifo(f'/tmp/{len(kept)}')", 16_384),
    "files in /tool without end": bounded("os.close(os.open(f'/tool/{len(kept)}', os.O_CREAT))", 1024),
    "/tool filled": bounded("open('/tool/x', 'ab').write(bytes(1 << 20))", 16),
    "locks of System V without end": Case(
        "import ctypes\ndef main():\n while ctypes.CDLL(None).semget(0, 250, 0o1600) >= 0: pass",
        "success out_of_memory",
    ),
    "a folder in a folder in a folder": Case(
        "import os\ndef main():\n os.chdir('/tmp')\n try:\n  while True:\n   os.mkdir('d')\n   os.chdir('d')\n"
        " except OSError: return 'bound'",
        "success",
        "bound",
    ),
    "a sparse file over the limit of a file": Case(
        "def main():\n with open('/tmp/f', 'wb') as file:\n  try: file.truncate(65 << 20)\n"
        "  except OSError as error: return error.errno",
        "success",
        27,
    ),
    "a child's file over the limit of a file": Case(
        "import subprocess\ndef main():\n"
        " return subprocess.run(['/bin/sh', '-c', 'head -c 80000000 /dev/zero > /dev/shm/f']).returncode != 0",
        "success",
        True,
    ),
    "anonymous files that hold more than the memory": Case(
        "import os\ndef main():\n for n in range(8): os.write(os.memfd_create(str(n)), bytes(60 << 20))",
        "out_of_memory",
    ),
    "shared memory that holds more than the memory": Case(
        "import mmap\ndef main():\n kept = mmap.mmap(-1, 1 << 30)\n for n in range(0, 1 << 30, 4096): kept[n] = 1",
        "out_of_memory",
    ),
    "a terabyte of addresses": Case(
        "import mmap\ndef main():\n try: mmap.mmap(-1, 1 << 40)\n except OSError: pass\n return 1", "success", 1
    ),
    "a list that grows": Case("def main():\n x = []\n while True: x.append(bytes(10**6))", "out_of_memory"),
    "a script's list that grows": Case("x = []\nwhile True: x.append(bytes(10**6))", "out_of_memory", entry="script"),
    "allocation by one who asks to be killed last": Case(
        "def main():\n open('/proc/self/oom_score_adj', 'w').write('0')\n x = []\n while True: x.append(bytes(10**6))",
        "out_of_memory",
    ),
    "allocation in many children": Case(
        "import os\ndef main():\n for _ in range(3): os.fork()\n x = []\n while True: x.append(bytes(10**6))",
        "out_of_memory",
    ),
    "memory that is locked": Case(
        "import ctypes, mmap\ndef main():\n x = []\n while True:\n  kept = mmap.mmap(-1, 8 << 20)\n  x.append(kept)\n"
        "  kept.write(bytes(8 << 20))\n"
        "  ctypes.CDLL(None).mlockall(3)",
        "out_of_memory",
    ),
    "pipes that are filled": Case(
        "import fcntl, os\ndef main():\n try:\n  while True:\n   r, w = os.pipe()\n   fcntl.fcntl(w, 1031, 1 << 20)\n"
        "   os.set_blocking(w, False)\n   os.write(w, bytes(1 << 20))\n except OSError: return 'bound'",
        "success",
        "bound",
    ),
    "recursion through C until the stack ends": Case(
        "import sys\nsys.setrecursionlimit(10**8)\ndef f(_): return sorted([1], key=f)\ndef main(): return f(1)",
        "exit script_error out_of_memory",
    ),
    "recursion without a limit": Case(
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\ndef main(): return f(0)",
        "exit script_error out_of_memory",
    ),
    "an argument of ten megabytes": Case(
        "import subprocess\ndef main():\n try: subprocess.run(['/bin/true', 'x' * 10_000_000])\n"
        " except OSError as error: return error.errno",
        "success",
        7,
    ),
    "both streams at once without end": Case(
        "import os\ndef main():\n os.fork()\n while True:\n  os.write(1, b'o' * 65536)\n  os.write(2, b'e' * 65536)",
        "output_limit",
    ),
    "a log of single bytes without end": Case(
        "import os\ndef main():\n while True: os.write(2, b'.')", "output_limit"
    ),
    "one line without its end, in pieces": Case(
        "import sys\ndef main():\n while True: sys.stderr.write('x' * 7)", "output_limit"
    ),
    "a child that prints without end while its parent waits": Case(
        "import subprocess\ndef main(): subprocess.run(['/bin/sh', '-c', 'while :; do echo 0123456789; done'])",
        "output_limit",
    ),
    "/dev/full": Case(
        "def main():\n try: open('/dev/full', 'w', 1).write('x\\n')\n except OSError as error: return error.errno",
        "success",
        28,
    ),
    "/dev/tty": Case(
        "def main():\n try: open('/dev/tty')\n except OSError as error: return error.errno", "success", 6
    ),
    "the disk beneath": Case(
        "import os\ndef main():\n written = []\n for root, folders, _ in os.walk('/'):\n"
        "  if root == '/': folders[:] = [f for f in folders if f not in ('proc', 'sys', 'dev')]\n"
        "  try:\n   open(os.path.join(root, 'mark'), 'w').close()\n   written.append(root)\n  except OSError: pass\n"
        " return sorted(written)",
        "success",
        ["/tmp", "/tmp/out", "/tool"],
    ),
}  # fmt: skip
