"""Runs a script as it was imported: with a command line, an environment and an input, and what it prints as the result.

``main.py`` says what each argument of the tool is to the script. A path that the script reads is a file made of the
text that the tool is given; files that the script writes are put into /tmp/out, from where they go to the caller.
"""

from __future__ import annotations

import base64
import io
import json
import os
import runpy
import sys
import tempfile
from collections.abc import Callable
from typing import Any

IN_FOLDER = os.path.join(tempfile.gettempdir(), "in")
OUT_FOLDER = os.path.join(tempfile.gettempdir(), "out")
SHOWN_CHARACTERS = 4000
RESULT_BYTES = 800_000
ASKED_IN_VAIN = 20
MOST_FIGURES = 5


class ScriptFailed(Exception):
    """The script ended with an exit code other than 0; the message has what it printed last."""


class ScriptCall:
    """One call of a script: first what it is given, then :meth:`run`."""

    def __init__(self, script: str = "", *, plain: bool = False) -> None:
        """``plain`` is for a script that looks into sys.argv itself: to others ``--`` ends the options."""
        self.script = script
        self._plain = plain
        self._segments: list[tuple[list[str], list[str], list[str]]] = [([], [], [])]
        self._words: list[str] = []
        self._gaps = ""
        self._input = ""

    def word(self, word: str) -> None:
        """The name of a subcommand. What follows is that subcommand's."""
        self._words.append(word)
        self._segments.append(([], [], []))

    def argument(self, name: str, value: Any) -> None:
        """A positional argument."""
        if value is None:
            self._gaps = self._gaps or name
        elif self._gaps:
            raise ValueError(f"{name} is given, so {self._gaps} must be, too: the script takes them by position.")
        else:
            self._segments[-1][0].append(_text(value))

    def arguments(self, values: Any) -> None:
        """Any number of positional arguments."""
        self._segments[-1][0].extend(_text(value) for value in values or ())

    def rest(self, values: Any) -> None:
        """Arguments after everything else."""
        self._segments[-1][2].extend(_text(value) for value in values or ())

    def option(self, flag: str, value: Any) -> None:
        """``--flag VALUE``, where there is a value."""
        if value is None:
            return
        text = _text(value)
        joined = text.startswith("-") and flag.startswith("--")
        self._segments[-1][1].extend([f"{flag}={text}"] if joined else [flag, text])

    def options(self, flag: str, values: Any) -> None:
        """``--flag VALUE --flag VALUE``."""
        for value in values or ():
            self.option(flag, value)

    def values(self, flag: str, values: Any) -> None:
        """``--flag VALUE VALUE``."""
        if values:
            self._segments[-1][1].extend([flag, *(_text(value) for value in values)])

    def switch(self, flag: str, value: Any, off: str = "") -> None:
        """``--flag`` where true, and the other flag, if there is one, where false."""
        if value is True:
            self._segments[-1][1].extend([flag] if flag else [])
        elif value is False and off:
            self._segments[-1][1].append(off)

    def count(self, flag: str, value: Any) -> None:
        """The flag so many times."""
        self._segments[-1][1].extend([flag] * int(value or 0))

    def input(self, value: Any) -> None:
        """The text of standard input."""
        self._input += "" if value is None else value if isinstance(value, str) else json.dumps(value)

    def answer(self, value: Any) -> None:
        """One line of standard input."""
        self._input += f"{'' if value is None else _text(value)}\n"

    def run(self) -> Any:
        """Run the script as a program; what it printed, as JSON where it is a JSON object or array."""
        sys.argv = [self.script, *self._command_line()]
        sys.stdin = _Input(self._input)
        folder = os.path.dirname(os.path.abspath(self.script))
        if folder not in sys.path:
            sys.path.insert(0, folder)
        return _Printed().of(self._start)

    def call(self, function: Callable[[], Any]) -> Any:
        """Call a function that prints instead of returning: what it printed, unless it returns something."""
        if self._input:
            sys.stdin = _Input(self._input)
        return _Printed().of(function)

    def _start(self) -> None:
        if self.script.endswith(".py"):
            runpy.run_path(self.script, run_name="__main__")
        else:
            runpy.run_module(self.script, run_name="__main__", alter_sys=True)

    def _command_line(self) -> list[str]:
        found: list[str] = []
        for number, (positional, optional, rest) in enumerate(self._segments):
            dashed = not self._plain and any(
                text.startswith("-") and len(text) > 1 and not _is_number(text) for text in positional
            )
            # A list that an option takes would swallow what follows it, so it follows.
            found += [*optional, "--", *positional] if dashed else [*positional, *optional]
            found += [*rest, *self._words[number : number + 1]]
        return found


class _Printed:
    """What is printed while something runs, by it or by the programs that it starts."""

    def of(self, run: Callable[[], Any]) -> Any:
        os.makedirs(OUT_FOLDER, exist_ok=True)
        before = {**_list_files(os.getcwd()), **_list_files(IN_FOLDER)}
        heard = _Heard()
        code: Any = 0
        returned = None
        sys.stdout.flush()
        with tempfile.TemporaryFile() as printed:
            kept, errors = os.dup(1), sys.stderr
            os.dup2(printed.fileno(), 1)
            sys.stderr = heard
            try:
                returned = run()
            except SystemExit as error:
                code = error.code
                if isinstance(code, str):
                    print(code, file=sys.stderr)
                    code = 1
            except EOFError:
                if not heard.at_end_of_input():
                    raise
            finally:
                sys.stdout.flush()
                sys.stderr = errors
                os.dup2(kept, 1)
                os.close(kept)
            printed.seek(0)
            text = printed.read(RESULT_BYTES + 1).decode("utf-8", "replace")
        _bring_out(before)
        _save_figures()
        if code not in (0, None, False):
            shown = "\n".join(part.strip() for part in (text, heard.last) if part.strip())
            raise ScriptFailed(f"The script ended with the exit code {code}. {shown[-SHOWN_CHARACTERS:]}".strip())
        return returned if returned is not None else _result(text)


class _Input(io.TextIOWrapper):
    """Standard input that ends a script which asks on and on after the end: one that catches every exception."""

    def __init__(self, text: str) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")
        self._asked_in_vain = 0

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # as TextIOBase has it
        line = super().readline(size)
        self._asked_in_vain = 0 if line else self._asked_in_vain + 1
        if self._asked_in_vain > ASKED_IN_VAIN:
            raise SystemExit
        return line


class _Heard(io.TextIOWrapper):
    """Standard error that remembers its end."""

    def __init__(self) -> None:
        super().__init__(
            io.FileIO(2, "w", closefd=False), encoding="utf-8", errors="backslashreplace", write_through=True
        )
        self.last = ""

    def write(self, text: str) -> int:
        self.last = (self.last + text)[-SHOWN_CHARACTERS:]
        return super().write(text)

    def at_end_of_input(self) -> bool:
        """Whether the script asked for more than it was given: it has had all of its input."""
        return sys.stdin is not None and not sys.stdin.read(1)


def text_file(name: str, text: Any) -> str | None:
    """The path of a file that holds a text."""
    return None if text is None else _make_file(name, str(text).encode())


def text_files(name: str, texts: Any) -> list[str]:
    """The paths of files that hold texts, one for each."""
    stem, ending = os.path.splitext(name)
    return [_make_file(f"{stem}_{number}{ending}", str(text).encode()) for number, text in enumerate(texts or (), 1)]


def bytes_file(name: str, encoded: Any) -> str | None:
    """The path of a file that holds what is given in base64."""
    return None if encoded is None else _make_file(name, base64.b64decode(encoded))


def bytes_files(name: str, encoded: Any) -> list[str]:
    """The paths of files that hold what is given in base64, one for each."""
    stem, ending = os.path.splitext(name)
    return [
        _make_file(f"{stem}_{number}{ending}", base64.b64decode(one)) for number, one in enumerate(encoded or (), 1)
    ]


def folder_of(name: str, files: Any) -> str | None:
    """The path of a folder with files, whose texts are given by name."""
    if files is None:
        return None
    folder = os.path.join(IN_FOLDER, name)
    os.makedirs(folder, exist_ok=True)
    for path, text in files.items():
        _make_file(os.path.join(name, path), str(text).encode())
    return folder


def output_file(name: Any) -> str | None:
    """Where the script is to write a file that goes to the caller."""
    if name is None:
        return None
    os.makedirs(OUT_FOLDER, exist_ok=True)
    return name if name == "-" else os.path.join(OUT_FOLDER, os.path.basename(str(name).rstrip("/")) or "output")


def _make_file(name: str, data: bytes) -> str:
    path = os.path.normpath(os.path.join(IN_FOLDER, name))
    if not path.startswith(IN_FOLDER + os.sep):
        raise ValueError(f"{name!r} is no name of a file in a folder.")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _result(text: str) -> Any:
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        try:
            return json.loads(stripped, parse_constant=_refuse)
        except ValueError:
            pass
    if len(text.encode()) > RESULT_BYTES:
        return {"output": text[: RESULT_BYTES // 2], "truncated": True}
    return {"output": text.rstrip("\n")}


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _save_figures() -> None:
    """Charts that the script would have shown on a screen, where it wrote no file."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or os.listdir(OUT_FOLDER):
        return
    for number in pyplot.get_fignums()[:MOST_FIGURES]:
        pyplot.figure(number).savefig(os.path.join(OUT_FOLDER, f"figure_{number}.png"))


def _list_files(folder: str) -> dict[str, float]:
    """The files below a folder with the time of their last change."""
    found: dict[str, float] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if one != "__pycache__"]
        for name in names:
            path = os.path.join(place, name)
            try:
                found[path] = os.stat(path).st_mtime_ns
            except OSError:
                continue
    return found


def _bring_out(before: dict[str, float]) -> None:
    """Copy what the script wrote beside itself, or into its input, to where files go to the caller."""
    for folder in (os.getcwd(), IN_FOLDER):
        for path, changed in _list_files(folder).items():
            if before.get(path) == changed or path.startswith(OUT_FOLDER):
                continue
            target = os.path.join(OUT_FOLDER, os.path.relpath(path, folder).replace(os.sep, "_"))
            try:
                with open(path, "rb") as source, open(target, "wb") as copy:
                    copy.write(source.read())
            except OSError:
                continue
