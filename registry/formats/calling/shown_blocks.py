"""What a provider's own form has for the blocks of a result, and the words for what it has nothing for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from registry.content import CONTENT, bare_type, describe_block, has_content, read_block_text
from registry.json_text import dumps
from registry.model import Json

from .calling_format import AnsweredCall

Native = Callable[[Json], Json]
"""A provider's part for an image or a file, or None where it takes no such thing."""


def show_blocks(value: Json, blocks: Sequence[Json], native: Native) -> list[str | Json]:
    """A result and its blocks in order: texts, and parts of the provider's own. Each block is there once, in one form.

    A result that is blocks is not said a second time. What the provider has no part for is said as text where it is
    one, and named where it is not, so that the model knows that there is something.
    """
    shown: list[str | Json] = []
    if not has_content(value) and value is not None:
        shown.append(value if isinstance(value, str) else dumps(value).decode())
    for block in blocks:
        part = None if block["type"] == "text" else native(block)
        shown.append(_say(block) if part is None else part)
    # No provider takes a text that is blank.
    return [one for one in shown if not isinstance(one, str) or one.strip()] or [dumps({CONTENT: []}).decode()]


def show_answer(answered: AnsweredCall, text_type: str, native: Native) -> Json:
    """What a message holds of one call's end: its text or, where there are blocks, the list of parts, texts among them
    as parts of the type ``text_type``."""
    if not answered.blocks:
        return answered.text
    shown = show_blocks(answered.value, answered.blocks, native)
    return [{"type": text_type, "text": part} if isinstance(part, str) else part for part in shown]


def show_texts(shown: Sequence[str | Json]) -> str:
    """Only the texts."""
    return "\n\n".join(one for one in shown if isinstance(one, str))


def make_data_url(block: Json) -> str:
    """The bytes of a block as an address."""
    return f"data:{bare_type(block)};base64,{block['base64']}"


def _say(block: Json) -> str:
    if block["type"] == "text":
        return str(block["text"])
    text = read_block_text(block)
    if text is None:
        return f"{describe_block(block)} was made, and cannot be shown here."
    return f"{describe_block(block)}\n{text}"
