"""The served repository and branch, and whether the branch moved."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.config import Config
from registry.errors import ConfigError, GitFailed

from .commit_signer import SigningKey
from .git_command import run_git

_OBJECT_ID = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
_SYMBOLIC_REFS_FOLLOWED = 5
_REF_BYTES_AT_MOST = 4096
_BRANCHES_TOLD = 10
# Before every answer the branch's file is read to see whether it moved; with reftable there is no such file.
_REFTABLE = (
    "{} keeps its branches in the format reftable, which is not served: "
    "convert it with `git refs migrate --ref-format=files` (Git 2.46 or newer)"
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A served repository.

    ``git_dir`` is this working tree's Git directory, ``common_dir`` the one shared by all working trees. ``work_tree``
    is None for a bare repository. ``branch`` is a full ref, or None to serve whatever HEAD names. ``object_format`` is
    ``sha1`` or ``sha256``. ``signing_key`` signs the service's own commits.
    """

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    branch: str | None
    tools_dir: str
    object_format: str
    signing_key: SigningKey | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        branch: str | None = None,
        tools_dir: str = "tools",
        signing_key: SigningKey | None = None,
    ) -> Repository:
        """Find the repository at or above ``path``. Raises ConfigError, saying what to do, when there is none."""
        if not path.is_dir():
            raise ConfigError(f"{path} is not a folder: name a Git repository to serve")
        try:
            bare, object_format, inside = (
                run_git(path, "rev-parse", "--is-bare-repository", "--show-object-format", "--is-inside-git-dir")
                .decode()
                .split()
            )
        except GitFailed as error:
            raise ConfigError(_why_not(path, str(error))) from None
        git_dir = _told_path(path, "--absolute-git-dir")
        if (bare, inside) == ("false", "true"):
            raise ConfigError(f"{path} is inside of a Git directory: name the folder that {git_dir} belongs to")
        found = cls(
            git_dir=git_dir,
            common_dir=(path / _told_path(path, "--git-common-dir")).resolve(),
            work_tree=_told_path(path, "--show-toplevel") if bare == "false" else None,
            branch=f"refs/heads/{branch}" if branch else None,
            tools_dir=tools_dir,
            object_format=object_format,
            signing_key=signing_key,
        )
        if (found.common_dir / "reftable").is_dir():
            raise ConfigError(_REFTABLE.format(path))
        found._refuse_a_missing_branch()
        return found

    def _refuse_a_missing_branch(self) -> None:
        """Refuse a missing branch while other branches exist: it is a typing error. A new repository has none yet."""
        if self.branch is None:
            return
        there = os.fsdecode(self.git("for-each-ref", "--format=%(refname)", "refs/heads/")).split("\n")[:-1]
        if there and self.branch not in there:
            names = ", ".join(ref.removeprefix("refs/heads/") for ref in there[:_BRANCHES_TOLD])
            more = f" and {len(there) - _BRANCHES_TOLD} more" if len(there) > _BRANCHES_TOLD else ""
            wanted = self.branch.removeprefix("refs/heads/")
            raise ConfigError(f"the repository has no branch {wanted!r}: name one that is there ({names}{more})")

    def git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        in_work_tree: bool = False,
        environ: Mapping[str, str] | None = None,
        statuses: Collection[int] = (0,),
        hand_on: Collection[int] = (),
    ) -> bytes:
        """Run a Git command on this repository; see :func:`~.git_command.run_git`."""
        work_tree = self.work_tree if in_work_tree else None
        return run_git(
            work_tree or self.git_dir,
            *arguments,
            git_dir=self.git_dir,
            work_tree=work_tree,
            stdin=stdin,
            environ=environ,
            statuses=statuses,
            hand_on=hand_on,
        )

    def served_ref(self) -> str:
        """The full name of the ref that is served now; ``HEAD`` when HEAD is detached."""
        return self.follow_ref(self.branch) if self.branch else self.follow_ref("HEAD")

    def stamp(self) -> Hashable:
        """A value that changes whenever the served ref names another commit, or a shallow history begins elsewhere.
        Costs a few small file reads."""
        ref = self.served_ref()
        if ref == "HEAD":
            return ref, _read(self.git_dir / "HEAD"), self.shallow_stamp()
        loose = _read(self.common_dir / ref)
        if loose:
            # The content, not the time: two commits within one tick of the file system's clock must differ.
            return ref, loose, self.shallow_stamp()
        packed = _file_stamp(self.common_dir / "packed-refs")
        return ref, packed, self.shallow_stamp()

    def shallow_stamp(self) -> Hashable:
        """A value that changes whenever a shallow clone's history begins elsewhere, or the clone becomes whole."""
        return _file_stamp(self.common_dir / "shallow")

    def shallow_commits(self) -> frozenset[str]:
        """The commits at which a shallow clone's history begins; empty for a whole clone."""
        try:
            return frozenset((self.common_dir / "shallow").read_text("ascii").split())
        except OSError:
            return frozenset()

    def follow_ref(self, ref: str) -> str:
        """The ref at the end of a chain of symbolic refs, followed as far as Git does."""
        for _ in range(_SYMBOLIC_REFS_FOLLOWED):
            target = _symbolic_target(self.git_dir / ref if ref == "HEAD" else self.common_dir / ref)
            if target is None:
                break
            ref = target
        return ref

    def tip(self) -> str | None:
        """The id of the served commit; None while the branch has no commit."""
        return self.tip_of(self.served_ref())

    def tip_of(self, ref: str) -> str | None:
        """The commit id that a full ref, or ``HEAD``, names; None when there is no such ref."""
        loose = _read((self.git_dir if ref == "HEAD" else self.common_dir) / ref).strip()
        if _OBJECT_ID.fullmatch(loose):
            return loose.decode()  # not checked here: a broken object fails when it is read
        try:
            named = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        except GitFailed:
            if ref == "HEAD" or self.git("for-each-ref", "--format=%(refname)", ref).strip():
                raise  # the ref exists and names no commit: a fault, not an empty branch
            return None
        return named.decode().strip()

    def shows_work_tree(self) -> bool:
        """Whether there is a working tree with the served branch checked out."""
        if self.work_tree is None:
            return False
        return self.branch is None or self.follow_ref("HEAD") == self.follow_ref(self.branch)


def is_ancestor(repository: Repository, tip: str, revision: str) -> bool:
    """Whether ``revision`` is an ancestor of ``tip``, or is it. Raises GitFailed when there is no such commit."""
    return repository.git("rev-list", "--max-count=1", "--end-of-options", revision, f"^{tip}") == b""


def has_landed(repository: Repository, ref: str, revision: str) -> bool:
    """Whether the branch ``ref`` contains the commit ``revision``. Raises GitFailed when there is no such commit."""
    tip = repository.tip_of(ref)
    return tip is not None and (tip == revision or is_ancestor(repository, tip, revision))


def open_repository(config: Config) -> Repository:
    """The repository that the settings name. Raises ConfigError."""
    return Repository.open(
        config.repo, branch=config.branch, tools_dir=config.tools_dir, signing_key=config.signing_key
    )


def _why_not(path: Path, words: str) -> str:
    """What to do about a folder that Git does not find in any repository."""
    if "refstorage" in words.lower():
        return _REFTABLE.format(path)
    if "unknown repository extension" in words or "Expected git repo version" in words:
        return f"{path} is a repository of a form that the Git on this machine cannot read: use a newer Git ({words})"
    if "bad config" in words:
        return f"the configuration of the repository at {path} cannot be read: mend it ({words})"
    if (path / ".git").exists() or (path / "HEAD").exists():
        return f"the repository at {path} is damaged: look at its HEAD, objects/ and refs/ ({words})"
    return f"{path} is not in a Git repository: run `git init` there ({words})"


def _told_path(directory: Path, question: str) -> Path:
    """The path that ``git rev-parse`` prints. It may hold any bytes, newlines too; only the last one is Git's own."""
    return Path(os.fsdecode(run_git(directory, "rev-parse", question).removesuffix(b"\n")))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(_REF_BYTES_AT_MOST)
    except OSError:
        return b""


def _symbolic_target(file: Path) -> str | None:
    """The ref that a ref's file names: ``ref: refs/…``, or an old repository's symbolic link."""
    content = _read(file)
    if content.startswith(b"ref:"):
        target = os.fsdecode(content[4:].strip())
    elif not content and file.is_symlink():
        target = str(file.readlink())
    else:
        return None
    # Git accepts nothing else as a ref either, and as a path it could lead anywhere.
    return target if target.startswith("refs/") and ".." not in target else None


def _file_stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
