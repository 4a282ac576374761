"""A repository of tools: what ``toolcrib init`` makes, or adds to one that exists, except for printing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from registry.errors import InputRefused
from registry.gitrepo import SERVICE, Person, Repository, found_repository, read_user_identity
from registry.manifest import SCHEMA_FILE

from .existing_repository import FoundFile, add_missing_files, find_checkout, name_main_branch

_WORKFLOW: Final = ".github/workflows/tools.yml"
_FILES: Final = Path(__file__).parent / "files"
# The path of each file. Here the files have other names, so that Git, GitHub and linters do not take them for ours.
_PLACES: Final = {
    "tools/hello/tool.yaml": "hello.yaml",
    "tools/hello/main.py": "hello.txt",
    _WORKFLOW: "workflow.yml",
    ".github/CODEOWNERS": "codeowners.txt",
    ".gitattributes": "gitattributes.txt",
    ".gitignore": "gitignore.txt",
    "README.md": "readme.txt",
}


@dataclass(frozen=True, slots=True)
class MadeRepository:
    """A new repository: its first commit, the commit's author, and its files."""

    revision: str
    author: Person
    paths: tuple[str, ...]


def make_repository(folder: Path) -> MadeRepository:
    """Make a repository of tools in a folder that is empty or does not exist.

    Raises InputRefused for any other folder, GitFailed.
    """
    if folder.exists() and not folder.is_dir():
        raise InputRefused(f"{folder} is no folder: name an empty or a new one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        inside = sorted(one.name for one in folder.iterdir())
    except OSError as error:
        raise InputRefused(f"{folder} cannot be made ({error.strerror}): name an empty or a new folder") from None
    if inside:
        raise InputRefused(f"{folder} is not empty (it has {inside[0]!r}): name an empty or a new folder")
    author = read_user_identity() or SERVICE
    files = _read_files()
    revision = found_repository(folder.absolute(), files, "Begin a repository of tools", author)
    return MadeRepository(revision, author, tuple(sorted(files)))


def complete_repository(folder: Path, tools_dir: str) -> tuple[Repository, tuple[FoundFile, ...]]:
    """Add to the repository at or above a folder what one of tools has and it lacks. Commits nothing.

    Raises InputRefused where there is no checkout, or a file cannot be written; GitFailed.
    """
    repository = find_checkout(folder, tools_dir)
    files = _read_files(tools_dir, name_main_branch(repository))
    del files["README.md"]  # it describes a repository that has nothing but tools
    return repository, add_missing_files(repository, dict(sorted(files.items())))


def _read_files(tools_dir: str = "tools", branch: str = "main") -> dict[str, bytes]:
    """Every file of a repository of tools, by path."""
    files = {path: (_FILES / name).read_bytes() for path, name in _PLACES.items()}
    workflow = files[_WORKFLOW].replace(b"@PACKAGE@", find_install_requirement().replace("'", "''").encode())
    workflow = workflow.replace(b"branches: [main]", f"branches: [{json.dumps(branch)}]".encode())
    files[_WORKFLOW] = workflow.replace(b'["main"]', b"[main]")
    files["schemas/tool.schema.json"] = SCHEMA_FILE.read_bytes()
    if tools_dir == "tools":
        return files
    setting = f"permissions: {{}}\n\nenv:\n  TOOLCRIB_TOOLS_DIR: {json.dumps(tools_dir)}\n"
    files[_WORKFLOW] = files[_WORKFLOW].replace(b"permissions: {}\n", setting.encode(), 1)
    up = "../" * (tools_dir.count("/") + 2)
    hello = files["tools/hello/tool.yaml"]
    files["tools/hello/tool.yaml"] = hello.replace(b"=../../schemas/", f"={up}schemas/".encode())
    for path in (".gitattributes", ".github/CODEOWNERS"):
        files[path] = files[path].replace(b"tools/", f"{tools_dir}/".encode())
    return {path.replace("tools/", f"{tools_dir}/", 1) if path.startswith("tools/") else path: content
            for path, content in files.items()}  # fmt: skip


def find_install_requirement() -> str:
    """The requirement with which pip installs this same program (PEP 610); empty if only this machine has it."""
    found = distribution("toolcrib")
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    url = str(origin.get("url", ""))
    if not url:
        return f"toolcrib=={found.version}"
    if "@" in url.partition("://")[2].partition("/")[0] or not url.startswith(("https://", "ssh://")):
        return ""  # a folder, or an address that contains a user's name or password
    pinned = origin.get("vcs_info", {})
    return f"toolcrib @ {pinned['vcs']}+{url}@{pinned['commit_id']}" if pinned else f"toolcrib @ {url}"
