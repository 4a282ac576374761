"""Read YAML whose aliases cannot multiply it beyond bounds."""

from __future__ import annotations

from typing import Any

import yaml

MAX_NODES = 200_000


def load_all(text: str) -> list[Any]:
    """Every document in ``text``. Raises ValueError for one that its aliases blow up or that contains itself."""
    loader = yaml.SafeLoader(text)
    documents = []
    nodes = 0
    try:
        while loader.check_node():
            node = loader.get_node()
            nodes += _expanded_size(node, {})
            if nodes > MAX_NODES:
                raise ValueError(f"With its aliases written out the document has more than {MAX_NODES} nodes.")
            documents.append(loader.construct_document(node))
    except (TypeError, OverflowError) as error:  # a mapping as a key, a date that does not exist
        raise ValueError(f"text is YAML that cannot be read: {error}.") from None
    finally:
        loader.dispose()
    return documents or [None]


def _expanded_size(node: yaml.Node, sizes: dict[int, int]) -> int:
    """How many nodes there are with every alias written out, before any of it is built."""
    if id(node) not in sizes:
        sizes[id(node)] = 0  # being counted
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            parts = node.value
        elif isinstance(node, yaml.MappingNode):
            parts = [part for pair in node.value for part in pair]
        sizes[id(node)] = 1 + sum(_expanded_size(part, sizes) for part in parts)
    elif not sizes[id(node)]:
        raise ValueError("The document contains itself by an alias.")
    return sizes[id(node)]
