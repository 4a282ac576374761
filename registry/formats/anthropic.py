"""Anthropic Messages: ``{"name", "description", "input_schema", "input_examples"?, "strict"?}``.

Source: anthropic-sdk-python, types/tool_param.py. The API answers 400 if the root has a combinator
(anthropics/claude-code#5319), or if an example is not valid for the schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.formats.strict import (
    ANTHROPIC,
    CannotBeInlined,
    Compiled,
    InlinedSchema,
    Reason,
    add_root_keys,
    extend_description,
    inline_schema,
    make_excluded,
    make_sent,
    make_strict_form,
)
from registry.json_text import dump_sorted
from registry.jsonschemas import compile_checked
from registry.model import Json, Tool

from .openai import takes_any_name, takes_named_only

MAX_EXAMPLES = 5  # each costs tokens in every request
MAX_DESCRIPTION_LENGTH = 1024  # the API has no limit, but clients do
_REFUSED_AT_THE_ROOT = ("anyOf", "oneOf", "allOf")
# types/tool_search_tool_bm25_20251119_param.py; the other variant has the model write regular expressions.
_TOOL_SEARCH = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}


@dataclass(frozen=True, slots=True)
class _Anthropic:
    name: str = "anthropic"
    has_strict: bool = True

    @property
    def tool_search(self) -> Json:
        return _TOOL_SEARCH

    def compile(self, tool: Tool, *, strict: bool) -> Compiled:
        try:
            ready = inline_schema(tool.manifest.parameters, "/parameters")
        except CannotBeInlined as refused:
            return make_excluded([refused.reason])
        message = "the API refuses it at the root of input_schema"
        refusals = [
            Reason(ready.place((key,)), f"{key}: {message}") for key in _REFUSED_AT_THE_ROOT if key in ready.schema
        ]
        if refusals:
            return make_excluded(refusals)
        definition: dict[str, Json] = {
            "name": tool.name,
            "description": tool.manifest.description,
            "input_schema": add_root_keys(ready.schema, opened=takes_any_name(tool)),
        }
        reasons = list(ready.reasons)
        if strict:
            definition, reasons = _strict(tool, ready, definition)
        examples, left_out = _examples(tool, definition["input_schema"])
        if examples:
            definition["input_examples"] = examples
        return make_sent(definition, [*reasons, *left_out], strict="strict" in definition)

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        return b'{"tools":[' + b",".join(definitions) + b"]}"


FORMAT = _Anthropic()


def _strict(tool: Tool, ready: InlinedSchema, plain: dict[str, Json]) -> tuple[dict[str, Json], list[Reason]]:
    form = make_strict_form(ready, ANTHROPIC, takes_named_only=takes_named_only(tool))
    description = extend_description(plain["description"], form.sentences) or ""
    refusals = form.refusals
    if not refusals and len(description) > MAX_DESCRIPTION_LENGTH:
        refusals = [Reason("/description", "what must be said in the description does not fit it")]
    if refusals:
        told = [Reason(one.pointer, f"not strict: {one.message}") for one in refusals]
        return plain, [*ready.reasons, *told]
    made = plain | {"description": description, "input_schema": form.schema, "strict": True}
    return made, [*ready.reasons, *form.reasons]


def _examples(tool: Tool, schema: dict[str, Json]) -> tuple[list[Json], list[Reason]]:
    """The arguments of the tool's examples without duplicates, and why others are left out. Examples of errors are not
    sent."""
    found: dict[str, Json] = {}
    left_out: list[Reason] = []
    wanted = [(index, one) for index, one in enumerate(tool.manifest.examples) if one.expects != "error"]
    if not wanted:
        return [], []
    try:
        accepts = compile_checked(schema).accepts
    except ValueError:  # too deep once written out
        return [], [Reason("/examples", "examples are left out: they cannot be checked")]
    for index, example in wanted:
        if not accepts(example.arguments):
            left_out.append(Reason(f"/examples/{index}", "the example is left out: it relies on a default"))
        elif len(found) < MAX_EXAMPLES:
            found.setdefault(dump_sorted(example.arguments), example.arguments)
    return list(found.values()), left_out
