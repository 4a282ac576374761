"""What a script does with processes: its own, its children, and number 1."""

from __future__ import annotations

from .case import Case

SLEEPERS = "import os, signal, sys, time\ndef main():\n for _ in range(4):\n  if os.fork() == 0: time.sleep(60)\n"

_LIMITING = """\
import os, resource, signal, time

def limit(*names):
    refused = 0
    for name in names:
        try:
            resource.prlimit(1, getattr(resource, "RLIMIT_" + name), (0, 0))
        except PermissionError:
            refused += 1
    return refused

def main():
"""

CASES: dict[str, Case] = {
    "kills everything but itself": Case(SLEEPERS + " os.kill(-1, signal.SIGKILL)\n return 'alone'", "success", "alone"),
    "is killed by its own child": Case(
        "import os, signal, time\ndef main():\n if os.fork() == 0: os.kill(-1, signal.SIGKILL)\n time.sleep(60)", "exit"
    ),
    "kills its group": Case(SLEEPERS + " os.killpg(0, signal.SIGKILL)", "exit"),
    "children in groups and sessions of their own": Case(
        "import os, time\ndef main():\n for n in range(20):\n  if os.fork() == 0:\n"
        "   (os.setsid, lambda: os.setpgid(0, 0))[n % 2]()\n   time.sleep(60)\n return 1",
        "success",
        1,
    ),
    "children that ignore every signal": Case(
        "import os, signal, time\ndef main():\n for _ in range(20):\n  if os.fork() == 0:\n"
        "   signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n   while True: time.sleep(60)\n return 1",
        "success",
        1,
    ),
    "children that are stopped": Case(
        "import os, signal\ndef main():\n for _ in range(20):\n"
        "  if os.fork() == 0:\n   while True: os.kill(os.getpid(), signal.SIGSTOP)\n return 1",
        "success",
        1,
    ),
    "children that write to every pipe for ever": Case(
        "import os, time\ndef main():\n for _ in range(4):\n  if os.fork() == 0:\n"
        "   time.sleep(.2)\n   while True: time.sleep(.01) or os.write(1, b'.')\n return 1",
        "success",
        1,
    ),
    "zombies that nobody waits for": Case(
        "import os, time\ndef main():\n for _ in range(40):\n  if os.fork() == 0: os._exit(7)\n time.sleep(.2)\n"
        " return 1",
        "success",
        1,
    ),
    "orphans that end all at once": Case(
        "import os, time\ndef main():\n if os.fork() == 0:\n  for _ in range(40):\n   if os.fork() == 0:\n"
        "    time.sleep(.1)\n    os._exit(0)\n  os._exit(0)\n time.sleep(.4)\n return 1",
        "success",
        1,
    ),
    "the parent of all orphans": Case(
        "import ctypes, os, time\ndef main():\n ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n if os.fork() == 0:\n"
        "  if os.fork() == 0: time.sleep(60)\n  os._exit(0)\n time.sleep(.1)\n return 1",
        "success",
        1,
    ),
    "forty threads that are not done": Case(
        "import threading, time\ndef main():\n"
        " for _ in range(40): threading.Thread(target=time.sleep, args=(60,)).start()\n return 1",
        "success",
        1,
    ),
    "a thread that goes on printing": Case(
        "import threading\ndef chat():\n while True: print('.', end='')\n"
        "def main():\n threading.Thread(target=chat, daemon=True).start()\n return 1",
        "success output_limit",
    ),
    "a debugger of its own child": Case(
        "import ctypes, os, time\ndef main():\n child = os.fork()\n if child == 0: time.sleep(60)\n"
        " ctypes.CDLL(None).ptrace(16, child, 0, 0)\n return 1",
        "success",
        1,
    ),
    "hidden from the harness": Case(
        "import ctypes\ndef main():\n ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n return 1", "success", 1
    ),
    "a seccomp filter of its own that kills it": Case(
        "import ctypes, struct\ndef main():\n"
        " code = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0))\n"
        " program = ctypes.create_string_buffer(struct.pack('HxxxxxxQ', 1, ctypes.addressof(code)))\n"
        " ctypes.CDLL(None).prctl(22, 2, program, 0, 0)\n return 1",
        "exit",
    ),
    "dead with its parent, by its own wish": Case(
        "import ctypes, os, time\ndef main():\n if os.fork(): return 1\n"
        " ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)\n time.sleep(60)",
        "success",
        1,
    ),
    "another program instead of itself": Case(
        "import os\nos.execv('/bin/sh', ['sh', '-c', 'echo 7'])", "success", 7, "script"
    ),
    "a function that becomes another program": Case(
        "import os\ndef main(): os.execv('/bin/sh', ['sh', '-c', 'exit 0'])", "exit"
    ),
    "another interpreter in a child": Case(
        "import subprocess, sys\ndef main():\n"
        " return subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True, text=True).stdout",
        "success",
        "7\n",
    ),
    "a pool of processes": Case(
        "import multiprocessing\ndef main():\n with multiprocessing.get_context('fork').Pool(3) as pool:\n"
        "  return pool.map(abs, [-1, -2])",
        "success",
        [1, 2],
    ),
    "its own limits raised": Case(
        "import resource\ndef main():\n refused = []\n for name in ('NOFILE', 'FSIZE', 'CORE'):\n"
        "  try: resource.setrlimit(getattr(resource, 'RLIMIT_' + name), (2**40, 2**40))\n"
        "  except (OSError, ValueError): refused.append(name)\n return refused",
        "success",
        ["NOFILE", "FSIZE", "CORE"],
    ),
    "its own time of the processor limited": Case(
        "import resource\ndef main():\n resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n while True: pass",
        "exit timeout",  # where a second of the processor takes longer than the limit
    ),
    # The kernel would let who has the harness's user limit it, and so keep it from telling how the tool ended.
    "the harness's time of the processor limited": Case(
        _LIMITING + " limit('CPU')\n for _ in range(100000): os.kill(1, signal.SIGCHLD)\n time.sleep(60)", "timeout"
    ),
    "the harness's memory limited": Case(
        _LIMITING + " limit('AS', 'DATA')\n print('x' * 200_000)\n return 'x' * 900_000", "success"
    ),
    "the harness's stack and files limited": Case(
        _LIMITING + " return limit('STACK', 'FSIZE', 'NOFILE', 'NPROC', 'SIGPENDING')", "success", 5
    ),
}
