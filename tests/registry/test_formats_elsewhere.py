"""The measurement of functions from elsewhere sees what is wrong, here on a few written as others write them."""

from __future__ import annotations

from typing import Any

import pytest

from registry.formats import Reason
from tests.judges.elsewhere import Findings, as_tool, measured
from tests.judges.foreign import Function
from tests.judges.truth import true_of

pytestmark = pytest.mark.judges

REFERENCE = {"$ref": "#/$defs/Tree"}
TREE = {"type": "object", "properties": {"below": {"type": "array", "items": REFERENCE}}}


def function(name: str, **properties: Any) -> Function:
    return Function("hand", name, "Does what others do.", {"type": "object", "properties": properties})


FUNCTIONS = [
    function("math.sum", numbers={"type": "array", "items": {"type": "number"}}),
    function("getUser-byID", id={"type": ["string", "null"], "default": None}),
    function("anything", value={}, options={"type": "object"}),
    Function("hand", "tree", "", {"type": "object", "properties": {"a": REFERENCE}, "$defs": {"Tree": TREE}}),
    function("refused", **{"X-Header": {"type": "string"}}),
    function("refused_too", flag={"type": "boolean", "default": "False"}),
]


def test_functions_from_elsewhere_are_taken_or_refused_with_reasons_that_are_true() -> None:
    found = measured(FUNCTIONS)
    assert (found.functions, found.crashes, found.complaints, found.untrue) == (6, [], [], [])
    assert found.refused == {"parameter-name": 1, "default-invalid": 1}
    assert found.verdicts["openai", "excluded"] == found.verdicts["gemini", "excluded"] == 1
    assert found.verdicts["mcp", "excluded"] == 0
    assert found.verdicts["openai strict", "without strict"] == 1


def test_a_reason_that_is_not_true_is_seen() -> None:
    tool = as_tool(FUNCTIONS[0], Findings())
    assert tool is not None
    assert not true_of(tool, Reason("/parameters/properties/nothing", "the reference is written out in place"))
    assert not true_of(tool, Reason("/parameters/properties/numbers", "items: {} is added"))
    assert not true_of(tool, Reason("/parameters", "const: the API refuses it at the root of parameters"))
    tree = as_tool(FUNCTIONS[3], Findings())
    assert tree is not None
    told = "#/$defs/Tree leads back to itself"
    assert true_of(tree, Reason("/parameters/$defs/Tree/properties/below/items/$ref", told))
    assert not true_of(tool, Reason("/parameters/properties/numbers/type", told))
