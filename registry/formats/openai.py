"""OpenAI Chat Completions: ``{"type": "function", "function": {"name", "description", "parameters", "strict"}}``.

Source: openai/openai-openapi, openapi.yaml, ChatCompletionTool and FunctionObject. The API answers 400 if the root has
a combinator or an array has no items (langchain-ai/langchainjs#9804, sigoden/aichat#1049).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from registry.formats.strict import (
    OPENAI,
    CannotBeInlined,
    Compiled,
    InlinedSchema,
    Reason,
    add_items,
    add_root_keys,
    extend_description,
    inline_schema,
    make_excluded,
    make_sent,
    make_strict_form,
)
from registry.model import Json, Tool

MAX_DESCRIPTION_LENGTH = 1024  # older models refuse longer ones
_REFUSED_AT_THE_ROOT = ("anyOf", "oneOf", "allOf", "enum", "const", "not")


@dataclass(frozen=True, slots=True)
class Function:
    """What OpenAI's two formats share, or the reasons why nothing is sent."""

    description: str = ""
    parameters: dict[str, Json] = field(default_factory=dict)
    strict: bool = False
    reasons: tuple[Reason, ...] = ()
    refusals: tuple[Reason, ...] = ()

    def members(self, name: str) -> dict[str, Json]:
        """The members of the definition."""
        return {
            "name": name,
            "description": self.description,
            "parameters": self.parameters,
            "strict": self.strict,
        }


def make_function(tool: Tool, *, strict: bool) -> Function:
    """A tool as a function. If it cannot be strict, it is returned without, with the reasons."""
    try:
        ready = inline_schema(tool.manifest.parameters, "/parameters")
    except CannotBeInlined as refused:
        return Function(refusals=(refused.reason,))
    schema, added, refusals = add_items(ready)
    message = "the API refuses it at the root of parameters"
    refusals += [Reason(ready.place((key,)), f"{key}: {message}") for key in _REFUSED_AT_THE_ROOT if key in schema]
    if refusals:
        return Function(refusals=tuple(refusals))
    description = tool.manifest.description
    parameters = add_root_keys(schema, opened=takes_any_name(tool))
    plain = Function(description, parameters, reasons=(*ready.reasons, *added))
    return _strict(tool, ready, plain) if strict else plain


def _strict(tool: Tool, ready: InlinedSchema, plain: Function) -> Function:
    form = make_strict_form(ready, OPENAI, takes_named_only=takes_named_only(tool))
    description = extend_description(plain.description, form.sentences) or ""
    refusals = form.refusals
    if not refusals and len(description) > MAX_DESCRIPTION_LENGTH:
        message = "what must be said in the description does not fit it"
        refusals = [Reason("/description", message)]
    if refusals:
        told = tuple(Reason(one.pointer, f"not strict: {one.message}") for one in refusals)
        return Function(plain.description, plain.parameters, reasons=(*plain.reasons, *told))
    return Function(description, form.schema, strict=True, reasons=(*ready.reasons, *form.reasons))


def takes_named_only(tool: Tool) -> bool:
    """Whether main is a function that takes only the arguments that it names."""
    return tool.checked.entry == "function" and not takes_any_name(tool)


def takes_any_name(tool: Tool) -> bool:
    """Whether main takes arguments of any name: as ``**values``, or as the whole object."""
    return tool.checked.whole_object or tool.checked.takes_any


@dataclass(frozen=True, slots=True)
class _OpenAI:
    name: str = "openai"
    has_strict: bool = True
    tool_search: Json = None

    def compile(self, tool: Tool, *, strict: bool) -> Compiled:
        made = make_function(tool, strict=strict)
        if made.refusals:
            return make_excluded(made.refusals)
        return make_sent({"type": "function", "function": made.members(tool.name)}, made.reasons, strict=made.strict)

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        return b'{"tools":[' + b",".join(definitions) + b"]}"


FORMAT = _OpenAI()
