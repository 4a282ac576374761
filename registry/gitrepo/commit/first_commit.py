"""A new repository with its first commit, and the author of that commit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from registry.errors import GitFailed
from registry.gitrepo.store import DURABLE, Person, find_person_faults, run_git


def found_repository(folder: Path, files: Mapping[str, bytes], message: str, author: Person) -> str:
    """Make a repository on the branch main in an empty folder, with these files as its first commit. Returns its id.

    No template is used, so there are no hooks. Raises GitFailed.
    """
    try:
        run_git(folder, "init", "--quiet", "--initial-branch=main", "--template=")
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    except OSError as error:
        raise GitFailed(f"{folder} cannot be written ({error.strerror})") from error
    who = {f"GIT_{role}_{fact}": value for role in ("AUTHOR", "COMMITTER") for fact, value in _facts(author)}
    git_dir = folder / ".git"
    run_git(folder, *DURABLE, "add", "--all", git_dir=git_dir, work_tree=folder)
    run_git(
        folder, *DURABLE, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "-m", message,
        git_dir=git_dir, work_tree=folder, environ=who,
    )  # fmt: skip
    return run_git(folder, "rev-parse", "HEAD", git_dir=git_dir).decode().strip()


def read_user_identity() -> Person | None:
    """The name and address in the user's own Git settings; None when they are not set or not usable."""
    settings = [Path.home() / ".gitconfig", Path.home() / ".config/git/config"]
    name, email = (_read_setting(settings, key) for key in ("user.name", "user.email"))
    found = Person(name, email) if name and email else None
    return found if found and not list(find_person_faults("", found)) else None


def _read_setting(files: list[Path], key: str) -> str:
    for file in files:
        if file.is_file():
            asked = ("config", "--file", str(file), "--includes", "--get", key)
            try:
                value = run_git(file.parent, *asked, statuses=(0, 1)).decode("utf-8", "replace").strip()
            except GitFailed:
                continue  # a broken file of the user's
            if value:
                return value
    return ""


def _facts(person: Person) -> list[tuple[str, str]]:
    return [("NAME", person.name), ("EMAIL", person.email)]
