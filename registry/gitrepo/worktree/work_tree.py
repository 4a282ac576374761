"""Which folders of tools and shared packages in the working tree differ from the served commit.

Git only lists the paths that count (its ignore rules) and tells their attributes. The comparison is done here, by the
object id that a file would have as Git commits it, so that no filter of the repository runs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from registry.gitrepo.store import MODES, Files, ListedFolder, Repository, TreeBlob, read_tree
from registry.model import File, Folder
from registry.shared_packages import SHARED_DIR, split_folder_path

from .advance_journal import JournalEntry, read_journal
from .checkouts import Checkout
from .committed_form import CommittedForm
from .content_conversion import Conversion
from .disk_folder import FileStamp, make_folder, read_stamps
from .path_attributes import (
    ATTRIBUTES_FILE,
    CheckoutSettings,
    read_checkout_settings,
    read_conversions,
    stamp_attributes,
)

_PATHS_AT_MOST = 200
# Two writes within one tick of the file system's clock (usually 4 ms) can leave the same stamp.
_STAMPS_SETTLE_NS = 100_000_000

Changed = tuple[Folder, Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class ChangedFolders:
    """Folders of the working tree that differ from the commit, each with the bytes of its files.

    Files are missing only from a folder beyond the limits of :mod:`registry.gitrepo.store.read_bounds`, which the check
    refuses anyway.
    """

    changed: Mapping[str, Changed]


@dataclass(frozen=True, slots=True)
class _Look:
    """A scan of one folder: its files and their stamps, compared with the committed folder of the digest ``committed``.

    ``changed`` is None when they were equal. ``settled``: any later change of a file shows in its stamp; ``attributes``
    is the stamp of what decides how files are converted.
    """

    stamps: Mapping[str, FileStamp]
    attributes: Hashable
    settled: bool
    files: tuple[File, ...]
    committed: str | None
    changed: Changed | None


@dataclass(slots=True)
class WorkTree:
    """The working tree of a repository. It remembers file stamps, so a scan reads only files that changed since."""

    repository: Repository
    _looks: dict[str, _Look] = field(default_factory=dict)

    def find_changed_folders(self, committed: Mapping[str, ListedFolder]) -> ChangedFolders:
        """The folders that differ from ``committed``. A folder deleted on disk does not count as changed."""
        # Before the scan, so that a tree that follows a commit during it is not taken for a user's change.
        noted = read_journal(self.repository)
        self._looks = self._look_at(committed, [""])
        return self._users(self._looks, committed, noted)

    def find_changed_again(
        self, committed: Mapping[str, ListedFolder], names: Iterable[str], last: ChangedFolders
    ) -> ChangedFolders:
        """Update the ``last`` scan for these folders only. For a new commit, when the working tree itself did not
        change."""
        looked_at = set(names)
        if not looked_at:
            return last
        noted = read_journal(self.repository)
        looks = self._look_at(committed, [f"{name}/" for name in looked_at], looked_at)
        self._looks.update(looks)
        kept = {name: folder for name, folder in last.changed.items() if name not in looked_at}
        return ChangedFolders({**kept, **self._users(looks, committed, noted).changed})

    def _users(
        self, looks: Mapping[str, _Look], committed: Mapping[str, ListedFolder], noted: Iterable[JournalEntry]
    ) -> ChangedFolders:
        """The folders that a user changed; without those that only have yet to follow a commit of ours."""
        found = {name: look.changed for name, look in looks.items() if look.changed is not None}
        behind = self._behind(found, noted)
        for name in behind:
            files = committed[name].files if name in committed else ()
            if is_behind(found[name][0].files, behind[name], files):
                del found[name]
        return ChangedFolders(found)

    def _behind(self, names: Iterable[str], noted: Iterable[JournalEntry]) -> dict[str, list[Files]]:
        """The folders that may have yet to follow a commit, each with its possible earlier files."""
        behind: dict[str, list[Files]] = {}
        for entry in noted:
            if entry.checkout.work_tree != self.repository.work_tree:
                continue
            for name in names:
                prefix = f"{self.repository.tools_dir}/{name}"
                if prefix in entry.folders:
                    behind.setdefault(name, []).append(read_tree(self.repository, entry.folders[prefix]))
                elif "" in entry.folders:
                    every = read_tree(self.repository, entry.folders[""])
                    below = {path.removeprefix(f"{prefix}/"): blob for path, blob in every.items()}
                    behind.setdefault(name, []).append(
                        {path: blob for path, blob in below.items() if path not in every}
                    )
        return behind

    def _look_at(
        self, committed: Mapping[str, ListedFolder], below: list[str], only: set[str] | None = None
    ) -> dict[str, _Look]:
        looks: dict[str, _Look] = {}
        if self.repository.work_tree is None:
            return looks
        checkout = Checkout(self.repository.git_dir, self.repository.work_tree)
        attributes = stamp_attributes(checkout, self.repository.tools_dir)
        root = checkout.work_tree / self.repository.tools_dir
        anew: dict[str, tuple[Mapping[str, FileStamp], int]] = {}
        unseen: list[str] = []
        for name, paths in self._listed_paths(below, unseen).items():
            if only is None or name in only:
                now_ns = time.time_ns()
                stamps = read_stamps(f"{root}/{name}", paths)
                look = self._same_look(name, stamps, attributes, committed.get(name))
                if look is None:
                    anew[name] = stamps, now_ns
                else:
                    looks[name] = look
        forms = self._read_forms(checkout, {name: files for name, (files, _) in anew.items()}, committed, unseen)
        for name, (files_at, now_ns) in anew.items():
            look = self._look(checkout, name, forms[name], files_at, committed.get(name))
            if look is not None:
                looks[name] = replace(look, attributes=attributes, settled=_settled(files_at, now_ns))
        return looks

    def _read_forms(
        self,
        checkout: Checkout,
        stamps: Mapping[str, Mapping[str, FileStamp]],
        committed: Mapping[str, ListedFolder],
        unseen: list[str],
    ) -> dict[str, CommittedForm]:
        """How the files of each of these folders are converted, asked of Git for all of them at once."""
        prefix = self.repository.tools_dir + "/"
        paths = [f"{prefix}{name}/{path}" for name, files in stamps.items() for path in files]
        settings = read_checkout_settings(checkout) if paths else CheckoutSettings()
        found: dict[str, dict[str, Conversion]] = {}
        for path, how in read_conversions(checkout, paths, settings, unseen=unseen).items():
            name, _, inside = path.removeprefix(prefix).partition("/")
            found.setdefault(name, {})[inside] = how
        return {
            name: CommittedForm(
                self.repository,
                settings,
                f"{prefix}{name}",
                found.get(name, {}),
                _by_path(committed[name].files) if name in committed else {},
            )
            for name in stamps
        }

    def _look(
        self,
        checkout: Checkout,
        name: str,
        form: CommittedForm,
        stamps: Mapping[str, FileStamp],
        committed: ListedFolder | None,
    ) -> _Look | None:
        """Scan one folder; None when it has no files."""
        files, contents = form.read_files(checkout.work_tree, stamps)
        if not files:
            return None
        changed = None
        if committed is None or not _same(files, committed.files):
            changed = make_folder(name, files, contents, self.repository.object_format), contents
        digest = committed.digest if committed else None
        return _Look(stamps, None, settled=False, files=files, committed=digest, changed=changed)

    def _same_look(
        self, name: str, stamps: Mapping[str, FileStamp], attributes: Hashable, committed: ListedFolder | None
    ) -> _Look | None:
        """The last look at a folder, where nothing of it can have changed since; else None."""
        before = self._looks.get(name)
        if before is None or not before.settled or (before.stamps, before.attributes) != (stamps, attributes):
            return None
        digest = committed.digest if committed else None
        if before.committed == digest:
            return before
        if committed is not None and _same(before.files, committed.files):
            return replace(before, committed=digest, changed=None)
        return replace(before, committed=digest) if before.changed is not None else None

    def _is_on_disk(self, path: str) -> bool:
        return self.repository.work_tree is not None and os.path.lexists(self.repository.work_tree / path)

    def _listed_paths(self, below: list[str], attribute_files: list[str]) -> dict[str, list[str]]:
        """The paths that Git does not ignore, by folder. ``below`` are paths relative to the tools directory. Files
        with attributes that the index has, here and in the folders above, are added to ``attribute_files`` where they
        are not on disk."""
        prefix = self.repository.tools_dir + "/"
        asked = [prefix] if len(below) > _PATHS_AT_MOST else [prefix + path for path in below]
        parts = prefix.split("/")
        asked += ["/".join([*parts[:number], ATTRIBUTES_FILE]) for number in range(len(parts))]
        printed = self.repository.git(
            "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *asked, in_work_tree=True
        ).decode("utf-8", "surrogateescape")
        folders: dict[str, list[str]] = {}
        for path in sorted(set(printed.split("\0")[:-1])):
            if path.rpartition("/")[2] == ATTRIBUTES_FILE and not self._is_on_disk(path):
                attribute_files.append(path)
            if not path.startswith(prefix):
                continue
            name, inside = split_folder_path(path[len(prefix) :])
            # A nested Git repository ends in a slash with nothing after it: it is listed as itself.
            if name != SHARED_DIR and (inside or path.endswith("/")):
                folders.setdefault(name, []).append(inside or ".")
        return folders


def is_behind(found: Iterable[File], before: Iterable[Files], committed: Iterable[File]) -> bool:
    """Whether every path of a folder on disk is in a state from before a commit, or in the committed one."""
    here = _blobs(found)
    states: list[Files] = [*before, _blobs(committed)]
    paths = here.keys() | {path for files in states for path in files}
    return all(here.get(path) in [files.get(path) for files in states] for path in paths)


def _blobs(files: Iterable[File]) -> Files:
    return {file.path: TreeBlob(MODES.get(file.kind, file.kind), file.blob) for file in files}


def _settled(stamps: Mapping[str, FileStamp], now_ns: int) -> bool:
    return all(abs(now_ns - stamp.changed_ns) > _STAMPS_SETTLE_NS for stamp in stamps.values())


def _by_path(files: tuple[File, ...]) -> dict[str, File]:
    return {file.path: file for file in files}


def _same(files: tuple[File, ...], committed: tuple[File, ...]) -> bool:
    there = _by_path(committed)
    return len(files) == len(there) and all(file.path in there and _alike(file, there[file.path]) for file in files)


def _alike(found: File, committed: File) -> bool:
    if found.kind != committed.kind:
        return False
    # The commit of a submodule does not matter, because a tool with a submodule is refused in any case. So is a tool
    # with a file that was not read because of its size.
    if found.kind == "submodule":
        return True
    return found.blob == committed.blob if found.blob else found.size == committed.size
