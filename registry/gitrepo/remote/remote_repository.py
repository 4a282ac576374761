"""One remote: fetch from it, bring the served branch up to it, push to it.

A failure is reported in :class:`RemoteState` and tried again; serving and committing never wait for a remote. The
service pushes when its own edits are among the new commits; commits of people alone are theirs to push.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, replace

from registry.errors import ConfigError, GitFailed, ToolcribError
from registry.gitrepo.commit import name_served_branch
from registry.gitrepo.store import (
    MAX_LISTED_FILES,
    SERVICE,
    Repository,
    is_ancestor,
    is_partial,
    list_missing_objects,
    read_objects,
)
from registry.gitrepo.worktree import TOOLSETS_DIR

from .branch_rebase import RebaseConflict, integrate_upstream
from .proposal_exchange import exchange_proposals
from .remote_transfer import Transfer

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SCHEMES = ("ssh://", "https://", "http://", "git://", "file://")
_SCP_LIKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9._-]*)?:(?!:|//).*")
_SECRET = re.compile(r"(?<=://)[^/@\s]+@")
_SSH = "ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15"


@dataclass(frozen=True, slots=True)
class RemoteState:
    """How the served branch compares to the remote's. ``ahead`` and ``behind`` count commits, None while unknown;
    ``last_error`` says why the last exchange failed, None when it did not; times are seconds since 1970."""

    name: str
    url: str
    ahead: int | None = None
    behind: int | None = None
    last_error: str | None = None
    conflict: bool = False
    synced_at: float | None = None


class Remote:
    """A remote of a repository. Thread-safe; exchanges run one at a time."""

    def __init__(self, repository: Repository, name: str, url: str, push_url: str, *, ssh_command: str) -> None:
        self._repository = repository
        self._transfer = Transfer(repository, url, push_url, ssh_command)
        self._lock = threading.Lock()
        self._state = RemoteState(name, strip_secrets(url))

    @classmethod
    def find(cls, repository: Repository, name: str = "origin", *, ssh_command: str = _SSH) -> Remote | None:
        """The remote of that name; None when the repository has none. Raises ConfigError for an address that is not
        ssh, https, http, git or a file path, because other transports can run any command."""
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name[:80]!r} is no name for a remote")
        url = _configured(repository, f"remote.{name}.url")
        if url is None:
            return None
        push_url = _configured(repository, f"remote.{name}.pushurl") or url
        addresses = [_usable_address(repository, name, one) for one in (url, push_url)]
        return cls(repository, name, *addresses, ssh_command=ssh_command)

    @property
    def state(self) -> RemoteState:
        """The state after the last exchange."""
        return self._state

    def sync(self) -> RemoteState:
        """Fetch, bring the served branch up to the remote's, and push what the remote lacks. A failure is in the
        returned state; nothing is raised for it."""
        with self._lock:
            return self._exchange(fetch=True)

    def push(self) -> RemoteState:
        """Push what the remote lacks, after a commit. When the remote refuses, fetch and try again."""
        with self._lock:
            state = self._exchange(fetch=False)
            return state if state.last_error is None else self._exchange(fetch=True)

    def count_difference(self) -> tuple[int | None, int | None]:
        """How many commits the served branch is ahead and behind (None: unknown), without asking the remote."""
        try:
            return self._counts(name_served_branch(self._repository))
        except ToolcribError:
            return None, None  # no branch is served; the state's last_error says so

    def _exchange(self, *, fetch: bool) -> RemoteState:
        try:
            conflict = self._exchange_served(fetch=fetch)
            exchange_proposals(self._repository, self._transfer, self._state.name)
            self._state = replace(
                self._state, last_error=conflict.message if conflict else None, conflict=conflict is not None,
                synced_at=time.time(),
            )  # fmt: skip
        except (ToolcribError, OSError, ValueError) as error:
            self._state = replace(self._state, last_error=strip_secrets(str(error)))
        ahead, behind = self.count_difference()
        self._state = replace(self._state, ahead=ahead, behind=behind)
        return self._state

    def _exchange_served(self, *, fetch: bool) -> RebaseConflict | None:
        ref = name_served_branch(self._repository)
        conflict = None
        if fetch:
            had = self._read_earlier(ref)
            self._fetch(ref)
            upstream = self._tracked(ref)
            self._complete(ref, upstream)
            conflict = self._integrate(ref, upstream, had) if upstream else None
            if upstream and conflict is None:
                self._note_agreement(ref, upstream)
        if conflict is None:
            self._push(ref)
        return conflict

    def _integrate(self, ref: str, upstream: str, had: tuple[str, ...]) -> RebaseConflict | None:
        tip = self._repository.tip_of(ref)
        theirs = (upstream, *had)
        if tip and self._is_diverged(tip, upstream, theirs) and not self._has_edits(tip, *theirs):
            # People rebase their own unpushed commits.
            return RebaseConflict(
                f"{ref} has commits that are not pushed and are no edits of this service, and the remote has others: "
                "bring them together by hand, with git pull --rebase and git push in a checkout"
            )
        return integrate_upstream(self._repository, ref, upstream, had)

    def _complete(self, ref: str, upstream: str | None) -> None:
        """In a partial clone, bring what the served tools, and the way to the remote's commit, consist of."""
        if not is_partial(self._repository):
            return
        tip = self._repository.tip_of(ref)
        served = [
            f"{one}:{folder}"
            for one in {tip, upstream} - {None}
            for folder in (self._repository.tools_dir, TOOLSETS_DIR)
        ]
        there = [one.identity for one in read_objects(self._repository, served) if one and one.kind == "tree"]
        missing = set(list_missing_objects(self._repository, there))
        if upstream and upstream != tip:
            missing |= set(list_missing_objects(self._repository, [upstream], besides=tip))
        if len(missing) > MAX_LISTED_FILES:
            raise GitFailed(
                f"this clone is partial and lacks {len(missing)} objects of the remote's commit, which is too much to "
                "be brought unasked: run `git fetch --refetch --no-filter` in the checkout"
            )
        if missing:
            self._transfer.bring(sorted(missing))

    def _is_diverged(self, tip: str, upstream: str, theirs: tuple[str, ...]) -> bool:
        """Whether each side has commits of its own. What the remote had once, and took back, is not ours."""
        mine = self._repository.git("rev-list", "--max-count=1", tip, *(f"^{one}" for one in theirs))
        return mine != b"" and not is_ancestor(self._repository, tip, upstream)

    def _has_edits(self, tip: str, *theirs: str) -> bool:
        """Whether the service made any of the commits that the remote lacks, and never had."""
        unknown = [tip, *(f"^{one}" for one in theirs)]
        mine = f"--committer=<{SERVICE.email}>"
        return self._repository.git("rev-list", "--max-count=1", "--fixed-strings", mine, *unknown) != b""

    def _read_earlier(self, ref: str) -> tuple[str, ...]:
        """What the remote's branch is known to have been: when the two were last brought together, which is a ref of
        our own because a plain ``git fetch`` moves the tracking branch, and when somebody last fetched or pushed."""
        found = [self._repository.tip_of(one) for one in (self._agreement(ref), self._tracking(ref))]
        names = sorted({one for one in found if one})
        there = read_objects(self._repository, names)
        return tuple(name for name, commit in zip(names, there, strict=True) if commit is not None)

    def _note_agreement(self, ref: str, revision: str) -> None:
        if self._repository.tip_of(self._agreement(ref)) != revision:
            self._repository.git("update-ref", self._agreement(ref), revision)

    def _agreement(self, ref: str) -> str:
        return f"refs/toolcrib/agreed/{self._state.name}/{ref.removeprefix('refs/heads/')}"

    def _tracking(self, ref: str) -> str:
        return f"refs/remotes/{self._state.name}/{ref.removeprefix('refs/heads/')}"

    def _tracked(self, ref: str) -> str | None:
        return self._repository.tip_of(self._tracking(ref))

    def _fetch(self, ref: str) -> None:
        try:
            self._transfer.fetch(f"+{ref}:{self._tracking(ref)}")
        except GitFailed as error:
            if "couldn't find remote ref" not in str(error):
                raise
            # The branch was never pushed there, or was removed.
            self._repository.git("update-ref", "-d", self._tracking(ref))

    def _push(self, ref: str) -> None:
        """Push the branch if an edit of the service is among its new commits."""
        tip, known = self._repository.tip_of(ref), self._tracked(ref)
        if tip is None or tip == known or not self._has_edits(tip, *([known] if known else [])):
            return
        self._transfer.push(f"{tip}:{ref}")
        who = {"GIT_COMMITTER_NAME": SERVICE.name, "GIT_COMMITTER_EMAIL": SERVICE.email}
        self._repository.git("update-ref", self._tracking(ref), tip, environ=who)
        self._note_agreement(ref, tip)

    def _counts(self, ref: str) -> tuple[int | None, int | None]:
        tip, upstream = self._repository.tip_of(ref), self._tracked(ref)
        if tip is None:
            return 0, None
        if upstream is None:
            return int(self._repository.git("rev-list", "--count", tip)), 0
        counted = self._repository.git("rev-list", "--left-right", "--count", f"{tip}...{upstream}").split()
        return int(counted[0]), int(counted[1])


def strip_secrets(text: str) -> str:
    """The text with the user and password removed from each address in it."""
    return _SECRET.sub("", text)


def _configured(repository: Repository, key: str) -> str | None:
    values = repository.git("config", "--null", "--get-all", key, statuses=(0, 1)).decode("utf-8", "surrogateescape")
    return values.split("\0")[0] or None


def _usable_address(repository: Repository, name: str, url: str) -> str:
    """The address to use; a path becomes absolute, as Git would resolve it. Raises ConfigError."""
    # Git takes an address for a path when it has no colon, or a slash before the first colon.
    is_path = url[:1] != "-" and ":" not in url.partition("/")[0]
    if not url.startswith(_SCHEMES) and not is_path and not _SCP_LIKE.fullmatch(url):
        raise ConfigError(
            f"the remote {name} has an address that is not used ({strip_secrets(url)[:200]!r}): "
            "give one of ssh, https, http, git, or a path"
        )
    if url.startswith("git://") and _configured(repository, "core.gitproxy"):
        raise ConfigError("core.gitProxy names a command, which is not run: remove it, or use another address")
    return str((repository.work_tree or repository.git_dir) / url) if is_path else url
