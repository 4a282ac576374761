"""What must hold after every module of tests that run something, whatever their scripts did."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docker

from runner import Runner
from tests.waiting import LEFT_SECONDS, eventually, patience

HEALTH_SECONDS = 2.0
_MEMORY_MB = 64
# The client keeps connections to the engine, and makes more of them in its first runs.
_DESCRIPTORS = 48
_THREADS = 4
_SPARE = 8
"""One sandbox more, with its slot, of each sort that was asked for; two slots of each sort to spare."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a process has: descriptors, threads, and resident memory in MiB."""

    descriptors: int
    threads: int
    memory_mb: int


def vitals(process: int | str = "self") -> Vitals:
    """How a process is now."""
    folder = Path(f"/proc/{process}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Vitals(len(list((folder / "fd").iterdir())), int(status["Threads"]), int(status["VmRSS"].split()[0]) // 1024)


class Invariants:
    """The claims about one runner, whose owner no other has. Made while nothing runs and everything waits."""

    def __init__(self, runner: Runner, engine: docker.DockerClient, owner: str) -> None:
        self._runner = runner
        self._engine = engine
        self._owner = owner
        self._at_rest = len(self.containers())
        self._vitals = vitals()

    def containers(self) -> frozenset[str]:
        """The ids of the owner's containers, in every state."""
        listed = self._engine.api.containers(all=True, filters={"label": f"toolcrib.owner={self._owner}"})
        return frozenset(one["Id"] for one in listed)

    def hold(self, before: frozenset[str], control: Callable[[], object]) -> None:
        """Fail where one does not hold; ``before`` are the containers from before, ``control`` runs a tool."""
        self._health_answers()
        assert control() == b"1", "a control tool still works"
        self._no_sandbox_is_left(before)
        self._the_process_is_as_it_was()

    def _health_answers(self) -> None:
        began = time.monotonic()
        health = self._runner.health()
        took = time.monotonic() - began
        assert health.ready, health.reason
        assert took < patience(HEALTH_SECONDS), f"health took {took:.1f} s"

    def _no_sandbox_is_left(self, before: frozenset[str]) -> None:
        if not self._at_rest:
            assert self.containers() == frozenset(), "whoever made a sandbox has removed it"
            return

        def at_rest() -> bool:
            now = self.containers()
            # Not those that waited before: of these, the run and the control tool have used some.
            return len(now) <= self._at_rest + _SPARE and len(now & before) < len(before)

        eventually(at_rest, LEFT_SECONDS, f"sandboxes are left: {len(self.containers())}, at rest {self._at_rest}")

    def _the_process_is_as_it_was(self) -> None:
        now, before = vitals(), self._vitals
        assert now.descriptors <= before.descriptors + _DESCRIPTORS, (before, now)
        assert now.threads <= before.threads + _THREADS, (before, now)
        assert now.memory_mb <= before.memory_mb + _MEMORY_MB, (before, now)
