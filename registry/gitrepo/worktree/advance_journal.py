"""The journal of working trees that have yet to follow a commit: written before the branch moves, removed afterwards.

A process that is killed in between leaves its entry, and the next writer does the rest. Until then the entry
distinguishes a working tree that is merely behind from one that its user changed.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.gitrepo.store import Repository, make_folder_inside, make_own_folder, open_own_file
from registry.log import log

from .checkouts import Checkout


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A working tree that has yet to follow ``revision`` on the branch ``ref``. ``folders`` maps each changed folder (a
    path relative to the repository, empty for all of it) to its tree id in the commit before (None: no folder)."""

    file: Path
    checkout: Checkout
    ref: str
    revision: str
    folders: Mapping[str, str | None]


def write_journal_entry(
    repository: Repository, checkout: Checkout, ref: str, revision: str, folders: Mapping[str, str | None]
) -> JournalEntry:
    """Write an entry and sync it to disk. Raises OSError, when the disk is full for example."""
    folder = make_folder_inside(make_own_folder(repository.common_dir) / "advance")
    file = folder / f"{revision}-{uuid.uuid4().hex[:8]}.json"
    noted = {
        "git_dir": str(checkout.git_dir),
        "work_tree": str(checkout.work_tree),
        "ref": ref,
        "revision": revision,
        "folders": dict(folders),
    }
    part = file.with_suffix(".part")
    try:
        with open(open_own_file(part, os.O_WRONLY), "w", encoding="ascii") as opened:  # noqa: PTH123 -- a descriptor
            json.dump(noted, opened)
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return JournalEntry(file, checkout, ref, revision, folders)


def read_journal(repository: Repository) -> list[JournalEntry]:
    """All entries, in no particular order. Costs one listing of a folder when there are none."""
    try:
        files = [Path(entry.path) for entry in os.scandir(_folder(repository)) if entry.name.endswith(".json")]
    except OSError:
        return []
    entries = []
    for file in files:
        try:
            noted = json.loads(file.read_bytes())
            checkout = Checkout(Path(noted["git_dir"]), Path(noted["work_tree"]))
            entries.append(JournalEntry(file, checkout, noted["ref"], noted["revision"], dict(noted["folders"])))
        except FileNotFoundError:
            continue  # finished and removed just now
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("a note about a working tree cannot be read", file=str(file), error=str(error))
    return entries


def _folder(repository: Repository) -> Path:
    return repository.common_dir / "toolcrib" / "advance"
