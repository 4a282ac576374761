"""What a tool's running code asks for, and will not find: modules, variables, a command line, an entry."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from registry.folder_rules import make_printable
from registry.model import Entry, Finding, Folder, Manifest

from .import_rules import check_imports, list_running_files
from .program_rules import check_command_lines, check_entry, check_variables
from .python_source import PythonSource, find_character
from .source_facts import collect_facts
from .tool_modules import ToolModules

_MAIN = "main.py"


def check_running_code(
    folder: Folder, sources: Mapping[str, PythonSource], manifest: Manifest, entry: Entry, modules: ToolModules
) -> Iterator[Finding]:
    """Warnings about what runs when the tool is called: main.py and the files that it imports. ``sources`` are by path,
    with a valid main.py among them."""
    for found in _find(folder, sources, manifest, entry, modules):
        line, column = find_character(folder.contents[found.file], found.line, found.column - 1)
        yield dataclasses.replace(found, file=make_printable(found.file), line=line, column=column)


def _find(
    folder: Folder, sources: Mapping[str, PythonSource], manifest: Manifest, entry: Entry, modules: ToolModules
) -> Iterator[Finding]:
    """The findings with files and columns as a syntax tree has them."""
    facts = {
        path: collect_facts(source.tree, entry if path == _MAIN else "module")
        for path, source in sources.items()
        if source.tree is not None
    }
    running = {path: facts[path] for path in list_running_files(facts)}
    if any(b"sys.path" in folder.contents[path] for path in running):
        modules = dataclasses.replace(modules, searches_elsewhere=True)
    properties = manifest.parameters.get("properties")
    yield from check_imports(running, modules)
    yield from check_command_lines(running, entry)
    yield from check_variables(running, manifest.runtime.secrets)
    if entry == "script":
        yield from check_entry(sources[_MAIN], facts[_MAIN], properties if isinstance(properties, dict) else {})
