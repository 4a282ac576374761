"""Sees that there is an image for every set of dependencies that tools need, outside of the calls.

Several processes of a service share the images. What one must know of the others is in files (:mod:`.build_state`) and
in the engine: only one builds a set, all see how far it is.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from runner.model import ImageNotReady, ImageState, Needs, SandboxUnavailable, Settings

from . import dependency_layer, image_build
from .build_state import BuildState, name_store
from .dependency_set import BuildFailed, normalise_dependencies

Say = Callable[[str], None]

_LOOK_SECONDS = 1.0
_CALM_SECONDS = 5.0
"""Between two looks when all images are there. One that somebody removed is missed by the next call at the latest."""
_MAKER = "toolcrib-build"
_BACK_OFF_SECONDS = 5.0
_MARK_SECONDS = 30.0
_WANTED_SECONDS = 600.0
_CLOSE_SECONDS = 5.0
READY = ImageState("ready")
_log = logging.getLogger(__name__)


class ImageQueue:
    """The images of one process's tools. With ``settings.builds`` threads look and build, from the first need on.

    ``base`` gives the id of the sandboxes' image, None where there is none now; what it raises is SandboxUnavailable.
    """

    def __init__(self, settings: Settings, base: Callable[[], str | None]) -> None:
        self._settings = settings
        self._base = base
        self._lock = threading.Lock()
        self._needs: dict[tuple[str, ...], Needs] = {}
        self._states: dict[tuple[str, ...], ImageState] = {}
        self._images: dict[tuple[str, ...], str] = {}
        self._marked: dict[tuple[str, ...], float] = {}
        self._closed = threading.Event()
        self._look_now = threading.Event()
        self._thread: threading.Thread | None = None
        self._making: threading.Thread | None = None
        self._trouble = ""
        self.version = 0

    def want(self, needs: Iterable[Needs]) -> None:
        """Have images for these needs and no others. A need whose tools were saved is tried again at once."""
        wanted = {need.dependencies: need for need in needs if need.dependencies}
        with self._lock:
            before, self._needs = self._needs, wanted
            self._states = {given: state for given, state in self._states.items() if given in wanted}
            self._images = {given: image for given, image in self._images.items() if given in wanted}
            self.version += 1
            start = bool(wanted) and self._settings.builds and self._thread is None and not self._closed.is_set()
            if start:
                self._thread = threading.Thread(target=self._work, name="toolcrib-builder", daemon=True)
                self._thread.start()
        for given, need in wanted.items():
            if given in before and before[given].saved != need.saved:
                self._try_again(given)
        self._look_now.set()

    def modules_of(self, dependencies: tuple[str, ...]) -> tuple[str, ...]:
        """The modules that the tools with these dependencies import."""
        need = self._needs.get(dependencies)
        return need.modules if need is not None else ()

    def ready(self) -> dict[tuple[str, ...], str]:
        """The images that can be run now, as far as was known a moment ago."""
        with self._lock:
            return dict(self._images)

    def state(self, dependencies: tuple[str, ...]) -> ImageState:
        """How far it is, as far as was known a moment ago."""
        if not dependencies:
            return READY
        return self._states.get(dependencies) or ImageState("building")

    def image_for(self, dependencies: tuple[str, ...], *, afresh: bool = False) -> str:
        """The id of the image to run. Raises ImageNotReady with how far it is, or SandboxUnavailable."""
        if afresh or self._thread is None or dependencies not in self._images:
            self._look([dependencies])
        self._mark(dependencies)
        image = self._images.get(dependencies)
        if image is None:
            state = self.state(dependencies)
            if state.state == "failed":
                raise ImageNotReady(f"The tool's dependencies cannot be installed: {state.message}", state)
            raise ImageNotReady("The image with the tool's dependencies is being built.", state)
        return image

    def build(self, dependencies: tuple[str, ...], say: Say) -> ImageState:
        """Build it now, whatever failed before, or wait for whoever is at it. Raises SandboxUnavailable."""
        if not dependencies:
            return READY
        self._try_again(dependencies)
        said = False
        while True:
            self._look([dependencies])
            state = self.state(dependencies)
            if state.state != "building":
                return state
            if not said:
                say(f"dependencies: installing {', '.join(dependencies)}")
                said = True
            if not self._build(dependencies):
                self._closed.wait(_LOOK_SECONDS)  # another process builds it
            if self._closed.is_set():
                raise SandboxUnavailable("The service is stopping.")

    def close(self) -> None:
        """End the threads, and what they build."""
        self._closed.set()
        self._look_now.set()
        for thread in (self._thread, self._making):
            if thread is not None:
                thread.join(_CLOSE_SECONDS)

    def _folder(self) -> Path:
        if self._settings.images_dir is None:
            raise SandboxUnavailable("Dependencies cannot be installed: this runner was given no folder for them.")
        return self._settings.images_dir

    def _shelf(self, dependencies: tuple[str, ...], base: str) -> BuildState:
        """The files of a set on a base. Raises BuildFailed where it is no set, SandboxUnavailable without a folder."""
        folder = self._folder()
        parts = (name_store(folder), base, *normalise_dependencies(dependencies))
        return BuildState(folder, hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24])

    def _needed_base(self) -> str:
        base = self._base()
        if base is None:
            raise SandboxUnavailable("The sandboxes' image is missing: make it with `toolcrib image`.")
        return base

    def _shelf_now(self, dependencies: tuple[str, ...]) -> BuildState | None:
        """The files of a set on the base of now; None where there is no base, or it is no set."""
        base = self._base()
        try:
            return None if base is None else self._shelf(dependencies, base)
        except BuildFailed:
            return None

    def _try_again(self, dependencies: tuple[str, ...]) -> None:
        """Forget what failed: the build, or the import of something that its tools need."""
        shelf = self._shelf_now(dependencies)
        if shelf is not None:
            shelf.forget_failure()
            failed = ImageState("ready", failed_imports=shelf.failed_imports() or ())
            if failed.of_use_to(self.modules_of(dependencies)).state == "failed":
                shelf.forget_imports()

    def _mark(self, dependencies: tuple[str, ...]) -> None:
        """Note that it is used; not with every call, for that would be in the way of the call."""
        if time.monotonic() - self._marked.get(dependencies, -_MARK_SECONDS) < _MARK_SECONDS:
            return
        self._marked[dependencies] = time.monotonic()
        shelf = self._shelf_now(dependencies)
        if shelf is not None:
            shelf.mark_used()
            self._look_now.set()

    def _look(self, which: Iterable[tuple[str, ...]]) -> None:
        """See how far the images are. Raises SandboxUnavailable."""
        base = self._needed_base()
        there = dependency_layer.list_layers(name_store(self._folder()))
        for dependencies in which:
            image = None
            try:
                shelf = self._shelf(dependencies, base)
                state = self._judged(shelf, there=shelf.key in there)
                image = there[shelf.key].image if state.state == "ready" else None
            except BuildFailed as error:
                state = ImageState("failed", str(error), error.fault, str(error))
            self._note(dependencies, state, image)

    @staticmethod
    def _judged(shelf: BuildState, *, there: bool) -> ImageState:
        if there:
            failed = shelf.failed_imports()
            state: Literal["ready", "building"] = "building" if failed is None else "ready"
            return ImageState(state, shelf.log(), failed_imports=failed or ())
        failure = shelf.failure()
        if failure is not None and not failure.over:
            return ImageState("failed", shelf.log() or failure.message, failure.fault, failure.message)
        return ImageState("building", shelf.log())

    def _note(self, dependencies: tuple[str, ...], state: ImageState, image: str | None) -> None:
        with self._lock:
            if self._states.get(dependencies) != state or self._images.get(dependencies) != image:
                self._states[dependencies] = state
                self._images.pop(dependencies, None)
                if image is not None:
                    self._images[dependencies] = image
                self.version += 1

    def _build(self, dependencies: tuple[str, ...]) -> bool:
        """Build it, if nobody else does; what happened is in its files. Raises SandboxUnavailable."""
        base = self._needed_base()
        shelf = self._shelf(dependencies, base)
        need = self._needs.get(dependencies) or Needs(dependencies)
        work = image_build.ImageBuild(
            self._settings, name_store(self._folder()), shelf, base, self._closed.is_set, need.memory_mb
        )
        if not work.run(normalise_dependencies(dependencies)):
            return False
        needs = [*self._needs, dependencies]
        image_build.prune_images(self._settings, name_store(self._folder()), self._keys(needs, base), spared=shelf.key)
        return True

    def _keys(self, needs: Iterable[tuple[str, ...]], base: str) -> set[str]:
        keys = set()
        for dependencies in needs:
            try:
                keys.add(self._shelf(dependencies, base).key)
            except BuildFailed:
                continue
        return keys

    def _missing(self) -> list[tuple[str, ...]]:
        """What to build: what was asked for lately; and as long as there is room, what may be asked for."""
        missing = [given for given in self._needs if self.state(given).state == "building"]
        if not missing:
            return []
        base = self._needed_base()
        asked = [one for one in missing if time.time() - self._shelf(one, base).used_at() < _WANTED_SECONDS]
        taken = sum(layer.size for layer in dependency_layer.list_layers(name_store(self._folder())).values())
        room = taken < self._settings.images_mb * 1024 * 1024
        return asked or (missing if room else [])

    def _work(self) -> None:
        """Look at the images again and again. Building goes on beside it: its log is to be seen meanwhile."""
        while not self._closed.is_set():
            with self._logged():
                self._look(list(self._needs))
                missing = self._missing()
                if missing and (self._making is None or not self._making.is_alive()):
                    self._making = threading.Thread(target=self._make, args=(missing,), name=_MAKER, daemon=True)
                    self._making.start()
            ready = all(self.state(given).state == "ready" for given in self._needs)
            self._look_now.wait(_CALM_SECONDS if ready else _LOOK_SECONDS)
            self._look_now.clear()

    def _make(self, missing: Iterable[tuple[str, ...]]) -> None:
        """Build the first of what is missing that no other process is building."""
        with self._logged():
            if not any(self._build(one) for one in missing):
                return
        self._look_now.set()

    @contextmanager
    def _logged(self) -> Iterator[None]:
        """Go on whatever happens: without these threads nothing would be built any more."""
        try:
            yield
        except SandboxUnavailable as error:
            if str(error) != self._trouble:
                _log.info("images with dependencies: %s", error)
            self._trouble = str(error)
            self._closed.wait(_BACK_OFF_SECONDS)
        except Exception:  # noqa: BLE001 -- logged
            _log.exception("the builder of images")
            self._closed.wait(_BACK_OFF_SECONDS)
        else:
            self._trouble = ""
