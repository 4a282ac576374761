"""Whether sandboxes have the limits that they are asked to have: proved once for each engine and image.

An engine can ignore limits silently (rootless without the right cgroups, no swap accounting), so asking is not enough.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from runner import ProbeLine, Runner, SandboxUnavailable, Settings, prove_limits

from .log import log

_LOOK_SECONDS = 5.0
_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LimitProof:
    """What a probe sandbox found; nothing yet while ``lines`` is empty, for the ``reason``."""

    lines: tuple[ProbeLine, ...]
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against the limits: that they are not proved yet does not."""
        return all(line.ok for line in self.lines)

    @property
    def detail(self) -> str:
        """In one sentence."""
        if not self.lines:
            return f"not proved yet: {self.reason}"
        refused = [f"{line.setting} (asked {line.asked}, found {line.found})" for line in self.lines if not line.ok]
        told = f"{len(self.lines) - len(refused)} of {len(self.lines)} proved in a probe sandbox"
        return f"{told}; not as asked: {', '.join(refused)}" if refused else told


class LimitProver:
    """A thread that proves the limits when the engine is there first, and again when it or the image is another."""

    def __init__(
        self, settings: Settings, runner: Runner, prove: Callable[[Settings], list[ProbeLine]] = prove_limits
    ) -> None:
        # A probe sandbox is made for the purpose, and takes no call's place.
        self._settings = replace(settings, warm=0, workers=1, places_file=None, images_dir=None, builds=False)
        self._runner = runner
        self._prove = prove
        self._proof = LimitProof((), "the service has just started")
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="toolcrib-prover", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    @property
    def proof(self) -> LimitProof:
        """What is known now."""
        return self._proof

    def close(self) -> None:
        """End the thread, once a probe that is under way has ended."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        proved: tuple[str | None, str | None] | None = None
        wait_seconds = 0.0
        while not self._closed.wait(wait_seconds):
            wait_seconds = _LOOK_SECONDS
            health = self._runner.health()
            now = (health.engine_version, health.image)
            if not health.ready or now == proved:
                continue
            try:
                self._proof = LimitProof(tuple(self._prove(self._settings)))
                proved = now
            except SandboxUnavailable as error:
                self._proof, wait_seconds = LimitProof((), str(error)), _AGAIN_SECONDS
            except Exception as error:
                log.exception("limits not proved", error=str(error))
                self._proof, wait_seconds = LimitProof((), "the probe failed, see the service's log"), _AGAIN_SECONDS
            for line in self._proof.lines:
                if not line.ok:
                    log.warning("a limit is not as asked", setting=line.setting, asked=line.asked, found=line.found)
