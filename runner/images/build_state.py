"""What the processes of a service know together of the image with one set of dependencies: a folder of small files."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from runner.model import FailedImport

from .dependency_set import NOT_BUILT, UNREACHABLE

LOG_BYTES = 16 * 1024
_RETRY_SECONDS = 600.0
_FIRST_RETRY_SECONDS = 15.0
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")


def name_store(folder: Path) -> str:
    """The name under which the images of this folder are known to the engine; made once, for good.

    Whoever shares the folder shares the images; nobody else touches them.
    """
    path = folder / "name"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        made = folder / f"name.{uuid.uuid4().hex}"
        made.write_text(uuid.uuid4().hex)
        with contextlib.suppress(FileExistsError):
            os.link(made, path)  # whole or not at all, by whoever comes first
        made.unlink()
    return path.read_text()


@dataclass(frozen=True, slots=True)
class BuildFailure:
    """How the last build failed: the finding's code, the words, when (wall clock), and how often in a row."""

    fault: str
    message: str
    at: float
    tries: int

    @property
    def over(self) -> bool:
        """Whether it is time to try again: soon where the index could not be reached, later for what cannot be
        had."""
        wait = _RETRY_SECONDS
        if self.fault in {UNREACHABLE, NOT_BUILT}:
            wait = min(wait, _FIRST_RETRY_SECONDS * 2 ** min(self.tries - 1, 10))
        return not 0 <= time.time() - self.at < wait


class BuildState:
    """The files of one set, whose key names it and its base."""

    def __init__(self, folder: Path, key: str) -> None:
        self.key = key
        self.path = folder / key

    @contextlib.contextmanager
    def building(self) -> Iterator[bool]:
        """Be the only one who builds this; False where somebody else is at it. Ends with the process that holds it."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.path / "building").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    @contextlib.contextmanager
    def workplace(self) -> Iterator[Path]:
        """An empty folder for building, for whoever holds :meth:`building`; what a crash left in it is removed."""
        place = self.path / "work"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    @property
    def log_file(self) -> Path:
        """Where the build writes what it says."""
        return self.path / "log"

    def log(self) -> str:
        """The end of what the last build said, without passwords."""
        try:
            with self.log_file.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_BYTES))
                return strip_passwords(file.read().decode(errors="replace"))
        except OSError:
            return ""

    def lock(self) -> bytes | None:
        """The locked requirements of this set on this base; None where they were never resolved."""
        return self._read("requirements.txt")

    def keep_lock(self, lock: bytes) -> None:
        """Keep them: should the image go, the same packages will be in the next."""
        self._write("requirements.txt", lock)

    def forget_lock(self) -> None:
        """What was locked cannot be had any more."""
        (self.path / "requirements.txt").unlink(missing_ok=True)

    def failure(self) -> BuildFailure | None:
        """How the last build failed, if it did."""
        try:
            kept = json.loads(self._read("failed.json") or b"null")
            return None if kept is None else BuildFailure(**kept)
        except (ValueError, TypeError):
            return None

    def fail(self, fault: str, message: str) -> None:
        """The build failed just now."""
        before = self.failure()
        tries = before.tries + 1 if before is not None and before.fault == fault else 1
        kept: dict[str, Any] = {"fault": fault, "message": message, "at": time.time(), "tries": tries}
        self._write("failed.json", json.dumps(kept).encode())

    def forget_failure(self) -> None:
        """It shall be tried again, or has succeeded."""
        (self.path / "failed.json").unlink(missing_ok=True)

    def failed_imports(self) -> tuple[FailedImport, ...] | None:
        """Which modules cannot be imported in the image; None where that was not tried yet."""
        try:
            kept = json.loads(self._read("imports.json") or b"null")
            found = None if kept is None else [FailedImport(**one) for one in kept]
            return None if found is None else tuple(replace(one, libraries=tuple(one.libraries)) for one in found)
        except (ValueError, TypeError):
            return None

    def keep_failed_imports(self, failed: Iterable[FailedImport]) -> None:
        """They were tried."""
        self._write("imports.json", json.dumps([asdict(one) for one in failed]).encode())

    def forget_imports(self) -> None:
        """They shall be tried again: the image is another, or a tool that needs it."""
        (self.path / "imports.json").unlink(missing_ok=True)

    def mark_used(self) -> None:
        """Somebody wants to run something with it now."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.path / "used").touch()

    def used_at(self) -> float:
        """When somebody last wanted it (wall clock); 0 for never."""
        try:
            return (self.path / "used").stat().st_mtime
        except OSError:
            return 0.0

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except OSError:
            return None

    def _write(self, name: str, data: bytes) -> None:
        fresh = self.path / f"{name}.{uuid.uuid4().hex}"
        fresh.write_bytes(data)
        fresh.replace(self.path / name)


def strip_passwords(text: str) -> str:
    """A log as anybody may read it: addresses lose the user and password in them."""
    return _PASSWORD.sub("", text)
