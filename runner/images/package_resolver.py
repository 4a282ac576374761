"""The only uv: from requirements to a lock, from a lock to a folder of packages. None of their code ever runs here.

Only wheels are taken: a source distribution is built by running it, on this machine, before any sandbox is there. What
is fetched is bound in size, number, memory and time, whatever an archive may unpack to.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.model import SandboxUnavailable

from .build_state import strip_passwords
from .dependency_set import ALTERED, TOO_LARGE, UNREACHABLE, UNRESOLVABLE, BuildFailed
from .package_indexes import PackageSources

MOST_BYTES = 1024 * 1024 * 1024
MOST_FILES = 50_000
_MOST_RESIDENT_BYTES = 1024 * 1024 * 1024
_MOST_LOG_BYTES = 1024 * 1024
_SECONDS = 900.0
_TURN_SECONDS = 0.1
_NICE = 10
_MESSAGE_CHARACTERS = 2000
_NEWEST_GLIBC = 40
# manylinux2014 and then those that uv knows by number.
_GLIBC_STEPS = (17, 28, *range(31, _NEWEST_GLIBC + 1))
_UNREACHABLE = re.compile(
    r"error sending request|Failed to fetch|Request failed|client error \(Connect\)|dns error|timed? ?out|"
    r"operation timed out|[Cc]onnection (refused|reset)|status (server|client) error|invalid peer certificate|"
    r"error decoding response body|Failed to read from `?--find-links|No such file or directory"
)
_NO_WHEEL = re.compile(r"no usable wheels|no wheels|building from source is disabled|has no (compatible )?wheels")
_COMMON = ("--no-build", "--no-cache", "--no-progress", "--no-python-downloads", "--color", "never")


@dataclass(frozen=True, slots=True)
class PackageTarget:
    """The Python that the packages are for: its version, and uv's word for its platform."""

    python: str
    platform: str


def find_target(version: str, machine: str, libc: str, libc_version: str) -> PackageTarget:
    """The target, from what a sandbox's Python says of itself. Raises BuildFailed where uv has no word for it."""
    if machine not in {"x86_64", "aarch64"}:
        raise BuildFailed(UNRESOLVABLE, f"dependencies can be installed on x86_64 and aarch64, and not on {machine}")
    if libc != "glibc":
        return PackageTarget(version, f"{machine}-unknown-linux-musl")
    minor = int(libc_version.split(".")[1])
    step = max((known for known in _GLIBC_STEPS if known <= minor), default=_GLIBC_STEPS[0])
    return PackageTarget(version, f"{machine}-manylinux_2_{step}")


@dataclass(frozen=True, slots=True)
class PackageResolver:
    """uv with its sources and its target. ``place`` holds all that it makes; ``log_file`` takes what it says.

    ``ended`` is asked whether to give up. Raises BuildFailed with uv's words, SandboxUnavailable where there is no uv.
    """

    sources: PackageSources
    target: PackageTarget
    place: Path
    log_file: Path
    ended: Callable[[], bool]

    def lock(self, requirements: Iterable[str]) -> bytes:
        """Every package that the requirements need, each with its version and hashes, and without any address."""
        (self.place / "wanted.txt").write_text("".join(f"{one}\n" for one in requirements))
        output = self.place / "locked.txt"
        self._run("compile", "--generate-hashes", "--no-header", "--no-annotate", "-o", str(output), "wanted.txt")
        return output.read_bytes()

    def unpack(self, lock: bytes) -> Path:
        """The folder with the packages of a lock, unpacked. Nothing is taken that does not have a hash of the lock."""
        site = self.place / "site"
        site.mkdir()
        (self.place / "lock.txt").write_bytes(lock)
        if lock.strip():
            self._run("install", "--require-hashes", "--no-deps", "--target", str(site), "-r", "lock.txt")
        return site

    def _run(self, *words: str) -> None:
        command = [
            *(_uv(), "pip", *words, *_COMMON, *self.sources.options, "--python", sys.executable),
            *("--python-version", self.target.python, "--python-platform", self.target.platform),
        ]
        temporary = self.place / "tmp"
        temporary.mkdir(exist_ok=True)
        # uv takes its settings from the nearest folder above that has some, which may be the repository of tools: an
        # index that somebody commits there must not be asked.
        (self.place / "uv.toml").touch()
        environment = {**self.sources.environment, "TMPDIR": str(temporary)}
        if "install" in words:
            environment.pop("UV_CONSTRAINT", None)  # bounds the lock: beside one it is refused, as it has no hashes
        with self.log_file.open("ab") as log:
            began_at = log.tell()
            process = subprocess.Popen(
                command,
                cwd=self.place,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        try:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)  # calls go first
            self._watch(process)
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            with self.log_file.open("rb") as said:
                said.seek(began_at)
                raise _failure(said.read(_MOST_LOG_BYTES).decode(errors="replace"))

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + _SECONDS
        turn = _TURN_SECONDS
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(turn)
                self._refuse_large()
                return
            if self.ended():
                raise SandboxUnavailable("The service is stopping.")
            if time.monotonic() > until:
                raise BuildFailed(UNREACHABLE, f"resolving and fetching took more than {_SECONDS:g} seconds")
            began = time.monotonic()
            self._refuse_large()
            if _resident_bytes(process.pid) > _MOST_RESIDENT_BYTES:
                raise BuildFailed(TOO_LARGE, f"resolving takes more than {_MOST_RESIDENT_BYTES >> 20} MiB of memory")
            turn = max(_TURN_SECONDS, 4 * (time.monotonic() - began))  # looking shall not cost more than working

    def _refuse_large(self) -> None:
        size, files = measure_folder(self.place)
        if size > MOST_BYTES or files > MOST_FILES or self.log_file.stat().st_size > _MOST_LOG_BYTES:
            most = f"{MOST_BYTES >> 20} MiB and {MOST_FILES} files"
            raise BuildFailed(TOO_LARGE, f"the packages are larger than a tool's may be, unpacked: {most}")


def measure_folder(folder: Path) -> tuple[int, int]:
    """The bytes on disk and the number of files below a folder; hard links count once, links are not followed."""
    size = files = 0
    seen: set[int] = set()
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # gone meanwhile
                found = os.lstat(os.path.join(path, name))  # noqa: PTH118 -- as quick as can be, of thousands
                if found.st_ino not in seen:
                    seen.add(found.st_ino)
                    size += max(found.st_size, found.st_blocks * 512)
                    files += 1
    return size, files


def _resident_bytes(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _uv() -> str:
    import uv  # noqa: PLC0415 -- only those who build need it

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise SandboxUnavailable("uv, which resolves the dependencies of tools, is not installed: run make.") from error


def _failure(said: str) -> BuildFailed:
    """What uv's words mean: that the packages cannot be had, or that their index could not be asked."""
    words = strip_passwords(_without_notes(said.splitlines()))[:_MESSAGE_CHARACTERS] or "uv failed without a word"
    if _NO_WHEEL.search(words):
        note = "Only wheels are installed, because building a package runs it outside of any sandbox. "
        return BuildFailed(UNRESOLVABLE, note + words, logged=True)
    if "Hash mismatch" in words:
        return BuildFailed(ALTERED, words, logged=True)
    return BuildFailed(UNREACHABLE if _UNREACHABLE.search(words) else UNRESOLVABLE, words, logged=True)


def _without_notes(lines: Sequence[str]) -> str:
    """uv's words from its first error on, on one line."""
    start = next((number for number, line in enumerate(lines) if line.startswith("error")), 0)
    told = (line.strip() for line in lines[start:])
    return " ".join(line for line in told if line).removeprefix("error: ")
