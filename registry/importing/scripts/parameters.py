"""A tool's parameter as a script takes it, and the commands that a script has."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from .constant_values import UNKNOWN

Giving = Literal[
    "argument",  # a positional argument of a command line
    "arguments",  # any number of them
    "rest",  # those after everything else
    "option",  # --name VALUE
    "options",  # --name VALUE --name VALUE
    "list",  # --name VALUE VALUE
    "switch",  # --name, where true
    "off_switch",  # --no-name, where false
    "either",  # --name where true, --no-name where false
    "count",  # -v -v -v
    "stdin",  # the text of standard input
    "stdin_json",  # standard input, as JSON
    "answer",  # one line of standard input
    "answers",  # lines of standard input
    "environment",  # a variable of the environment
    "keyword",  # an argument of a function, by name
    "position",  # an argument of a function, by position
    "positions",  # *args
    "keywords",  # **kwargs
]
FileUse = Literal["text", "bytes", "output", "folder"]
"""What a path is to a script: a file that it reads as text or as bytes, one that it writes, a folder that it reads."""

_NAME: Final = re.compile(r"[^A-Za-z0-9_]+")
_PATH_ENDING: Final = re.compile(r"_?(file_?)?(path|file_?name|file)$")


@dataclass(frozen=True, slots=True)
class Parameter:
    """``schema`` has neither description nor default. ``default`` is UNKNOWN where there is none that JSON can say.

    ``source`` is how the script names it: a flag, a variable of the environment, a parameter of its function.
    ``annotation`` is the type as the script writes it. ``suffix`` is the ending of a file's name.
    """

    name: str
    giving: Giving
    schema: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    required: bool = False
    default: Any = UNKNOWN
    source: str = ""
    off_source: str = ""
    annotation: str = ""
    file: FileUse | None = None
    suffix: str = ".txt"
    dest: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """One way to start a script. ``segments[i]`` are the parameters before ``words[i]``; the last are those after all.

    A script without subcommands has no words and one segment. A ``plain`` one looks into ``sys.argv`` itself, so that
    ``--`` means nothing to it.
    """

    words: tuple[str, ...] = ()
    segments: tuple[tuple[Parameter, ...], ...] = ((),)
    description: str = ""
    plain: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of all segments."""
        return tuple(one for segment in self.segments for one in segment)


def make_name(text: str) -> str:
    """A parameter's name that Python and every provider take: ``--dry-run`` gives ``dry_run``."""
    name = _NAME.sub("_", text.strip().lstrip("-")).strip("_")[:60].lower() or "value"
    if name[0].isdigit():
        name = f"value_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def name_for_file(name: str, use: FileUse, *, many: bool = False) -> str:
    """What a parameter is called that takes a file's content: ``csv_path`` gives ``csv_text``."""
    if use == "output":
        return name
    if many:
        single = name_for_file(re.sub(r"s$", "", name), use)
        return f"{single}s" if single.endswith("_text") else single
    ending = {"text": "text", "bytes": "base64", "folder": "files"}[use]
    stem = _PATH_ENDING.sub("", name) or "file"
    if stem in {"dir", "directory", "folder", "root"} and use == "folder":
        return "files"
    stem = re.sub(r"_(dir|directory|folder)$", "", stem) if use == "folder" else stem
    return stem if stem.endswith(f"_{ending}") or stem == ending else f"{stem}_{ending}"


def distinguish(parameters: Iterable[Parameter]) -> list[Parameter]:
    """The same parameters with names that are all different."""
    taken: set[str] = set()
    found: list[Parameter] = []
    for one in parameters:
        name, number = one.name, 1
        while name in taken:
            number += 1
            name = f"{one.name}_{number}"
        taken.add(name)
        found.append(one if name == one.name else replace(one, name=name))
    return found


def rename_all(command: Command) -> Command:
    """A command whose parameters all have names of their own."""
    renamed = iter(distinguish(command.parameters))
    return replace(command, segments=tuple(tuple(next(renamed) for _ in segment) for segment in command.segments))
