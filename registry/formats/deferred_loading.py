"""Deferred definitions: a model sees them only after the provider's own tool search has found them."""

from __future__ import annotations

from collections.abc import Iterable

from registry.formats.strict import Compiled, Format
from registry.json_text import dumps

_NOT_DEFERRED = ("input_examples",)  # Anthropic's tool search takes no definition with examples


def defer_definitions(offered: Format, compiled: Iterable[Compiled]) -> list[bytes]:
    """The JSON texts of the definitions, each marked as deferred, with the provider's search tool before them.

    Empty if no definition is sent. The format ``offered`` must have a tool search.
    """
    found = [
        {key: value for key, value in one.definition.items() if key not in _NOT_DEFERRED} | {"defer_loading": True}
        for one in compiled
        if one.text is not None
    ]
    return [dumps(definition) for definition in ([offered.tool_search, *found] if found else [])]
