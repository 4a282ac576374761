"""Whether jobs can be run now: asked of the engine at most once a second, by whoever needs to know."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from runner.engine import EngineSilent, find_network_refusal, ping_engine
from runner.images import find_image

from .model import Health, SandboxUnavailable, Settings

LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = 3.0
"""So long an engine may say nothing, under load, while what it said last still counts: what waits can run meanwhile."""


class EngineHealth:
    """What is known of the engine. For any number of threads.

    ``counts`` and ``modules`` are asked for what else a Health tells; ``patient`` is for a runner with sandboxes that
    wait: others need an engine that answers.
    """

    def __init__(
        self,
        settings: Settings,
        counts: Callable[[], dict[str, int]],
        modules: Callable[[], tuple[str, ...]],
        *,
        patient: bool,
    ) -> None:
        self._settings = settings
        self._counts = counts
        self._modules = modules
        self._patience_seconds = _PATIENCE_SECONDS if patient else 0.0
        self._looking = threading.Lock()
        self._known: tuple[float, Health] | None = None
        self._well: tuple[float, Health] | None = None
        self.silence = ""
        """Why nothing new can be made although the Health says that jobs can run: the engine is silent just now."""

    def now(self) -> Health:
        """As it is, or was a second ago. Whoever comes while it is asked for waits for that."""
        with self._looking:
            known = self._known
            if known is None or time.monotonic() - known[0] > LOOK_SECONDS:
                known = self._known = (time.monotonic(), self._patiently())
            return known[1]

    def last(self) -> Health:
        """What was last seen; asks only where nothing was."""
        known = self._known
        return self.now() if known is None else known[1]

    def forget(self) -> None:
        """What was known has turned out not to be true any more."""
        self._known = None

    def _patiently(self) -> Health:
        self.silence = ""
        try:
            found = self._examine()
        except EngineSilent as error:
            if self._well is not None and time.monotonic() - self._well[0] < self._patience_seconds:
                self.silence = str(error)
                return self._well[1]
            return Health(ready=False, reason=str(error))
        except SandboxUnavailable as error:
            return Health(ready=False, reason=str(error))
        self._well = (time.monotonic(), found)
        return found

    def _examine(self) -> Health:
        version = ping_engine()
        image = find_image(self._settings)
        if image is None:
            reason = "The sandboxes' image is missing: make it with `toolcrib image`."
            return Health(ready=False, reason=reason, engine_version=version)
        return Health(
            ready=True,
            reason="",
            engine_version=version,
            image=image,
            sandboxes=self._counts(),
            modules=self._modules(),
            offline=find_network_refusal(self._settings),
        )
