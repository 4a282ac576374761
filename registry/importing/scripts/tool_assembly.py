"""An entry of a script as an imported tool: its manifest, its files, and what is to be said of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from registry.folder_rules import FOLDER_NAME, windows_fault
from registry.import_names import is_standard_library
from registry.importing.imported_tool import ImportedTool, ImportNote
from registry.manifest import read_source

from .constant_values import UNKNOWN
from .docstrings import as_sentence, fit, one_line, read_docstring, words_of
from .entry import Entry
from .example_values import make_example
from .file_parameters import take_file_contents
from .function_reading import derive_returns, returns_value
from .module_names import list_arguments
from .parameters import Parameter, make_name
from .script_facts import ScriptFacts
from .surroundings import needs_memory, needs_network
from .tool_notes import list_notes
from .wrapper_text import Script, write_wrapper

SUPPORT_FILE: Final = Path(__file__).parent / "support" / "script_call.py"
_SUPPORT: Final = "script_call"
_MEMORY_MB: Final = 512
_FEWEST_WORDS: Final = 4
_UNSAID: Final = "the script does not say what it is for: write its description in tool.yaml"
_NO_WORDS: Final = re.compile(r"\b(pip3? install|install using)\b|^\S+\.py$", re.IGNORECASE)
"""Comments at the top that say how to install, or only the file's name."""
_ANYTHING: Final = ["string", "number", "boolean", "object", "array", "null"]
_SHORT: Final = 60
_LONG: Final = 800


def assemble_tool(facts: ScriptFacts, entry: Entry, name: str, category: str) -> ImportedTool:
    """The tool of one entry."""
    entry, file_notes = take_file_contents(entry, facts)
    parameters = entry.command.parameters
    taken = {one.name for one in parameters}
    environment = tuple(
        replace(one, name=f"{one.name}_variable") if one.name in taken else one for one in facts.environment.parameters
    )
    notes = [*list_notes(facts, entry), *file_notes]
    files = _files(facts, entry, environment)
    description, doubt = _description(facts, entry)
    if doubt:
        notes.append(ImportNote("open", doubt))
    example = make_example([*parameters, *environment], entry.example, facts.all_names)
    manifest: dict[str, Any] = {
        "name": name,
        "title": words_of(name)[:100],
        "description": description,
        "status": "active",
        "category": category,
        "parameters": _schema([*parameters, *environment]),
        "returns": _returns(entry, facts),
        "examples": [{"name": "first", "arguments": example}],
        "runtime": _runtime(facts),
    }
    if any(note.kind == "open" for note in notes):
        manifest["status"] = "draft"
    manifest = {key: value for key, value in manifest.items() if value not in ("", {}, [])}
    return ImportedTool(name, manifest, files, tuple(dict.fromkeys(notes)))


def make_tool_name(text: str) -> str:
    """A name that a tool can have: ``my-script`` gives ``my_script``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    name = re.sub(r"_+", "_", re.sub(r"[^a-z0-9_]+", "_", spaced.lower())).strip("_")[:60]
    if not name or not name[0].isalpha():
        name = f"tool_{name}".rstrip("_")
    return name if FOLDER_NAME.match(name) and not windows_fault(name) else f"{name}_tool"


def _schema(parameters: list[Parameter]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for one in parameters:
        schema = {**(one.schema or {"type": _ANYTHING})}
        described = schema.pop("description", "")
        text = one.description or described or f"{words_of(one.name)}."
        schema["description"] = fit(as_sentence(text))
        if _fits(one.default, one.schema) and not one.required:
            schema["default"] = one.default
        properties[one.name] = schema
    required = [one.name for one in parameters if one.required]
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _fits(default: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a default is JSON that its schema takes; the script has its own anyway."""
    if default is UNKNOWN or default is None or not isinstance(default, str | int | float | bool | list | dict):
        return False
    if "enum" in schema:
        return default in schema["enum"]
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    matching = {
        "string": isinstance(default, str),
        "boolean": isinstance(default, bool),
        "integer": isinstance(default, int) and not isinstance(default, bool),
        "number": isinstance(default, int | float) and not isinstance(default, bool),
        "array": isinstance(default, list),
        "object": isinstance(default, dict),
    }
    plain = default == default and default not in (float("inf"), float("-inf"))  # noqa: PLR0124 -- not NaN
    return plain and "format" not in schema and any(matching.get(one, False) for one in kinds if isinstance(one, str))


def _returns(entry: Entry, facts: ScriptFacts) -> dict[str, Any]:
    if entry.kind == "program" or entry.function is None:
        return {}
    return derive_returns(entry.function, facts.names, entry.said.returns)


def _runtime(facts: ScriptFacts) -> dict[str, Any]:
    third_party = facts.third_party
    found: dict[str, Any] = {"network": needs_network(facts.all_names, third_party.modules)}
    if needs_memory(third_party.modules):
        found["memory_mb"] = _MEMORY_MB
    if third_party.requirements:
        found["dependencies"] = list(third_party.requirements)
    if facts.environment.secrets:
        found["secrets"] = list(facts.environment.secrets)
    return found


def _description(facts: ScriptFacts, entry: Entry) -> tuple[str, str]:
    """The description for models, and what is doubtful about it."""
    doubt = ""
    module = _module_words(facts)
    own = entry.description or entry.command.description
    text = own or module
    if own and module and len(own) < _SHORT and own not in module and entry.name == "":
        text = f"{as_sentence(own)} {module}"
    if not text and (text := _inner_comment(facts)):
        doubt = "its description is a comment of the script: read in tool.yaml whether it says what the tool is for"
    if not text:
        what = "_".join(part for part in (facts.source.path.stem, entry.name) if part)
        return f"Runs {words_of(what).lower()}, a script that was imported from {facts.source.path.name}.", _UNSAID
    if entry.name and module and len(text) < _SHORT:
        text = f"{as_sentence(text)} {as_sentence(module.split('. ')[0])}"
    if entry.kind == "program" and len(text) < _LONG:
        text = f"{as_sentence(text)} What it prints comes back."
    return fit(text), doubt


def _module_words(facts: ScriptFacts) -> str:
    text = ast.get_docstring(facts.names.tree)
    if text:
        return read_docstring(text).description
    lines: list[str] = []
    for line in facts.source.data.decode("utf-8", "replace").splitlines()[:30]:
        if line.startswith("#!") or re.match(r"#.*(coding[:=]|copyright|license|author|///)", line, re.IGNORECASE):
            continue
        if not line.startswith("#"):
            if line.strip() or lines:
                break
            continue
        text = line.lstrip("#").strip(" -=*")
        if not _NO_WORDS.search(text):
            lines.append(text)
    return fit(one_line(" ".join(lines))) or _usage(facts)


def _usage(facts: ScriptFacts) -> str:
    """How the script says that it is called."""
    for node in ast.walk(facts.names.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.match(r"usage: ?\S", node.value, re.I):
            return one_line(node.value)
    return ""


def _inner_comment(facts: ScriptFacts) -> str:
    """The first comment further down that is a sentence: of the script, or only of the line below it."""
    text = facts.source.data.decode("utf-8", "replace")
    for found in re.finditer(r"^# ?([A-Za-z][^\n]+)$", text, re.MULTILINE):
        words = found[1]
        code = re.search(r"[=({;]|coding[:=]", words) or _NO_WORDS.search(words)
        if len(words.split()) >= _FEWEST_WORDS and not code:
            return one_line(words)
    return ""


def _files(facts: ScriptFacts, entry: Entry, environment: tuple[Parameter, ...]) -> dict[str, bytes]:
    shared = {**facts.own.files, **facts.data.files}
    if _is_main_already(facts, entry, environment):
        return {**shared, "main.py": facts.source.data}
    support = _SUPPORT if f"{_SUPPORT}.py" not in shared else f"toolcrib_{_SUPPORT}"
    module = _module_name(facts, shared, support)
    file = module.replace(".", "/") + ".py"
    writes = any(use.use == "output" for use in facts.uses.values())
    script = Script(file, module, facts.names, support, writes)
    wrapper = write_wrapper(entry, script, environment)
    files = {**shared, file: facts.source.data, "main.py": wrapper.encode()}
    if f"from {support} import" in wrapper:
        files[f"{support}.py"] = SUPPORT_FILE.read_bytes()
    return files


def _module_name(facts: ScriptFacts, shared: Mapping[str, bytes], support: str) -> str:
    """The script's module name in the tool's folder: its own, unless something else has that name."""
    if "." in facts.own.module:
        return facts.own.module
    module = make_name(facts.own.module)
    imported = {full.partition(".")[0] for one in facts.all_names for full in one.imports.values()}
    if module in {"main", support} or is_standard_library(module) or module in imported or f"{module}.py" in shared:
        return f"{module}_script"
    return module


def _is_main_already(facts: ScriptFacts, entry: Entry, environment: tuple[Parameter, ...]) -> bool:
    """Whether the script can be the tool's main.py as it is."""
    function = entry.function
    if entry.kind != "function" or function is None or function.name != "main" or environment:
        return False
    source = read_source("main.py", facts.source.data)
    plain = all(
        one.giving == "keyword" and one.file is None and one.name == one.source for one in entry.command.parameters
    )
    whole = [one.arg for one, _ in list_arguments(function)] in (["arguments"], ["input_data"])
    return (
        plain
        and not whole
        and source.main is not None
        and function.__class__.__name__ == "FunctionDef"
        and returns_value(function)
        and not function.decorator_list
        and b"# /// script" not in facts.source.data
        and "." not in facts.own.module
    )
