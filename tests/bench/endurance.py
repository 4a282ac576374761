"""``python -m tests.bench.endurance --count 1000``: many executions in a row leave everything where it was.

Prints what the workers, the engine and the containers were before and after, and ends with 1 where something grew.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.engine import containers_of
from tests.repositories import make_repo
from tests.runner.invariants import Vitals, vitals
from tests.services import Running, serving

_ANY = "{type: object, properties: {}, additionalProperties: true}"
_MAIN = "def main():\n    print('x' * 1000)\n    return 'x' * 10_000\n"
_CLIENTS = 4
_WARM = 4
_WARM_UP = 40
_REST_SECONDS = 35.0
_GROWN = 3 * _CLIENTS
"""The pool lets go of what it made for so many at once, sandboxes and networks, only some quiet minutes later."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The workers, the engine (None where it is not a process of this machine), and how many containers there are."""

    workers: tuple[Vitals, ...]
    engine: Vitals | None
    containers: int


@dataclass(frozen=True, slots=True)
class Endured:
    """The figures before and after ``count`` executions, and how long these took."""

    count: int
    before: Figures
    after: Figures
    seconds: float

    def growth(self) -> list[str]:
        """What is not where it was, in sentences; descriptors and memory may grow a little, and only a little."""
        found = []
        pairs = list(zip(self.before.workers, self.after.workers, strict=True))
        for was, now in pairs:
            if now.descriptors > was.descriptors + 24:
                found.append(f"descriptors of a worker: {was.descriptors} -> {now.descriptors}")
            if now.threads > was.threads + 4:
                found.append(f"threads of a worker: {was.threads} -> {now.threads}")
            if now.memory_mb > was.memory_mb + 24:
                found.append(f"memory of a worker: {was.memory_mb} -> {now.memory_mb} MiB")
        if self.after.containers > self.before.containers + _GROWN:
            found.append(f"containers: {self.before.containers} -> {self.after.containers}")
        if (
            self.before.engine
            and self.after.engine
            and self.after.engine.memory_mb > self.before.engine.memory_mb + 100
        ):
            found.append(f"memory of the engine: {self.before.engine.memory_mb} -> {self.after.engine.memory_mb} MiB")
        return found


def endure(folder: Path, count: int, say: Callable[[str], None] = lambda _: None) -> Endured:
    """Run ``count`` executions through a service of its own; everything that it makes lies in ``folder``."""
    owner = f"endurance-{uuid.uuid4().hex[:12]}"
    repo = make_repo(folder / "repo")
    repo.tool("small", main=_MAIN, parameters=_ANY, returns="{}", runtime="{network: false}")
    repo.tool("online", main=_MAIN, parameters=_ANY, returns="{}", runtime="{network: true}")
    repo.commit()
    with serving(repo.path, folder, instance=owner, workers="2", warm=str(_WARM), max_concurrent="4") as service:
        _some(service, _WARM_UP)
        before = _figures(service, owner)
        began = time.monotonic()
        done = 0
        while done < count:
            step = min(100, count - done)
            _some(service, step)
            done += step
            say(f"{done} of {count}: {_figures(service, owner)}")
        seconds = time.monotonic() - began
        after = _rested(service, owner, before)
        total = service.get("/api/v1/executions").json()["total"]
        assert total == count + _WARM_UP, f"{total} records of {count + _WARM_UP} executions"
    return Endured(count, before, after, seconds)


def _some(service: Running, count: int) -> None:
    def one(number: int) -> str:
        answer = service.invoke("online" if number % 4 == 0 else "small")
        return str(answer.json().get("status", answer.status_code))

    with ThreadPoolExecutor(_CLIENTS) as callers:
        ends = list(callers.map(one, range(count)))
    assert set(ends) == {"success"}, {end: ends.count(end) for end in set(ends)}


def _rested(service: Running, owner: str, before: Figures) -> Figures:
    """The figures once there are about as many containers as before, or after so long that there should be."""
    until = time.monotonic() + _REST_SECONDS
    while (found := _figures(service, owner)).containers > before.containers + _GROWN and time.monotonic() < until:
        time.sleep(0.5)
    return found


def _figures(service: Running, owner: str) -> Figures:
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    return Figures(tuple(vitals(child) for child in sorted(children)), _engine(), len(containers_of(owner)))


def _engine() -> Vitals | None:
    found = subprocess.run(["pgrep", "-o", "-x", "dockerd"], capture_output=True, text=True, check=False).stdout.strip()
    try:
        return vitals(found) if found else None
    except OSError:
        return None  # another user's


def main() -> int:
    """Endure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.endurance", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many executions [default: 1000]")
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        endured = endure(Path(folder), count, lambda line: print(line, flush=True))
    print(f"before  {endured.before}\nafter   {endured.after}\n{count} executions in {endured.seconds:.1f} s")
    grown = endured.growth()
    print("\n".join(grown) or "everything is where it was")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
