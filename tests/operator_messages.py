"""Every message that whoever installs or runs the service can meet, found in the code.

These are what docs/troubleshooting.md must explain: the texts of exceptions that refuse something for a reason of the
installation, log lines of the level warning or above, oddities reported before serving, wrong settings, complaints of
set-up, and refusals to build a package. A part that differs from case to case is ``…``.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from registry.config import SETTINGS, Config
from registry.errors import ConfigError

ROOT = Path(__file__).parents[1]
VARYING = "…"
# Not those that the caller alone can mend: InputRefused, NotFound, NotInvocable, AlreadyThere, Stale, EditRefused.
EXCEPTIONS = {
    *("AllPlacesTaken", "BuildFailed", "CannotEdit", "ConfigError", "EngineAway", "EngineSilent"),
    *("GitFailed", "RebaseConflict", "SandboxUnavailable", "SecretMissing", "StreamBroken", "TooBusy", "Unavailable"),
    *("UncommittedWork", "Unreadable"),
}
_STATES = {"Health": {"reason", "late"}}
"""What is told without being raised: the words of these."""
_LEVELS = {"warning", "error", "exception"}
_NO_NUMBER_IS_THIS = "\x00no value of any setting"


def find_messages() -> set[str]:
    """All of them, with single spaces."""
    found = set(_wrong_settings()) | set(_complaints())
    for folder in ("registry", "runner", "setup"):
        for file in (ROOT / folder).rglob("*.py"):
            found |= set(messages_of(file.read_text("utf-8")))
    sentences = {" ".join(re.sub(f"{VARYING}+", VARYING, text).split()) for text in found}
    return {text for text in sentences if " " in text.strip(f"{VARYING} .:;()")}  # a code or a name is none


def messages_of(source: str) -> Iterator[str]:
    """Those of one module."""
    module = ast.parse(source)
    names = _texts_by_name(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = getattr(getattr(node.func, "value", None), "id", "")
            if called in EXCEPTIONS or called in _STATES or called == "abort":
                told = [one.value for one in node.keywords if one.arg in _STATES.get(called, ())]
                for argument in told or node.args:
                    yield from _texts(argument, names)
            elif called in _LEVELS and owner in {"log", "_log"} and node.args:
                for text in _texts(node.args[0], names):
                    yield re.sub(r"%[sd]", VARYING, text)
        elif isinstance(node, ast.Yield) and node.value is not None and "ConfigError" in names:
            yield from _texts(node.value, names)


def _texts_by_name(module: ast.Module) -> dict[str, list[str]]:
    """The texts that a name is given in the module, or that a function of the module returns."""
    names: dict[str, list[str]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.name: [] for alias in node.names}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, []).extend(_texts(node.value, names))
        elif isinstance(node, ast.FunctionDef):
            returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value is not None]
            names.setdefault(node.name, []).extend(text for value in returned for text in _texts(value, {}))
    return names


def _texts(node: ast.expr, names: dict[str, list[str]]) -> list[str]:
    """What an expression can say; nothing where it only hands on what something else said."""
    found: list[str] = []
    match node:
        case ast.Constant(value=str(text)):
            found = [text]
        case ast.JoinedStr(values=parts):
            found = _joined([_inserted(part, names) for part in parts])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            found = _joined([_texts(left, names) or [VARYING], _inserted(right, names)])
        case ast.IfExp(body=one, orelse=other):
            found = _texts(one, names) + _texts(other, names)
        case ast.BoolOp(values=values):
            found = [text for value in values for text in _texts(value, names)]
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
            found = names.get(name, [])
        case ast.Call(func=ast.Attribute(value=text, attr="format")):
            found = [re.sub(r"\{[^}]*\}", VARYING, one) for one in _texts(text, names)]
    return found


def _inserted(part: ast.expr, names: dict[str, list[str]]) -> list[str]:
    """A part of a longer text: constants and what functions of the module return as they are, all else varies."""
    value = part.value if isinstance(part, ast.FormattedValue) else part
    varies = isinstance(value, ast.BoolOp) or (isinstance(value, ast.Name) and not value.id.isupper())
    return [VARYING] if varies else _texts(value, names) or [VARYING]


def _joined(parts: list[list[str]]) -> list[str]:
    return ["".join(chosen) for chosen in itertools.product(*parts)]


def _wrong_settings() -> Iterator[str]:
    """What each setting says of a value that it cannot have."""
    for setting in SETTINGS.values():
        try:
            Config.from_environment({setting.variable: _NO_NUMBER_IS_THIS})
        except ConfigError as error:
            said = str(error).rpartition("': ")[2]
            yield "give one of …" if said.startswith("give one of ") else re.sub(r"[0-9]+", VARYING, said)


def _complaints() -> Iterator[str]:
    for file in (ROOT / "setup").iterdir():
        if file.is_file():
            for text in re.findall(r'\b(?:complain|without) "((?:\$\([^)]*\)|[^"\\]|\\.)*)"', file.read_text("utf-8")):
                yield re.sub(r"\$\((?:[^()]|\([^)]*\))*\)|\$\w+", VARYING, text)
