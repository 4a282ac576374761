"""What a format must offer, and what compiling a tool for it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from registry.errors import InputRefused
from registry.json_text import dumps, loads
from registry.model import Json, Tool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a definition was changed or left out; ``pointer`` is a JSON pointer into the tool as tool.yaml has it."""

    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """A tool's definition in one format as JSON text, or None when the format cannot take the tool; and the reasons.

    ``strict`` tells whether the definition is sent as a strict one.
    """

    text: bytes | None
    reasons: tuple[Reason, ...] = ()
    strict: bool = False

    @property
    def definition(self) -> Json:
        """The definition as a value; None where there is none."""
        return None if self.text is None else loads(self.text, max_depth=_DEEP)

    @property
    def verdict(self) -> str:
        """``ok``, ``changed`` (sent, but not as the author wrote it) or ``excluded``."""
        if self.text is None:
            return "excluded"
        return "changed" if self.reasons else "ok"


_DEEP = 400  # what is written without references is deeper than what was read


class Format(Protocol):
    """One target: its name, how a tool is written in it, and what a list of definitions is wrapped in."""

    @property
    def name(self) -> str:
        """The word that ``format=`` takes."""
        ...

    @property
    def has_strict(self) -> bool:
        """Whether the provider knows strict definitions."""
        ...

    @property
    def tool_search(self) -> Json:
        """The provider's own tool that finds deferred definitions; None where it has none."""
        ...

    def compile(self, tool: Tool, *, strict: bool) -> Compiled:
        """One sound tool's definition. One that cannot be strict is sent as it is without, and says why."""
        ...

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        """The JSON text of a whole answer around definitions that are JSON text already."""
        ...


def make_sent(definition: Json, reasons: Sequence[Reason], *, strict: bool = False) -> Compiled:
    """A definition that is sent, its reasons in the order of their places, each once."""
    ordered = tuple(sorted(dict.fromkeys(reasons), key=lambda reason: reason.pointer))
    try:
        return Compiled(dumps(definition), ordered, strict)
    except InputRefused as refused:
        return make_excluded([Reason("", str(refused))])


def make_excluded(reasons: Sequence[Reason]) -> Compiled:
    """A tool that is left out."""
    return Compiled(None, tuple(sorted(dict.fromkeys(reasons), key=lambda reason: reason.pointer)))
