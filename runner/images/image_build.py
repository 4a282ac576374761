"""One build of an image with dependencies, and the removal of images to stay within their bound."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from runner.model import Job, SandboxUnavailable, Settings
from runner.sandbox import Sandbox

from . import dependency_layer, import_check
from .build_state import BuildState
from .dependency_set import NOT_BUILT, UNRESOLVABLE, BuildFailed
from .package_indexes import find_package_sources
from .package_resolver import PackageResolver, PackageTarget, find_target

_KEPT_SECONDS = 30 * 24 * 3600.0
_ASK_MB = 64
_ASK = b"""\
import platform
def main():
    libc, version = platform.libc_ver()
    return {"version": platform.python_version(), "machine": platform.machine(), "libc": libc, "libc_version": version}
"""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """Everything that one build knows. ``ended`` is asked whether to give up."""

    settings: Settings
    store: str
    shelf: BuildState
    base: str
    ended: Callable[[], bool]
    memory_mb: int = 256

    def run(self, requirements: tuple[str, ...]) -> bool:
        """Build, and leave the image or the failure; False where another process is at it.

        Raises SandboxUnavailable where the engine fails or the service stops: then it is as if nothing had been tried.
        """
        with self.shelf.building() as alone:
            if not alone:
                return False
            there = dependency_layer.list_layers(self.store).get(self.shelf.key)
            if there is not None and self.shelf.failed_imports() is not None:
                return True  # built by another process since it was looked for
            try:
                if there is None:
                    self.shelf.log_file.write_bytes(b"")
                    self.shelf.forget_imports()
                    with self.shelf.workplace() as place:
                        image = self._make(place, requirements)
                self._try_imports(image if there is None else there.image, requirements)
            except BuildFailed as error:
                if not error.logged:
                    self._say(f"failed: {error}")
                self.shelf.fail(error.fault, str(error))
            except OSError as error:
                message = f"the build failed on this machine: {error.strerror or error}"
                self._say(f"failed: {message}")
                self.shelf.fail(NOT_BUILT, message)
            else:
                self.shelf.forget_failure()
            return True

    def _make(self, place: Path, requirements: tuple[str, ...]) -> str:
        sources = find_package_sources(self.settings.build_environment, self.settings.ca_bundle, place)
        resolver = PackageResolver(sources, self._target(), place, self.shelf.log_file, self.ended)
        self._say(f"wanted for Python {resolver.target.python}: {', '.join(requirements)}")
        site = self._packages(resolver, requirements)
        self._say("making the image")
        image, left_out = dependency_layer.make_layer(self.settings, self.store, self.shelf.key, self.base, site)
        for path in left_out:
            self._say(f"left out, as it is no regular file: {path}")
        return image

    def _try_imports(self, image: str, requirements: tuple[str, ...]) -> None:
        """Import what was installed, once: what then fails would fail with every call."""
        self._say("importing the packages in a sandbox")
        trial = import_check.try_imports(self.settings, image, requirements, self.memory_mb, self.ended)
        if trial.tried:
            self._say(f"imported: {', '.join(trial.tried)}")
        for one in trial.failed:
            self._say(one.message)
        if trial.trouble:
            self._say(f"the imports were not tried to their end: {trial.trouble}")
        self._say(f"ready: {image}")
        self.shelf.keep_failed_imports(trial.failed)

    def _packages(self, resolver: PackageResolver, requirements: tuple[str, ...]) -> Path:
        """The packages; those of the last time on this base where they can still be had.

        A file that is there under its name but is not the same is refused: that is what the lock is for.
        """
        lock = self.shelf.lock()
        if lock is not None:
            try:
                return resolver.unpack(lock)
            except BuildFailed as error:
                if error.fault != UNRESOLVABLE:
                    raise
                self._say("what was locked cannot be had any more: resolving anew")
                self.shelf.forget_lock()
                shutil.rmtree(resolver.place / "site", ignore_errors=True)
        lock = resolver.lock(requirements)
        self.shelf.keep_lock(lock)
        return resolver.unpack(lock)

    def _target(self) -> PackageTarget:
        """What the base image's own Python says of itself, in a sandbox."""
        job = Job("target", {"main.py": _ASK}, "function", b"{}", timeout_seconds=10.0, network=False)
        with Sandbox(self.settings, self.base, memory_mb=_ASK_MB, network=False) as sandbox:
            outcome = sandbox.run(job)
        if outcome.result is None:
            why = outcome.failure.message if outcome.failure is not None else ""
            raise SandboxUnavailable(f"The sandboxes' image does not say which Python it has: {why}")
        return find_target(**json.loads(outcome.result))

    def _say(self, text: str) -> None:
        with self.shelf.log_file.open("a") as log:
            log.write(f"{text}\n")


def prune_images(settings: Settings, store: str, wanted: Collection[str], spared: str) -> list[str]:
    """Remove this store's images until the rest is within ``settings.images_mb``; the keys of what was removed.

    First those that no tool wants, then those used longest ago. Never one that a container is made from, nor
    ``spared``, which was made just now. Raises SandboxUnavailable.
    """
    there = dependency_layer.list_layers(store)
    total = sum(layer.size for layer in there.values())
    assert settings.images_dir is not None  # noqa: S101 -- whoever has a store has a folder
    folder = settings.images_dir
    used = {key: max(BuildState(folder, key).used_at(), layer.created) for key, layer in there.items()}
    removed = []
    for key in sorted(there, key=lambda key: (key in wanted, used[key])):
        if total <= settings.images_mb * 1024 * 1024:
            break
        if key != spared and dependency_layer.remove_layer(there[key]):
            total -= there[key].size
            removed.append(key)
    if total > settings.images_mb * 1024 * 1024:
        _log.warning("images with dependencies take %d MiB: all the rest are in use", total >> 20)
    _forget_old(folder, there.keys() | set(wanted))
    return removed


def _forget_old(folder: Path, kept: Collection[str]) -> None:
    """Remove what is known of images that are long gone and that no tool wants."""
    for path in folder.iterdir():
        if path.is_dir() and path.name not in kept and time.time() - path.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
