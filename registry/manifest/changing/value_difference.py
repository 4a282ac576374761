"""From an old and a new value to the cuts that change the text of the one into the text of the other."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Final

from registry import json_text
from registry.manifest.checking import Path, find_schema_at
from registry.manifest.yaml import SpanEntry, SpanNode
from registry.model import Json

from . import collection_entries as edit
from .canonical_writer import (
    Layout,
    WrittenValue,
    are_same_value,
    order_keys,
    write_block,
    write_block_entry,
    write_block_item,
    write_flow,
    write_flow_entry,
)
from .scalar_style import HEADER, restyle_scalar
from .text_cuts import Cuts, UnfitError

LONGEST_LINE: Final = 120
_COMPARABLE = 40_000  # pairs of items, each of which takes a comparison


class Difference:
    """The cuts for one text. ``depth`` None keeps the style of each scalar; with a number, everything below that level
    is rewritten.

    Raises UnfitError when the two values have nothing in common, or when the text cannot be cut between entries.
    """

    def __init__(self, text: str, root: SpanNode, old: Json, new: Json, *, depth: int | None) -> None:
        self._cuts = Cuts(text)
        self._keeps_style = depth is None
        self._layout = _layout_of(self._cuts, root)
        if not _comparable(old, new):
            raise UnfitError
        self._collection(root, old, new, (), depth if depth is not None else root.depth, in_brackets=False)

    def result(self) -> str:
        """The new text. Raises UnfitError if cuts overlap."""
        return self._cuts.result()

    def _collection(self, node: SpanNode, old: Json, new: Json, path: Path, depth: int, *, in_brackets: bool) -> None:
        if isinstance(old, dict):
            self._mapping(node, old, new, path, depth, in_brackets=in_brackets or node.style == "brackets")
        else:
            self._sequence(node, old, new, path, depth, in_brackets=in_brackets or node.style == "brackets")

    def _entry(
        self, entry: SpanEntry, old: Json, new: Json, path: Path, parent: int, depth: int, *, in_brackets: bool
    ) -> None:
        if are_same_value(old, new):
            return
        node = entry.node
        if depth <= 1 or not _comparable(old, new):
            self._replace(entry, old, new, path, parent, in_brackets=in_brackets)
            return
        before = len(self._cuts.made)
        self._collection(node, old, new, path, depth - 1, in_brackets=in_brackets)
        if not in_brackets and node.style == "brackets" and self._grows_too_long(node, before):
            del self._cuts.made[before:]
            self._replace(entry, old, new, path, parent, in_brackets=False)

    def _grows_too_long(self, node: SpanNode, before: int) -> bool:
        cuts = self._cuts
        if cuts.has_break(node.start, node.end):
            return False
        growth = sum(len(text) - (end - start) for start, end, text in cuts.made[before:])
        return growth > 0 and cuts.line_end(node.start) - cuts.line_start(node.start) + growth > LONGEST_LINE

    def _mapping(
        self, node: SpanNode, old: dict[str, Json], new: dict[str, Json], path: Path, depth: int, *, in_brackets: bool
    ) -> None:
        column = self._cuts.column(node.start)
        removed = {number for number, key in enumerate(node.keys) if key not in new}
        self._remove(node, removed, in_brackets=in_brackets)
        for key, entry in zip(node.keys, node.entries, strict=True):
            if key in new:
                self._entry(entry, old[key], new[key], (*path, key), column, depth, in_brackets=in_brackets)
        staying = {
            key: entry
            for number, (key, entry) in enumerate(zip(node.keys, node.entries, strict=True))
            if number not in removed
        }
        names = list(staying)
        groups: dict[tuple[str, bool], list[str]] = {}
        for key in order_keys([key for key in new if key not in old], path):
            groups.setdefault(_neighbour(names, key, path), []).append(key)
        for (beside, after), keys in groups.items():
            added = {key: new[key] for key in keys}
            self._insert(staying[beside], added, path, column, after=after, in_brackets=in_brackets)

    def _remove(self, node: SpanNode, removed: set[int], *, in_brackets: bool) -> None:
        if removed and in_brackets:
            edit.remove_from_brackets(self._cuts, node.entries, removed)
        elif removed:
            edit.remove_from_block(self._cuts, node.entries, removed)

    def _insert(
        self, beside: SpanEntry, added: dict[str, Json], path: Path, column: int, *, after: bool, in_brackets: bool
    ) -> None:
        """Insert new keys before or after the key ``beside``."""
        if in_brackets:
            put = edit.append_in_brackets if after else edit.prepend_in_brackets
            put(self._cuts, beside, [write_flow_entry(key, value, (*path, key)) for key, value in added.items()])
            return
        lines = [
            line
            for key, value in added.items()
            for line in write_block_entry(key, value, (*path, key), column, self._layout)
        ]
        (edit.insert_after if after else edit.insert_before)(self._cuts, beside, column, lines)

    def _sequence(
        self, node: SpanNode, old: list[Json], new: list[Json], path: Path, depth: int, *, in_brackets: bool
    ) -> None:
        column = self._cuts.column(node.start)
        pairs, removed, added = _compared(old, new)
        self._remove(node, removed, in_brackets=in_brackets)
        for here, there in pairs:
            where = (*path, there)
            self._entry(node.entries[here], old[here], new[there], where, column, depth, in_brackets=in_brackets)
        for here, numbers in added.items():
            self._insert_items(
                node, here, {number: new[number] for number in numbers}, path, column, in_brackets=in_brackets
            )

    def _insert_items(
        self, node: SpanNode, here: int, items: dict[int, Json], path: Path, column: int, *, in_brackets: bool
    ) -> None:
        """Insert new items before the old item ``here``, after the item before it if there is one."""
        entry = node.entries[max(here - 1, 0)]
        if in_brackets:
            put = edit.append_in_brackets if here else edit.prepend_in_brackets
            put(self._cuts, entry, [write_flow(item, (*path, number)) for number, item in items.items()])
            return
        lines = [
            line
            for number, item in items.items()
            for line in write_block_item(item, (*path, number), column, self._layout)
        ]
        (edit.insert_after if here else edit.insert_before)(self._cuts, entry, column, lines)

    def _replace(self, entry: SpanEntry, old: Json, new: Json, path: Path, parent: int, *, in_brackets: bool) -> None:
        node = entry.node
        kept = None
        if self._keeps_style:
            kept = restyle_scalar(self._cuts, node, old, new, parent, self._layout, flow=in_brackets)
        if in_brackets:
            self._in_brackets(entry, kept or WrittenValue(write_flow(new, path)))
        elif kept is not None and node.style not in {"literal", "folded"}:
            self._cuts.cut(node.start, node.end, self._cuts.newline.join([kept.head, *kept.below]))
        elif entry.slot is None:
            raise UnfitError
        else:
            self._place(entry, entry.slot, kept or self._written(entry, entry.slot, new, path, parent))

    def _in_brackets(self, entry: SpanEntry, new: WrittenValue) -> None:
        text = self._cuts.newline.join([new.head, *new.below])
        if entry.node.start != entry.node.end:
            self._cuts.cut(entry.node.start, entry.node.end, text)
        elif entry.slot is not None:
            self._cuts.cut(entry.slot, entry.slot, f" {text}")
        else:
            self._cuts.cut(entry.key_end, entry.key_end, f": {text}")

    def _written(self, entry: SpanEntry, slot: int, new: Json, path: Path, parent: int) -> WrittenValue:
        """The canonical form, which begins after the dash of an item unless a comment is there."""
        is_item = entry.key_end == entry.slot
        inwards = 2 if is_item else self._layout.dash if isinstance(new, list) else self._layout.step
        room = self._layout.width - self._cuts.column(slot) - 1
        written = write_block(new, path, parent, parent + inwards, room, self._layout)
        beside = entry.node.end if self._begins_beside(entry.node, slot) and entry.node.style != "literal" else slot
        if is_item and not written.head and "#" not in self._cuts.text[beside : self._cuts.line_end(beside)]:
            return WrittenValue(written.below[0].lstrip(" "), written.below[1:])
        return written

    def _begins_beside(self, node: SpanNode, slot: int) -> bool:
        return not self._cuts.has_break(slot, node.start)

    def _place(self, entry: SpanEntry, slot: int, new: WrittenValue) -> None:
        """Replace the value after a colon or dash by ``new``; the comment on that line stays."""
        cuts, node = self._cuts, entry.node
        head = f" {new.head}" if new.head else ""
        below = "".join(cuts.newline + line for line in new.below)
        if not self._begins_beside(node, slot):
            cuts.cut(slot, slot, head)
            cuts.cut(cuts.line_end(slot), cuts.line_end(node.end), below)
        elif node.style in {"literal", "folded"}:
            header = HEADER.match(cuts.text, node.start)
            end = header.end() if header else node.start
            cuts.cut(slot, end, head)
            cuts.cut(cuts.line_end(end), node.end, below)
        else:
            cuts.cut(slot, node.end, head)
            cuts.cut(cuts.line_end(node.end), cuts.line_end(node.end), below)


def _comparable(old: Json, new: Json) -> bool:
    """Whether some entries of the old value can be changed to get the new one."""
    if isinstance(old, dict) and isinstance(new, dict):
        return not old.keys().isdisjoint(new)
    return isinstance(old, list) and isinstance(new, list) and 0 < len(old) * len(new) <= _COMPARABLE


def _neighbour(keys: list[str], key: str, path: Path) -> tuple[str, bool]:
    """The key beside which a new one is inserted, and whether after it: in the schema's order, else at the end."""
    order = {name: number for number, name in enumerate(find_schema_at(path).get("properties", {}))}
    if key in order:
        before = [name for name in keys if order.get(name, len(order)) < order[key]]
        if before:
            return max(before, key=order.__getitem__), True
        behind = [name for name in keys if name in order]
        if behind:
            return min(behind, key=order.__getitem__), False
    return keys[-1], True


def _compared(old: list[Json], new: list[Json]) -> tuple[list[tuple[int, int]], set[int], dict[int, list[int]]]:
    """Pairs of old and new items, the removed old items, and the added new ones by the old item that they precede.

    Equal items are paired first, then mappings with the same ``name``, then items in the same position.
    """
    pairs: list[tuple[int, int]] = []
    removed: set[int] = set()
    added: dict[int, list[int]] = {}
    texts = [json_text.dump_sorted(item) for item in old], [json_text.dump_sorted(item) for item in new]
    for i, i_end, j, j_end in _differing(*texts):
        names = [_name(item) for item in old[i:i_end]], [_name(item) for item in new[j:j_end]]
        unlike = list(_differing(*names))
        kept = set(range(i, i_end)) - {i + n for start, end, _, _ in unlike for n in range(start, end)}
        partners = set(range(j, j_end)) - {j + n for _, _, start, end in unlike for n in range(start, end)}
        pairs += zip(sorted(kept), sorted(partners), strict=True)
        for start, end, other, other_end in unlike:
            common = min(end - start, other_end - other)
            pairs += [(i + start + n, j + other + n) for n in range(common)]
            removed |= set(range(i + start + common, i + end))
            if other + common < other_end:
                added[i + end] = list(range(j + other + common, j + other_end))
    return pairs, removed, added


def _differing(old: Sequence[object], new: Sequence[object]) -> Iterator[tuple[int, int, int, int]]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return (found[1:] for found in matcher.get_opcodes() if found[0] != "equal")


def _name(item: Json) -> object:
    """The key by which a changed item is recognised; an item without a name equals no other."""
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else object()


def _layout_of(cuts: Cuts, root: SpanNode) -> Layout:
    """The layout with the most common indentation of a text's blocks."""
    steps: list[int] = []
    dashes: list[int] = []
    _indents(cuts, root, steps, dashes)
    usual = Layout()
    step = max(set(steps), key=steps.count) if steps else usual.step
    return Layout(step=step, dash=max(set(dashes), key=dashes.count) if dashes else step)


def _indents(cuts: Cuts, node: SpanNode, steps: list[int], dashes: list[int]) -> None:
    column = cuts.column(node.start)
    for entry in node.entries:
        below = entry.node
        if below.style == "block":
            if node.keys and cuts.has_break(entry.start, below.start):
                (steps if below.keys else dashes).append(cuts.column(below.start) - column)
            _indents(cuts, below, steps, dashes)
