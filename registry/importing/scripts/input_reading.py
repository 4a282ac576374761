"""What a script reads from standard input: questions to a person, text, JSON."""

from __future__ import annotations

import ast
from typing import Any, Final

from .constant_values import evaluate
from .docstrings import as_sentence, one_line
from .module_names import ModuleNames
from .parameters import Parameter, make_name

_TYPES: Final = {"int": "integer", "float": "number"}
_ASKING: Final = {"input", "getpass.getpass", "click.prompt", "typer.prompt", "rich.prompt.Prompt.ask"}
_JSON: Final = {"json.load", "json.loads", "orjson.loads", "ujson.load"}
_ONLY_LOOKED_AT: Final = {"isatty", "reconfigure", "encoding", "fileno", "close"}


def read_inputs(names: ModuleNames) -> list[Parameter]:
    """The parameters that stand for what comes over standard input."""
    parents = {id(child): node for node in ast.walk(names.tree) for child in ast.iter_child_nodes(node)}
    asked = [
        node for node in ast.walk(names.tree) if isinstance(node, ast.Call) and names.full_name(node.func) in _ASKING
    ]
    if asked:
        asked.sort(key=lambda node: (node.lineno, node.col_offset))
        return _answers(asked, parents, names)
    reads = [node for node in ast.walk(names.tree) if _reads_input(node, parents, names)]
    if not reads:
        return []
    optional = any(isinstance(node, ast.Attribute) and node.attr == "isatty" for node in ast.walk(names.tree))
    if any(_is_json(node, parents, names) for node in reads):
        return [
            Parameter(
                "data",
                "stdin_json",
                {"type": ["object", "array", "string", "number", "boolean"]},
                "What the script reads as JSON.",
                required=not optional,
            )
        ]
    return [Parameter("text", "stdin", {"type": "string"}, "The text that the script reads.", required=not optional)]


def _reads_input(node: ast.AST, parents: dict[int, ast.AST], names: ModuleNames) -> bool:
    if isinstance(node, ast.Call) and names.full_name(node.func) in {"fileinput.input", "click.get_text_stream"}:
        return True
    if isinstance(node, ast.Call) and names.full_name(node.func) == "open" and node.args:
        return evaluate(node.args[0], names) in (0, "/dev/stdin") and isinstance(node.args[0], ast.Constant)
    if not isinstance(node, ast.Name | ast.Attribute) or names.full_name(node) != "sys.stdin":
        return False
    parent = parents.get(id(node))
    if isinstance(parent, ast.keyword | ast.arguments):
        return False  # default=sys.stdin: what it stands for is an argument already
    return not (isinstance(parent, ast.Attribute) and parent.attr in _ONLY_LOOKED_AT)


def _is_json(node: ast.AST, parents: dict[int, ast.AST], names: ModuleNames) -> bool:
    current: ast.AST | None = node
    for _ in range(5):
        current = parents.get(id(current)) if current is not None else None
        if isinstance(current, ast.Call) and names.full_name(current.func) in _JSON:
            return True
    # `text = sys.stdin.read()` and `json.loads(text)` later
    text = {
        ast.unparse(one.targets[0])
        for one in ast.walk(names.tree)
        if isinstance(one, ast.Assign) and "stdin" in ast.unparse(one.value)
    }
    return any(
        isinstance(one, ast.Call)
        and names.full_name(one.func) in _JSON
        and one.args
        and ast.unparse(one.args[0]) in text
        for one in ast.walk(names.tree)
    )


def _answers(asked: list[ast.Call], parents: dict[int, ast.AST], names: ModuleNames) -> list[Parameter]:
    if any(_is_in_loop(node, parents) for node in asked):
        prompts = "; ".join(text for node in asked if (text := _prompt(node, names)))
        said = "The lines that the script asks for, one after the other" + (f": {prompts}" if prompts else "") + "."
        return [Parameter("answers", "answers", {"type": "array", "items": {"type": "string"}}, said, required=True)]
    found: list[Parameter] = []
    for number, node in enumerate(asked, 1):
        name, schema = _name_and_schema(node, parents, names)
        prompt = _prompt(node, names)
        name = name or (make_name(prompt)[:40] if prompt else f"answer_{number}")
        if "getpass" in names.full_name(node.func):
            schema = {**schema, "writeOnly": True}
        found.append(Parameter(make_name(name), "answer", schema, as_sentence(prompt.rstrip(" :>?")), required=True))
    return found


def _is_in_loop(node: ast.AST, parents: dict[int, ast.AST]) -> bool:
    current = parents.get(id(node))
    while current is not None and not isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
        if isinstance(current, ast.For | ast.While | ast.ListComp | ast.GeneratorExp):
            return True
        current = parents.get(id(current))
    return False


def _prompt(node: ast.Call, names: ModuleNames) -> str:
    text: Any = evaluate(node.args[0], names) if node.args else ""
    return one_line(text) if isinstance(text, str) else ""


def _name_and_schema(node: ast.AST, parents: dict[int, ast.AST], names: ModuleNames) -> tuple[str, dict[str, Any]]:
    schema: dict[str, Any] = {"type": "string"}
    current = parents.get(id(node))
    while current is not None and not isinstance(current, ast.stmt):
        if isinstance(current, ast.Call) and (kind := _TYPES.get(names.full_name(current.func))):
            schema = {"type": kind}
        current = parents.get(id(current))
    if isinstance(current, ast.Assign) and isinstance(current.targets[0], ast.Name):
        name = current.targets[0].id
        for one in ast.walk(names.tree):
            if isinstance(one, ast.Call) and one.args and ast.unparse(one.args[0]) == name:
                kind = _TYPES.get(names.full_name(one.func))
                schema = {"type": kind} if kind else schema
        return name, schema
    return "", schema
