"""What a format must offer, and what compiling a tool for it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..model import Json, Tool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a definition was changed or left out; ``pointer`` is a JSON pointer into the tool's ``parameters``."""

    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """A tool's definition in one format, or None when the format cannot take the tool; and the reasons."""

    definition: Json | None
    reasons: tuple[Reason, ...] = ()

    @property
    def verdict(self) -> str:
        """``ok``, ``changed`` (sent, but not as the author wrote it) or ``excluded``."""
        if self.definition is None:
            return "excluded"
        return "changed" if self.reasons else "ok"


class Format(Protocol):
    """One target: its name, how a tool is written in it, and what a list of definitions is wrapped in."""

    @property
    def name(self) -> str:
        """The word that ``format=`` takes."""
        ...

    def compile(self, tool: Tool) -> Compiled:
        """One sound tool's definition."""
        ...

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        """The JSON text of a whole answer around definitions that are JSON text already."""
        ...


def compatibility_json(compiled: Compiled) -> Json:
    """The compatibility as the API says it."""
    reasons = [{"pointer": reason.pointer, "message": reason.message} for reason in compiled.reasons]
    return {"verdict": compiled.verdict, "reasons": reasons}
