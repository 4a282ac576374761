"""Real repositories for tests: made with the git command, as a user would make them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

MAIN = '''"""Say hello."""


def main(name: str, times: int = 1) -> dict:
    """Greet."""
    return {"greeting": " ".join(["hello", name] * times)}
'''


def manifest(name: str, /, **changes: str) -> str:
    """A sound tool.yaml; a keyword replaces one top-level key's text, or adds the key."""
    keys = {
        "name": name,
        "title": f"Title of {name}",
        "description": "Greets somebody as often as wanted. Use it to see that calling a tool works.",
        "category": "demo/greetings",
        "tags": "[demo, hello]",
        "parameters": "{type: object, properties: {name: {type: string, description: Whom to greet., maxLength: 50}, "
        "times: {type: integer, description: How often., minimum: 1, maximum: 9, default: 1}}, required: [name], "
        "additionalProperties: false}",
        "returns": "{type: object, properties: {greeting: {type: string, description: The words.}}}",
    } | changes
    return "".join(f"{key}: {text}\n" for key, text in keys.items())


@dataclass(frozen=True)
class Repo:
    """A repository with a working tree."""

    path: Path

    def git(self, *arguments: str, check: bool = True) -> str:
        """What a plain git command prints."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
        }
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments], capture_output=True, text=True, check=check, env=environment
        )
        return done.stdout.strip()

    def write(self, path: str, content: str | bytes) -> Path:
        """Write one file of the working tree."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def tool(self, name: str, /, main: str = MAIN, files: dict[str, str] | None = None, **changes: str) -> None:
        """Write a tool's folder, without committing it."""
        self.write(f"tools/{name}/tool.yaml", manifest(name, **changes))
        self.write(f"tools/{name}/main.py", main)
        for path, content in (files or {}).items():
            self.write(f"tools/{name}/{path}", content)

    def commit(self, message: str = "a change") -> str:
        """Commit everything; the new revision."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def make_repo(path: Path, *arguments: str) -> Repo:
    """A new repository on the branch main."""
    path.mkdir(parents=True, exist_ok=True)
    repo = Repo(path)
    repo.git("init", "-q", "-b", "main", *arguments)
    return repo
