"""The documents say what the code does: every route, command and option is in them, and every link leads somewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from registry.cli import command
from registry.formats import FORMATS
from registry.gitrepo import read_folder
from registry.manifest import check_folder, load_tool_schema
from registry.model import Finding
from tests.http.conftest import app_client
from tests.repositories import Repo

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
API = (ROOT / "docs/api.md").read_text()
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
COMMANDS = (ROOT / "docs/commands.md").read_text()
TOOLS = (ROOT / "docs/tools.md").read_text()
METHODS = {"get", "post", "put", "patch", "delete"}


def pages() -> list[Path]:
    """Every Markdown page that is kept, or is about to be."""
    listed = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"]
    names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]
    return [ROOT / name for name in names if (ROOT / name).exists()]


def anchors(page: Path) -> set[str]:
    """What a link into the page may name, as GitHub makes it of the headings outside of code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_route_with_every_parameter_is_documented(repo: Repo) -> None:
    with app_client(repo.path) as client:
        paths = client.get("/openapi.json").get_json()["paths"]
    rows = dict(re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)` \| (.*) \|$", API, re.MULTILINE))
    routes = {f"{verb.upper()} {path}": paths[path][verb] for path in paths for verb in paths[path].keys() & METHODS}
    assert rows.keys() == routes.keys(), "docs/api.md has a row for each route, and no other"
    for name, route in routes.items():
        for parameter in route.get("parameters", []):
            if parameter["in"] == "query":
                assert f"`{parameter['name']}" in rows[name], f"{name}: {parameter['name']} is not in docs/api.md"


def test_the_readme_is_read_in_one_go() -> None:
    assert len(README.splitlines()) <= 200
    assert re.search(r"!\[[^\]]+\]\(docs/images/[^)]+\.png\)", README), "it shows the page"


@pytest.mark.parametrize("name", sorted(command.commands))
def test_every_command_and_option_is_described(name: str) -> None:
    assert f"## toolcrib {name}\n" in COMMANDS
    shown = COMMANDS.split(f"## toolcrib {name}\n")[1].split("\n## ")[0]
    for parameter in command.commands[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in shown, f"{name} {parameter.opts[0]} is not in docs/commands.md"
    assert command.commands[name].help, "and --help teaches"


def test_every_key_of_tool_yaml_is_documented() -> None:
    schema = load_tool_schema()
    for key in schema["properties"]:
        assert f"`{key}`" in TOOLS or f"`{key}." in TOOLS, key
    for key in schema["properties"]["runtime"]["properties"]:
        assert f"`runtime.{key}`" in TOOLS, key


def test_every_models_format_is_documented() -> None:
    assert all(f"`{name}`" in API for name in FORMATS)


def test_every_link_inside_the_project_leads_to_a_file_and_to_a_heading_of_it() -> None:
    for page in pages():
        text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", text):
            if "://" in target:
                continue
            file = page.parent / target if target else page
            assert file.exists(), f"{page.name} links to {target}"
            assert not anchor or file.suffix != ".md" or anchor in anchors(file), f"{page.name}: {target}#{anchor}"


def test_every_part_of_the_code_that_a_page_names_is_there() -> None:
    for page in pages():
        for name in re.findall(r"`((?:registry|runner|tests|setup|schemas|web)/[\w./-]+)`", page.read_text()):
            assert is_code(name), f"{page.name} names {name}"
    for package in ("registry", "runner"):
        table = ARCHITECTURE.partition(f"| part of `{package}/` |")[2].partition("\n\n")[0]
        names = [name for row in table.splitlines()[2:] for name in re.findall(r"`([\w/]+)`", row.split(" | ")[0])]
        assert names
        for name in names:
            assert is_code(f"{package}/{name}"), f"architecture.md names {name} of {package}/"


def test_every_name_that_a_docstring_refers_to_is_in_the_code() -> None:
    modules = {name_module(file): file for top in ("registry", "runner") for file in (ROOT / top).rglob("*.py")}
    words = {module: set(re.findall(r"\w+", file.read_text())) for module, file in modules.items()}
    longest_first = sorted(modules, reverse=True)
    stale = []
    for module, file in modules.items():
        room = module if file.name == "__init__.py" else module.rpartition(".")[0]
        for target in re.findall(r":(?:mod|func|class|data|attr|meth):`~?([\w.]+)`", file.read_text()):
            wanted = room + target if target.startswith(".") else target
            named = next((one for one in longest_first if f"{wanted}.".startswith(f"{one}.")), None)
            rest = wanted.removeprefix(named or "").lstrip(".").split(".")
            if rest != [""] and not words[named or module].issuperset(rest):
                stale.append(f"{file.relative_to(ROOT)}: {target}")
    assert not stale, "these are elsewhere, or have another name: " + ", ".join(stale)


def name_module(file: Path) -> str:
    """The module that a file of the code is."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_code(name: str) -> bool:
    """Whether there is such a file or folder, or module without its ending."""
    return (ROOT / name).exists() or (ROOT / f"{name}.py").exists()


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            links = re.findall(r"\]\(([^)#\s:]+\.md)", page.read_text())
            waiting += [(page.parent / link).resolve() for link in links]
    assert {page for page in pages() if page.parent in {ROOT, ROOT / "docs"}} <= reached


def test_the_examples_of_manifests_in_the_documents_are_sound(tmp_path: Path) -> None:
    [manifest] = re.findall(r"```yaml\n(# yaml-language-server: \$schema=../../schemas/tool.*?)```", TOOLS, re.DOTALL)
    [main] = re.findall(r"```python\n(.*?)```", TOOLS.partition("## main.py")[2], re.DOTALL)[:1]
    assert findings_of(tmp_path / "port_check", manifest, main) == ()


def test_every_example_manifest_in_the_readme_is_sound(tmp_path: Path) -> None:
    [manifest] = re.findall(r"tool\.yaml <<'YAML'\n(.*?)YAML\n", README, re.DOTALL)
    [main] = re.findall(r"main\.py <<'PY'\n(.*?)PY\n", README, re.DOTALL)
    assert findings_of(tmp_path / "shout", manifest, main) == ()


def findings_of(folder: Path, manifest: str, main: str) -> tuple[Finding, ...]:
    """What the check says of a tool of these two files."""
    folder.mkdir()
    (folder / "tool.yaml").write_text(manifest)
    (folder / "main.py").write_text(main)
    return check_folder(read_folder(folder)[0]).findings


def test_the_glossary_gives_one_meaning_to_each_word() -> None:
    glossary = ARCHITECTURE.partition("\n## Glossary\n")[2].partition("\n## ")[0]
    words = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|", glossary, re.MULTILINE)
    names = [word for word, _ in words]
    assert len(names) >= 40
    assert names == sorted(set(names), key=str.casefold)
    assert set(names) >= _DECIDED


_DECIDED = {
    *(
        "tool",
        "manifest",
        "finding",
        "catalog",
        "revision",
        "digest",
        "version",
        "edit",
        "execution",
        "sandbox",
        "problem",
    ),
    *("try", "place", "form", "prepared", "summary", "slot", "image", "limit", "serving"),  # each had two to four
}
