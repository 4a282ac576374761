"""Which repository, which branch, and whether it moved."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError, GitFailed
from .command import run_git


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository being served.

    ``git_dir`` is this working tree's Git directory, ``common_dir`` the one shared by all working trees, ``work_tree``
    None for a bare repository, ``branch`` a full ref or None when whatever HEAD names is served. ``object_format`` is
    ``sha1`` or ``sha256``.
    """

    git_dir: Path
    common_dir: Path
    work_tree: Path | None
    branch: str | None
    tools_dir: str
    object_format: str

    @classmethod
    def open(cls, path: Path, *, branch: str | None = None, tools_dir: str = "tools") -> Repository:
        """Find the repository at or above ``path``. Raises ConfigError with what to do when there is none."""
        if not path.is_dir():
            raise ConfigError(f"{path} is not a folder: name a Git repository to serve")
        try:
            answers = run_git(
                path, "rev-parse", "--absolute-git-dir", "--git-common-dir", "--is-bare-repository",
                "--show-object-format",
            ).decode().splitlines()  # fmt: skip
        except GitFailed as error:
            raise ConfigError(f"{path} is not in a Git repository: run `git init` there ({error})") from None
        git_dir, common, bare, object_format = answers
        work_tree = None
        if bare == "false":
            top = run_git(path, "rev-parse", "--show-toplevel").decode().rstrip("\n")
            work_tree = Path(top)
        return cls(
            git_dir=Path(git_dir),
            common_dir=(path / common).resolve(),
            work_tree=work_tree,
            branch=f"refs/heads/{branch}" if branch else None,
            tools_dir=tools_dir,
            object_format=object_format,
        )

    def git(self, *arguments: str, stdin: bytes = b"", in_work_tree: bool = False) -> bytes:
        """Run a Git command on this repository; see :func:`~registry.gitrepo.command.run_git`."""
        work_tree = self.work_tree if in_work_tree else None
        return run_git(work_tree or self.git_dir, *arguments, git_dir=self.git_dir, work_tree=work_tree, stdin=stdin)

    def served_ref(self) -> str:
        """The full name of the ref that is served now, or ``HEAD`` when HEAD is detached."""
        return self.branch or _symbolic_target(self.git_dir / "HEAD") or "HEAD"

    def stamp(self) -> Hashable:
        """A value that changes whenever the served ref names another commit; costs two or three small file reads."""
        ref = self.served_ref()
        if ref == "HEAD":
            return ref, _read(self.git_dir / "HEAD")
        loose = _read(self.common_dir / ref)
        if loose:
            # The content, not the time: two commits within one tick of the file system's clock still differ.
            return ref, loose
        return ref, _file_stamp(self.common_dir / "packed-refs"), _file_stamp(self.common_dir / "reftable/tables.list")

    def tip(self) -> str | None:
        """The commit id that is served, or None while the branch has no commit yet."""
        ref = self.served_ref()
        try:
            named = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        except GitFailed:
            if ref == "HEAD" or self.git("for-each-ref", "--format=%(refname)", ref).strip():
                raise  # the ref is there and names no commit: a fault, not an empty branch
            return None
        return named.decode().strip()

    def shows_work_tree(self) -> bool:
        """Whether the working tree belongs to what is served: there is one, and it is on the served branch."""
        if self.work_tree is None:
            return False
        return self.branch is None or _symbolic_target(self.git_dir / "HEAD") == self.branch


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _symbolic_target(head: Path) -> str | None:
    content = _read(head)
    return content[5:].strip().decode(errors="replace") if content.startswith(b"ref: ") else None


def _file_stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
