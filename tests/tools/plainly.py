"""Run one tool the plain way: a copy of its folder, a Python of its own, arguments in, result or exception out."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TOOLS = Path(__file__).parents[2] / "tools"
MARK = "\x1eresult\x1e"

_CALL_MAIN = f"""
import json, sys
import main
arguments = json.load(sys.stdin)
sys.stdout.write({MARK!r} + json.dumps(main.main(**arguments), allow_nan=False))
"""


_RAISED = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception|Warning|Found))(?:: (.*))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: its result, or the name and the words of the exception that nobody caught."""

    result: Any
    error: str | None
    message: str
    seconds: float


@cache
def manifests() -> dict[str, dict[str, Any]]:
    """Every tool's manifest by name."""
    return {
        path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted(TOOLS.glob("[a-z]*/tool.yaml"))
    }


@cache
def missing_imports(name: str) -> tuple[str, ...]:
    """The modules that the tool imports and that neither its folder nor this environment has."""
    folder = TOOLS / name
    found = {
        imported.partition(".")[0]
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for imported in _imported(node)
    }
    own = {file.stem for file in folder.glob("*.py")}
    return tuple(sorted(module for module in found - own if importlib.util.find_spec(module) is None))


def run(name: str, arguments: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> End:
    """Run the tool once. ``environment`` is added to the little that the tool gets."""
    manifest = manifests()[name]
    seconds = manifest.get("runtime", {}).get("timeout_seconds", 30)
    with tempfile.TemporaryDirectory() as scratch:
        folder = shutil.copytree(TOOLS / name, Path(scratch) / name)
        started = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "main.py"] if _is_script(name) else [sys.executable, "-c", _CALL_MAIN],
            cwd=folder,
            input=json.dumps(arguments),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env={
                "PATH": os.defpath,
                "HOME": scratch,
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
                **(environment or {}),
            },
        )
        took = time.monotonic() - started
    if ended.returncode:
        raised = list(_RAISED.finditer(ended.stderr))
        assert raised, f"{name} ended with {ended.returncode} and no exception: {ended.stderr}"
        return End(None, raised[-1][1], raised[-1][2], took)
    return End(json.loads(ended.stdout.rpartition(MARK)[2]), None, "", took)


@cache
def _is_script(name: str) -> bool:
    tree = ast.parse((TOOLS / name / "main.py").read_text(encoding="utf-8"))
    return not any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
