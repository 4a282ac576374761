"""From paths to imported tools: which files are scripts, and what becomes of each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from registry.errors import InputRefused
from registry.folder_rules import FOLDER_NAME
from registry.importing.imported_tool import ImportedTool, ImportNote, name_tools

from .entries import find_entries
from .module_names import is_main_guard
from .script_facts import ScriptFacts
from .script_source import ScriptSource, read_script
from .tool_assembly import assemble_tool, make_tool_name

_MOST_SCRIPTS = 500
_MOST_TOOLS_OF_ONE = 40
_PASSED_OVER_FOLDERS = frozenset(
    {"__pycache__", "venv", "env", "node_modules", "site-packages", "build", "dist", "tests", "test", "docs"}
)
_PASSED_OVER_FILES = frozenset({"__init__.py", "setup.py", "conftest.py", "noxfile.py", "_version.py", "version.py"})


@dataclass(frozen=True, slots=True)
class ScriptWishes:
    """What somebody wants of an import: the tool's name, the function that it calls, its category. Empty: whatever."""

    name: str | None = None
    function: str | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class ScriptReading:
    """The tools that came of some paths, and a sentence for each path that gave none."""

    tools: tuple[ImportedTool, ...]
    refusals: tuple[str, ...]


def import_scripts(paths: Sequence[Path], wishes: ScriptWishes) -> ScriptReading:
    """Make tools of scripts and of folders of scripts. Nothing is run, and nothing is written.

    One bad script keeps no other from being imported. Raises InputRefused for a name that no tool can have.
    """
    if wishes.name is not None and not FOLDER_NAME.match(wishes.name):
        raise InputRefused(
            f"{wishes.name!r} cannot name a tool: a-z, 0-9 and _, beginning with a letter, at most 64 characters"
        )
    tools: list[ImportedTool] = []
    refusals: list[str] = []
    for path in paths:
        for file, root in _scripts(path, refusals):
            try:
                made = _import_script(file, root, wishes)
            except InputRefused as error:
                text = str(error)
                refusals.append(text if text.startswith(str(file)) else f"{file}: {text}")
                continue
            except Exception as error:  # noqa: BLE001 -- one script of many must not keep the others from being imported
                refusals.append(f"{file}: is beyond this import ({type(error).__name__}: {error}); please report it")
                continue
            tools += made
    if wishes.name is not None and len(tools) > 1:
        raise InputRefused(
            f"--name names one tool, and {len(tools)} were found: {', '.join(one.name for one in tools)}"
        )
    return ScriptReading(tuple(name_tools(tools)), tuple(refusals))


def _import_script(file: Path, root: Path, wishes: ScriptWishes) -> list[ImportedTool]:
    source = read_script(file, root)
    try:
        return _make_tools(source, wishes)
    except RecursionError as error:
        raise InputRefused("is nested too deeply to be read") from error


def _make_tools(source: ScriptSource, wishes: ScriptWishes) -> list[ImportedTool]:
    file, facts = source.path, ScriptFacts.of(source)
    left_out: list[str] = []
    entries = find_entries(facts.names, wishes.function, left_out)[:_MOST_TOOLS_OF_ONE]
    if not entries:
        raise InputRefused("; ".join(left_out) or "has nothing that could be called")
    stem = file.parent.resolve().name if file.name in {"main.py", "__main__.py", "cli.py", "run.py"} else file.stem
    found: list[ImportedTool] = []
    for entry in entries:
        # A command's word is nothing without its script's name; a function's name stands for itself.
        words = [entry.name] if entry.name and entry.kind != "program" else [stem, entry.name]
        name = wishes.name or make_tool_name("_".join(word for word in words if word))
        found.append(assemble_tool(facts, entry, name, wishes.category))
    if left_out:
        found[0] = replace(found[0], notes=(*found[0].notes, *(ImportNote("done", text) for text in left_out)))
    return found


def _scripts(path: Path, refusals: list[str]) -> Iterator[tuple[Path, Path]]:
    """The script files of a path with the folder that nothing is read outside of."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 -- resolve() would follow a link
    if not os.path.lexists(path):
        refusals.append(f"{path}: there is no such file")
    elif path.is_dir() and not path.is_symlink():
        if (path / "tool.yaml").is_file():
            refusals.append(f"{path}: is a tool already")
            return
        files = list(_walk(path, refusals))
        if not files:
            refusals.append(f"{path}: has no Python scripts")
        helpers = _helpers(files, path)
        yield from ((file, path) for file in files if file not in helpers)
    else:
        yield path, _root_of(path)


def _root_of(path: Path) -> Path:
    """The checkout that a single script stands in, or its folder."""
    for folder in path.parents:
        if (folder / ".git").exists():
            return folder
    return path.parent


def _walk(folder: Path, refusals: list[str]) -> Iterator[Path]:
    found = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in _PASSED_OVER_FOLDERS)
        if Path(place) != folder and "tool.yaml" in names:
            folders[:] = []
            continue
        for name in sorted(names):
            path = Path(place) / name
            if name in _PASSED_OVER_FILES or name.startswith((".", "test_")) or name.endswith("_test.py"):
                continue
            if name.endswith(".ipynb"):
                refusals.append(f"{path}: is a notebook; write it out as a script first: jupyter nbconvert --to script")
            if not name.endswith(".py"):
                continue
            found += 1
            if found > _MOST_SCRIPTS:
                refusals.append(f"{folder}: has more than {_MOST_SCRIPTS} scripts; import it in parts")
                return
            yield path


def _helpers(files: Sequence[Path], root: Path) -> set[Path]:
    """The files that others import and that do nothing when they are started: they come with those others."""
    sources: dict[Path, ScriptSource] = {}
    for file in files:
        try:
            sources[file] = read_script(file, root)
        except InputRefused:
            continue
    imported: set[Path] = set()
    for source in sources.values():
        try:
            imported |= {one.path for one in ScriptFacts.of(source).own.sources.values()}
        except RecursionError:
            continue
    return {file for file in imported & set(sources) if not _is_started(sources[file])}


def _is_started(source: ScriptSource) -> bool:
    return any(is_main_guard(one) for one in source.tree.body)
