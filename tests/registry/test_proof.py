"""The limits are proved behind the calls, once for each engine and image, and what is not as asked is told."""

from __future__ import annotations

import time
from typing import Any

from registry.sandbox_proof import LimitProver
from runner import Health, ProbeLine, SandboxUnavailable, Settings
from tests.waiting import eventually

GOOD = ProbeLine("pids", "64", "64", ok=True)
BAD = ProbeLine("swap", "none", "512 allowed", ok=False)


class Engine:
    """Stands for the runner, of which only the health is asked."""

    def __init__(self) -> None:
        self.image = "one"
        self.ready = True

    def health(self) -> Health:
        return Health(ready=self.ready, reason="", engine_version="1", image=self.image)


def test_limits_are_proved_once_for_each_image_and_what_is_not_as_asked_is_named(monkeypatch: Any) -> None:
    monkeypatch.setattr("registry.sandbox_proof._LOOK_SECONDS", 0.01)
    engine, asked = Engine(), list[Settings]()

    def prove(settings: Settings) -> list[ProbeLine]:
        asked.append(settings)
        return [GOOD, GOOD] if len(asked) == 1 else [GOOD, BAD]

    prover = LimitProver(Settings("test", warm=8), engine, prove)  # type: ignore[arg-type]
    assert (prover.proof.ok, prover.proof.detail) == (True, "not proved yet: the service has just started")
    prover.start()
    eventually(lambda: prover.proof.detail == "2 of 2 proved in a probe sandbox")
    time.sleep(0.1)
    assert [one.warm for one in asked] == [0], "once, in a sandbox of its own"
    engine.image = "two"
    eventually(lambda: not prover.proof.ok)
    told = "1 of 2 proved in a probe sandbox; not as asked: swap (asked none, found 512 allowed)"
    assert prover.proof.detail == told
    prover.close()


def test_a_probe_that_cannot_be_made_says_why_and_is_no_proof_of_anything(monkeypatch: Any) -> None:
    monkeypatch.setattr("registry.sandbox_proof._LOOK_SECONDS", 0.01)
    monkeypatch.setattr("registry.sandbox_proof._AGAIN_SECONDS", 0.01)
    tries = iter([SandboxUnavailable("the engine is busy"), RuntimeError("a bug")])

    def prove(_: Settings) -> list[ProbeLine]:
        for fault in tries:
            raise fault
        return [GOOD]

    engine = Engine()
    engine.ready = False
    prover = LimitProver(Settings("test"), engine, prove)  # type: ignore[arg-type]
    prover.start()
    time.sleep(0.05)
    assert "just started" in prover.proof.detail
    engine.ready = True
    eventually(lambda: prover.proof.detail == "1 of 1 proved in a probe sandbox")
    prover.close()
