"""What a format must offer to read calls and answer them, with the values that go in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from registry.json_text import dumps
from registry.model import Json


@dataclass(frozen=True, slots=True)
class WantedCall:
    """One call: the tool's name, its arguments (an object, or JSON text), and the id that the result must carry."""

    id: str | None
    name: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """A call with its result or, if it ``failed``, with an object that says what is wrong.

    ``blocks``: texts, pictures and files, those that the result itself is first (:func:`registry.content.list_blocks`).
    """

    wanted: WantedCall
    value: Json
    failed: bool
    blocks: Sequence[Json] = ()

    @property
    def text(self) -> str:
        """The answer for formats that take text: a text unchanged, other results as JSON, an error under ``error``.

        Never blank, because providers refuse that.
        """
        if self.failed:
            return dumps({"error": self.value}).decode()
        if isinstance(self.value, str) and self.value.strip():
            return self.value
        return dumps(self.value).decode()


class CallingFormat(Protocol):
    """One provider's calls and the messages that answer them."""

    @property
    def name(self) -> str:
        """The word that ``format`` takes."""
        ...

    @property
    def id_at(self) -> str:
        """Where the id is in a call: a JSON pointer without the first slash."""
        ...

    def recognises(self, call: Json) -> bool:
        """Whether a well-formed call has this format."""
        ...

    def read_call(self, call: Json) -> WantedCall:
        """The tool, arguments and id of one call of this format."""
        ...

    def messages(self, answered: Sequence[AnsweredCall]) -> list[Json]:
        """The messages with all answers, to be sent after the model's message."""
        ...
