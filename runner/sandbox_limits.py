"""The one table of a sandbox's limits, and the Engine's words for them. No Docker, nothing that changes.

:mod:`.limit_probe` proves every row from inside.
"""

from __future__ import annotations

from typing import Any

from .model import Settings
from .seccomp_profile import read_profile

MIB = 1024 * 1024

# Of the image, and of what is done in it while it is built. A sandbox has an id of its own: runner.engine.user_ids.
IMAGE_USER = "65534:65534"
PIDS = 64
CPUS = 1.0
SHARED_MEMORY_MB = 16
OPEN_FILES = 256
FILE_SIZE_MB = 64
# The inode bound is against a million empty files; what is in a tmpfs also counts as the sandbox's memory.
TMPFS_MB = {"/tmp": 64, "/tool": 16}  # noqa: S108 -- the sandbox's own
TMPFS_INODES = {"/tmp": 16384, "/tool": 1024}  # noqa: S108 -- the sandbox's own
RESULT_BYTES = MIB
LOG_BYTES = 256 * 1024

CA_FILE = "/etc/ssl/certs/ca-certificates.crt"

SITE = "/opt/toolcrib/site"
"""Where a tool's dependencies are in its image."""

# What every process of a sandbox finds in its environment. Libraries take one thread each, where they can be told: the
# pids limit counts threads, there is one CPU, and what they see is how many the machine has.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 -- the sandbox's own
    "TMPDIR": "/tmp",  # noqa: S108 -- the sandbox's own
    # Its user id is in no /etc/passwd: what asks for the user's name finds it here.
    "USER": "sandbox",
    "LOGNAME": "sandbox",
    "LANG": "C.UTF-8",
    # The harness and the tool have this by options; these are for the interpreters that a tool starts.
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "SSL_CERT_FILE": CA_FILE,
    "REQUESTS_CA_BUNDLE": CA_FILE,
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
    "GOMAXPROCS": "1",
    # What os.cpu_count() says from Python 3.13 on: pools of threads and processes are as large.
    "PYTHON_CPU_COUNT": "1",
}
TOOL_ENVIRONMENT = {**ENVIRONMENT, "PATH": f"{SITE}/bin:{ENVIRONMENT['PATH']}"}
"""What a tool finds, besides the secrets granted to it: the commands of its dependencies are there for it alone. Were
they for the harness, a package could bring a ``python3`` that runs as process 1."""


def make_host_config(settings: Settings, *, memory_mb: int, network: str) -> dict[str, Any]:
    """The Engine API's HostConfig of one sandbox; ``network`` is a network's id, or ``none``."""
    config: dict[str, Any] = {
        # Whatever becomes of the service: the harness ends with its connection, and the engine removes what has ended.
        "AutoRemove": True,
        "CapDrop": ["ALL"],
        "IpcMode": "private",
        "LogConfig": {"Type": "none"},
        "Memory": memory_mb * MIB,
        # Memory and swap together: without this, swap would double the limit.
        "MemorySwap": memory_mb * MIB,
        "NanoCpus": int(CPUS * 1e9),
        "NetworkMode": network,
        "PidsLimit": PIDS,
        "Privileged": False,
        "ReadonlyRootfs": True,
        "RestartPolicy": {"Name": "no"},
        "SecurityOpt": ["no-new-privileges", f"seccomp={read_profile()}"],
        "ShmSize": SHARED_MEMORY_MB * MIB,
        "Tmpfs": {
            path: f"rw,nosuid,nodev,size={size}m,nr_inodes={TMPFS_INODES[path]},mode=1777"
            for path, size in TMPFS_MB.items()
        },
        # Not nproc: it counts per user on the whole host.
        "Ulimits": [
            {"Name": "nofile", "Soft": OPEN_FILES, "Hard": OPEN_FILES},
            {"Name": "fsize", "Soft": FILE_SIZE_MB * MIB, "Hard": FILE_SIZE_MB * MIB},
            {"Name": "core", "Soft": 0, "Hard": 0},
        ],
    }
    if settings.runtime is not None:
        config["Runtime"] = settings.runtime
    return config
