"""Run one Git command, safely: every other module of this package goes through :func:`run_git`.

Safe means: no hooks, no file-system monitor, no global or system configuration, no ignore file from outside the
repository, no protocol at all, no fetching of what is missing, no prompts, no external diff, no optional lock, a
bounded time; a commit's text never becomes an option, because callers pass full object ids or put
``--end-of-options`` before what users said.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from git.cmd import Git
from git.exc import GitCommandNotFound

from ..errors import ConfigError, GitFailed

TIMEOUT_SECONDS = 60.0

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
    # Who may serve a repository is decided by who starts the service with its path, not by who owns the files.
    "safe.directory=*",
)

_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    # In a partial clone a missing object is fetched by the commands that the configuration names: not for us. Older
    # versions know only the second setting, which no protocol's name is in.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_GRAFT_FILE": "/dev/null/none",
    "GIT_PAGER": "cat",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
}

COMMAND = ["git", "--no-pager", "--literal-pathspecs", *(word for one in _SETTINGS for word in ("-c", one))]


def run_git(
    directory: Path, *arguments: str, git_dir: Path | None = None, work_tree: Path | None = None, stdin: bytes = b""
) -> bytes:
    """What one Git command prints, as bytes. Raises GitFailed with Git's own words when it does not end with 0."""
    environment = dict(_ENVIRONMENT)
    if git_dir is not None:
        environment["GIT_DIR"] = str(git_dir)
    if work_tree is not None:
        environment["GIT_WORK_TREE"] = str(work_tree)
    else:
        # Commits are read without the index, but some commands open it all the same and end when it is broken.
        environment["GIT_INDEX_FILE"] = "/nonexistent/index"
    # A file, not a pipe: a command that answers while it still reads can never wait for us.
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
            )
        except GitCommandNotFound:
            raise ConfigError("Git is not installed here: install the package git") from None
    if status != 0:
        raise GitFailed(f"git {arguments[0]} failed ({status}): {complained.strip()[:500]}")
    return printed
