"""Parameters that are paths to the script: the tool takes what is in the file, because a caller has no file there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from registry.importing.imported_tool import ImportNote

from .constant_values import UNKNOWN
from .docstrings import as_sentence
from .entry import Entry
from .file_uses import mark_files
from .missing_files import looks_for_files
from .parameters import Command, Parameter, name_for_file, rename_all
from .script_facts import ScriptFacts

_FILE_WORDS: Final = {
    "text": "The text of the file itself, not its path.",
    "bytes": "The file's bytes in base64, not its path.",
    "folder": "The files of the folder: each one's text by its name.",
    "output": "Name of the file to write; it comes back with the result.",
}


def take_file_contents(entry: Entry, facts: ScriptFacts) -> tuple[Entry, list[ImportNote]]:
    """The entry with parameters that take a file's content where the script takes its path."""
    command = entry.command
    if entry.kind == "program":
        command = mark_files(command, dict(facts.uses))
    else:
        command = Command((), (tuple(_marked(one, facts) for one in command.parameters),), command.description)
    notes: list[ImportNote] = []
    segments = []
    for segment in command.segments:
        changed = []
        for one in segment:
            renamed = _as_file(one, needed=_is_default_missing(one, facts))
            changed.append(renamed)
            if one.file in {"text", "bytes", "folder"}:
                what = {"text": "its text", "bytes": "its bytes in base64", "folder": "the texts of its files"}[
                    one.file
                ]
                label = one.source or one.name
                notes.append(ImportNote("done", f"{label} is a path: {what} is given as {renamed.name}"))
        segments.append(tuple(changed))
    return replace(entry, command=rename_all(replace(command, segments=tuple(segments)))), notes


def _marked(one: Parameter, facts: ScriptFacts) -> Parameter:
    function, _, name = one.dest.partition(":")
    use = facts.uses.get(one.dest) or facts.uses.get(f"{function}:{name}")
    kind = one.schema.get("type", "string")
    if use is None or kind not in {"string", "array"} or one.giving not in {"keyword", "position"}:
        return one
    return one if kind == "array" and use.use in {"folder", "output"} else replace(one, file=use.use, suffix=use.suffix)


def _is_default_missing(one: Parameter, facts: ScriptFacts) -> bool:
    """Whether the script would read a file that the tool does not have, where nothing is given."""
    default = one.default
    if one.file not in {"text", "bytes"} or not isinstance(default, str) or not re.search(r"\.\w{1,10}$", default):
        return False
    there = default.removeprefix("./") in facts.data.files
    return not default.startswith("/") and not there and not looks_for_files(facts.all_names)


def _as_file(one: Parameter, *, needed: bool) -> Parameter:
    if one.file is None:
        return one
    if one.schema.get("type") == "array" and one.file in {"folder", "output"}:
        return replace(one, file=None)
    words = _FILE_WORDS[one.file]
    description = f"{as_sentence(one.description)} {words}".strip()
    # Where a file goes is ours to say; what it is called has a default then.
    required = one.required or needed
    default = one.default if one.file == "output" else UNKNOWN
    schema: dict[str, Any] = {"type": "string"}
    if one.file == "bytes":
        schema["contentEncoding"] = "base64"
    elif one.file == "folder":
        schema = {"type": "object", "additionalProperties": {"type": "string"}}
    if one.schema.get("type") == "array":
        schema = {"type": "array", "items": schema}
    suffix = one.suffix
    if isinstance(one.default, str) and "." in one.default and one.file != "output":
        suffix = "." + one.default.rpartition(".")[2][:10]
    return replace(
        one,
        name=name_for_file("files" if one.name == "arguments" else one.name, one.file, many=schema["type"] == "array"),
        schema=schema,
        description=description,
        required=required,
        default=default,
        suffix=suffix if re.fullmatch(r"\.\w{1,10}", suffix) else one.suffix,
    )
