"""How much a commit's tree is when it is written out, found without writing or listing it.

A pack of a few hundred bytes can name one tree a million times: whoever lists the files of such a commit runs out of
memory. Here each tree is read once, however many paths lead to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from registry.errors import GitFailed

from .git_objects import expect_tree, read_object_sizes, read_objects
from .git_trees import SUBMODULE, TREE, TreeBlob, parse_tree
from .repository import Repository

MAX_LISTED_FILES = 250_000
_TREE_BYTES = 64 * 1024 * 1024
"""What all different trees of one commit may take: those of a quarter of a million files take a quarter of it."""
_LEVELS = 100


@dataclass(frozen=True, slots=True)
class TreeWeight:
    """``files`` and their ``bytes``, each counted as often as there is a path to it."""

    files: int
    bytes: int


def weigh_tree(repository: Repository, revision: str) -> TreeWeight:
    """What the tree of a commit (or a tree) comes to.

    Raises GitFailed where it is too large to be looked at, or is not there.
    """
    top = read_objects(repository, [f"{revision}^{{tree}}"])[0]
    root = "" if top is None else top.identity
    trees = _read_trees(repository, root, expect_tree(top, revision))
    sizes = read_object_sizes(repository, {one.identity for tree in trees.values() for one in tree if _is_blob(one)})
    weights: dict[str, TreeWeight] = {}
    inner = {tree: {one.identity for one in entries if one.mode == TREE} for tree, entries in trees.items()}
    for tree in TopologicalSorter(inner).static_order():
        parts = [weights[one.identity] for one in trees[tree] if one.mode == TREE]
        files = [sizes.get(one.identity, 0) for one in trees[tree] if one.mode != TREE]
        weights[tree] = TreeWeight(
            len(files) + sum(part.files for part in parts), sum(files) + sum(part.bytes for part in parts)
        )
    return weights[root]


def _is_blob(entry: TreeBlob) -> bool:
    return entry.mode not in {TREE, SUBMODULE}


def _read_trees(repository: Repository, root: str, content: bytes) -> Mapping[str, Collection[TreeBlob]]:
    """Every different tree, by id."""
    trees = {root: list(parse_tree(content, repository.object_format).values())}
    level, left = [root], _TREE_BYTES - len(content)
    for _ in range(_LEVELS):
        found = {one.identity for tree in level for one in trees[tree] if one.mode == TREE}
        level = sorted(found - trees.keys())
        if not level:
            return trees
        left -= sum(read_object_sizes(repository, level).values())
        if left < 0:
            raise GitFailed(f"the folders of {root} take more than {_TREE_BYTES >> 20} MiB to list")
        for tree, read in zip(level, read_objects(repository, level), strict=True):
            trees[tree] = list(parse_tree(expect_tree(read, tree), repository.object_format).values())
    raise GitFailed(f"{root} has folders more than {_LEVELS} levels deep")
