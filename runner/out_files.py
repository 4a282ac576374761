"""The files that a tool left for its caller, as its sandbox tells of them: frames are input like any other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from runner.harness import wire

from .model import LeftOut, OutFile

FILES: Final = 16
FILES_BYTES: Final = 4 * 1024 * 1024
_NAME_BYTES = 255  # what file systems allow
_REASONS: Mapping[str, str] = {
    "name": "its name is not plain text, or has a backslash",
    "kind": "it is no regular file",
    "unreadable": "it cannot be read",
    "size": f"a call's files have at most {FILES_BYTES // 1024 // 1024} MiB together",
    "count": f"a call has at most {FILES} files",
}


class OutFiles:
    """What came of one run's files so far."""

    def __init__(self) -> None:
        self.files: list[OutFile] = []
        self.left_out: tuple[LeftOut, ...] = ()
        self.more_left_out = 0
        self._bytes = 0
        self._told = False

    def take_file(self, payload: bytes) -> None:
        """Keep one file. Raises ValueError, saying what is wrong, unless it is one that a harness would send."""
        name, data = wire.unpack_file(payload)
        self._bytes += len(data)
        if len(self.files) >= FILES or self._bytes > FILES_BYTES:
            raise ValueError("the files are more than may be")
        text = _read_name(name)
        if any(text == one.name for one in self.files):
            raise ValueError("two files have one name")
        self.files.append(OutFile(text, data))

    def take_left_out(self, payload: bytes) -> None:
        """Keep which files were left out. Raises ValueError as above."""
        if self._told or len(payload) > wire.LEFT_OUT_BYTES:
            raise ValueError("more is left out than can be told")
        self._told = True
        try:
            told = json.loads(payload)
            names, more = told["names"], told["more"]
            if type(more) is not int or not 0 <= more < 2**31 or len(names) > wire.LEFT_OUT_NAMES:
                raise ValueError("the number of files left out cannot be")
            found = [(bytes.fromhex(name), why) for name, why in names]
            self.left_out = tuple(LeftOut(_show_name(name), _REASONS[why]) for name, why in found)
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError("what is said of files left out makes no sense") from error
        self.more_left_out = more


def _read_name(name: bytes) -> str:
    text = name.decode()  # a UnicodeDecodeError is a ValueError
    if not 0 < len(name) <= _NAME_BYTES or {"/", "\\"} & set(text) or text in {".", ".."} or not text.isprintable():
        raise ValueError("a file has a name that cannot be")
    return text


def _show_name(name: bytes) -> str:
    if len(name) > _NAME_BYTES:
        raise ValueError("a file has a name that cannot be")
    text = name.decode("utf-8", "replace")
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
