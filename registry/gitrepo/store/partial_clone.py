"""A partial clone (``git clone --filter=blob:none``): what it lacks is never fetched by a command that reads."""

from __future__ import annotations

from collections.abc import Iterable

from .repository import Repository


def is_partial(repository: Repository) -> bool:
    """Whether the repository may lack objects that a remote promised to have. Costs one small Git command."""
    asked = ("config", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$")
    return repository.git(*asked, statuses=(0, 1)) != b""


def list_missing_objects(repository: Repository, wanted: Iterable[str], besides: str | None = None) -> list[str]:
    """The ids of the objects that ``wanted`` (trees, or commits for their trees) consist of and that are not here,
    without those that the commit ``besides`` consists of, too. Trees that are not here hide what is in them."""
    trees = [f"{one}^{{tree}}" for one in wanted]
    known = [f"^{besides}^{{tree}}"] if besides else []
    asked = ("rev-list", "--objects", "--missing=print", "--no-object-names", "--stdin")
    printed = repository.git(*asked, stdin="\n".join([*trees, *known, ""]).encode())
    return [line[1:] for line in printed.decode().splitlines() if line.startswith("?")]
