"""What a format must offer, and the result of compiling a tool for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from registry.errors import InputRefused
from registry.json_text import dumps, loads
from registry.model import Json, Tool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a definition was changed or left out; ``pointer`` is a JSON pointer into tool.yaml."""

    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """A tool's definition in one format as JSON text, or None when the format cannot take the tool; and the reasons.

    ``strict`` is whether the definition is sent as a strict one.
    """

    text: bytes | None
    reasons: tuple[Reason, ...] = ()
    strict: bool = False

    @property
    def definition(self) -> Json:
        """The definition as a value; None when the tool is left out."""
        return None if self.text is None else loads(self.text, max_depth=_DEEP)

    @property
    def verdict(self) -> str:
        """``ok``, ``changed`` (sent, but not as the author wrote it) or ``excluded``."""
        if self.text is None:
            return "excluded"
        return "changed" if self.reasons else "ok"


_DEEP = 400  # a schema becomes deeper when its references are written out


class Format(Protocol):
    """One target: its name, how it writes a tool, and the envelope of a list of definitions."""

    @property
    def name(self) -> str:
        """The word that ``format=`` takes."""
        ...

    @property
    def has_strict(self) -> bool:
        """Whether the provider has strict definitions."""
        ...

    @property
    def tool_search(self) -> Json:
        """The provider's own tool that finds deferred definitions; None if it has none."""
        ...

    def compile(self, tool: Tool, *, strict: bool) -> Compiled:
        """The definition of a tool without error findings. If it cannot be strict, it is sent without, and says why."""
        ...

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        """The JSON text of a whole answer around these definitions, which are JSON texts."""
        ...


def make_sent(definition: Json, reasons: Sequence[Reason], *, strict: bool = False) -> Compiled:
    """A definition that is sent, with its reasons sorted by pointer and without duplicates."""
    ordered = tuple(sorted(dict.fromkeys(reasons), key=lambda reason: reason.pointer))
    try:
        return Compiled(dumps(definition), ordered, strict)
    except InputRefused as refused:
        return make_excluded([Reason("", str(refused))])


def make_excluded(reasons: Sequence[Reason]) -> Compiled:
    """A tool that is left out."""
    return Compiled(None, tuple(sorted(dict.fromkeys(reasons), key=lambda reason: reason.pointer)))
