"""What an operation answers, in words for a model, and as the media types that are asked for.

A tool of an operation has no ``returns``: an answer that is not as its document says would fail the call, and be lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from registry.importing.foreign_schemas import Detail, SchemaConverter, SchemaTooDetailed
from registry.model import Json

from .api_document import ApiDocument
from .api_operation import ApiOperation
from .request_plan import JSON_TYPE

_MOST_NAMES = 12
_MOST_TYPES = 4
_LONGEST_TYPE = 100


def describe_answer(document: ApiDocument, operation: ApiOperation) -> str:
    """A sentence such as "Returns a list of objects with id, name."; empty where the document does not say."""
    for content in _good_answers(operation):
        for mime, media in content.items():
            if JSON_TYPE.match(mime.partition(";")[0].strip().lower()) or mime == "*/*":
                return _sentence(document, media.get("schema") if isinstance(media, dict) else None)
        return f"Returns {next(iter(content))[:60]}." if content else ""
    return ""


def list_answer_types(operation: ApiOperation) -> str:
    """The value of Accept: the types of good answers, JSON first; empty where the usual value does."""
    types = list(dict.fromkeys(mime for content in _good_answers(operation) for mime in content))
    clean = [mime for mime in types if mime.isascii() and mime.isprintable() and len(mime) <= _LONGEST_TYPE][
        :_MOST_TYPES
    ]
    if not clean or any(JSON_TYPE.match(mime) and mime == "application/json" for mime in clean):
        return ""
    first = sorted(clean, key=lambda mime: not JSON_TYPE.match(mime.partition(";")[0].strip().lower()))
    return ", ".join([*first, "*/*;q=0.1"])


def _good_answers(operation: ApiOperation) -> Iterator[Mapping[str, Json]]:
    for status, answer in operation.responses.items():
        content = answer.get("content")
        if status[:1] == "2" and isinstance(content, dict) and content:
            yield content


def _sentence(document: ApiDocument, schema: Json) -> str:
    converter = SchemaConverter(document.value, Detail(2, 0, 5), sent=False)
    try:
        made = converter.convert(schema)
    except SchemaTooDetailed:
        return ""
    if made.get("type") == "array":
        names = _names(made.get("items", {}))
        return f"Returns a list of objects with {names}." if names else "Returns a list."
    names = _names(made)
    return f"Returns an object with {names}." if names else ""


def _names(schema: Mapping[str, Json]) -> str:
    names = [name[:40] for name in schema.get("properties", ())]
    more = ", …" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
