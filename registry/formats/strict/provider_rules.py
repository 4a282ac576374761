"""What each provider's strict definitions may contain, as data.

OpenAI: openai-python src/openai/lib/_pydantic.py, and the guide "Structured Outputs" (what is not permitted and the
limits, as far as clients such as pydantic-ai repeat them). Anthropic: anthropic-sdk-python
src/anthropic/lib/_parse/_transform.py, which moves everything else into the description.
"""

from __future__ import annotations

from dataclasses import dataclass

_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
_NUMBER_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})


@dataclass(frozen=True, slots=True)
class StrictRules:
    """One provider's strict form.

    ``kept`` are the assertions that are allowed, besides the structure (type, properties, items, anyOf, enum) that all
    have. ``nullable``: every property is required, so an optional one must accept null. ``type_lists``: lists such as
    ``["string", "null"]`` are allowed. ``least_items`` are the allowed values of minItems; None allows all. The limits
    apply to one definition; None if none is known.
    """

    kept: frozenset[str]
    formats: frozenset[str]
    nullable: bool
    type_lists: bool
    least_items: frozenset[int] | None = None
    most_properties: int | None = None
    most_levels: int | None = None
    most_enum_values: int | None = None


OPENAI = StrictRules(
    kept=_NUMBER_BOUNDS | {"pattern", "format", "minItems", "maxItems"},
    formats=_FORMATS,
    nullable=True,
    type_lists=True,
    most_properties=5_000,
    most_levels=10,
    most_enum_values=1_000,
)
ANTHROPIC = StrictRules(
    kept=frozenset({"format", "minItems"}),
    formats=_FORMATS | {"uri"},
    nullable=False,
    type_lists=False,
    least_items=frozenset({0, 1}),
)

# The type that each keyword applies to; it does not constrain values of other types.
TYPES_OF = {
    **dict.fromkeys(("minLength", "maxLength", "pattern", "format"), ("string",)),
    **dict.fromkeys(("contentEncoding", "contentMediaType", "contentSchema"), ("string",)),
    **dict.fromkeys(_NUMBER_BOUNDS, ("number", "integer")),
    **dict.fromkeys(("items", "minItems", "maxItems", "uniqueItems", "prefixItems"), ("array",)),
    **dict.fromkeys(("contains", "minContains", "maxContains", "unevaluatedItems"), ("array",)),
    **dict.fromkeys(("properties", "required", "additionalProperties", "minProperties", "maxProperties"), ("object",)),
    **dict.fromkeys(("patternProperties", "unevaluatedProperties", "propertyNames"), ("object",)),
    **dict.fromkeys(("dependentRequired", "dependentSchemas"), ("object",)),
}

# No strict form has these, and no sentence in a description can safely replace them.
WITHOUT_WORDS = frozenset(
    {
        *("not", "if", "then", "else", "allOf", "anyOf", "oneOf", "contains", "minContains", "maxContains"),
        *("prefixItems", "unevaluatedItems", "patternProperties", "unevaluatedProperties", "propertyNames"),
        *("dependentRequired", "dependentSchemas"),
    }
)
# They constrain nothing, and do not help a model to write arguments.
SILENT = frozenset({"readOnly", "writeOnly", "contentSchema", "deprecated"})
