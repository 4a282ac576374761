"""The checks before a repository is served, so that a set-up that cannot work fails at once, with one sentence."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator

from registry.config import Config
from registry.errors import ConfigError, GitFailed
from registry.file_owners import find_owner, name_user
from registry.gitrepo import (
    Repository,
    check_signing_key,
    is_partial,
    list_filtered_files,
    name_folder_kind,
)
from registry.secrets import read_key
from registry.service import open_remote

_MIN_DESCRIPTORS = 1024
"""Of each process: a worker has some fifty at rest, three for a running tool, one for a connection, and a few for each
Git command."""


def check_before_serving(config: Config, repository: Repository) -> Iterator[str]:
    """Warnings about a set-up that can be served but is odd, a sentence each. Raises ConfigError if it cannot be
    served."""
    _refuse_few_descriptors()
    if config.push_secret_file is not None:
        read_key(config.push_secret_file)
    remote = open_remote(config, repository)
    if remote is None and config.push_secret_file is not None:
        yield "TOOLCRIB_PUSH_SECRET_FILE is set, but the repository has no remote to fetch from"
    yield from describe_owner(repository)
    if config.state_dir is None and find_owner(repository.git_dir) is not None:
        yield (
            "records of calls and images are kept inside the owner's Git directory: set TOOLCRIB_STATE_DIR to a folder "
            "of root's where the owner must not see them"
        )
    yield from describe_signing(repository)
    yield from _odd_branch(config, repository)
    yield from describe_history(repository)
    yield from describe_filters(repository)
    yield from _odd_folder(repository)


def describe_owner(repository: Repository) -> Iterator[str]:
    """A sentence where the repository belongs to another user than the one that this process runs as."""
    uid, mine = repository.common_dir.stat().st_uid, os.geteuid()
    if uid == mine:
        return
    owner, me = name_user(uid), name_user(mine)
    if find_owner(repository.git_dir) is not None:
        yield (
            f"the repository belongs to {owner} and the service runs as {me}: Git runs as {owner}, with that user's "
            "ssh keys, and what is written into the repository is that user's"
        )
    elif mine == 0:
        yield (
            f"the repository belongs to {owner}, who cannot reach it: Git runs as root, and what it writes there will "
            f"be root's; let {owner} enter the folders above {repository.common_dir}, or chown the repository"
        )
    else:
        yield (
            f"the repository belongs to {owner} and the service runs as {me}: what it writes there will be {me}'s; "
            f"run it as {owner}, or share the repository with a group (git config core.sharedRepository group)"
        )


def describe_signing(repository: Repository) -> Iterator[str]:
    """A sentence where the repository wants signed commits, and the service cannot sign its own. Raises ConfigError
    where its key cannot be used."""
    if repository.signing_key is not None:
        check_signing_key(repository.signing_key)
        return
    asked = ("config", "--type=bool", "--get", "commit.gpgSign")
    if repository.git(*asked, statuses=(0, 1)).strip() == b"true":
        yield (
            "the repository asks for signed commits (commit.gpgSign), and the service has no key: its commits are not "
            "signed; name its key in TOOLCRIB_SIGNING_KEY"
        )


def _refuse_few_descriptors() -> None:
    """With too few, everything works until it is busy, and then fails anywhere."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < _MIN_DESCRIPTORS:
        raise ConfigError(
            f"this process may open {hard} file descriptors, and a busy service needs {_MIN_DESCRIPTORS} at least: "
            "raise the limit (ulimit -n, or LimitNOFILE= of the systemd unit)"
        )


def _odd_branch(config: Config, repository: Repository) -> Iterator[str]:
    ref = repository.served_ref()
    branch = ref.removeprefix("refs/heads/")
    try:
        tip = repository.tip()
        if tip is not None:
            repository.git("cat-file", "-e", f"{tip}^{{tree}}")
    except GitFailed as error:
        raise ConfigError(
            f"the served branch ({branch}) names a commit that cannot be read: run `git fsck`, "
            f"and fetch or restore what is missing ({error})"
        ) from None
    if ref == "HEAD":
        yield "HEAD is detached: its tools are served, but edits are refused and no remote is followed"
    elif tip is None:
        yield f"the branch {branch} has no commit yet: only the working tree's tools are shown"
    elif config.edit_mode == "branch" and branch.startswith("toolcrib/"):
        raise ConfigError(f"{branch} is a proposal's branch: serve the one that proposals are merged into")


def describe_history(repository: Repository) -> Iterator[str]:
    """Sentences about a clone that does not have all of its history."""
    if is_partial(repository):
        yield (
            "this is a partial clone: the exchange with the remote brings what the newest commit needs, and what "
            "earlier versions lack is not fetched to show them; `git fetch --refetch --no-filter` makes it whole"
        )
    if repository.shallow_commits():
        yield (
            "this is a shallow clone: versions are counted from where its history begins; `git fetch --unshallow` "
            "makes it whole"
        )


def describe_filters(repository: Repository) -> Iterator[str]:
    """A sentence where Git filters keep files of the committed tools."""
    tip = repository.tip()
    if tip is None:
        return
    # Names only: a partial clone may not have the files yet.
    listed = repository.git("ls-tree", "-r", "-z", "--name-only", "--full-tree", tip, "--", f"{repository.tools_dir}/")
    filtered = list_filtered_files(repository, os.fsdecode(listed).split("\0")[:-1])
    if filtered:
        path, program = next(iter(filtered.items()))
        yield (
            f"{len(filtered)} files of tools have a Git filter ({path}: filter={program}), and filters are not run "
            f"here: what is committed is served; write `{repository.tools_dir}/** -text !filter` as the last line of "
            ".gitattributes, and commit the files anew"
        )


def _odd_folder(repository: Repository) -> Iterator[str]:
    tip = repository.tip()
    kind = name_folder_kind(repository, tip) if tip is not None else None
    if kind not in {None, "tree"}:
        raise ConfigError(
            f"{repository.tools_dir} is no folder in the served commit: name the one with the tools in "
            "TOOLCRIB_TOOLS_DIR"
        )
    on_disk = repository.work_tree / repository.tools_dir if repository.work_tree else None
    if on_disk is not None and (on_disk.is_symlink() or (on_disk.exists() and not on_disk.is_dir())):
        raise ConfigError(f"{on_disk} is no folder: name the one with the tools in TOOLCRIB_TOOLS_DIR")
    if kind is None and (on_disk is None or not on_disk.exists()):
        yield (
            f"there is no folder {repository.tools_dir} yet: it is served as soon as it is there, or name another in "
            "TOOLCRIB_TOOLS_DIR"
        )
