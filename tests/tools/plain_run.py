"""Run a tool of this repository in a plain process, without the sandbox: quick, and with nothing of the service."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.waiting import patience

TOOLS = Path(__file__).parents[2] / "tools"
SHARED = TOOLS / "_shared"
_CALL = """
import json, sys
sys.path.insert(0, "")
from main import main
value = main(**json.load(sys.stdin))
json.dump(value, sys.stdout, allow_nan=False)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended: its result, or what it raised (the last line of its traceback)."""

    result: Any
    error: str | None


def manifest_of(name: str) -> dict[str, Any]:
    """The tool's manifest, with every key that is left out absent."""
    manifest = yaml.safe_load((TOOLS / name / "tool.yaml").read_text())
    assert isinstance(manifest, dict)
    return manifest


def copy_tool(name: str, folder: Path) -> Path:
    """A copy of the tool in ``folder``, with its shared packages beside its files as in a sandbox."""
    copy = shutil.copytree(TOOLS / name, folder / name)
    for package in manifest_of(name).get("shared", []):
        shutil.copytree(SHARED / package, copy / package)
    return copy


def run_tool(
    name: str,
    arguments: Mapping[str, Any],
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run the tool in a copy of its folder at ``folder``, with no environment but what is given, within its limit."""
    copy = folder / name
    if not copy.exists():
        copy_tool(name, folder)
    manifest = manifest_of(name)
    script = "def main(" not in (copy / "main.py").read_text()
    ended = subprocess.run(
        [sys.executable, "-B", *(["main.py"] if script else ["-c", _CALL])],
        input=json.dumps(with_defaults(manifest["parameters"], arguments)),
        capture_output=True,
        text=True,
        cwd=copy,
        env={
            "PATH": os.defpath,
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),  # packages that only some tools need may be given there
            **(environment or {}),
        },
        timeout=patience(manifest["runtime"]["timeout_seconds"]),
        check=False,
    )
    if ended.returncode:
        return Run(None, ended.stderr.strip().splitlines()[-1])
    return Run(json.loads(ended.stdout), None)


def with_defaults(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as a tool receives them: with the defaults of the manifest."""
    defaults = {name: rule["default"] for name, rule in schema["properties"].items() if "default" in rule}
    return {**defaults, **arguments}


def succeed(name: str, arguments: Mapping[str, Any], folder: Path, **more: Any) -> Any:
    """The result of a run that must succeed."""
    run = run_tool(name, arguments, folder, **more)
    assert run.error is None, run.error
    return run.result


def fail(name: str, arguments: Mapping[str, Any], folder: Path, **more: Any) -> str:
    """What a run raised that must fail."""
    run = run_tool(name, arguments, folder, **more)
    assert run.error is not None, f"{name} succeeded with {str(run.result)[:500]}"
    return run.error
