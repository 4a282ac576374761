"""Independent judges: programs that run in environments of their own and say what is wrong with what we made.

An environment is ``.venv/judges/<name>``, made once from ``setup/judges/<name>.txt`` (hashes, no addresses), and made
anew when that file changes. A judge is the program ``<name>.py`` beside this file: JSON in, and JSON out: a list of
complaints, or what it saw.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_JUDGES = _ROOT / ".venv/judges"
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
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def environment(name: str) -> Path:
    """The Python of a judge's environment. Tests that run at once wait for the one that makes it."""
    lock = _ROOT / f"setup/judges/{name}.txt"
    folder = _JUDGES / name
    wanted = hashlib.sha256(lock.read_bytes() + f"{sys.version} {folder}".encode()).hexdigest()
    stamp = folder / "made-from"
    _JUDGES.mkdir(parents=True, exist_ok=True)
    with (_JUDGES / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
            pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--quiet"]
            _run(*pip, "--require-hashes", "--no-input", "--disable-pip-version-check", "-r", str(lock))
            stamp.write_text(wanted)
    return folder / "bin/python"


def _run(*command: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_FOR_JUDGES}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-3000:]}"
