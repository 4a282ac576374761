"""A Docker engine of a test's own: it can be stopped, frozen and started again without harm to anybody else's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import ENDS_WITH_US
from tests.waiting import patience

_START_SECONDS = 60.0
_STOP_SECONDS = 60.0


def missing_daemon() -> str:
    """Why no second engine can be started here; empty when one can."""
    if os.geteuid() != 0:
        return "a second Docker engine needs root"
    return "" if shutil.which("dockerd") else "there is no dockerd to start a second one"


class OwnEngine:
    """A ``dockerd`` with a socket, a store and a containerd of its own, and without a word in the host's firewall."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"unix://{folder}/e.sock"
        self._daemon: subprocess.Popen[bytes] | None = None
        self._containerd: subprocess.Popen[bytes] | None = None
        # Keeps a network namespace: in the host's, a second daemon would take the bridge of the first one away.
        self._space = subprocess.Popen([*ENDS_WITH_US, "unshare", "--net", "sleep", "infinity"])
        while Path(f"/proc/{self._space.pid}/comm").read_text() != "sleep\n":
            time.sleep(0.01)

    def start(self) -> None:
        """Start it, and come back when it answers."""
        if self._containerd is None:
            self._containerd = self._start_containerd()
        command = [
            *ENDS_WITH_US,
            "nsenter",
            f"--net=/proc/{self._space.pid}/ns/net",
            "dockerd",
            "--host",
            self.address,
            "--pidfile",
            f"{self.folder}/pid",
        ]
        command += ["--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec"]
        command += ["--containerd", f"{self.folder}/c.sock", "--bridge=none", "--iptables=false"]
        command += ["--ip-forward=false", "--ip-masq=false"]
        with (self.folder / "log").open("ab") as log:
            self._daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + patience(_START_SECONDS)
        while self.docker("version", check=False).returncode:
            assert self._daemon.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < until, "the second engine does not start"
            time.sleep(0.05)

    def _start_containerd(self) -> subprocess.Popen[bytes]:
        """A process of its own, as on most hosts: it, and what it runs, outlives a daemon that is killed."""
        config = self.folder / "containerd.toml"
        config.write_text(
            'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'root = "{self.folder}/c-root"\nstate = "{self.folder}/c-state"\n'
            f'[grpc]\naddress = "{self.folder}/c.sock"\n'
        )
        with (self.folder / "containerd.log").open("ab") as log:
            return subprocess.Popen(
                [*ENDS_WITH_US, "containerd", "--config", str(config)], stdout=log, stderr=log, start_new_session=True
            )

    def docker(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A ``docker`` command to this engine."""
        return subprocess.run(
            ["docker", "--host", self.address, *words], capture_output=True, text=True, check=check, timeout=600
        )

    def take_image(self, image: str) -> None:
        """Copy an image, with its tags, from the engine that everybody uses."""
        shown = subprocess.run(
            ["docker", "image", "inspect", "--format", "{{join .RepoTags \" \"}}", image],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        with subprocess.Popen(["docker", "save", *shown.stdout.split()], stdout=subprocess.PIPE) as saving:
            subprocess.run(
                ["docker", "--host", self.address, "load"], stdin=saving.stdout, capture_output=True, check=True
            )

    def containers(self, owner: str, *states: str) -> list[str]:
        """The ids of an owner's containers, in these states or in every one.

        One that was killed while it removed a container may list it until its next start, and has it no longer: to
        inspect it finds nothing, and there is nothing that anybody could remove.
        """
        filters = [word for state in states for word in ("--filter", f"status={state}")]
        listed = self.docker("ps", "-aq", "--filter", f"label=toolcrib.owner={owner}", *filters).stdout.split()
        return [one for one in listed if self.docker("container", "inspect", one, check=False).returncode == 0]

    def send(self, number: signal.Signals) -> None:
        """Freeze it with SIGSTOP, let it go on with SIGCONT."""
        assert self._daemon is not None
        self._daemon.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        assert self._daemon is not None
        self._daemon.send_signal(number)
        self._daemon.wait(_STOP_SECONDS)

    def remove(self) -> None:
        """End it, and take away everything that it made."""
        if self._daemon is not None and self._daemon.poll() is None:
            self.send(signal.SIGCONT)
            left = self.docker("ps", "-aq", check=False).stdout.split()
            if left:
                self.docker("rm", "--force", *left, check=False)
            self.docker("network", "prune", "--force", check=False)
            self.stop()
        if self._containerd is not None:
            self._containerd.terminate()
            self._containerd.wait(_STOP_SECONDS)
        self._space.kill()
        self._space.wait()
        for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
            if str(self.folder) in line:
                subprocess.run(["umount", "--lazy", line.split()[1]], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def own_engine() -> Iterator[OwnEngine]:
    """A second engine for as long as the block lasts. Its folder's name is short, as a socket's must be."""
    engine = OwnEngine(Path(tempfile.mkdtemp(prefix="tct-", dir="/tmp")))
    try:
        engine.start()
        yield engine
    finally:
        engine.remove()
