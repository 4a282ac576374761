"""Bring a working tree up to date when a commit of ours moved its branch.

Only what nobody touched changes, path by path: an index entry that equals the old commit's becomes the new commit's,
and so does the file, if it equals the old commit's, too. Everything else is the user's and stays. No filter, hook or
monitor of the repository runs: files are compared and written here, and the index entry is set directly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from registry.errors import GitFailed
from registry.gitrepo.store import SUBMODULE, Files, Repository, TreeBlob
from registry.log import log

from .checkouts import Checkout
from .content_conversion import UNCONVERTED
from .file_placement import FileForm, place_file, remove_empty_folders
from .index_update import KEPT, Changes, Entries, IndexUpdate, is_forgotten_lock, name_index_lock
from .path_attributes import ATTRIBUTES_FILE, read_checkout_settings, read_conversions


@dataclass(frozen=True, slots=True)
class FolderMove:
    """A folder ``path`` (relative to the repository; empty for all of it) that changes from any state in ``before`` to
    ``after``."""

    path: str
    before: tuple[Files, ...]
    after: Files

    def states(self) -> Iterator[tuple[str, set[TreeBlob | None], TreeBlob | None]]:
        """Each path (relative to the repository) that changes, with its possible old states and its new one."""
        for path in sorted({path for files in (*self.before, self.after) for path in files}):
            before = {files.get(path) for files in self.before}
            after = self.after.get(path)
            if before != {after}:
                yield f"{self.path}/{path}" if self.path else path, before, after


@dataclass(slots=True)
class Advance:
    """One working tree in which one or more folders follow a commit.

    Call :meth:`begin` and :meth:`install` before the branch moves, then :meth:`finish` if it moved or :meth:`undo` if
    it did not; always end with :meth:`close` or :meth:`abandon`.
    """

    repository: Repository
    checkout: Checkout
    moves: tuple[FolderMove, ...]
    contents: Mapping[str, bytes]
    _update: IndexUpdate = field(init=False)
    _locked: bool = False
    _ready: bool = False
    _ours: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        below = tuple(f"{move.path}/" for move in self.moves if move.path)
        self._update = IndexUpdate(self.checkout, below, self._decide)

    def begin(self, wait_seconds: float) -> bool:
        """Prepare the new index and take Git's lock on it. False when another program is using the index.

        When a killed command left the lock, or the index cannot be changed, True: the working tree follows later.
        """
        try:
            self._update.prepare()
            self._locked = self._update.lock(wait_seconds)
        except (GitFailed, OSError) as error:
            self._put_off(error)
            return True
        if not self._locked:
            log.warning("the index is locked by another program; the working tree follows later", **self._where())
        return self._locked or is_forgotten_lock(self.checkout)

    def install(self, revision: str = "") -> None:
        """Put the new index in place. With a ``revision``, to which the branch has yet to move, the old index is kept
        until :meth:`close`."""
        if not self._locked:
            return
        try:
            self._update.install(self.checkout.own_folder() / f"{KEPT}{revision}" if revision else None)
            self._ready = True
        except OSError as error:
            self._put_off(error)

    def finish(self) -> bool:
        """The branch moved: put the files in place. False when something is left to do."""
        if not self._ready:
            return False
        try:
            self._place_files()
        except (GitFailed, OSError) as error:
            log.warning("the working tree cannot be changed; it follows later", error=str(error), **self._where())
            return False
        return True

    def undo(self) -> None:
        """The branch did not move: put the index back."""
        self._update.undo()

    def close(self) -> None:
        """Release the lock."""
        self._update.release()

    def abandon(self) -> None:
        """Leave everything as a killed process would."""
        self._update.abandon()

    def _put_off(self, error: Exception) -> None:
        log.warning("the index cannot be changed; the working tree follows later", error=str(error), **self._where())

    def _where(self) -> dict[str, str]:
        return {"work_tree": str(self.checkout.work_tree), "lock": str(name_index_lock(self.checkout))}

    def _decide(self, entries: Entries) -> Changes:
        """Change the entries that equal one of the old states. Their files may be changed, too, as may the files of
        entries that equal the new state already (``_ours``)."""
        self._ours = set()
        changes: dict[str, TreeBlob | None] = {}
        for path, before, after in (state for move in self.moves for state in move.states()):
            entry = entries.get(path)
            if entry is not None and entry.blob is None:
                continue  # unmerged
            have = entry.blob if entry else None
            if have == after or have in before:
                if entry is None or not entry.skipped:
                    self._ours.add(path)
                if have != after:
                    changes[path] = after
        return changes

    def _place_files(self) -> None:
        forms = self._read_forms()
        sparse = bool(self._update.entries) and all(entry.skipped for entry in self._update.entries.values())
        for move in self.moves:
            states = [state for state in move.states() if state[0] in self._ours]
            gone = (self.checkout.work_tree / move.path).is_dir() is False and all(move.before)
            if sparse or gone:
                continue  # the user keeps this folder out of the working tree
            removed = [(path, before) for path, before, after in states if after is None]
            for path, before in removed:
                self._place(path, before, None, forms)
            remove_empty_folders(self.checkout, [path for path, _ in removed], move.path)
            for path, before, after in states:
                if after is not None and after.mode != SUBMODULE:
                    self._place(path, before, after, forms)

    def _place(
        self, path: str, before: set[TreeBlob | None], after: TreeBlob | None, forms: Mapping[str, FileForm]
    ) -> None:
        content = self.contents[after.identity] if after else b""
        place_file(self.checkout, path, before, after, content, self.repository.object_format, forms[path])

    def _read_forms(self) -> dict[str, FileForm]:
        """How each file of ours is converted: as the working tree's attributes say now, and as the new index's do."""
        paths = sorted(self._ours)
        brought = [path for path in paths if path.rpartition("/")[2] == ATTRIBUTES_FILE]
        settings = read_checkout_settings(self.checkout)
        found = read_conversions(self.checkout, paths, settings)
        written = read_conversions(self.checkout, paths, settings, unseen=brought, indexed=True)
        plain = FileForm(keeps_mode=settings.keeps_modes)
        return {
            path: replace(plain, found=found.get(path, UNCONVERTED), written=written.get(path, UNCONVERTED))
            for path in paths
        }
