"""Transfers between the repository and a remote: one Git command for each.

The remote's addresses come from the operator. No other setting of the repository's configuration applies to the
transfer, because many of them name commands to run.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from registry.gitrepo.store import DURABLE, SERVICE, Repository

_ALLOWED = "ssh:https:http:git:file"
_SETTINGS = (*DURABLE, "-c", "core.alternateRefsCommand=true", "-c", "push.gpgSign=false",
    # What a small pack says is a large file goes to disk in pieces, instead of through memory as a whole.
    "-c", "core.bigFileThreshold=16m",
)  # fmt: skip

_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-prune",
    "--no-auto-gc", "--upload-pack=git-upload-pack",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transfer:
    """The two addresses of a remote and the ssh command. Every method raises GitFailed with Git's own words."""

    repository: Repository
    fetch_url: str
    push_url: str
    ssh_command: str

    def fetch(self, *refspecs: str) -> None:
        """Fetch exactly these refspecs."""
        self._run(self.fetch_url, *_FETCH, refs=refspecs)

    def bring(self, objects: Collection[str]) -> None:
        """Fetch these objects, which a partial clone lacks, by id."""
        # The remote must not be told of commits that are here: it would take their objects for here, too.
        words = ("-c", "fetch.negotiationAlgorithm=noop", *_FETCH, "--stdin")
        self._run(self.fetch_url, *words, refs=(), stdin="".join(f"{one}\n" for one in objects).encode())

    def push(self, *refspecs: str, expected: Mapping[str, str] | None = None) -> None:
        """Push exactly these refspecs. ``expected`` is the commit that the remote must have at a ref ("": no such ref);
        otherwise the push fails."""
        leases = [f"--force-with-lease={ref}:{revision}" for ref, revision in (expected or {}).items()]
        self._run(
            self.push_url,
            "push", "--quiet", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags",
            "--no-recurse-submodules", "--receive-pack=git-receive-pack", *leases,
            refs=refspecs,
        )  # fmt: skip

    def refs(self, pattern: str) -> dict[str, str]:
        """The commit of each ref of the remote that matches the pattern, by full name."""
        printed = self._run(
            self.push_url, "ls-remote", "--quiet", "--refs", "--upload-pack=git-upload-pack", refs=(pattern,)
        )
        lines = [line.split("\t", 1) for line in printed.decode("utf-8", "surrogateescape").splitlines()]
        return {ref: revision for revision, ref in lines}

    def _run(self, url: str, *words: str, refs: tuple[str, ...], stdin: bytes = b"") -> bytes:
        # A name that no setting of the repository can apply to: settings of a remote can name commands.
        name = f"toolcrib-{uuid.uuid4().hex}"
        return self.repository.git(
            *_SETTINGS, *words, name, *refs,
            stdin=stdin,
            environ={
                "GIT_ALLOW_PROTOCOL": _ALLOWED,
                "GIT_SSH_COMMAND": self.ssh_command,
                # A remote that sends nothing for a minute is given up, even if our process is gone by then.
                "GIT_HTTP_LOW_SPEED_LIMIT": "1",
                "GIT_HTTP_LOW_SPEED_TIME": "60",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"remote.{name}.url",
                "GIT_CONFIG_VALUE_0": url,
                "GIT_COMMITTER_NAME": SERVICE.name,
                "GIT_COMMITTER_EMAIL": SERVICE.email,
            },
        )  # fmt: skip
