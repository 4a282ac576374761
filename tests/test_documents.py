"""The documents say what the code does: every route, command and option is in them, and every link leads somewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from registry.cli import command
from registry.formats import FORMATS
from registry.manifest import load_tool_schema
from tests.http.conftest import app_client
from tests.repositories import Repo

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = (ROOT / "docs/commands.md").read_text()


def test_every_route_is_in_the_readme(repo: Repo) -> None:
    with app_client(repo.path) as client:
        paths = client.get("/openapi.json").get_json()["paths"]
    for path in paths:
        first, _, last = path.removeprefix("/api/v1").rpartition("/")
        assert path in README or f"`/{last}`" in README, f"{path} (or /{last} beside {first}) is not in the README"


@pytest.mark.parametrize("name", sorted(command.commands))
def test_every_command_and_option_is_described(name: str) -> None:
    assert f"## toolcrib {name}\n" in COMMANDS
    shown = COMMANDS.split(f"## toolcrib {name}\n")[1].split("\n## ")[0]
    for parameter in command.commands[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in shown, f"{name} {parameter.opts[0]} is not in docs/commands.md"
    assert command.commands[name].help, "and --help teaches"


def test_every_key_of_tool_yaml_is_in_the_readme() -> None:
    schema = load_tool_schema()
    for key in schema["properties"]:
        assert f"`{key}`" in README or f"`{key}." in README, key


def test_every_models_format_is_in_the_readme() -> None:
    assert all(f"`{name}`" in README for name in FORMATS)


def test_every_link_inside_the_project_leads_somewhere() -> None:
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout
    for page in [ROOT / name for name in listed.splitlines()]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_example_manifest_in_the_readme_is_sound(tmp_path: Path) -> None:
    from registry.gitrepo import read_folder
    from registry.manifest import check_folder

    [manifest] = re.findall(r"tool\.yaml <<'YAML'\n(.*?)YAML\n", README, re.DOTALL)
    [main] = re.findall(r"main\.py <<'PY'\n(.*?)PY\n", README, re.DOTALL)
    folder = tmp_path / "shout"
    folder.mkdir()
    (folder / "tool.yaml").write_text(manifest)
    (folder / "main.py").write_text(main)
    assert check_folder(read_folder(folder)[0]).findings == ()
