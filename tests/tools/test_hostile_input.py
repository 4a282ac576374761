"""Input that is meant to hang, crash or escape the tools that read a language of their own.

What a tool can bound itself it bounds, and says so in a sentence. The sandbox's limits of time and memory are the last
defence for the rest: a regular expression that backtracks inside validate_json, one piece of HTML that is quadratic.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.tools.plain_run import fail, succeed
from tests.waiting import patience


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < patience(seconds)


# Arithmetic -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9",
        "2**10**9",
        "(-2)**10**9",
        "2**-(10**9)*0+10**400",
        "10.0**400",
        "1e308*10",
        "1e999",
        "factorial(10**9)",
        "factorial(161)",
        "factorial(1.5)",
        "9" * 500,
        "*".join(["9" * 90] * 5),
        "round(1, 10**9)",
        "round(1.5, -(10**9))",
        "(" * 240 + "1" + ")" * 240,
        "-" * 499 + "1",
        "+".join(["1"] * 250),
        "(-1)**0.5",
        "exp(1000)",
        "log(0)",
        "sqrt(-1)",
        "min()",
        "gcd(1.5, 2)",
        "abs(1, 2)",
        "max(*[1])",
        "pow(2, 10**9)",
        "1 if 1 else 2",
        "lambda: 1",
        "[1 for x in 1]",
        "'a' * 10**9",
        "(1).__class__",
        "__import__('os')",
        "True",
        "1j",
        "x := 1",
        "1; 2",
        "1\n2",
        "0x",
        "\0",
        "min(1, 2, key=abs)",
        "5 % 0",
        "1 << 10**9",
    ],
)
def test_arithmetic_refuses_what_is_too_big_or_is_no_arithmetic(expression: str, tmp_path: Path) -> None:
    with within(3):
        assert fail("calculate", {"expression": expression}, tmp_path).startswith("ValueError: ")


@pytest.mark.parametrize(
    ("expression", "exact"),
    [
        ("2**0.5 * 2**0.5", "2.0000000000000004"),
        ("7 // 2 + 7 % 3", "4"),
        ("-2**2", "-4"),
        ("2**-1", "0.5"),
        ("2**999", str(2**999)),
        ("sum(1, 2, 3) + max(4, 5) - gcd(12, 18)", "5"),
        ("round(2.675, 2)", "2.67"),
        ("factorial(20)", "2432902008176640000"),
        ("0**0", "1"),
    ],
)
def test_arithmetic_computes_what_is_arithmetic(expression: str, exact: str, tmp_path: Path) -> None:
    assert succeed("calculate", {"expression": expression}, tmp_path)["exact"] == exact


# SQL ------------------------------------------------------------------------------------------------------------------

TABLE: dict[str, Any] = {"name": "t", "columns": ["a"], "rows": [[1], [2]]}


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO t VALUES (3)",
        "UPDATE t SET a = 3",
        "DELETE FROM t",
        "DROP TABLE t",
        "CREATE TABLE u(a)",
        "CREATE TEMP TABLE u(a)",
        "PRAGMA database_list",
        "PRAGMA writable_schema = 1",
        "ATTACH '/tmp/x.db' AS x",
        "VACUUM INTO '{folder}/copy.db'",
        "VACUUM",
        "BEGIN",
        "REINDEX",
        "SELECT load_extension('x')",
        "SELECT * FROM pragma_database_list",
        "SELECT 1; SELECT 2",
        "WITH x AS (SELECT 1) DELETE FROM t",
        "EXPLAIN DELETE FROM t",
        "",
        "-- nothing",
        "SELECT writefile('/tmp/x', 'x')",
    ],
)
def test_a_query_that_is_more_than_reading_is_refused(query: str, tmp_path: Path) -> None:
    arguments = {"query": query.format(folder=tmp_path), "tables": [TABLE]}
    assert fail("sql_query", arguments, tmp_path).startswith("ValueError: ")
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize(
    "setup",
    [
        "ATTACH '{folder}/x.db' AS x",
        "VACUUM INTO '{folder}/x.db'",
        "PRAGMA hard_heap_limit = 0",
        "PRAGMA temp_store_directory = '{folder}'",
        "SELECT load_extension('x')",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "CREATE VIRTUAL TABLE v USING fts5(a)",
        "DROP TABLE t",
    ],
)
def test_the_script_that_makes_tables_reaches_nothing_else(setup: str, tmp_path: Path) -> None:
    arguments = {"query": "SELECT 1", "tables": [TABLE], "setup_sql": setup.format(folder=tmp_path)}
    assert fail("sql_query", arguments, tmp_path).startswith("ValueError: ")
    assert not (tmp_path / "x.db").exists()


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "


def test_a_query_without_end_is_stopped(tmp_path: Path) -> None:
    with within(14):
        assert "ran longer than 8 s" in fail("sql_query", {"query": ENDLESS + "SELECT sum(i) FROM n"}, tmp_path)


def test_rows_without_end_are_cut(tmp_path: Path) -> None:
    result = succeed("sql_query", {"query": ENDLESS + "SELECT i FROM n", "max_rows": 3}, tmp_path)
    assert (result["rows"], result["truncated"]) == ([[1], [2], [3]], True)


def test_a_query_that_wants_all_memory_is_refused(tmp_path: Path) -> None:
    greedy = ENDLESS + "SELECT group_concat(randomblob(1000000)) FROM n"
    with within(14):
        assert fail("sql_query", {"query": greedy}, tmp_path).startswith("ValueError: ")
    hoarding = ENDLESS + "SELECT count(*) FROM (SELECT DISTINCT randomblob(100000) AS b FROM n LIMIT 1000000)"
    with within(14):
        assert "MiB" in fail("sql_query", {"query": hoarding}, tmp_path)
    assert "too big" in fail("sql_query", {"query": "SELECT zeroblob(2000000000)"}, tmp_path)


def test_long_cells_and_odd_values_come_out_bounded(tmp_path: Path) -> None:
    query = "SELECT hex(zeroblob(9000)) AS long, x'00ff' AS bytes, 9e999 AS endless, NULL AS none"
    result = succeed("sql_query", {"query": query}, tmp_path)
    assert result["rows"] == [["0" * 4000, "00ff", "inf", None]]
    assert result["truncated"] is True


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"name": "t"}, "needs either csv"),
        ({"name": "t", "csv": "a\n1", "columns": ["a"], "rows": []}, "needs either csv"),
        ({"name": "t", "columns": ["a"], "rows": [[1, 2]]}, "has 2 values for 1 columns"),
        ({"name": "t", "csv": "a,A\n1,2"}, "names a column twice"),
        ({"name": "t", "csv": ""}, "is empty"),
        ({"name": "t", "columns": [], "rows": []}, "has no columns"),
        ({"name": "t", "columns": ["a"], "rows": [[10**30]]}, "SQLite refused"),
    ],
)
def test_a_table_that_is_not_well_described_is_refused(table: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in fail("sql_query", {"query": "SELECT 1", "tables": [table]}, tmp_path)


def test_names_of_columns_cannot_carry_sql(tmp_path: Path) -> None:
    name = 'a"); DROP TABLE t; --'
    arguments = {"query": "SELECT * FROM t", "tables": [{"name": "t", "columns": [name], "rows": [[1]]}]}
    assert succeed("sql_query", arguments, tmp_path)["columns"] == [name]


# Regular expressions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(.*,)*x", "(?:a?){40}a{40}$"])
def test_a_pattern_that_backtracks_without_end_is_stopped(pattern: str, tmp_path: Path) -> None:
    text = "a" * 39 + "!" if "," not in pattern else "a," * 40
    with within(9):
        assert "longer than 5 s" in fail("regex_extract", {"text": text, "pattern": pattern}, tmp_path)


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "(" * 500, "(?P<a>x)(?P<a>y)", "\\", "(?<=a*)b"])
def test_a_pattern_that_is_none_is_explained(pattern: str, tmp_path: Path) -> None:
    assert fail("regex_extract", {"text": "a", "pattern": pattern}, tmp_path).startswith("ValueError: The pattern")


def test_matches_are_cut_by_number_and_by_size(tmp_path: Path) -> None:
    empty = succeed("regex_extract", {"text": "x" * 5000, "pattern": "", "max_matches": 1000}, tmp_path)
    assert (len(empty["matches"]), empty["truncated"]) == (1000, True)
    long = succeed("regex_extract", {"text": "x" * 400_000, "pattern": "(x{3999})", "max_matches": 1000}, tmp_path)
    assert long["truncated"] is True
    assert {len(match["match"]) for match in long["matches"]} == {1000}


# JMESPath -------------------------------------------------------------------------------------------------------------

needs_jmespath = pytest.mark.skipif(importlib.util.find_spec("jmespath") is None, reason="jmespath is not installed")


@needs_jmespath
def test_a_query_that_multiplies_its_document_is_cut(tmp_path: Path) -> None:
    arguments = {"document": "[1, 2, 3]", "expression": " | ".join(["[@, @]"] * 60)}
    with within(5):
        result = succeed("json_query", arguments, tmp_path)
    assert result == {"result": None, "type": "array", "truncated": True}


@needs_jmespath
@pytest.mark.parametrize("expression", ["a[", "nope(@)", "length(`1`)", "(" * 900, "@." * 400, "a\0", 'sum(`["a"]`)'])
def test_an_expression_that_is_none_is_explained(expression: str, tmp_path: Path) -> None:
    assert fail("json_query", {"document": "{}", "expression": expression}, tmp_path).startswith("ValueError: ")


@needs_jmespath
@pytest.mark.parametrize("document", ["{", "NaN", "[" * 100_000, "\ufeff{}", "'a'"])
def test_a_document_that_is_no_json_is_explained(document: str, tmp_path: Path) -> None:
    assert "document is" in fail("json_query", {"document": document, "expression": "@"}, tmp_path)


# HTML -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        "<" * 900_000,
        "<!--" * 200_000,
        "<!" * 400_000,
        "<a " * 300_000,
        "<a b='" * 150_000,
        "</" * 400_000,
        "<?" * 400_000,
        "<script>" + "</scrip" * 120_000,
        "<div>" * 180_000,
        "<div hidden>" * 75_000,
        "&" * 900_000,
        "&#" * 400_000,
        "<![CDATA[" * 100_000,
        " " * 900_000,
        "\n \t" * 300_000,
        "<pre>" + "\n" * 800_000,
    ],
    ids=lambda html: html[:8].strip().replace("<", "lt"),
)
def test_html_that_is_made_to_be_slow_ends_in_time(html: str, tmp_path: Path) -> None:
    with within(15):
        result = succeed("page_to_text", {"html": html}, tmp_path)
    assert len(result["text"]) <= 20_000


def test_hidden_parts_and_broken_nesting_do_not_swallow_the_rest(tmp_path: Path) -> None:
    html = (
        "<p hidden>no<p>one <div style='display: none'>no<div>no</div></div>two</b></div><select><option>no</select>"
        "<table><tr><td>a<td>b<tr><td>c</table><template>no</template><svg><title>no</title></svg>three"
    )
    assert succeed("page_to_text", {"html": html}, tmp_path)["text"] == "one two\n\na | b\nc\n\nthree"


# YAML, schemas, dates, the rest ---------------------------------------------------------------------------------------


def test_yaml_that_its_aliases_blow_up_is_refused(tmp_path: Path) -> None:
    lists = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    merges = "a0: &a0 {k: v}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
    )
    for bomb in (lists, merges):
        with within(5):
            said = fail("convert_data", {"text": bomb, "source": "yaml", "target": "json"}, tmp_path)
        assert "aliases written out" in said
    circle = {"text": "a: &a [*a]", "source": "yaml", "target": "json"}
    assert "contains itself" in fail("convert_data", circle, tmp_path)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("!!python/object/apply:os.getcwd []", "yaml"),
        ("{" * 50_000, "json"),
        ("[" * 3_000, "yaml"),
        ("? [a]\n: b", "yaml"),
        ("a: 2026-99-99", "yaml"),
        ("a = [" * 5_000, "toml"),
        ("\x07", "yaml"),
    ],
)
def test_documents_that_cannot_be_read_are_explained(text: str, source: str, tmp_path: Path) -> None:
    with within(10):
        said = fail("convert_data", {"text": text, "source": source, "target": "json"}, tmp_path)
    assert said.startswith("ValueError: ")


@pytest.mark.parametrize(
    "schema",
    [
        '{"$ref": "file:///etc/passwd"}',
        '{"properties": {"a": {"$ref": "other.json"}}}',
        '{"$ref": "#"}',
        '{"$ref": "#/nowhere"}',
        '{"type": "nonsense"}',
        '{"pattern": "("}',
        "[]",
        "1",
        "{",
        "[" * 100_000,
    ],
)
def test_schemas_that_are_not_usable_are_explained(schema: str, tmp_path: Path) -> None:
    with within(10):
        assert fail("validate_json", {"document": '"a"', "schema": schema}, tmp_path).startswith("ValueError: ")


def test_an_identifier_in_the_schema_makes_nothing_be_fetched(tmp_path: Path) -> None:
    schema = '{"$id": "http://127.0.0.1:1/s", "$ref": "#/$defs/a", "$defs": {"a": {"const": {"id": "x"}}}}'
    assert succeed("validate_json", {"document": '{"id": "x"}', "schema": schema}, tmp_path)["valid"] is True


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("date_arithmetic", {"start": "2026-01-01", "years": 5000, "months": 60000}),
        ("date_arithmetic", {"start": "0001-01-01T00:00:00+14:00", "seconds": -1}),
        ("date_difference", {"start": "2026-02-30", "end": "now"}),
        ("time_zone_convert", {"time": "0001-01-01T00:00:00Z", "to_zones": ["America/New_York"]}),
        ("time_zone_convert", {"time": "now", "to_zones": ["../../etc/passwd"]}),
        ("cron_next_runs", {"expression": "* * * *"}),
        ("cron_next_runs", {"expression": "*/0 * * * *"}),
        ("cron_next_runs", {"expression": "5-1 * * * *"}),
        ("cron_next_runs", {"expression": "0 0 * * MOO"}),
        ("cron_next_runs", {"expression": "0 0 L * ?"}),
        ("subnet_calculator", {"network": "10.0.0.0/8", "new_prefix": 7}),
        ("subnet_calculator", {"network": "10.0.0.0/8", "contains": ["nonsense"]}),
        ("jwt_decode", {"token": "a.b.c.d.e"}),
        ("jwt_decode", {"token": "W10.W10.x"}),
        ("text_diff", {"before": "\n" * 6000, "after": ""}),
        ("dns_lookup", {"host": "http://example.com/"}),
        ("dns_lookup", {"host": "x" * 64 + ".example"}),
    ],
)
def test_arguments_that_make_no_sense_are_explained(name: str, arguments: dict[str, Any], tmp_path: Path) -> None:
    with within(10):
        assert fail(name, arguments, tmp_path).startswith("ValueError: ")


def test_a_network_of_every_size_is_answered_at_once(tmp_path: Path) -> None:
    result = succeed("subnet_calculator", {"network": "::/0", "new_prefix": 128}, tmp_path)
    assert (len(result["subnets"]), result["subnet_count"]) == (256, str(2**128))


def test_texts_that_are_hard_to_compare_end_within_the_tool_s_time(tmp_path: Path) -> None:
    before = "\n".join(str(number % 97) for number in range(5000))
    after = "\n".join(str(number * 31 % 97) for number in range(5000))
    with within(25):
        assert succeed("text_diff", {"before": before, "after": after}, tmp_path)["equal"] is False


@pytest.mark.parametrize(
    "text", ["a" * 900_000, "1" * 900_000, "- " * 450_000, "1." * 450_000, "f" * 11 + "\n" * 800_000]
)
def test_logs_that_are_one_line_or_nothing_are_summed_up_in_time(text: str, tmp_path: Path) -> None:
    with within(10):
        assert succeed("log_summary", {"text": text}, tmp_path)["lines"] == 1


@pytest.mark.parametrize("text", ['"' * 300_001, "," * 900_000, "a\n" * 450_000, "\0,\0", '"a\nb'])
def test_csv_of_odd_shape_is_summed_up_in_time(text: str, tmp_path: Path) -> None:
    with within(15):
        result = succeed("csv_summary", {"csv": text}, tmp_path)
    assert len(result["columns"]) <= 100
