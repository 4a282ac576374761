"""Every example of every tool is true, also in a plain process; the sandbox runs them all once more elsewhere."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.tools.plain_run import SHARED, TOOLS, manifest_of, run_tool, with_defaults

NAMES = sorted(path.parent.name for path in TOOLS.glob("*/tool.yaml"))


def imported(folder: Path) -> Iterator[str]:
    shared = [
        path for package in manifest_of(folder.name).get("shared", []) for path in (SHARED / package).rglob("*.py")
    ]
    for path in (*folder.glob("*.py"), *shared):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]


def own_modules(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py")} | {path.name for path in SHARED.iterdir()}


def missing_packages(folder: Path) -> list[str]:
    own = own_modules(folder)
    outside = {name for name in imported(folder) if name not in own and name not in sys.stdlib_module_names}
    return sorted(name for name in outside if importlib.util.find_spec(name) is None)


def cases() -> Iterator[Any]:
    for name in NAMES:
        for example in manifest_of(name)["examples"]:
            yield pytest.param(name, example, id=f"{name}-{example['name'].replace(' ', '_')}")


@pytest.mark.parametrize(("name", "example"), list(cases()))
def test_the_example_is_true(name: str, example: dict[str, Any], tmp_path: Path) -> None:
    missing = missing_packages(TOOLS / name)
    if missing:
        pytest.skip(f"{name} needs {', '.join(missing)}, which only its own image holds")
    manifest = manifest_of(name)
    jsonschema.validate(with_defaults(manifest["parameters"], example["arguments"]), manifest["parameters"])
    run = run_tool(name, example["arguments"], tmp_path)
    if "error" in example:
        assert example["error"] == "script_error"
        assert re.match(r"(ValueError|RuntimeError): \S.{15,}", run.error or ""), run
        return
    assert run.error is None, run.error
    jsonschema.validate(run.result, manifest["returns"])
    if "matches" in example:
        jsonschema.validate(run.result, example["matches"])
    else:
        assert run.result == example["result"]


def test_packages_that_are_missing_are_declared_by_the_tool() -> None:
    in_the_base_image = {"requests", "httpx", "yaml", "jsonschema"}
    for name in NAMES:
        folder = TOOLS / name
        outside = set(imported(folder)) - own_modules(folder) - set(sys.stdlib_module_names) - in_the_base_image
        declared = (
            " ".join(manifest_of(name)["runtime"].get("dependencies", [])) + (folder / "main.py").read_text()[:300]
        )
        known_as = {"dns": "dnspython"}
        assert all(known_as.get(package, package) in declared for package in outside), (name, outside)


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_of_main_are_those_of_the_manifest(name: str) -> None:
    properties = manifest_of(name)["parameters"]["properties"]
    tree = ast.parse((TOOLS / name / "main.py").read_text())
    main = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main"), None)
    if main is None:
        return  # a script reads one object
    given = main.args.args[len(main.args.args) - len(main.args.defaults) :]
    defaults = {arg.arg: ast.literal_eval(value) for arg, value in zip(given, main.args.defaults, strict=True)}
    assert [arg.arg for arg in main.args.args] == list(properties)
    assert {key: value for key, value in defaults.items() if value is not None} == {
        key: rule["default"] for key, rule in properties.items() if "default" in rule
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_model_can_read_the_manifest(name: str) -> None:
    text = (TOOLS / name / "tool.yaml").read_text()
    manifest = manifest_of(name)
    parameters = manifest["parameters"]
    assert text.startswith("# yaml-language-server: $schema=../../schemas/tool.schema.json\n")
    assert 40 <= len(manifest["description"]) <= 1024
    assert 2 <= len(manifest["examples"]) <= 4
    assert "returns" in manifest
    assert set(manifest["annotations"]) == {"read_only", "destructive", "idempotent", "open_world"}
    assert manifest["annotations"]["open_world"] == manifest["runtime"].get("network", True)
    for rule in described(parameters):
        assert rule["description"]
    assert parameters["additionalProperties"] is False
    assert parameters["required"] is not None


def described(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every property and item below ``schema``; objects among them must be closed."""
    for rule in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield rule
        if rule.get("type") == "object":
            assert rule["additionalProperties"] is False
        yield from described(rule)


def test_between_them_the_tools_show_every_feature() -> None:
    manifests = {name: manifest_of(name) for name in NAMES}
    sources = {name: (TOOLS / name / "main.py").read_text() for name in NAMES}
    assert sum("def main(" not in source for source in sources.values()) >= 3
    assert any(source.startswith("# /// script") for source in sources.values())
    assert any("dependencies" in manifest["runtime"] for manifest in manifests.values())
    assert any("secrets" in manifest["runtime"] for manifest in manifests.values())
    assert any(len(list((TOOLS / name).glob("*.py"))) > 1 for name in NAMES)
    replaced = [manifest["replaced_by"] for manifest in manifests.values() if manifest.get("status") == "deprecated"]
    assert replaced
    assert all(name in manifests for name in replaced)
    assert len({manifest["category"] for manifest in manifests.values()}) >= 10
