"""Run one Git command safely: every other module of this package uses :func:`run_git`.

Safe means: no hooks, no file-system monitor, no global or system configuration, no ignore file from outside the
repository, no protocol at all, no fetching of missing objects, no prompts, no external diff, no optional lock, and a
time limit. Text from users never becomes an option, because callers pass full object ids or put ``--end-of-options``
before it.

Root runs Git as the owner of the repository: what Git writes there is the owner's, as if that user had run the command,
and nothing in it is done with root's rights.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from git.cmd import Git
from git.exc import GitCommandNotFound

from registry.errors import ConfigError, GitFailed
from registry.file_owners import find_owner

TIMEOUT_SECONDS = 60.0
_PROMISED = re.compile(r"could not fetch ([0-9a-f]+) from promisor remote")

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.sshCommand=",
    "core.pager=cat",
    "core.quotePath=false",
    "credential.helper=",
    "diff.external=",
    "gc.auto=0",
    "protocol.ext.allow=never",
    # Whoever starts the service with a path decides that it may be served; the owner of the files does not matter.
    "safe.directory=*",
)

_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    # In a partial clone Git fetches missing objects, with commands that the configuration names: forbidden here. Older
    # versions know only the second setting: an empty list of allowed protocols.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_GRAFT_FILE": "/dev/null/none",
    "GIT_PAGER": "cat",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
}

COMMAND = ["git", "--no-pager", "--literal-pathspecs", *(word for one in _SETTINGS for word in ("-c", one))]


# A commit's objects are synced to disk before the branch names it, so neither a kill nor a power cut leaves half of a
# commit. Git before 2.36 knows only the second setting.
DURABLE = ("-c", "core.fsync=objects,reference", "-c", "core.fsyncObjectFiles=true")


def run_git(
    directory: Path,
    *arguments: str,
    git_dir: Path | None = None,
    work_tree: Path | None = None,
    index_file: Path | None = None,
    stdin: bytes = b"",
    environ: Mapping[str, str] | None = None,
    statuses: Collection[int] = (0,),
    hand_on: Collection[int] = (),
) -> bytes:
    """Run one Git command and return its standard output. Raises GitFailed, with Git's own words, when the exit status
    is not in ``statuses``. ``environ`` is added to the environment; ``index_file`` replaces the working tree's index;
    ``hand_on`` are file descriptors that the command inherits."""
    owner = find_owner(git_dir or directory)
    environment = {**_ENVIRONMENT, **(environ or {}), **_places(git_dir, work_tree, index_file)}
    # A file, not a pipe: a command that prints before it has read all its input cannot deadlock with us.
    with tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        try:
            status, printed, complained = Git(str(directory)).execute(
                [*COMMAND, *arguments],
                istream=given,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                kill_after_timeout=TIMEOUT_SECONDS,
                env=environment,
                pass_fds=tuple(hand_on),
                user=owner and owner.uid,
                group=owner and owner.gid,
                extra_groups=owner and owner.groups,
            )
        except GitCommandNotFound:
            raise ConfigError("Git is not installed here: install the package git") from None
    if status not in statuses:
        if (lacking := _PROMISED.search(complained)) is not None:
            raise GitFailed(
                f"this clone is partial and lacks the object {lacking[1]}: what the newest commit needs comes with the "
                "exchange with the remote; `git fetch --refetch --no-filter` in the checkout brings the rest"
            )
        command = next((word for word in arguments if not word.startswith("-") and "=" not in word), "")
        raise GitFailed(f"git {command} failed ({status}): {_without_warnings(complained)[:500]}")
    return printed


def _places(git_dir: Path | None, work_tree: Path | None, index_file: Path | None) -> dict[str, str]:
    given = {"GIT_DIR": git_dir, "GIT_WORK_TREE": work_tree, "GIT_INDEX_FILE": index_file}
    found = {name: str(path) for name, path in given.items() if path is not None}
    if work_tree is None:
        # Commits are read without the index, but some commands open it anyway and fail when it is broken.
        found.setdefault("GIT_INDEX_FILE", "/nonexistent/index")
    return found


def _without_warnings(said: str) -> str:
    """Git's error without the warnings before it, such as the one about a setting that only older versions know."""
    lines = [line for line in said.strip().splitlines() if not line.startswith("warning: ")]
    return "\n".join(lines) or said.strip()
