"""Whether jobs can be run now: asked of the engine at most once a second, by whoever needs to know.

    state    what was seen                                              what calls do
    -------  ---------------------------------------------------------  ------------------------------------------
    works    the last question was answered                             run
    late     no answer for 0.8 s, but somebody reads what is sent       take what waits, else wait for an answer
    away     nobody listens; or no answer, and for 2 s nobody reads     are refused at once
             what is sent; or no answer for longer than a call waits

One question is under way at a time, in a thread of its own, and is waited for as long as an engine may need that works
and is late. Whoever asks waits for it a moment only, and is told the state. So ``away`` always has two signs that do
not come from each other: no answer, which is the engine's own, and that nobody listens or reads, which is the kernel's
(:mod:`runner.engine.request_probe`). The first answer ends it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from runner.engine import EngineAway, EngineSilent, find_network_refusal, is_request_read, ping_engine
from runner.images import find_image

from .model import Health, SandboxUnavailable, Settings

LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 30.0
"""So long a call that has its run slot waits for an engine that is late."""
_PROMPT_SECONDS = 0.8
_ANSWER_SECONDS = 10.0
"""So long each request of a question may take."""
_UNREAD_SECONDS = 2.0
"""Between the first time and the last that nobody read what was sent. At a high load it takes a tenth of that."""
_AGAIN_SECONDS = 0.1
_LATE = "The Docker engine is late, or does not answer any more: calls wait for it, up to 30 s."
_STOPPED = "The Docker engine does not answer, and nobody reads what it is asked: restart it, or wait for it."
_HANGS = "The Docker engine does not answer, for 30 s now: restart it, or wait for it."
_log = logging.getLogger(__name__)


class EngineHealth:
    """What is known of the engine. For any number of threads.

    ``counts`` and ``modules`` are asked for what else a Health tells.
    """

    def __init__(
        self, settings: Settings, counts: Callable[[], dict[str, int]], modules: Callable[[], tuple[str, ...]]
    ) -> None:
        self._settings = settings
        self._counts = counts
        self._modules = modules
        self._looking = threading.Lock()
        self._known: tuple[float, Health] | None = None
        self._well: Health | None = None
        self._question: _Question | None = None
        self._silent_since: float | None = None
        self._unread_since: float | None = None
        self._said = ""

    def now(self) -> Health:
        """As it is, or was a second ago; within 1.5 s. Whoever comes while it is asked for waits for that."""
        with self._looking:
            known = self._known
            if known is None or time.monotonic() - known[0] > LOOK_SECONDS:
                health = self._look()
                known = self._known = (time.monotonic(), health)
                self._tell(health)
            return known[1]

    def last(self) -> Health:
        """What was last seen; asks only where nothing was."""
        known = self._known
        return self.now() if known is None else known[1]

    def forget(self) -> None:
        """What was known has turned out not to be true any more."""
        self._known = None

    def await_answer(self, until: float, closed: threading.Event) -> None:
        """Wait while the engine is late, until this time (monotonic) or until ``closed``.

        Raises EngineAway, or EngineSilent when it is late still.
        """
        while not closed.wait(_AGAIN_SECONDS):
            health = self.now()
            if health.away:
                raise EngineAway(health.reason)
            if not health.late:
                return
            if time.monotonic() >= until:
                raise EngineSilent(health.late)

    def _look(self) -> Health:
        question = self._question = self._question or _Question(self._examine)
        if not question.ended.wait(_PROMPT_SECONDS):
            return self._judge_silence(question.began)
        self._question = None
        if isinstance(question.error, EngineSilent):
            return self._judge_silence(question.began)
        self._silent_since = self._unread_since = self._well = None
        if question.found is not None:
            self._well = question.found
            return question.found
        if not isinstance(question.error, SandboxUnavailable):
            raise question.error or AssertionError
        return Health(ready=False, reason=str(question.error), away=isinstance(question.error, EngineAway))

    def _judge_silence(self, began: float) -> Health:
        """What to think of an engine that has not answered since ``began``, or longer."""
        since = self._silent_since = self._silent_since or began
        try:
            read = is_request_read()
        except SandboxUnavailable as error:
            self._well = None
            return Health(ready=False, reason=str(error), away=True)
        now = time.monotonic()
        self._unread_since = None if read else self._unread_since or now
        stopped = self._unread_since is not None and now - self._unread_since >= _UNREAD_SECONDS
        if stopped or now - since >= PATIENCE_SECONDS:
            self._well = None
            return Health(ready=False, reason=_STOPPED if stopped else _HANGS, away=True)
        if self._well is None:
            return Health(ready=False, reason=_LATE, late=_LATE)
        return replace(self._well, late=_LATE, sandboxes=self._counts(), modules=self._modules())

    def _examine(self) -> Health:
        version = ping_engine(_ANSWER_SECONDS)
        image = find_image(self._settings, seconds=_ANSWER_SECONDS)
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

    def _tell(self, health: Health) -> None:
        """Log what changes: callers are only told to come again."""
        said = health.late or health.reason
        if said != self._said:
            if said:
                _log.warning("%s", said)
            else:
                _log.info("the Docker engine works again")
        self._said = said


class _Question:
    """A question to the engine, under way in a thread of its own: it may be that nobody can wait for its end."""

    def __init__(self, examine: Callable[[], Health]) -> None:
        self.began = time.monotonic()
        self.ended = threading.Event()
        self.found: Health | None = None
        self.error: Exception | None = None
        self._examine = examine
        threading.Thread(target=self._ask, name="toolcrib-engine", daemon=True).start()

    def _ask(self) -> None:
        try:
            self.found = self._examine()
        except Exception as error:  # noqa: BLE001 -- raised again where it is waited for
            self.error = error
        finally:
            self.ended.set()
