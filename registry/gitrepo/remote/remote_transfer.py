"""What travels between the repository and a remote: one Git command for each exchange.

The remote's addresses are the operator's; nothing else of the repository's configuration is taken for it, because much
of it names commands to run.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from registry.gitrepo.store import DURABLE, SERVICE, Repository

_ALLOWED = "ssh:https:http:git:file"
_SETTINGS = (*DURABLE, "-c", "core.alternateRefsCommand=true", "-c", "push.gpgSign=false")


@dataclass(frozen=True, slots=True)
class Transfer:
    """The two addresses of a remote and how ssh is run. Every method raises GitFailed with Git's own words."""

    repository: Repository
    fetch_url: str
    push_url: str
    ssh_command: str

    def fetch(self, *refspecs: str) -> None:
        """Fetch exactly these."""
        self._run(
            self.fetch_url,
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-prune",
            "--no-auto-gc", "--upload-pack=git-upload-pack",
            refs=refspecs,
        )  # fmt: skip

    def push(self, *refspecs: str, expected: Mapping[str, str] | None = None) -> None:
        """Push exactly these; a ref of ``expected`` only where the remote has it at that commit."""
        leases = [f"--force-with-lease={ref}:{revision}" for ref, revision in (expected or {}).items()]
        self._run(
            self.push_url,
            "push", "--quiet", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags",
            "--no-recurse-submodules", "--receive-pack=git-receive-pack", *leases,
            refs=refspecs,
        )  # fmt: skip

    def refs(self, pattern: str) -> dict[str, str]:
        """The commit of each of the remote's refs that fit the pattern, by full name."""
        printed = self._run(
            self.push_url, "ls-remote", "--quiet", "--refs", "--upload-pack=git-upload-pack", refs=(pattern,)
        )
        lines = [line.split("\t", 1) for line in printed.decode("utf-8", "surrogateescape").splitlines()]
        return {ref: revision for revision, ref in lines}

    def _run(self, url: str, *words: str, refs: tuple[str, ...]) -> bytes:
        # A name that no setting of the repository can be meant for: settings of remotes name commands.
        name = f"toolcrib-{uuid.uuid4().hex}"
        return self.repository.git(
            *_SETTINGS, *words, name, *refs,
            environ={
                "GIT_ALLOW_PROTOCOL": _ALLOWED,
                "GIT_SSH_COMMAND": self.ssh_command,
                # One that sends nothing is given up, even when nobody is left to end the command.
                "GIT_HTTP_LOW_SPEED_LIMIT": "1",
                "GIT_HTTP_LOW_SPEED_TIME": "60",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"remote.{name}.url",
                "GIT_CONFIG_VALUE_0": url,
                "GIT_COMMITTER_NAME": SERVICE.name,
                "GIT_COMMITTER_EMAIL": SERVICE.email,
            },
        )  # fmt: skip
