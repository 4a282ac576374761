"""What the working tree changes against another commit: which tools, and what a model or an operator will notice.

A description that was harmless when it was reviewed can be replaced later. So every change to the text that models
read, and to what a tool may do, is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.errors import GitFailed, InputRefused
from registry.formats import TOLD
from registry.gitrepo import Repository, WorkTree, find_merge_base, read_blobs, read_snapshot, select_paths_to_read
from registry.manifest import MANIFEST_FILE, check_folder, locate_pointers
from registry.model import Checked, Finding, Folder, Json, Manifest, Tool
from registry.shared_packages import name_package

from .disk_folders import make_uncommitted_tool


@dataclass(frozen=True, slots=True)
class BranchChanges:
    """What a branch changes: ``tools`` by name, each as it was before (None: new), without deleted ones; and the names
    of changed, new and deleted shared ``packages``."""

    tools: Mapping[str, Tool | None]
    packages: frozenset[str]


def read_branch_changes(repository: Repository, base: str) -> BranchChanges:
    """What the working tree changed since its branch left ``base``, committed or not.

    ``base`` is anything that Git resolves to a commit. Raises InputRefused when it is not.
    """
    old = read_snapshot(repository, _left_at(repository, base))
    changed = sorted(WorkTree(repository).find_changed_folders(old).changed)
    tools = [name for name in changed if name_package(name) is None]
    sizes = {name: {file.path: file.size for file in old[name].files} for name in tools if name in old}
    wanted = {name: select_paths_to_read(files) for name, files in sizes.items()}
    blobs = read_blobs(
        repository, (file.blob for name in wanted for file in old[name].files if file.path in wanted[name])
    )

    def before(name: str) -> Tool:
        files = old[name].files
        contents = {file.path: blobs[file.blob] for file in files if file.path in wanted[name] and file.blob in blobs}
        folder = Folder(name, old[name].digest, files, contents)
        return make_uncommitted_tool(check_folder(folder), folder)

    gone = {name for name in old if repository.work_tree and not _is_there(repository.work_tree, repository, name)}
    packages = frozenset(package for package in map(name_package, {*changed, *gone}) if package is not None)
    return BranchChanges({name: before(name) if name in old else None for name in tools}, packages)


def _is_there(top: Path, repository: Repository, folder: str) -> bool:
    return (top / repository.tools_dir / folder).is_dir()


def find_facing_changes(before: Tool, folder: Folder, checked: Checked) -> list[Finding]:
    """Warnings about changes that models and operators will notice, each with its position in ``folder``."""
    text = folder.contents.get(MANIFEST_FILE)
    if text is None:
        return []
    place = locate_pointers(text)
    return [
        Finding(MANIFEST_FILE, *place(pointer), "warning", "changes-what-models-see", sentence)
        for pointer, sentence in _told(before.manifest, checked.manifest)
    ]


def _left_at(repository: Repository, base: str) -> str:
    try:
        asked = repository.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    except GitFailed:
        raise InputRefused(f"{base!r} names no commit here: fetch it first (a shallow clone may lack it)") from None
    tip = repository.tip_of("HEAD")
    left_at = find_merge_base(repository, asked.decode().strip(), tip) if tip else None
    if left_at is None:
        raise InputRefused(f"the current branch has no commit in common with {base!r}: fetch more of the history")
    return left_at


def _told(old: Manifest, new: Manifest) -> Iterator[tuple[str, str]]:
    for name in TOLD:
        if getattr(old, name) != getattr(new, name):
            yield f"/{name}", f"Models will be told another {name}{_parts(getattr(old, name), getattr(new, name))}."
    if old.status != new.status and new.status == "active":
        yield "/status", f"Models will be offered this tool, which was {old.status}."
    if new.runtime.network and not old.runtime.network:
        yield "/runtime/network", "The tool gets the network, which it did not have."
    for field in ("secrets", "dependencies"):
        added = [one for one in getattr(new.runtime, field) if one not in getattr(old.runtime, field)]
        if added:
            yield f"/runtime/{field}", f"The tool asks for new {field}: {', '.join(added)}."


def _parts(old: object, new: object) -> str:
    """The fields of a schema or of the annotations that differ, in brackets; empty for other values."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return ""
    before, after = (_fields(value) for value in (old, new))
    differing = sorted(name for name in before | after if before.get(name) != after.get(name))
    return f" ({', '.join(differing)})" if differing else ""


def _fields(value: Mapping[str, Json]) -> dict[str, Json]:
    inner = value.get("properties")
    return dict(inner if isinstance(inner, Mapping) else value)
