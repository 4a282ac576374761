"""Reads the secrets file and the files it names. No message repeats anything that stands in them: it may be a value."""

from __future__ import annotations

import functools
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from registry import jsonschemas
from registry.manifest import FindingReport, read_yaml, split_fault_pointer
from registry.model import Finding, Json
from registry.package_files import SCHEMAS
from registry.secret_names import is_reserved_name

from .value_spellings import MIN_CHARACTERS, explain_unhideable

SCHEMA_FILE: Final = SCHEMAS / "secrets.schema.json"
SETTING: Final = "TOOLCRIB_SECRETS_FILE"
_FILE_BYTES = 64 * 1024
_VALUE_BYTES = 16 * 1024
_FOR_OTHERS = 0o077

_NAME = "A secret's name has A-Z, 0-9 and _, begins with a letter, and has at most 64 characters."
_SENTENCES = {
    "secret": "A secret is a mapping with `tools` and either `value` or `file`.",
    "oneOf": "A secret has either `value` or `file`, and not both.",
    "required": "Name the tools that get this secret: `tools: [name]`.",
    "value": f"A value is a text of {MIN_CHARACTERS} to 16384 characters: put it in quotes.",
    "file": "`file` is the path of a file that holds the value.",
    "tools": "`tools` is a list of tools' names, each once; there is no wildcard.",
    "yaml-too-large": f"The file is larger than {_FILE_BYTES} bytes.",
    "yaml-not-utf8": "The file is not UTF-8 from here on.",
    "yaml-bom": "The file begins with a byte order mark: save it as UTF-8 without one.",
    "yaml-empty": "The file is empty: write {} where there are no secrets.",
    "yaml-second-document": "The file holds one document: remove this one.",
    "yaml-alias": "Aliases are not read: write the value out, or put it in quotes if it begins with *.",
    "yaml-anchor": "Anchors are not read: remove it, or put the value in quotes if it begins with &.",
    "yaml-tag": "Tags are not read: remove it, or put the value in quotes if it begins with !.",
    "yaml-merge-key": "Merge keys are not read: write the keys out.",
    "yaml-key-not-string": "A key must be a text.",
    "yaml-duplicate-key": "This key stands twice in one mapping: remove one.",
    "yaml-number": "This is a number that cannot be read: put it in quotes if it is a text.",
    "yaml-too-deep": "The file is nested too deep.",
}
_SYNTAX = "This is not valid YAML."


class Unreadable(Exception):
    """A file cannot be read. The message says why and what to do; it holds neither the path nor what is in it."""


@dataclass(frozen=True, slots=True)
class SecretSource:
    """One secret of the file: its value, or the file that holds it; and the tools that are granted it."""

    tools: frozenset[str]
    value: str | None = field(default=None, repr=False)
    file: Path | None = None

    def read(self) -> str:
        """The value as it is now. Raises Unreadable."""
        if self.value is not None:
            return self.value
        assert self.file is not None  # noqa: S101 -- the schema wants one of the two
        # Not owner-only: an orchestrator mounts such files for every user of a container that has one.
        data = read_file(self.file, _VALUE_BYTES)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise Unreadable("its file is not UTF-8") from None
        text = text.removesuffix("\n").removesuffix("\r")
        fault = explain_unhideable(text)
        if fault is not None:
            raise Unreadable(fault)
        return text


@dataclass(frozen=True, slots=True)
class SecretsReading:
    """What the file says: the secrets by name, or (never both) every fault with its place."""

    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def read_file(path: Path, most: int, *, owner_only: bool = False) -> bytes:
    """A regular file's bytes. Raises Unreadable, for one of more than ``most`` bytes too.

    ``owner_only``: others must have no right to it, and it must be this user's or root's.
    """
    try:
        # Not blocking: a pipe in its place would hold every call for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 -- a descriptor, not a path
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("it is no regular file")
            if owner_only:
                _refuse_others(status)
            data = file.read(most + 1)
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror})") from None
    except ValueError:
        raise Unreadable("its path is none") from None  # with a NUL
    if len(data) > most:
        raise Unreadable(f"it has more than {most} bytes")
    return data


def _refuse_others(status: os.stat_result) -> None:
    if status.st_mode & _FOR_OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise Unreadable(f"others than its owner have rights to it (mode {mode:03o}): chmod 600 it")
    if status.st_uid not in {0, os.geteuid()}:
        raise Unreadable("it belongs to another user: chown it to the one that the service runs as")


def read_secrets_file(path: Path) -> bytes:
    """The bytes of the secrets file. Raises Unreadable, too where others than the owner could read it."""
    return read_file(path, _FILE_BYTES, owner_only=True)


def parse_secrets(data: bytes, folder: Path) -> SecretsReading:
    """What a secrets file says; relative paths in it start at ``folder``. Every fault comes at once, with its place."""
    document = read_yaml(SETTING, data)
    report = FindingReport(document, SETTING)
    if document.complete:
        _check_shape(document.value, report)
    if report.findings:
        return SecretsReading(findings=tuple(sorted(map(_said_plainly, report.findings))))
    found = {}
    for name, entry in document.value.items():
        file = folder / entry["file"] if "file" in entry else None
        found[name] = SecretSource(frozenset(entry["tools"]), entry.get("value"), file)
    return SecretsReading(found)


def _said_plainly(finding: Finding) -> Finding:
    """The reader's own messages quote what they refuse; ours do not."""
    if not finding.code.startswith("yaml-"):
        return finding
    message = _SENTENCES.get(finding.code, _SYNTAX)
    return Finding(SETTING, finding.line, finding.column, "error", finding.code, message)


@functools.cache
def _schema() -> dict[str, Json]:
    schema: dict[str, Json] = json.loads(SCHEMA_FILE.read_bytes())
    return schema


@functools.cache
def _validators() -> tuple[jsonschemas.Validator, jsonschemas.Validator]:
    """For the whole file, and for a secret's name."""
    return jsonschemas.compile_schema(_schema()), jsonschemas.compile_schema(_schema()["propertyNames"])


def _check_shape(value: Json, report: FindingReport) -> None:
    whole, name = _validators()
    if not isinstance(value, dict):
        report.at((), "secrets-not-mapping", "The file is a mapping of secrets by their names.")
        return
    for key, entry in value.items():
        if not name.accepts(key):
            report.at_key((), key, "secret-name", _NAME)
        elif is_reserved_name(key):
            report.at_key(
                (), key, "secret-name-reserved", "This name means something else in a sandbox: choose another."
            )
        fault = explain_unhideable(text) if isinstance(text := _value_of(entry), str) else None
        if fault is not None:
            report.at((key, "value"), "secret-value", f"{fault[0].upper()}{fault[1:]}.")
    for found in whole.faults(value):
        _note(value, found.code, split_fault_pointer(found, value), report)


def _value_of(entry: Json) -> Json:
    return entry.get("value") if isinstance(entry, dict) else None


def _note(value: Json, code: str, path: tuple[str | int, ...], report: FindingReport) -> None:
    if not path:
        return  # a name, noted already at its own place
    if code == "additionalProperties":
        known = _schema()["$defs"]["secret"]["properties"]
        for key in value[path[0]]:
            if key not in known:
                report.at_key(path, key, "secret-shape", f"Unknown key: a secret has {', '.join(known)}.")
    elif len(path) == 1:
        code = code if isinstance(value[path[0]], dict) else "secret"
        report.at(path, "secret-shape", _SENTENCES.get(code, _SENTENCES["secret"]))
    elif not report.has_fault_at(path):
        report.at(path, "secret-shape", _SENTENCES.get(str(path[1]), _SENTENCES["secret"]))
