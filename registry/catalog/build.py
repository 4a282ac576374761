"""Build a catalog: list the commit, check what is new, put the working tree's changes over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..gitrepo import Folders, History, Repository, read_blobs
from ..gitrepo.snapshot import Listed
from ..manifest import check_folder
from ..manifest.folder_rules import printable
from ..model import Checked, File, Folder, Tool
from .catalog import Catalog, Contents

_MAX_FILE_BYTES = 1024 * 1024


@dataclass(slots=True)
class CheckCache:
    """What the folder check said, by (name, digest): a folder that did not change is never checked again."""

    max_memory_mb: int
    _checked: dict[tuple[str, str], Checked] = field(default_factory=dict)

    def get(self, name: str, digest: str) -> Checked | None:
        """What was said of this very folder, if it was checked before."""
        return self._checked.get((name, digest))

    def check(self, folder: Folder) -> Checked:
        """Check a folder, or say again what was said of it."""
        key = (folder.name, folder.digest)
        if key not in self._checked:
            self._checked[key] = check_folder(folder, max_memory_mb=self.max_memory_mb)
        return self._checked[key]

    def keep_only(self, tools: Mapping[str, Tool]) -> None:
        """Forget the folders that are in no tool of the newest catalog."""
        alive = {(tool.name, tool.digest) for tool in tools.values()}
        for key in [key for key in self._checked if key not in alive]:
            del self._checked[key]


def build_catalog(
    repository: Repository,
    revision: str | None,
    committed: Mapping[str, Listed],
    history: History,
    uncommitted: Folders,
    cache: CheckCache,
    contents: Contents,
) -> Catalog:
    """The catalog of one commit with the working tree's changed folders over it."""
    _check_new(repository, committed, cache, contents)
    tools: dict[str, Tool] = {}
    for name in sorted(committed.keys() | uncommitted.changed.keys()):
        version, last = history.of(name)
        shown = printable(name)  # a folder's name is any bytes; such a tool is never sound, but it is listed
        if name in uncommitted.changed:
            folder = replace(uncommitted.changed[name][0], name=shown)
            tools[shown] = Tool(
                shown, cache.check(folder), folder.files, folder.digest, last, version, uncommitted=True
            )
        else:
            listed = committed[name]
            checked = cache.get(shown, listed.digest)
            assert checked is not None  # noqa: S101 -- _check_new saw to it
            tools[shown] = Tool(shown, checked, listed.files, listed.digest, last, version, uncommitted=False)
    cache.keep_only(tools)
    loose = {printable(name): contents for name, (_, contents) in uncommitted.changed.items()}
    return Catalog(revision, tools, contents, loose)


def _check_new(repository: Repository, committed: Mapping[str, Listed], cache: CheckCache, contents: Contents) -> None:
    """Check every committed folder that was not checked before; their bytes are read with one Git command."""
    new = [listed for listed in committed.values() if cache.get(printable(listed.name), listed.digest) is None]
    read = read_blobs(repository, (file.blob for listed in new for file in listed.files if _is_read(file)))
    contents.keep(read)
    for listed in new:
        checked = {file.path: read[file.blob] for file in listed.files if _is_read(file)}
        cache.check(Folder(printable(listed.name), listed.digest, listed.files, checked))


def _is_read(file: File) -> bool:
    regular = file.kind in {"regular", "executable"} and file.size <= _MAX_FILE_BYTES
    return regular and (file.path == "tool.yaml" or file.path.endswith(".py"))
