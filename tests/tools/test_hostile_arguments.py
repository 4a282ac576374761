"""Arguments whose cost hides behind a small size: each tool gives up in time, and says so in a sentence."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.tools.plain_run import TOOLS, fail, manifest_of, run_tool, succeed
from tests.tools.test_examples_run_plainly import missing_packages
from tests.waiting import patience


def refused(name: str, arguments: dict[str, Any], folder: Path) -> str:
    """What the tool says where it refuses; the plain run itself fails a tool that exceeds its own limit."""
    if missing := missing_packages(TOOLS / name):
        pytest.skip(f"{name} needs {', '.join(missing)}, which only its own image holds")
    started = time.monotonic()
    said = fail(name, arguments, folder)
    assert time.monotonic() - started < patience(manifest_of(name)["runtime"]["timeout_seconds"])
    assert said.startswith("ValueError: "), said
    assert len(said) < 1500
    assert "sys." not in said, "the words of Python's insides help nobody"
    return said


COUNTING = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


def test_sql_that_cannot_be_interrupted_is_given_up(tmp_path: Path) -> None:
    """SQLite asks its progress handler once in a thousand instructions; these few take some 30 s together."""
    slow = (f"instr(printf('%.*c', 999000, 'a'), printf('%.*c', 499000, 'a') || '{end}')" for end in "bcdef")
    assert "use shorter values" in refused("sql_query", {"query": f"SELECT {', '.join(slow)}"}, tmp_path)


SETUP_SQL = {
    "another database": "ATTACH '{folder}/x' AS y;",
    "a pragma": "PRAGMA writable_schema = 1;",
    "a virtual table": "CREATE VIRTUAL TABLE v USING fts5(a);",
    "a trigger": "CREATE TABLE a (b); CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO a VALUES (1); END;",
    "rows without end": f"CREATE TABLE a (b); {COUNTING} INSERT INTO a SELECT x FROM c;",
}


@pytest.mark.parametrize("setup_sql", SETUP_SQL.values(), ids=SETUP_SQL)
def test_the_setup_makes_tables_and_nothing_else(setup_sql: str, tmp_path: Path) -> None:
    refused("sql_query", {"query": "SELECT 1", "setup_sql": setup_sql.replace("{folder}", str(tmp_path))}, tmp_path)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["sql_query", "csv_summary"])
def test_line_ends_within_quoted_cells_are_kept(name: str, tmp_path: Path) -> None:
    text = 'a,b\n"x\ny\u2028z",2\n'
    if name == "sql_query":
        tables = [{"name": "t", "csv": text}]
        assert succeed(name, {"query": "SELECT * FROM t", "tables": tables}, tmp_path)["rows"] == [["x\ny\u2028z", 2]]
    else:
        result = succeed(name, {"csv": text}, tmp_path)
        assert (result["rows"], result["columns"][0]["top"][0]["value"]) == (1, "x\ny\u2028z")


JMESPATH = {
    "a document without end": ("[" * 100_000, "@"),
    "a number without end": ("9" * 5000, "@"),
    "an infinite number": ("1e999", "@"),
    "an expression that multiplies": (json.dumps(list(range(3000))), "|".join(["[@,@,@,@,@,@,@,@,@,@][]"] * 9)),
    "many copies": (json.dumps(list(range(100_000))), "[*].[" + ",".join(["@"] * 400) + "]"),
}


@pytest.mark.parametrize(("document", "expression"), JMESPATH.values(), ids=JMESPATH)
def test_jmespath_is_refused_or_stopped(document: str, expression: str, tmp_path: Path) -> None:
    refused("json_query", {"document": document, "expression": expression}, tmp_path)


def test_a_long_selection_is_left_out(tmp_path: Path) -> None:
    if missing_packages(TOOLS / "json_query"):
        pytest.skip("json_query needs jmespath, which only its own image holds")
    result = succeed("json_query", {"document": json.dumps(["x" * 300_000]), "expression": "[0]"}, tmp_path)
    assert result == {"result": None, "type": "string", "truncated": True}


PAGES = {
    "tags that never end": "<a " * 250_000,
    "deep elements": "<div>" * 150_000,
    "a script that never ends": "<script>" + "</scrip" * 100_000,
    "a number without end": "&#" + "9" * 5000 + ";",
    "surrogates and zero": "&#xD800; &#0;",
}


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_any_page_becomes_bounded_text(html: str, tmp_path: Path) -> None:
    result = succeed("page_to_text", {"html": html, "max_characters": 1000}, tmp_path)
    assert len(result["text"]) <= 1000


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_the_deprecated_reader_ends_as_well(html: str, tmp_path: Path) -> None:
    run = run_tool("strip_html", {"html": html[:200_000]}, tmp_path)
    assert run.error is None or "in time" in run.error


YAML = {
    "a document that contains itself": "&a [*a]",
    "depth": "[" * 5000,
    "a Python object": "!!python/object/apply:os.system ['id']",
    "a list as a key": "? [1]\n: 2",
    "a date that does not exist": "2026-13-45",
    "a number without end": "9" * 10_000,
    "a hexadecimal number without end": "0x" + "f" * 20_000,
    "a surrogate": "\ud800",
}


@pytest.mark.parametrize("text", YAML.values(), ids=YAML)
def test_yaml_is_refused_before_it_grows(text: str, tmp_path: Path) -> None:
    refused("convert_data", {"text": text, "source": "yaml", "target": "json"}, tmp_path)


SCHEMAS = {
    "a pattern that backtracks": ({"pattern": "^(a+)+$"}, '"' + "a" * 60 + 'b"'),
    "a schema that is itself": ({"$ref": "#"}, "1"),
    "references that multiply": (
        {
            "allOf": [{"$ref": "#/$defs/b"}] * 60,
            "$defs": {
                "b": {"allOf": [{"$ref": "#/$defs/c"}] * 60},
                "c": {"allOf": [{"$ref": "#/$defs/d"}] * 60},
                "d": {"allOf": [{"type": "integer"}] * 60},
            },
        },
        "1",
    ),
    "unique items of many objects": ({"uniqueItems": True}, json.dumps([{"a": n} for n in range(12_000)])),
    "a file": ({"$ref": "file:///etc/passwd"}, "1"),
    "a server": ({"$dynamicRef": "http://127.0.0.1:1/"}, "1"),
    "a number without end": (True, "9" * 5000),
}


@pytest.mark.parametrize(("schema", "document"), SCHEMAS.values(), ids=SCHEMAS)
def test_schemas_are_refused_or_stopped(schema: object, document: str, tmp_path: Path) -> None:
    refused("validate_json", {"schema": json.dumps(schema), "document": document}, tmp_path)


def test_a_token_with_a_time_beyond_all_bounds_is_shown(tmp_path: Path) -> None:
    parts = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b"{}", b'{"exp":1e999,"iat":1e300}')]
    result = succeed("jwt_decode", {"token": ".".join([*parts, "x"])}, tmp_path)
    assert (result["claims"], result["times"], result["expired"]) == ({"exp": "1e999", "iat": 1e300}, {}, None)
