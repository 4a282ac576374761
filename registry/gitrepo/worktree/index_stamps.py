"""What Git's index remembers of files: the blob of each, and the stamp of the file when Git last compared the two."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from registry.gitrepo.store import Repository

from .disk_folder import FileStamp

_FIELD_BITS = 0xFFFFFFFF
_STAMP = re.compile(
    rb"  ctime: \d+:\d+\n  mtime: (\d+):(\d+)\n  dev: \d+\tino: (\d+)\n"
    rb"  uid: \d+\tgid: \d+\n  size: (\d+)\tflags: \w+\n"
)


@dataclass(frozen=True, slots=True)
class IndexStamp:
    """One entry: its blob, and the time, inode and size that its file had."""

    blob: str
    modified_seconds: int
    modified_nanoseconds: int
    inode: int
    size_bytes: int

    def agrees(self, blob: str, now: FileStamp) -> bool:
        """Whether the entry is for this blob, and the file was not written since Git compared the two."""
        seconds, nanoseconds = divmod(now.modified_ns, 1_000_000_000)
        return (self.blob, self.modified_seconds, self.inode, self.size_bytes) == (
            blob,
            seconds & _FIELD_BITS,
            now.inode & _FIELD_BITS,
            now.size_bytes & _FIELD_BITS,
        ) and self.modified_nanoseconds in {0, nanoseconds}  # 0: a Git that does not keep them


def read_index_stamps(repository: Repository, paths: Iterable[str]) -> dict[str, IndexStamp]:
    """The entries of these paths, relative to the working tree; in the middle of a merge those of our side, which Git
    takes as well. Raises GitFailed."""
    printed = repository.git("ls-files", "-s", "-z", "--debug", "--", *paths, in_work_tree=True)
    found: dict[str, IndexStamp] = {}
    at = 0
    while (end := printed.find(b"\0", at)) >= 0:
        facts, _, path = printed[at:end].partition(b"\t")
        stamp = _STAMP.match(printed, end + 1)
        if stamp is None:
            break  # another Git may print it in another way: then nothing is known
        mode, blob, stage = facts.decode().split(" ")
        if mode.startswith("100") and stage in {"0", "2"}:
            found[path.decode("utf-8", "surrogateescape")] = IndexStamp(blob, *map(int, stamp.groups()))
        at = stamp.end()
    return found
