"""Change a tool.yaml as a person would: only the lines that must change.

The old and the new value are compared, and only the differences are cut out of the text and rewritten, in the style of
the old text. Every result is read again. If it does not have exactly the new value, the smallest part around the
difference is rewritten instead; in the worst case the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator

from registry import json_text
from registry.errors import Fault, InputRefused
from registry.manifest.checking import MANIFEST_FILE
from registry.manifest.yaml import LINE_BREAK, MAX_BYTES, read_spans, read_yaml
from registry.model import Json

from .canonical_writer import Layout, are_same_value, read_strictly, refuse_unless_read, write_body, write_canonical
from .scalar_style import HEADER
from .text_cuts import UnfitError
from .value_difference import Difference

_LARGEST_JSON = 4 * MAX_BYTES  # YAML takes at least half of the characters that compact JSON takes
_CHARACTERS_READ = 1_000_000  # in all attempts together: about two seconds
_LEAST_ATTEMPTS = 8


def merge_patch(value: Json, patch: Json) -> Json:
    """JSON Merge Patch (RFC 7396): objects are merged, null removes, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for key, item in patch.items():
        if item is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), item)
    return result


def amend_text(text: bytes, patch: Json) -> bytes:
    """A tool.yaml with a merge patch applied: it reads as the merged value, and all other lines are unchanged.

    With a removed key go its lines, the comment lines directly above it in the same column (unless they begin the
    file), and comments below that are indented further. Raises InputRefused for a text with findings (each is a fault),
    a patch that is not an object, and a result that a tool.yaml cannot hold (over 64 KiB or 32 levels).
    """
    if not isinstance(patch, dict):
        fault = Fault("", "the patch must be one JSON object", "type")
        raise InputRefused("A merge patch is a JSON object (RFC 7396).", [fault])
    document = read_strictly(text)
    return _adapted(text, document.value, merge_patch(document.value, _json(patch)))


def adapt_text(text: bytes, manifest: dict[str, Json]) -> bytes:
    """A tool.yaml changed to the value ``manifest``: missing keys are removed, equal values stay as they are written.
    Raises InputRefused like :func:`amend_text`."""
    return _adapted(text, read_strictly(text).value, _json(manifest))


def rename_in_text(text: bytes, name: str) -> bytes:
    """A tool.yaml with another ``name``. Raises InputRefused like :func:`amend_text`."""
    return amend_text(text, {"name": name})


def _json(value: Json) -> Json:
    return json_text.loads(json_text.dumps(value))


def _adapted(data: bytes, old: Json, new: Json) -> bytes:
    if are_same_value(old, new):
        return data
    if len(json_text.dumps(new)) > _LARGEST_JSON:
        raise InputRefused(f"This is more than {MANIFEST_FILE} can hold: at most {MAX_BYTES} bytes are read.")
    text = data.decode()
    permits = iter(range(max(_LEAST_ATTEMPTS, _CHARACTERS_READ // len(text))))
    if isinstance(old, dict) and isinstance(new, dict):
        found = _attempt(text, old, new, permits) or _by_field(_closed(text, old), old, new, permits)
        if found is not None:
            return found.encode()
    return _rewritten(text, new)


def _closed(text: str, value: Json) -> str:
    """The text, ready for lines to be appended: a block text that ends with the file gets the indicator ``-``."""
    node = read_spans(text)
    while node.entries:
        node = node.entries[-1].node
    if node.style not in {"literal", "folded"} or node.end != len(text):
        return text
    header = HEADER.match(text, node.start)
    end = header.end() if header else node.start
    closed = text[: node.start] + text[node.start : end].rstrip("-+") + "-" + text[end:]
    document = read_yaml(MANIFEST_FILE, closed.encode())
    return closed if not document.findings and are_same_value(document.value, value) else text


def _by_field(text: str, old: dict[str, Json], new: dict[str, Json], permits: Iterator[int]) -> str | None:
    """Change field by field, so that one that is hard to cut does not cost the others their form."""
    now = old
    for key in [*old, *(key for key in new if key not in old)]:
        if key in old and key in new and are_same_value(old[key], new[key]):
            continue
        after = {name: item for name, item in now.items() if name != key} | ({key: new[key]} if key in new else {})
        found = next(filter(None, _attempts(text, now, after, permits)), None) if after else None
        if found is None:
            return None
        text, now = found, after
    return text


def _attempts(text: str, old: Json, new: Json, permits: Iterator[int]) -> Iterator[str | None]:
    """Attempts, from the smallest cut to the largest that leaves the other fields unchanged."""
    yield _attempt(text, old, new, permits)
    for depth in range(read_spans(text).depth, 0, -1):
        yield _attempt(text, old, new, permits, depth=depth)


def _attempt(text: str, old: Json, new: Json, permits: Iterator[int], *, depth: int | None = None) -> str | None:
    """The text with the cuts made; None if it does not read as ``new``. ``depth``: see :class:`Difference`.

    Uses up one of ``permits``, and returns None when there are none left: a hostile text must not be read a thousand
    times.
    """
    if next(permits, None) is None:
        return None
    try:
        result = Difference(text, read_spans(text), old, new, depth=depth).result()
    except UnfitError:
        return None
    document = read_yaml(MANIFEST_FILE, result.encode())
    return None if document.findings or not are_same_value(document.value, new) else result


def _rewritten(text: str, new: Json) -> bytes:
    """The whole file rewritten, below the comments that begin it."""
    root = read_spans(text)
    found = LINE_BREAK.search(text)
    newline = found.group() if found and found.group() in {"\n", "\r\n", "\r"} else "\n"
    if isinstance(new, dict) and (root.start == 0 or text[root.start - 1] in "\r\n"):
        data = (text[: root.start] + newline.join([*write_body(new, Layout()), ""])).encode()
        try:
            refuse_unless_read(data, new)
        except InputRefused:
            return write_canonical(new)
        return data
    return write_canonical(new)
