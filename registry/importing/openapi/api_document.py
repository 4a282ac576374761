"""An OpenAPI document: read from its bytes, its version known, its references followed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from registry import jsonschemas
from registry.errors import InputRefused
from registry.json_text import loads
from registry.manifest import read_foreign_yaml
from registry.model import Json

from .document_source import Source, read_source

Version = Literal["2.0", "3.0", "3.1"]
MAX_DEPTH = 200
MAX_REFERENCES = 50
"""As many references may follow one upon the other."""


@dataclass(frozen=True, slots=True)
class ApiDocument:
    """A document as JSON. ``address`` is where it was found on the web; relative servers are below it."""

    value: Mapping[str, Json]
    version: Version
    address: str | None

    @property
    def title(self) -> str:
        """The API's title, or what stands for it, on one line."""
        info = self.value.get("info")
        title = info.get("title") if isinstance(info, dict) else None
        return " ".join(str(title or "API").split())[:80]

    def follow(self, node: Json) -> Json:
        """What a reference object stands for, through other references; anything else as it is.

        Raises LookupError, whose text is the reference, for one that leaves the document, leads nowhere or to itself.
        """
        for _ in range(MAX_REFERENCES):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return node
            reference = node["$ref"]
            node = jsonschemas.resolve_reference(self.value, reference)
        raise LookupError(reference)


def read_api_document(place: str) -> ApiDocument:
    """Read the document that a file's path or an http(s) address names. Raises InputRefused."""
    return read_document(read_source(place))


def read_document(source: Source) -> ApiDocument:
    """Read JSON or YAML. Raises InputRefused for what is neither, or no OpenAPI document of 2.0, 3.0, 3.1 or 3.2."""
    value = _parse(source.data)
    if not isinstance(value, dict):
        raise InputRefused("This is no OpenAPI document: it is no object with openapi (or swagger), info and paths.")
    return ApiDocument(value, _find_version(value), source.address)


def _parse(data: bytes) -> Json:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputRefused("The document is not UTF-8.") from None
    refused: InputRefused | None = None
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return loads(text, max_depth=MAX_DEPTH)
        except InputRefused as error:
            refused = error
    try:  # YAML reads JSON, too, and takes what strict JSON does not: equal keys, a comma too many
        return read_foreign_yaml(text)
    except InputRefused:
        if refused is not None:
            raise refused from None
        raise


def _find_version(value: Mapping[str, Json]) -> Version:
    declared = str(value.get("openapi") or value.get("swagger") or "")
    if "swagger" in value and re.match(r"2(\.0)?\Z", declared):
        return "2.0"
    if re.match(r"3\.0(\.|\Z)", declared):
        return "3.0"
    if re.match(r"3\.[12](\.|\Z)", declared):
        return "3.1"
    if declared:
        raise InputRefused(f"OpenAPI {declared[:20]} is not read: 2.0, 3.0, 3.1 and 3.2 are.")
    raise InputRefused('This is no OpenAPI document: it has neither openapi: 3.… nor swagger: "2.0".')
