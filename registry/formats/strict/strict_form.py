"""The strict form of a schema: every object closed, every value of a known type, and only permitted keywords.

Arguments that are valid for the strict schema are valid for the author's after nulls that mean "not given" are dropped,
except for constraints that had to move into a description.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from registry.jsonschemas import ANNOTATIONS, compile_checked, looks_around
from registry.model import Json

from .compiled_tool import Reason
from .exclusive_alternatives import are_exclusive
from .inlined_schema import InlinedSchema, add_root_keys
from .keyword_origins import KeywordOrigins
from .keyword_text import describe_keyword, extend_description
from .provider_rules import SILENT, TYPES_OF, WITHOUT_WORDS, StrictRules
from .schema_merge import CannotBeMerged, merge_schemas
from .schema_parts import SCALARS, find_exceeded_limit, make_nullable, name_scalar_type, takes_null

TOLD = "is said in the description instead"
_STRUCTURE = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum", "const"})
_NEVER: dict[str, Json] = {"not": {}}


@dataclass(slots=True)
class StrictForm:
    """The strict schema, sentences for the tool's description, the changes, and the reasons why it cannot be strict."""

    schema: dict[str, Json] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    refusals: list[Reason] = field(default_factory=list)


def make_strict_form(ready: InlinedSchema, rules: StrictRules, *, takes_named_only: bool) -> StrictForm:
    """The inlined parameters in the strict form of ``rules``. The schema must not be used if there are refusals.

    ``takes_named_only``: an open object without properties means a tool without arguments, not one that takes any.
    """
    form = StrictForm()
    _Transformer(ready, rules, form).root(takes_named_only=takes_named_only)
    if not form.refusals:
        form.refusals += find_exceeded_limit(form.schema, rules, ready.base)
    return form


class _Transformer:
    """One transformation. Its schema must not be used if ``form.refusals`` is not empty."""

    def __init__(self, ready: InlinedSchema, rules: StrictRules, form: StrictForm) -> None:
        self._schema = ready.schema
        self._rules = rules
        self._form = form
        self._places = KeywordOrigins(ready)

    def root(self, *, takes_named_only: bool) -> None:
        node = self._schema
        if takes_named_only and not node.get("properties") and "additionalProperties" not in node:
            self._change(node, None, "no argument is named, so none may be given")
            node = self._places.record({**node, "additionalProperties": False}, node)
        node = self._merged_all(node) or {}
        for key in ("enum", "const", "anyOf", "oneOf"):
            if key in node:
                self._refuse(node, key, f"{key} is not permitted at the root")
                return
        sentences: list[str] = []
        made = self._typed(node, "object", sentences)
        self._form.schema = add_root_keys(made | self._annotations(node, []))
        self._form.sentences = sentences

    def schema(self, node: dict[str, Json]) -> dict[str, Json]:
        """The strict form of a schema below the root."""
        whole = self._merged_all(node)
        if whole is None:
            return {}
        node = whole
        sentences: list[str] = []
        made: dict[str, Json] = {}
        if node.get("not") == {}:
            self._refuse(node, None, "no value is valid here")
        elif "enum" in node or "const" in node:
            made = self._literals(node)
        elif "anyOf" in node or "oneOf" in node:
            made = self._union(node, sentences)
        else:
            made = self._of_types(node, sentences)
        return made | self._annotations(node, sentences)

    # --- values that are written out

    def _literals(self, node: dict[str, Json]) -> dict[str, Json]:
        """``enum`` with the values that the whole schema accepts, which makes its other constraints unnecessary."""
        key = "enum" if "enum" in node else "const"
        values = node["enum"] if key == "enum" else [node["const"]]
        if any(isinstance(value, dict | list) for value in values):
            self._refuse(node, key, "objects and arrays cannot be listed as values")
            return {}
        accepts = compile_checked({name: part for name, part in node.items() if name not in ANNOTATIONS}).accepts
        by_type: dict[str, list[Json]] = {}
        for value in filter(accepts, values):
            by_type.setdefault(name_scalar_type(value), []).append(value)
        if not by_type:
            self._refuse(node, key, "no value is valid here")
            return {}
        if len(by_type) == 1:
            [(kind, only)] = by_type.items()
            return {"type": kind, "enum": only}
        return {"anyOf": [{"type": kind, "enum": some} for kind, some in by_type.items()]}

    # --- alternatives

    def _union(self, node: dict[str, Json], sentences: list[str]) -> dict[str, Json]:
        if "anyOf" in node and "oneOf" in node:
            self._refuse(node, "oneOf", "anyOf and oneOf side by side cannot be written as one list of alternatives")
            return {}
        key = "anyOf" if "anyOf" in node else "oneOf"
        rest = {name: part for name, part in node.items() if name != key and name not in ANNOTATIONS}
        base = self._places.record(rest, node)
        branches = []
        for branch in node[key]:
            if branch == _NEVER:
                continue
            try:
                branches.append(merge_schemas(branch, base, self._places) if base else branch)
            except CannotBeMerged as clash:
                message = f"what stands beside {key} cannot be put into its alternatives ({clash})"
                self._refuse(node, key, message)
                return {}
        if not branches:
            self._refuse(node, key, "no value is valid here")
            return {}
        if key == "oneOf" and not are_exclusive(branches):
            self._change(node, key, f"oneOf {TOLD}: more than one of its alternatives may fit a value")
            sentences.append("Exactly one of the alternatives must fit.")
        return {"anyOf": [self.schema(branch) for branch in branches]}

    def _merged_all(self, node: dict[str, Json]) -> dict[str, Json] | None:
        """The schema with its ``allOf`` merged into it; None if that is not possible."""
        while "allOf" in node:
            rest = {key: value for key, value in node.items() if key != "allOf"}
            made = self._places.record(rest, node)
            for part in node["allOf"]:
                try:
                    made = merge_schemas(made, part, self._places)
                except CannotBeMerged as clash:
                    self._refuse(node, "allOf", f"the schemas under allOf cannot be written as one ({clash})")
                    return None
            node = made
        return node

    # --- types

    def _of_types(self, node: dict[str, Json], sentences: list[str]) -> dict[str, Json]:
        types = self._types(node)
        if len(types) == 1:
            return self._typed(node, types[0], sentences)
        if self._rules.type_lists and len(types) == 2 and types[1] == "null" and types[0] in SCALARS:  # noqa: PLR2004
            return self._typed(node, types[0], sentences) | {"type": types}
        made = []
        for kind in types:
            own: list[str] = []
            one = self._typed(node, kind, own)
            text = extend_description(None, own)
            made.append(one if text is None else one | {"description": text})
        return {"anyOf": made}

    def _types(self, node: dict[str, Json]) -> list[str]:
        """The types of a schema, null last. If it names none, those that its keywords apply to."""
        named = node.get("type")
        if named is not None:
            types = list(dict.fromkeys(named if isinstance(named, list) else [named]))
            if "number" in types and "integer" in types:
                types.remove("integer")
            return sorted(types, key=lambda kind: kind == "null")
        about = {TYPES_OF[key][0] for key in node if key in TYPES_OF}
        if len(about) == 1 and node.keys().isdisjoint(WITHOUT_WORDS):
            [kind] = about
            self._change(node, None, f"no type is named; what is said of it is about type {kind}, so that is written")
            return [kind]
        self._refuse(node, None, "a value of any type may be given here, and a strict definition names the type")
        return ["null"]

    def _typed(self, node: dict[str, Json], kind: str, sentences: list[str]) -> dict[str, Json]:
        made: dict[str, Json] = {"type": kind}
        if kind == "object":
            made |= self._object(node)
        if kind == "array":
            made |= self._array(node)
        for key, value in node.items():
            if key in _STRUCTURE or key in ANNOTATIONS or kind not in TYPES_OF.get(key, (kind,)):
                continue
            if self._is_kept(key, value):
                made[key] = value
            else:
                self._say(node, key, value, sentences)
        return made

    def _is_kept(self, key: str, value: Json) -> bool:
        rules = self._rules
        if key == "format" and value not in rules.formats:
            return False
        if key == "minItems" and rules.least_items is not None and value not in rules.least_items:
            return False
        if key == "pattern" and looks_around(value):
            return False  # no provider's grammar has it
        return key in rules.kept

    def _say(self, node: dict[str, Json], key: str, value: Json, sentences: list[str]) -> None:
        if key in WITHOUT_WORDS:
            if key == "unevaluatedProperties" and value is False:
                return  # the object is closed anyway
            self._refuse(node, key, f"{key} is not permitted in a strict definition")
            return
        sentence = describe_keyword(key, value)
        if sentence is None and key in TYPES_OF and key not in SILENT:
            self._refuse(node, key, f"{key} is not permitted in a strict definition")
        elif sentence is None:
            self._change(node, key, f"{key} constrains nothing and is left out")
        elif sentence:
            sentences.append(sentence)
            self._change(node, key, f"{key} {TOLD}")

    def _object(self, node: dict[str, Json]) -> dict[str, Json]:
        properties = {
            name: part
            for name, part in node.get("properties", {}).items()
            if part != _NEVER or name in node.get("required", ())
        }
        self._refuse_open(node, properties)
        required = [name for name in node.get("required", ()) if isinstance(name, str)]
        for name in required:
            if name not in properties:
                message = f"the property {name[:64]} is required and described nowhere"
                holders = self._places.of_item(node, "required", name)
                self._form.refusals += [Reason(place, message) for place in holders]
        made = {}
        for name, part in properties.items():
            strict = self.schema(part)
            if self._rules.nullable and name not in required and not takes_null(strict):
                strict = make_nullable(strict)
                self._change(part, None, "optional: null stands for a value that is not given")
            made[name] = strict
        if self._rules.nullable:
            required = list(made)
        return {"properties": made, "required": required, "additionalProperties": False}

    def _refuse_open(self, node: dict[str, Json], properties: dict[str, Json]) -> None:
        opened = node.get("additionalProperties")
        if opened is False:
            return
        if opened is not None:
            message = "properties of any name may be given here, and a strict definition names them all"
            self._refuse(node, "additionalProperties", message)
        elif node.get("unevaluatedProperties") is False or "patternProperties" in node:
            return  # closed already; patternProperties is refused separately
        elif properties:
            self._change(node, None, "closed: only the properties that are named may be given")
        else:
            self._refuse(
                node, None, "an object of any properties may be given here, and a strict definition names them"
            )

    def _array(self, node: dict[str, Json]) -> dict[str, Json]:
        items = node.get("items")
        if not isinstance(items, dict):
            self._refuse(node, None, "items of any type may be given here, and a strict definition names the type")
            return {}
        return {"items": self.schema(items)}

    # --- words

    def _annotations(self, node: dict[str, Json], sentences: list[str]) -> dict[str, Json]:
        """Title and description. Other annotations become sentences, or are left out."""
        for key in ANNOTATIONS & node.keys() - {"title", "description", "$comment"}:
            sentence = None if key in SILENT or node[key] is None else describe_keyword(key, node[key])
            if sentence is None:
                self._change(node, key, f"{key} constrains nothing and is left out")
            elif sentence:
                sentences.append(sentence)
                self._change(node, key, f"{key} {TOLD}")
        sentences.sort(key=lambda sentence: sentence.startswith(("Default:", "Examples:")))
        text = extend_description(node.get("description"), sentences)
        made = {"title": node["title"]} if isinstance(node.get("title"), str) else {}
        return made if text is None else made | {"description": text}

    def _change(self, node: dict[str, Json], key: str | None, message: str) -> None:
        self._form.reasons += [Reason(place, message) for place in self._places.of(node, key)]

    def _refuse(self, node: dict[str, Json], key: str | None, message: str) -> None:
        self._form.refusals += [Reason(place, message) for place in self._places.of(node, key)]
