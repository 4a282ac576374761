"""The first example of an imported tool: arguments that a person would try first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from .constant_values import UNKNOWN
from .module_names import ModuleNames
from .parameters import Parameter

_PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mMwTpuJFTEMLQkAyvtMgX0NuLUAAAAASUVORK5CYII="
_BASE64: Final = "SGVsbG8gd29ybGQ="
_ZIP: Final = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="
_BY_NAME: Final[tuple[tuple[str, Any], ...]] = (
    (r"(^|_)urls?$|(^|_)(uri|link|endpoint|website)$", "https://example.com"),
    (r"e?mail", "ada@example.com"),
    (r"(^|_)(from|start|begin|since|after)(_date|_day)?_?$|(^|_)start_?date", "2026-01-01"),
    (r"(^|_)(to|end|until|before)(_date|_day)?_?$|(^|_)end_?date", "2026-01-31"),
    (r"date|(^|_)day$|birth|(^|_)when$|deadline", "2026-01-15"),
    (r"month", "2026-01"),
    (r"year", "2026"),
    (r"(^|_)time$", "12:30"),
    (r"time_?zone|(^|_)tz$|(^|_)zone$", "Europe/Berlin"),
    (r"(^|_)host(s|name)?$|server|domain", "localhost"),
    (r"(^|_)ip(_?addr(ess)?)?$|address", "127.0.0.1"),
    (r"cidr|network|subnet", "192.0.2.0/28"),
    (r"port", "443"),
    (r"regex|pattern|(^|_)expr(ession)?$", "[a-z]+"),
    (r"sql|(^|_)query$|statement", "SELECT 1 AS one"),
    (r"json", '{"name": "Ada", "value": 1}'),
    (r"yaml|yml", "name: Ada\nvalue: 1\n"),
    (r"xml", "<root><item>1</item></root>"),
    (r"html", "<p>Hello <b>world</b></p>"),
    (r"markdown|(^|_)md$", "# Title\n\nSome *text*.\n"),
    (r"csv", "name,value\nAda,1\nBob,2\n"),
    (r"(^|_)(db|database)(_|$)", ":memory:"),
    (r"currency", "EUR"),
    (r"country", "DE"),
    (r"lang", "en"),
    (r"colou?r", "#336699"),
    (r"(^|_)unit", "km"),
    (r"(^|_)(dir|directory|folder|path|root)$", "/tmp"),  # noqa: S108 -- the sandbox's own
    (r"(^|_)(file|filename)$", "example.txt"),
    (r"amount|price|total|number|(^|_)num|count|value|size|rate|(^|_)n$", "10"),
    (r"(^|_)(user|name|author|customer|person)", "Ada"),
    (r"uuid|guid", "123e4567-e89b-42d3-a456-426614174000"),
    (r"version", "1.2.3"),
    (r"cron|schedule", "*/5 * * * *"),
    (r"level", "INFO"),
    (r"word|term|keyword|needle", "error"),
)
_BY_WORDS: Final = (
    (r"time ?zone|\bzone\b", "Europe/Berlin"),
    (r"\burl\b|web address|link to", "https://example.com"),
    (r"\be-?mail\b", "ada@example.com"),
    (r"\bdate\b|yyyy-mm-dd|iso 8601", "2026-01-15"),
    (r"\bregex\b|regular expression|\bpattern\b", "[a-z]+"),
    (r"\bip address\b", "127.0.0.1"),
    (r"host ?name", "localhost"),
    (r"\b(directory|folder)\b", "/tmp"),  # noqa: S108 -- the sandbox's own
    (r"\bcron\b", "*/5 * * * *"),
    (r"\bnumber of\b|how many|seconds|percent", "3"),
)
"""By what its description says, where its name says nothing."""
_FORMATS: Final = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T12:30:00+00:00",
    "time": "12:30:00",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "email": "ada@example.com",
    "uri": "https://example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "regex": "[a-z]+",
}
_LOG: Final = (
    "2026-01-15 12:30:00 INFO service started\n"
    "2026-01-15 12:30:05 ERROR connection to 192.0.2.7 failed\n"
    '192.0.2.7 - - [15/Jan/2026:12:30:07 +0000] "GET /index.html HTTP/1.1" 200 512\n'
)
_TEXTS: Final = {
    ".json": '[{"id": 1, "name": "Ada", "value": 10}]',
    ".yaml": "name: Ada\nvalue: 1\n",
    ".toml": 'name = "Ada"\nvalue = 1\n',
    ".xml": "<root><item>1</item></root>",
    ".html": "<html><body><h1>Title</h1><table><tr><th>a</th></tr><tr><td>1</td></tr></table></body></html>",
    ".md": "# Title\n\nSome *text*.\n",
    ".ini": "[section]\nname = Ada\n",
    ".env": "NAME=Ada\n",
}
_ENDINGS: Final = ("csv", "json", "html", "png", "xlsx", "md", "pdf", "yaml")
_MOST_COLUMNS: Final = 12
_BY_COLUMN: Final = {"groupby", "sort_values", "dropna", "drop_duplicates", "set_index", "get"}
_LONGEST_COLUMN: Final = 40
_COLUMN: Final = re.compile(r"column|(^|_)(col|field|by|key|group|group_by|sort|sort_by|metric)(_|\b|$)")


def make_example(
    parameters: Iterable[Parameter], said: Mapping[str, Any], modules: Sequence[ModuleNames]
) -> dict[str, Any]:
    """Arguments for what must be given, and for what the script's own call gives (``said``, by the script's names).

    ``modules`` are the script and its helpers: a table is as the first of them has it that names columns.
    """
    found: dict[str, Any] = {}
    names = next((one for one in modules if list_columns(one)), modules[0])
    columns = list_columns(names)
    any_required = any(one.required for one in parameters)
    for one in parameters:
        given = said.get(one.source or one.name, UNKNOWN)
        if given is not UNKNOWN and given is not None and one.file is None:
            found[one.name] = given
        elif one.required or one.giving == "positions" or (one.giving == "rest" and not any_required):
            found[one.name] = sample(one, columns, names)
    _agree_on_columns(found, parameters, columns)
    return found


def _agree_on_columns(found: dict[str, Any], parameters: Iterable[Parameter], columns: list[str]) -> None:
    """Where a table is given, and a parameter names one of its columns, there is such a column."""
    tables = [one for one in parameters if one.file == "text" and isinstance(found.get(one.name), str)]
    header = columns or ["name", "value"]
    if not any(found[one.name].startswith((",".join(header), "\t".join(header))) for one in tables):
        return
    for one in parameters:
        plain = one.required and one.schema == {"type": "string"}
        if plain and _COLUMN.search(f"{one.name} {one.description}".lower()):
            numeric = re.search(r"sum|value|amount|column|metric|numeric|(^|_)y(_|$)", one.name)
            found[one.name] = header[-1] if numeric and "group" not in one.name else header[0]


def sample(one: Parameter, columns: list[str], names: ModuleNames) -> Any:  # noqa: PLR0911 -- one for each giving
    """A value that a parameter may have."""
    if one.file == "folder":
        return {"example.txt": _LOG, "other.txt": "Hello world\n"}
    if one.file in {"text", "bytes"}:
        content = _text_for(one, columns, names) if one.file == "text" else _bytes_for(one)
        return [content] if one.schema.get("type") == "array" else content
    if one.file == "output":
        return _output_name(one)
    if one.default is not UNKNOWN and one.default is not None and one.giving != "positions":
        return one.default
    if one.giving == "environment":
        return _text({}, one.name, "such as example")
    if one.giving == "stdin":
        return _text_for(one, columns, names)
    if one.giving == "stdin_json":
        return {column: _cell(column, 0) for column in columns} if columns else [{"id": 1, "name": "Ada", "value": 10}]
    if one.giving == "answers":
        return ["1", "2", "q"]
    return sample_schema(one.schema, one.name, f"{one.description} {one.dest}")


def sample_schema(schema: Mapping[str, Any], name: str, words: str = "") -> Any:  # noqa: PLR0911 -- one for each kind
    """A value that a schema allows, by the parameter's name where the schema leaves it open."""
    if "enum" in schema:
        return schema["enum"][0]
    if "default" in schema:
        return schema["default"]
    if "anyOf" in schema:
        return sample_schema(schema["anyOf"][0], name, words)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        return _number(schema, name, kind)
    if kind == "array":
        return _items(schema, name, words)
    if kind == "object":
        return _object(schema)
    return _text(schema, name, words)


def list_columns(names: ModuleNames) -> list[str]:
    """The names that a script looks up in rows: ``row["amount"]``, ``df["amount"]``, ``groupby("region")``."""
    found: list[str] = []
    for node in ast.walk(names.tree):
        texts: list[ast.AST] = []
        if isinstance(node, ast.Subscript) and names.full_name(node.value) not in {"os.environ", "sys.argv"}:
            texts = list(node.slice.elts) if isinstance(node.slice, ast.List | ast.Tuple) else [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _BY_COLUMN:
            away = names.full_name(node.func.value).startswith(("os.", "requests", "httpx"))
            texts = [] if away else [*node.args[:1]]
            texts += [one.value for one in node.keywords if one.arg in {"subset", "by", "columns"}]
        for text in texts:
            inner = text.elts if isinstance(text, ast.List) else [text]
            found += [one.value for one in inner if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [one for one in dict.fromkeys(found) if one and len(one) <= _LONGEST_COLUMN and "\n" not in one][
        :_MOST_COLUMNS
    ]


def _text_for(one: Parameter, columns: list[str], names: ModuleNames) -> str:
    hint = f"{one.name} {one.description}".lower()
    suffix = one.suffix
    modules = set(names.imports.values())
    for word, ending in (
        ("csv", ".csv"),
        ("json", ".json"),
        ("yaml", ".yaml"),
        ("xml", ".xml"),
        ("html", ".html"),
        ("markdown", ".md"),
        ("toml", ".toml"),
    ):
        if suffix == ".txt" and (word in hint or word in modules):
            suffix = ending
            break
    if suffix in {".csv", ".tsv"}:
        header = columns or ["name", "value"]
        rows = [header, *[[_cell(column, row) for column in header] for row in range(3)]]
        return "\n".join(("\t" if suffix == ".tsv" else ",").join(row) for row in rows) + "\n"
    if suffix == ".json" and columns:
        import json  # noqa: PLC0415

        item = {column: _cell(column, 0) for column in columns}
        return json.dumps(item if _is_looked_up_directly(names) else [item])
    return _TEXTS.get(suffix, _LOG)


def _is_looked_up_directly(names: ModuleNames) -> bool:
    """Whether the document itself is looked into, not each of its items."""
    loops = [node for node in ast.walk(names.tree) if isinstance(node, ast.For | ast.comprehension)]
    loaded = {
        node.targets[0].id
        for node in ast.walk(names.tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and "json.load" in ast.unparse(node.value)
    }
    return not any(isinstance(one.iter, ast.Name) and one.iter.id in loaded for one in loops)


def _bytes_for(one: Parameter) -> str:
    import base64  # noqa: PLC0415

    if one.suffix in {".png", ".jpg", ".jpeg", ".gif"}:
        return _PNG
    return _ZIP if one.suffix == ".zip" else base64.b64encode(_LOG.encode()).decode()


def _output_name(one: Parameter) -> str:
    if isinstance(one.default, str) and one.default:
        return one.default
    if one.suffix not in {".txt", ".bin", ""}:
        return f"output{one.suffix}"
    words = f"{one.name} {one.description}".lower()
    return f"output.{next((ending for ending in _ENDINGS if ending in words), 'txt')}"


def _cell(column: str, row: int) -> str:
    word = column.lower()
    for pattern, value in (
        (r"e?mail", f"person{row}@example.com"),
        (r"date|(^|_)day$|_at$|time", f"2026-01-{15 + row:02d}"),
        (
            r"(^|_)(name|customer|user|product|region|country|city|category|type|status|title|department|team)$",
            "abc"[row % 3],
        ),
    ):
        if re.search(pattern, word):
            return value
    return str((row + 1) * 10)


def _number(schema: Mapping[str, Any], name: str, kind: str) -> Any:
    low, high = schema.get("minimum"), schema.get("maximum")
    above = schema.get("exclusiveMinimum")
    value: float = 10
    if "port" in name:
        value = 443
    elif re.search(r"year(?!s)", name):
        value = 2026
    elif re.search(
        r"month|day|years|(^|_)(page|index|times|count|workers|threads|depth|seconds?|timeout|delay|interval)$", name
    ):
        value = 3
    if isinstance(above, int | float) and value <= above:
        value = above + 1
    if isinstance(low, int | float) and value < low:
        value = low
    if isinstance(high, int | float) and value > high:
        value = high
    return int(value) if kind == "integer" else value


def _items(schema: Mapping[str, Any], name: str, words: str) -> list[Any]:
    items = schema.get("items")
    inner = items if isinstance(items, dict) else {}
    count = max(int(schema.get("minItems", 0)), 2 if inner.get("type") in {"integer", "number"} else 1)
    singular = name.removesuffix("s") if not name.endswith("ss") else name
    if not inner:
        return [1, 2, 3][: min(max(count, 1), int(schema.get("maxItems", 3)))]
    values = [sample_schema(inner, singular, words) for _ in range(min(count, 10))]
    if inner.get("type") in {"integer", "number"} and "enum" not in inner and len(values) > 1:
        values = [value + step for step, value in enumerate(values)]
    return values if not schema.get("uniqueItems") else list({repr(one): one for one in values}.values())


def _object(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties")
    if isinstance(properties, dict):
        wanted = schema.get("required", [])
        return {name: sample_schema(one, name) for name, one in properties.items() if name in wanted}
    extra = schema.get("additionalProperties")
    return {"key": sample_schema(extra, "value")} if isinstance(extra, dict) and extra else {"key": "value"}


def _text(schema: Mapping[str, Any], name: str, words: str) -> str:
    if schema.get("contentEncoding") == "base64" or re.search(r"base64|(^|_)b64(_|$)", name.lower()):
        return _PNG if re.search(r"image|img|picture|photo|png|logo|icon", f"{name} {words}".lower()) else _BASE64
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    for pattern, value in _BY_NAME:
        if re.search(pattern, name.lower()):
            return str(value)
    for pattern, value in _BY_WORDS:
        if re.search(pattern, words.lower()):
            return value
    found = re.search(r"\b(?:e\.g\.|such as|for example|example:|eg)[ :,]*[`'\"]?([\w./:@%+-]{1,60})", words)
    text = found[1].rstrip(".,") if found else "Hello world"
    most = schema.get("maxLength")
    return text[:most] if isinstance(most, int) else text
