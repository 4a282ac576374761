"""No value costs more than its size when it is checked against a schema, and the verdict stays the right one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import jsonschemas
from registry.executions.argument_redaction import redact_write_only
from registry.executions.execution_outcome import describe_end
from registry.jsonschemas.engine_compiler import compile_for_engine
from registry.jsonschemas.fault_search import FaultSearch
from registry.jsonschemas.pattern_states import count_states
from registry.jsonschemas.value_size import measure_value
from registry.jsonschemas.work_budget import ONE_QUESTION
from registry.jsonschemas.work_estimate import WorkEstimate
from registry.secrets import REDACTED, Redactor
from runner import Outcome
from tests.costly_checks import MAKERS, a_large_value_under_two_hundred_alternatives, nested, tree

Json = Any
ROOT = Path(__file__).parents[2]
# The work that is allowed takes 0.12 CPU-s; a machine whose cores are shared by many takes several times as long.
SECONDS, MIB = 1.0, 64
BY_NAME = {maker.__name__: maker for maker in MAKERS}


@pytest.fixture(scope="module")
def figures() -> dict[str, Json]:
    """What every case costs, measured in a process of its own."""
    command = [sys.executable, "-m", "tests.costly_checks"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300).stdout
    return {one["name"]: one for one in map(json.loads, lines.splitlines())}


@pytest.mark.parametrize("name", BY_NAME)
def test_no_check_costs_more_than_is_allowed(name: str, figures: dict[str, Json]) -> None:
    figure, costly = figures[name], BY_NAME[name]()

    assert figure["seconds"] < SECONDS
    assert figure["mib"] < MIB
    assert len(figure["faults"]) <= jsonschemas.MAX_FAULTS
    assert all(len(message) <= 200 for _, _, message in figure["faults"])
    if costly.code:
        pointer, code, _ = figure["faults"][0]
        assert (pointer.startswith(costly.pointer), code) == (True, costly.code)


@pytest.mark.parametrize("name", ["two_hundred_thousand_items", "objects_as_people_send_them", "unique_items"])
def test_large_values_that_fit_are_taken(name: str, figures: dict[str, Json]) -> None:
    assert figures[name]["faults"] == []


def test_a_valid_value_under_many_alternatives_is_taken(figures: dict[str, Json]) -> None:
    assert figures["a_large_value_under_two_hundred_alternatives"]["faults"] == []
    _, code, message = figures["a_large_wrong_value_under_two_hundred_alternatives"]["faults"][0]
    assert (code, message[:30]) == ("oneOf", "Fits none of the alternatives:")


def test_the_engine_alone_would_hold_the_interpreter() -> None:
    """The defence is ours: a tenth of a case that is refused above takes the engine longer than the whole refusal."""
    costly = BY_NAME["many_constants_of_many_items"]()
    engine = compile_for_engine(costly.schema)
    size = measure_value(costly.value)
    work = WorkEstimate(costly.schema).work(costly.schema, size)
    started = time.thread_time()
    assert engine.is_valid(costly.value[:1_500])
    assert work > 10 * ONE_QUESTION
    assert time.thread_time() - started > 0.03


# -- the verdict -----------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "ab", "c"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 2, 1.0, 2.5, -3, "", "a", "ab", "abc", 10**20])


def deepened(
    strategy: st.SearchStrategy[Json], extend: Callable[[st.SearchStrategy[Json]], st.SearchStrategy[Json]], levels: int
) -> st.SearchStrategy[Json]:
    """What ``strategy`` gives, and what ``extend`` makes of it, again and again."""
    for _ in range(levels):
        strategy = strategy | extend(strategy)
    return strategy


VALUES = deepened(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=3), 3)
SMALL = st.integers(0, 3)
ASSERTIONS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", "number", "object", "array", "boolean", "null"]),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        "required": st.lists(NAMES, unique=True, max_size=2),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, unique=True, max_size=2), max_size=2),
        **dict.fromkeys(["minItems", "maxItems", "minProperties", "maxProperties", "minLength", "maxLength"], SMALL),
        **dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], st.sampled_from([0, 1, 1.5])),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "pattern": st.sampled_from(["^a", "b$", "."]),
        "uniqueItems": st.booleans(),
    },
)


def with_schemas(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Schemas that hold others, and assertions of their own."""
    several = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(NAMES, inner, min_size=1, max_size=2)
    applied = st.one_of(
        st.fixed_dictionaries({"properties": named}, optional={"additionalProperties": inner}),
        st.fixed_dictionaries({"patternProperties": st.dictionaries(st.sampled_from(["^a", "b$"]), inner, min_size=1)}),
        st.fixed_dictionaries({"items": inner}, optional={"prefixItems": several}),
        st.fixed_dictionaries({"contains": inner}, optional={"minContains": SMALL, "maxContains": SMALL}),
        st.fixed_dictionaries({"if": inner}, optional={"then": inner, "else": inner}),
        *(st.fixed_dictionaries({keyword: several}) for keyword in ("allOf", "anyOf", "oneOf")),
        *(st.fixed_dictionaries({keyword: inner}) for keyword in ("not", "propertyNames")),
        *(
            st.fixed_dictionaries({keyword: inner, "anyOf": several}, optional={"properties": named})
            for keyword in ("unevaluatedProperties", "unevaluatedItems")
        ),
        st.fixed_dictionaries({"dependentSchemas": named}),
        st.fixed_dictionaries({"properties": st.dictionaries(NAMES, st.just(NODE), min_size=1, max_size=2)}),
        st.fixed_dictionaries({"items": st.just(NODE)}),
    )
    return st.tuples(applied, ASSERTIONS).map(lambda both: {**both[1], **both[0]})


NODE = {"$ref": "#/$defs/n"}
SCHEMAS = deepened(ASSERTIONS | st.booleans(), with_schemas, 2)


def judged(schema: Json, value: Json) -> bool:
    """What the judge says."""
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


@given(SCHEMAS, SCHEMAS, VALUES)
def test_the_verdict_is_the_judges_whole_or_taken_apart(schema: Json, node: Json, value: Json) -> None:
    root = {"$defs": {"n": node}, "allOf": [schema]}
    assert jsonschemas.check_schema(root) == ()
    expected = judged(root, value)

    whole = jsonschemas.compile_schema(root)
    budget = jsonschemas.WorkBudget()
    apart = FaultSearch(root, compile_for_engine(root), WorkEstimate(root), budget, one_question=0)
    found = list(apart.faults(value, measure_value(value)))

    assert (whole.faults(value) == ()) is expected
    assert whole.accepts(value) is expected
    assert (found == []) is expected
    if not expected:
        assert all(within(fault.pointer, value) for fault in found)


def within(pointer: str, value: Json) -> bool:
    """Whether a pointer leads to something in ``value``."""
    for step in pointer.split("/")[1:]:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except LookupError:
            return False
    return True


@given(SCHEMAS, VALUES, st.integers(0, 200_000))
def test_with_any_budget_what_is_said_is_true(schema: Json, value: Json, units: int) -> None:
    root = {"$defs": {"n": True}, "allOf": [schema]}
    faults = jsonschemas.compile_schema(root).faults(value, jsonschemas.WorkBudget(units))

    if faults and faults[0].code != jsonschemas.TOO_COSTLY:
        assert not judged(root, value)
    if not faults:
        assert judged(root, value)


def test_a_value_deeper_than_the_search_can_go_is_refused_in_words() -> None:
    chain: Json = NODE
    for _ in range(12):
        chain = {"allOf": [chain, {"type": ["object", "null"]}]}
    schema = tree({"properties": {"a": chain}}, {"properties": {"a": chain}}, keyword="oneOf")

    faults = jsonschemas.compile_schema(schema).faults(nested("a", 150, None))

    assert [fault.code for fault in faults] in ([jsonschemas.TOO_COSTLY], ["oneOf"])


# -- what is estimated -----------------------------------------------------------------------------------------------


def test_work_that_doubles_at_each_level_is_seen_before_any_value_comes() -> None:
    doubling = tree({"properties": {"a": {"$ref": "#/$defs/n"}}}, {"properties": {"a": {"$ref": "#/$defs/n"}}})
    single = tree({"properties": {"a": {"$ref": "#/$defs/n"}}})

    assert WorkEstimate(doubling).find_dearest(16) > jsonschemas.COSTLY_VALUE
    assert WorkEstimate(single).find_dearest(16) < 100


def test_properties_do_not_add_up_and_alternatives_do() -> None:
    fields = {f"f{number}": {"type": "string"} for number in range(100)}
    alternatives = [{"type": "string"} for _ in range(100)]

    assert WorkEstimate({"properties": fields}).find_dearest(3) < 50
    assert WorkEstimate({"properties": {"a": {"anyOf": alternatives}}}).find_dearest(3) > 300


@pytest.mark.parametrize(
    ("pattern", "states"),
    [
        ("^[a-z]+$", 3),
        ("a{2}{3}", 6),
        ("(ab){3}c", 7),
        (r"\d{3}-\d{4}", 8),
        ("[^\\]a]{4}", 4),
        ("(", 0),
        ("a{2,50}", 50),
    ],
)
def test_counted_repetitions_of_an_expression_count(pattern: str, states: int) -> None:
    assert count_states(pattern) == states


def test_expressions_that_take_long_to_read_are_a_finding_and_not_read() -> None:
    schema = {"properties": {f"p{number}": {"pattern": r"\p{L}{90}"} for number in range(1_000)}}
    started = time.thread_time()

    assert [fault.code for fault in jsonschemas.check_schema(schema)] == ["pattern"]
    assert time.thread_time() - started < SECONDS


# -- defaults, nulls, secrets ----------------------------------------------------------------------------------------


def test_defaults_cannot_make_much_of_little() -> None:
    large = {"type": "array", "default": list(range(2_000))}
    node = {"properties": {f"p{number}": {"$ref": "#/$defs/n"} for number in range(500)} | {"d": large}}
    value = nested("p1", 50, {f"p{number}": {} for number in range(500)})

    with pytest.raises(jsonschemas.WorkExceeded):
        jsonschemas.fill_defaults({"$defs": {"n": node}, **NODE}, value)


def test_nulls_under_alternatives_are_given_up_in_time() -> None:
    point = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}
    branches = [{**point, "required": [f"r{number}"]} for number in range(300)]
    parameters = {"type": "object", "properties": {"a": {"type": "array", "items": {"oneOf": branches}}}}
    arguments = {"a": [{"x": 1, "y": None}] * 30_000}
    started = time.thread_time()

    assert jsonschemas.drop_absent_nulls(arguments, parameters) == arguments
    assert time.thread_time() - started < SECONDS


def test_hiding_takes_a_step_for_each_value_not_for_each_alternative() -> None:
    costly = a_large_value_under_two_hundred_alternatives()
    started = time.thread_time()

    hidden = redact_write_only(costly.value, costly.schema)

    assert time.thread_time() - started < 2 * SECONDS
    assert [one["s"] for one in hidden["data"]] == [REDACTED] * 50_000
    assert hidden["data"][0]["v"] == 1


def test_what_cannot_be_decided_in_time_is_hidden() -> None:
    patterns = {f"^k{number}.*secret$": {"writeOnly": True} for number in range(1_000)}
    value = {"inner": {f"k{number}": "value" for number in range(50_000)}, "plain": 1}
    started = time.thread_time()

    hidden = redact_write_only(value, {"properties": {"inner": {"patternProperties": patterns}}})

    assert time.thread_time() - started < SECONDS
    assert hidden == {"inner": REDACTED, "plain": 1}


def test_a_secret_beyond_a_thousand_alternatives_is_hidden() -> None:
    branches: Json = [{"properties": {f"p{number}": {"type": "string"}}} for number in range(1_500)]
    branches.insert(0, {"properties": {"key": {"writeOnly": True}}})

    assert redact_write_only({"key": "S", "p1": "shown"}, {"anyOf": branches}) == {"key": REDACTED, "p1": "shown"}


# -- results ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["many_constants_of_many_items", "alternatives_of_a_large_array"])
def test_a_result_is_checked_within_the_same_bounds(name: str) -> None:
    costly = BY_NAME[name]()
    text = json.dumps(costly.value, separators=(",", ":")).encode()
    outcome = Outcome(
        "success", text, duration_ms=1.0, queue_ms=1.0, failure=None, stdout="", stderr="", truncated=False
    )
    started = time.thread_time()

    end = describe_end(outcome, jsonschemas.compile_schema(costly.schema), Redactor())

    assert time.thread_time() - started < 2 * SECONDS
    assert (end["status"], end["error"]["kind"]) == ("failed", "invalid_result")
    assert end["error"]["details"]["errors"][0]["code"] == costly.code
