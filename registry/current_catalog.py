"""The current catalog of this process, and the only way to refresh it, :meth:`CatalogState.refresh`.

Three things refresh it: a request that finds that the served ref's stamp changed, a hint from the watcher that the
working tree changed, and a refresh every 30 s, for changes that the system's events missed.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from registry.catalog import Catalog, CheckCache, Contents, TermCache, build_catalog, overlay_images
from registry.gitrepo import (
    ChangedFolders,
    Committed,
    History,
    KnownCommit,
    ListedFolder,
    OwnCommits,
    Repository,
    ToolsetFile,
    WorkTree,
    finish_advances,
    read_committed_toolsets,
    read_history,
    read_shown_toolsets,
    read_snapshot,
)
from runner import ImageState

from .errors import GitFailed, ToolcribError
from .log import log
from .model import Checked, Folder, SharedPackage, Tool
from .shared_packages import name_shared_folder


@contextmanager
def _collector_paused(*, when: bool) -> Iterator[None]:
    """Pause the garbage collector: the first build makes a million objects that stay, and it would take a fifth of the
    time.

    Afterwards the objects are frozen, so that no later collection walks through the whole catalog during a request.
    """
    if not when:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class ImageStates(Protocol):
    """Knows the state of the images that tools need. A :class:`runner.Runner` is one."""

    @property
    def images_version(self) -> int:
        """A number that changes whenever the state of any image may have changed."""
        ...

    def image_state(self, dependencies: tuple[str, ...]) -> ImageState:
        """The state of the image with these dependencies."""
        ...


class CatalogState:
    """Holds the newest catalog. Thread-safe: one thread refreshes, the others wait for it or keep the old catalog."""

    def __init__(
        self,
        repository: Repository,
        *,
        show_uncommitted: bool,
        max_memory_mb: int,
        announce: Callable[[Catalog], None] = lambda _: None,
        images: ImageStates | None = None,
    ) -> None:
        """``announce`` is called with every new catalog, before it answers a request and before ``images`` is asked."""
        self._images = images
        self._shown: tuple[Catalog, int, Catalog] | None = None
        self._showing = threading.Lock()
        self._announce = announce
        self._repository = repository
        self._show_uncommitted = show_uncommitted
        self._work_tree = WorkTree(repository)
        self._cache = CheckCache(max_memory_mb)
        self._contents = Contents(repository)
        self._terms = TermCache()
        self._history: History | None = None
        self._listed: Mapping[str, ListedFolder] = {}
        self._toolsets: dict[str, ToolsetFile] = {}
        self._steps = OwnCommits()
        self._changed = ChangedFolders({})
        self._work_tree_fault: str | None = None
        self._lock = threading.Lock()
        self._stamp: Hashable = None
        self._catalog: Catalog | None = None
        self.last_error: str | None = None
        self.refreshed_at: float | None = None

    def current(self) -> Catalog:
        """The catalog to answer with, refreshed if the served ref moved; its tools show the state of their images.

        Raises GitFailed only when there has never been a catalog. Later, when the repository cannot be read, the last
        good catalog stays, and ``last_error`` says why.
        """
        stamp = self._stamp  # read before the catalog and written after it, so the catalog is at least as new
        catalog = self._catalog
        if catalog is None or self._repository.stamp() != stamp:
            catalog = self.refresh(only_if_moved=True)
        return catalog if self._images is None else self._with_images(catalog, self._images)

    def _with_images(self, catalog: Catalog, images: ImageStates) -> Catalog:
        version = images.images_version  # before the states are read: the next request notices changes meanwhile
        shown = self._shown
        if shown is None or shown[0] is not catalog or shown[1] != version:
            with self._showing:  # one object for all requests: cached answers belong to it
                shown = self._shown
                if shown is None or shown[0] is not catalog or shown[1] != version:
                    shown = self._shown = catalog, version, overlay_images(catalog, images.image_state)
        return shown[2]

    def check(self, folder: Folder) -> Checked:
        """Check a folder, which need not be in any catalog. The result is cached for when it is."""
        return self._cache.check(folder)

    def find_checked(self, tool: Tool) -> Checked:
        """What the check of a tool's folder alone says, for a tool of the newest catalog or one just before it."""
        found = self._cache.get(tool.name, tool.digest)
        return found if isinstance(found, Checked) else tool.checked

    def find_alone(self, package: SharedPackage) -> SharedPackage:
        """The same for a shared package."""
        found = self._cache.get(name_shared_folder(package.name), package.digest)
        return found if isinstance(found, SharedPackage) else package

    def expect(self, commit: Committed, folders: Mapping[str, Folder | None]) -> None:
        """Remember the folders after a commit of this process, so that the next refresh need not ask Git."""
        self._steps.add(commit, folders)

    def refresh(self, *, only_if_moved: bool = False) -> Catalog:
        """Build a new catalog and make it the current one. Folders that did not change are not read again.

        The returned catalog has no states of images.

        ``only_if_moved`` is for requests: nothing happens unless the served ref moved, and then the working tree is
        scanned only where the commit changed something; the watcher notices the rest.
        """
        with self._lock:
            stamp = self._repository.stamp()  # before the build: a move meanwhile is noticed by the next call
            if only_if_moved and self._catalog is not None and stamp == self._stamp:
                return self._catalog
            began = time.monotonic()
            try:
                if not only_if_moved or self._catalog is None:
                    finish_advances(self._repository)
                with _collector_paused(when=self._catalog is None):
                    built = self._build(only_the_commit=only_if_moved and self._catalog is not None)
            except (ToolcribError, OSError, ValueError) as error:
                return self._keep_the_last(stamp, error)
            self.last_error = self._work_tree_fault
            self.refreshed_at = time.time()
            if self._catalog is None or built.identity != self._catalog.identity:
                took = round((time.monotonic() - began) * 1000)
                log.info("catalog refreshed", revision=built.revision, tools=len(built.tools), duration_ms=took)
                self._announce(built)
                self._catalog = built
            self._stamp = stamp
            return self._catalog

    def _keep_the_last(self, stamp: Hashable, error: Exception) -> Catalog:
        """The last good catalog, after the repository could not be read. Raises GitFailed when there is none."""
        self.last_error = str(error)
        log.warning("catalog not refreshed", error=str(error))
        if self._catalog is None:
            if isinstance(error, GitFailed):
                raise error
            raise GitFailed(f"the repository cannot be read: {error}") from error
        self._stamp = stamp  # tried again by the next regular refresh, not by every request
        return self._catalog

    def _build(self, *, only_the_commit: bool) -> Catalog:
        revision = self._repository.tip()
        listed: Mapping[str, ListedFolder] = {}
        toolsets: dict[str, ToolsetFile] = {}
        history = History()
        if revision is not None:
            known = self._steps.follow(self._repository, KnownCommit(self._listed, self._history or history), revision)
            if known is None:
                listed = read_snapshot(self._repository, revision, self._listed)
                toolsets = read_committed_toolsets(self._repository, revision, self._toolsets)
                history = read_history(self._repository, revision, self._history)
            else:  # our own commits change tools only
                listed, toolsets, history = known.listed, self._toolsets, known.history
        changed, fault = self._look_at_work_tree(listed, only_the_commit=only_the_commit)
        shown = self._toolsets_over(toolsets) if fault is None else toolsets
        built = build_catalog(
            self._repository, revision, listed, history, changed, self._cache, self._contents, self._terms, shown
        )
        # Stored only now: a build that fails half-way must not change what the next one compares with.
        self._listed, self._history, self._changed, self._work_tree_fault = listed, history, changed, fault
        self._toolsets = toolsets
        return built

    def _toolsets_over(self, committed: dict[str, ToolsetFile]) -> dict[str, ToolsetFile]:
        """The toolsets' files, with the working tree's in their place if those are shown and can be read."""
        if not self._show_uncommitted or not self._repository.shows_work_tree():
            return committed
        try:
            return read_shown_toolsets(self._repository, committed)
        except (GitFailed, OSError, ValueError) as error:
            log.warning("working tree's toolsets not read", error=str(error))
            return committed

    def _look_at_work_tree(
        self, listed: Mapping[str, ListedFolder], *, only_the_commit: bool
    ) -> tuple[ChangedFolders, str | None]:
        """The changed folders to show instead of the committed ones, and the error if the working tree cannot be
        read."""
        if not self._show_uncommitted or not self._repository.shows_work_tree():
            return ChangedFolders({}), None
        try:
            if not only_the_commit or self._work_tree_fault is not None:
                return self._work_tree.find_changed_folders(listed), None
            before = self._listed
            moved = {name for name in before.keys() | listed.keys() if before.get(name) != listed.get(name)}
            return self._work_tree.find_changed_again(listed, moved | self._changed.changed.keys(), self._changed), None
        except (GitFailed, OSError, ValueError) as error:
            log.warning("working tree not read", error=str(error))
            return ChangedFolders({}), f"the working tree cannot be read, only what is committed is shown: {error}"
