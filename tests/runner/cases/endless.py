"""What would never end: all of it is over half a second after the limit, whatever it does about that."""

from __future__ import annotations

from .case import Case


def endless(source: str, entry: str = "function") -> Case:
    """A case that is killed at its limit."""
    return Case(source, "timeout", entry=entry)  # type: ignore[arg-type]


BLOCKED = (
    "import signal, time\ndef main():\n signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
    " while True: time.sleep(60)"
)
STORM = "import os, signal\ndef main():\n for _ in range(5): os.fork()\n while True: os.kill(1, signal.{name})"

CASES: dict[str, Case] = {
    "every signal blocked": endless(BLOCKED),
    "stops itself": endless("import os, signal\ndef main():\n while True: os.kill(os.getpid(), signal.SIGSTOP)"),
    "stops its group and all its children": endless(
        "import os, signal, time\ndef main():\n"
        " for _ in range(4):\n  if os.fork() == 0: time.sleep(60)\n"
        " os.kill(-1, signal.SIGSTOP)\n os.killpg(0, signal.SIGSTOP)"
    ),
    "stopped by its own child": endless(
        "import os, signal, time\ndef main():\n parent = os.getpid()\n if os.fork() == 0:\n"
        "  while True:\n   os.kill(parent, signal.SIGSTOP)\n   time.sleep(.01)\n time.sleep(60)"
    ),
    "a handler that never returns": endless(
        "import os, signal, time\ndef ring(*_): time.sleep(60)\ndef main():\n"
        " signal.signal(signal.SIGALRM, ring)\n signal.alarm(1)\n os.kill(os.getpid(), signal.SIGALRM)"
    ),
    "an exit handler that hangs after the result": endless(
        "import atexit, time\ndef main():\n atexit.register(time.sleep, 60)\n return 1"
    ),
    "a script's exit handler that hangs after the result": endless(
        "import atexit, time\natexit.register(time.sleep, 60)\nprint(1)", "script"
    ),
    "a script's thread that is left over": endless(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nprint(1)", "script"
    ),
    "an object whose end never comes": endless(
        "class Last:\n def __del__(self):\n  while True: pass\ndef main():\n Last()\n return 1"
    ),
    "a FIFO that nobody writes": endless("import os\ndef main():\n os.mkfifo('/tmp/f')\n open('/tmp/f').read()"),
    "a lock that nobody opens": endless("import threading\ndef main():\n threading.Lock().acquire()\n"
                                        " lock = threading.Lock()\n lock.acquire()\n lock.acquire()"),
    "reading random bytes for ever": endless("def main():\n with open('/dev/urandom', 'rb') as f:\n"
                                             "  while True: f.read(65536)"),
    "its own standard input kept open and read": endless(
        "import os\nkept = os.open('/proc/self/fd/0', os.O_WRONLY)\nwhile os.read(0, 100): pass", "script"
    ),
    "a regular expression that explodes": endless("import re\ndef main(): re.match('(a+)+$', 'a' * 64 + 'b')"),
    "a power too large to count": endless("def main(): return 7 ** 7 ** 9"),
    "the import of itself in a circle of threads": endless(
        "import threading\nthread = threading.Thread(target=__import__, args=('main',))\n"
        "thread.start()\nthread.join()\ndef main(): return 1"
    ),
    "stopped by its own child, as a debugger": endless(
        "import ctypes, os, time\ndef main():\n parent = os.getpid()\n if os.fork() == 0:\n"
        "  ctypes.CDLL(None).ptrace(16, parent, 0, 0)\n  time.sleep(60)\n time.sleep(60)"
    ),
    "the harness made to run when nobody else does": endless(
        "import os\ndef main():\n os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))\n"
        " for _ in range(5): os.fork()\n while True: pass"
    ),
    "a storm of SIGCHLD for the harness": endless(STORM.format(name="SIGCHLD")),
    "a storm of every signal for the harness": endless(
        "import os\ndef main():\n for _ in range(5): os.fork()\n while True:\n"
        "  for number in range(1, 65):\n   if number not in (32, 33): os.kill(1, number)"
    ),
    "children that end as fast as they come": endless(
        "import os\ndef main():\n while True:\n  try:\n   if os.fork() == 0:\n    os.fork()\n    os._exit(0)\n"
        "  except OSError: pass"
    ),
    "fork, become a leader, end: a new group every time": endless(
        "import os\ndef main():\n while True:\n  try:\n   if os.fork(): os._exit(0) if os.getpid() != first else None\n"
        "   else: os.setsid()\n  except OSError: pass\nfirst = os.getpid()"
    ),
    "vfork and exec without end": endless(
        "import subprocess\ndef main():\n while True:\n  try: subprocess.Popen(['/bin/sleep', '60'])\n"
        "  except OSError: pass"
    ),
    "a namespace full of sleeping threads": endless(
        "import threading, time\ndef main():\n for _ in range(50):\n"
        "  threading.Thread(target=time.sleep, args=(60,), daemon=False).start()\n time.sleep(60)"
    ),
}  # fmt: skip
