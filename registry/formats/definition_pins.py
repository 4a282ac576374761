"""Pins: the definition of a tool that somebody has reviewed, so that a changed one is not offered to models unreviewed.

A description that was harmless at the review can be replaced later. A pin is ``name:digest``; the digest is the first
32 hexadecimal digits of the SHA-256 of what models see of the tool: name, title, description, parameters, result and
annotations, as JSON with sorted keys. A pin ``name:digest@bundle`` also holds what runs: the first 32 digits of the
tool's bundle, which changes with its folder and its shared packages. A lock has the pins of several tools, one on each
line; lines that begin with ``#`` are comments.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from registry.errors import Fault, InputRefused
from registry.json_text import dump_sorted
from registry.model import Tool

TOLD = ("title", "description", "parameters", "returns", "annotations")
"""The fields of a manifest that models see."""
_PIN = re.compile(r"([a-z][a-z0-9_]{0,63}):([0-9a-f]{32}(?:@[0-9a-f]{32})?)\Z")
_DIGITS = 32
_BEGINNING = "# Which definition of each tool has been read. Written by `toolcrib lock`.\n"


def make_pin(tool: Tool, *, with_code: bool = False) -> str:
    """The digest of what models see of a tool, cached while its folder does not change; and what runs, if asked for."""
    kept = tool.checked.definitions.get("pin")
    if not isinstance(kept, str):
        told = {"name": tool.name} | {field: getattr(tool.manifest, field) for field in TOLD}
        kept = hashlib.sha256(dump_sorted(told).encode()).hexdigest()[:_DIGITS]
        tool.checked.definitions["pin"] = kept
    return f"{kept}@{tool.bundle[:_DIGITS]}" if with_code else kept


def write_lock(tools: Iterable[Tool], *, with_code: bool = False) -> str:
    """The text of a lock with these tools, sorted by name; ``with_code`` also pins what runs."""
    ordered = sorted(tools, key=lambda one: one.name)
    return _BEGINNING + "".join(f"{tool.name}:{make_pin(tool, with_code=with_code)}\n" for tool in ordered)


def read_lock(text: str) -> dict[str, str]:
    """The pin of each name in a lock. Lines may also be separated by commas. Raises InputRefused with all wrong
    lines."""
    pins: dict[str, str] = {}
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), 1):
        for word in () if line.lstrip().startswith("#") else line.replace(",", " ").split():
            found = _PIN.match(word)
            if found is None or pins.get(found[1], found[2]) != found[2]:
                what = "pins a tool a second time" if found else "is no pin such as dns_lookup:<32 hexadecimal digits>"
                faults.append(Fault("/lock", f"line {number}: {word[:100]!r} {what}", "lock"))
            else:
                pins[found[1]] = found[2]
    if faults:
        raise InputRefused("the lock cannot be read", faults)
    return pins


def select_held(tools: Mapping[str, Tool], pins: Mapping[str, str]) -> frozenset[str]:
    """The names of the tools that still match their pins."""
    return frozenset(
        name for name, pin in pins.items() if name in tools and make_pin(tools[name], with_code="@" in pin) == pin
    )


def explain_pin(tool: Tool, pin: str) -> str:
    """How a tool differs from its pin, which it does not match."""
    told = pin.partition("@")[0] == make_pin(tool)
    return "what runs is not what was pinned" if told else "models are told otherwise than was pinned"
