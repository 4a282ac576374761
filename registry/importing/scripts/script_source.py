"""One Python file of somebody's, read as a syntax tree. What cannot run here is refused with a sentence."""

from __future__ import annotations

import ast
import re
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.errors import InputRefused

MAX_SCRIPT_BYTES: Final = 200 * 1024
"""A tool's folder may have 256 KiB of Python; the script's helpers and its main.py are in it, too."""
_PYTHON_2: Final = re.compile(
    rb"""^\s*(?:print\s+["'\w(]|print\s*$|exec\s+["']|raise\s+\w+\s*,\s*["'])|except\s+[\w.]+\s*,\s*\w+\s*:|<>|`\w+`""",
    re.MULTILINE,
)
_OTHER_KINDS: Final = {
    ".ipynb": "is a notebook; write it out as a script first: jupyter nbconvert --to script",
    ".pyc": "is byte-code; import the .py file that it was made from",
    ".pyw": "is a program with windows, which a sandbox cannot show",
    ".sh": "is a shell script; only Python can be imported",
}


@dataclass(frozen=True, slots=True)
class ScriptSource:
    """A valid Python file. ``root`` is the folder that nothing is read outside of; ``path`` is in it."""

    path: Path
    root: Path
    data: bytes
    tree: ast.Module


def read_script(path: Path, root: Path) -> ScriptSource:
    """Read one file. Raises InputRefused with what is wrong with it, in words for who wants it imported."""
    data = read_bytes(path, root, MAX_SCRIPT_BYTES)
    if kind := _OTHER_KINDS.get(path.suffix):
        raise InputRefused(f"{path}: {kind}")
    return ScriptSource(path, root, data, parse_python(path, data))


def read_bytes(path: Path, root: Path, most: int) -> bytes:
    """The bytes of a regular file that lies in ``root``. Raises InputRefused."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise InputRefused(f"{path}: is a symbolic link, which is not followed; import the file itself")
        if not stat.S_ISREG(status.st_mode):
            raise InputRefused(f"{path}: is no regular file")
        if not path.resolve().is_relative_to(root.resolve()):
            raise InputRefused(f"{path}: lies outside of {root}")
        if status.st_size > most:
            raise InputRefused(f"{path}: has {status.st_size} bytes; at most {most} can be imported")
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError as error:
        raise InputRefused(f"{path}: there is no such file") from error
    except OSError as error:
        raise InputRefused(f"{path}: cannot be read: {error.strerror}") from error


def parse_python(path: Path, data: bytes) -> ast.Module:
    """The syntax tree. Raises InputRefused."""
    if b"\0" in data:
        raise InputRefused(f"{path}: is not text")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape sequence, say
            return ast.parse(data)
    except SyntaxError as error:
        if _PYTHON_2.search(data):
            raise InputRefused(f"{path}:{error.lineno or 1}: is Python 2; bring it to Python 3 first") from error
        if "codec" in str(error.msg) or "encoding" in str(error.msg):
            raise InputRefused(f"{path}: is not UTF-8, and has no line that names its encoding") from error
        raise InputRefused(f"{path}:{error.lineno or 1}: is not valid Python: {error.msg}") from error
    except ValueError as error:
        raise InputRefused(f"{path}: is not text") from error
    except (RecursionError, MemoryError) as error:
        raise InputRefused(f"{path}: is nested too deeply to be read") from error
