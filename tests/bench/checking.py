"""What ``toolcrib check`` costs a contributor: all of 1,000 tools, and the one that a branch changes.

Measured is the processor's time of the command and of all that it starts, which other programs on the machine do not
lengthen much.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.row import Row
from tests.repositories import Repo

_TOOLCRIB = str(Path(sys.executable).with_name("toolcrib"))
_TURNS = 5
_READ_ALL = (
    "import ast, pathlib, yaml\n"
    "for file in pathlib.Path('tools').glob('*/*.yaml'): yaml.load(file.read_bytes(), yaml.CSafeLoader)\n"
    "for file in pathlib.Path('tools').glob('*/*.py'): ast.parse(file.read_bytes())\n"
)


def rows(repo: Repo) -> Iterator[Row]:
    """Both figures; the newest commit of ``repo`` changes one of its 1,000 tools."""
    plain = _seconds(repo, [sys.executable, "-c", _READ_ALL])
    every = _seconds(repo, [_TOOLCRIB, "check"])
    told = f"yaml and ast alone: {plain:.2f} s"
    yield Row("toolcrib check, 1000 tools", f"{every:.2f} s of CPU", "<= 3 s", told, every <= 3)
    nothing = _seconds(repo, [_TOOLCRIB, "--version"])
    differ = _seconds(repo, ["git", "diff", "--name-only", "HEAD~1"])
    one = _seconds(repo, [_TOOLCRIB, "check", "--changed", "HEAD~1"])
    told = f"--version: {nothing:.2f} s, git diff: {differ:.2f} s"
    yield Row("toolcrib check --changed, one of 1000 tools", f"{one:.2f} s of CPU", "<= 0.5 s", told, one <= 0.5)


def _seconds(repo: Repo, command: Sequence[str]) -> float:
    """The median of several runs, after one that leaves byte-code and warm files behind."""
    # Whoever installs the command has byte-code of it; this setting of a machine would keep it from being written.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    took = []
    for _ in range(_TURNS + 1):
        began = _spent()
        done = subprocess.run(command, cwd=repo.path, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stderr[:300]}")
        took.append(_spent() - began)
    return statistics.median(took[1:])


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
