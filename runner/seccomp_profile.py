"""Which system calls a sandbox may make: the engine's own default without what no tool needs.

The list is that of Moby's default profile (moby/profiles, seccomp/default.json, commit 02e898b137ae of 2026: the
engines of version 29), without the calls that it ties to capabilities, since a sandbox has none. Ours besides:

* No socket of AF_VSOCK, which reaches the hypervisor out of any network namespace and which engines before version 23
  let through, nor of AF_ALG. Families are listed, not excluded: the kernel looks at 32 bits of that argument and a
  filter at 64, so whatever is only unequal to 40 would still be AF_VSOCK.
* No socketcall(2), through which 32-bit code would make any socket: its arguments lie where no filter looks. It is
  refused by a rule of its own, as the engine's library reads the rules for socket(2) as leave for that call too.
* No io_uring, as in engines from version 25 on: it makes sockets without a system call.
* No io_setup(2): the requests that it makes room for (fs.aio-max-nr, 65,536) are one number for the whole machine.
* No process_vm_readv(2) and process_vm_writev(2), as in engines before version 23: no tool needs another's memory.

userfaultfd(2) and perf_event_open(2) are in no list for processes without capabilities.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources


@cache
def read_profile() -> str:
    """The profile as the Engine API takes it: JSON text on one line."""
    text = (resources.files("runner") / "seccomp-profile.json").read_bytes()
    return json.dumps(json.loads(text), separators=(",", ":"))
