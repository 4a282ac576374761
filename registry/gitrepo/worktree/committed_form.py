"""The files of a folder in the working tree, in the form in which Git would commit them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from registry.gitrepo.store import MAX_FILE_BYTES, Repository, hash_blob, read_blobs
from registry.model import File, FileKind

from .content_conversion import Conversion, convert_to_commit, is_lfs_pointer
from .disk_folder import FileStamp, read_files
from .index_stamps import read_index_stamps
from .path_attributes import CheckoutSettings

_FILE_KINDS = {"regular", "executable"}


@dataclass(frozen=True, slots=True)
class CommittedForm:
    """How the files of one ``folder`` (relative to the repository) are converted: by path relative to it, for the paths
    that Git converts at all.

    ``committed`` are the files of the folder at the served commit. Where only a program (a filter) knows a file's
    committed form, or where it is too large to be read, the index tells whether Git knows it to be unchanged.
    """

    repository: Repository
    settings: CheckoutSettings
    folder: str
    conversions: Mapping[str, Conversion]
    committed: Mapping[str, File]

    def read_files(
        self, work_tree: Path, stamps: Mapping[str, FileStamp]
    ) -> tuple[tuple[File, ...], Mapping[str, bytes]]:
        """Like :func:`~.disk_folder.read_files`, with files and bytes as they would be committed."""
        kept = self._select_unchanged(stamps, [path for path in self.conversions if self._is_unreadable(path, stamps)])
        above, _, name = self.folder.rpartition("/")
        asked = {path: stamp for path, stamp in stamps.items() if path not in kept}
        read, given = read_files(work_tree / above, name, asked, self._format)
        found = {file.path: file for file in read}
        contents = dict(given)
        unread = [path for path, file in found.items() if not file.blob and path in self.conversions]
        kept |= self._select_unchanged(stamps, unread)
        for path, how in self.conversions.items():
            if path in contents and path not in kept and found[path].kind in _FILE_KINDS:
                found[path], contents[path] = self._convert(found[path], contents[path], how)
        for path in kept:
            kind: FileKind = "executable" if stamps[path].is_executable else "regular"
            found[path] = replace(self.committed[path], kind=kind)
        if not self.settings.keeps_modes:
            found = {path: self._with_committed_mode(file) for path, file in found.items()}
        if any(file != self.committed.get(path) for path, file in found.items()):
            small = {path: self.committed[path] for path in kept if self.committed[path].size <= MAX_FILE_BYTES}
            blobs = read_blobs(self.repository, (file.blob for file in small.values()))
            contents |= {path: blobs[file.blob] for path, file in small.items()}
        return tuple(found[path] for path in stamps if path in found), contents

    @property
    def _format(self) -> str:
        return self.repository.object_format

    def _is_unreadable(self, path: str, stamps: Mapping[str, FileStamp]) -> bool:
        return path in stamps and (self.conversions[path].is_unknown or stamps[path].size_bytes > MAX_FILE_BYTES)

    def _select_unchanged(self, stamps: Mapping[str, FileStamp], paths: Iterable[str]) -> set[str]:
        """Those of the paths that Git found unchanged when it last looked, and that were not written since."""
        asked = {
            path: self.committed[path]
            for path in paths
            if path in self.committed and self.committed[path].kind in _FILE_KINDS and stamps[path].is_regular
        }
        if not asked:
            return set()
        known = read_index_stamps(self.repository, [f"{self.folder}/{path}" for path in asked])
        return {
            path
            for path, file in asked.items()
            if f"{self.folder}/{path}" in known and known[f"{self.folder}/{path}"].agrees(file.blob, stamps[path])
        }

    def _convert(self, file: File, content: bytes, how: Conversion) -> tuple[File, bytes]:
        there = self.committed.get(file.path)
        # Equal bytes are no change, even where Git would write other ones if it were to commit the file anew.
        if how.is_unknown or (there is not None and there.blob == file.blob):
            return file, content
        new = convert_to_commit(content, how)
        if there is None or hash_blob(new, self._format) != there.blob:
            indexed = self._read_indexed(file.path)
            plain = how.is_lfs and indexed is not None and not is_lfs_pointer(indexed)  # Git LFS was never set up here
            new = content if plain else convert_to_commit(content, how, indexed)
        return replace(file, size=len(new), blob=hash_blob(new, self._format)), new

    def _read_indexed(self, path: str) -> bytes | None:
        """What the index has for a path."""
        whole = f"{self.folder}/{path}"
        entry = read_index_stamps(self.repository, [whole]).get(whole)
        return read_blobs(self.repository, [entry.blob])[entry.blob] if entry else None

    def _with_committed_mode(self, file: File) -> File:
        there = self.committed.get(file.path)
        if file.kind not in _FILE_KINDS or (there is not None and there.kind not in _FILE_KINDS):
            return file
        return replace(file, kind="regular" if there is None else there.kind)
