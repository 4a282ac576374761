"""A tool's own subprocesses have what the tool has: its dependencies, their commands, its encodings and its filters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runner import Settings, open_runner
from runner.images import dependency_layer
from tests.package_index import Index, wheel

from .conftest import job

pytestmark = pytest.mark.engine


def test_only_what_begins_with_an_interpreter_of_python_begins_with_the_images_own() -> None:
    change = dependency_layer._for_the_image
    for began in (b"#!/work/.venv/bin/python", b"#!/usr/bin/python3.12 -E", b"#!/usr/bin/env python", b"#!python"):
        assert change(began + b"\nimport one\n") == b"#!/usr/bin/env python3\nimport one\n"
    long = b"#!/bin/sh\n'''exec' '/a long/bin/python' \"$0\" \"$@\"\n' '''\nimport one\n"
    assert change(long) == b"#!/usr/bin/env python3\nimport one\n"
    for other in (b"#!/bin/sh\nexec python\n", b"\x7fELF#!python\n", b"", b"#!/opt/python-tools/bin/perl\n"):
        assert change(other) == other


PROBE = """
import json, os, sys
import pygments

def look():
    status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
    return {
        "version": pygments.version,
        "path": [folder for folder in sys.path if folder not in ("", "/tool", "/opt/toolcrib/site/bin")],
        "utf8": [sys.flags.utf8_mode, sys.stdout.encoding, sys.stdout.errors],
        "filters": status["Seccomp_filters"],
        "no new privileges": status["NoNewPrivs"],
        "writes byte code": sys.dont_write_bytecode,
        "processors": os.environ["OMP_NUM_THREADS"],
    }
"""
TOOL = f"""{PROBE}
import multiprocessing, resource, subprocess

BARE = {{"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}}

def refused():
    try:
        resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))
    except PermissionError:
        return True
    return False

def run(*words, **more):
    done = subprocess.run(words, capture_output=True, text=True, **more)
    assert done.returncode == 0, done
    return json.loads(done.stdout)

def main():
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        spawned = pool.apply(look), pool.apply(refused)
    return {{
        "own": look(),
        "children": {{
            "a file beside it": run(sys.executable, "child.py"),
            "python3": run("python3", "child.py"),
            "a module": run(sys.executable, "-m", "pygments"),
            "a command": run("pygments-command"),
            "a script of the wheel": run("pygments-script"),
            "spawned": spawned[0],
        }},
        "isolated": run(sys.executable, "-I", "-c", "import json, pygments; print(json.dumps(pygments.version))"),
        "no environment": run(sys.executable, "child.py", env=BARE),
        "refused": spawned[1],
        "standard library": run(sys.executable, "-c", "import json; print(json.dumps(json.__file__))"),
        "umlaut": run(sys.executable, "-c", "print(open('/tool/umlaut.json').read())"),
    }}
"""
CHILD = f"{PROBE}\nprint(json.dumps(look()))\n"


def test_a_tools_subprocesses_have_what_the_tool_has(building: Settings, index: Index) -> None:
    """Debian's root has an older pygments of its own, beside which the tool's own must win everywhere."""
    package: dict[str, bytes | str] = {
        "pygments/__init__.py": "version = '99'\n",
        "pygments/__main__.py": CHILD,
        "pygments/command.py": f"{PROBE}\ndef main():\n    print(json.dumps(look()))\n",
        "pygments-99.data/scripts/pygments-script": f"#!python\n{CHILD}",
        "pygments-99.dist-info/entry_points.txt": "[console_scripts]\npygments-command = pygments.command:main\n",
        "json/__init__.py": "raise ImportError('never the one of a package')\n",
    }
    index.add(wheel("pygments", "99", package))
    runner = open_runner(building)
    try:
        assert runner.build(("pygments",), lambda _: None).state == "ready"
        files = {"child.py": CHILD.encode(), "umlaut.json": '"ü"'.encode()}
        outcome = runner.run(job(TOOL, files=files, dependencies=("pygments",)))
        assert outcome.result is not None, outcome
        told: dict[str, Any] = json.loads(outcome.result)
    finally:
        runner.close()
    own = told["own"]
    assert own["version"] == "99"
    assert own["utf8"] == [1, "utf-8", "surrogateescape"]
    for name, child in told["children"].items():
        assert child == own, name
    assert told["isolated"] == "99"
    assert told["no environment"] == own
    assert told["refused"] is True
    assert "/opt/toolcrib" not in told["standard library"]
    assert told["umlaut"] == "ü"


def test_a_packages_own_python_is_found_by_its_tool_and_never_by_what_starts_a_sandbox(
    building: Settings, index: Index
) -> None:
    own = {"one.py": "", "bin/python3": "#!/bin/sh\necho of the package\n"}
    index.add(wheel("one", "1.0", own, executables=("bin/python3",)))
    runner = open_runner(building)
    try:
        assert runner.build(("one",), lambda _: None).state == "ready"
        source = "import subprocess\ndef main(): return subprocess.check_output('python3').decode()"
        assert runner.run(job(source, dependencies=("one",))).result == b'"of the package\\n"'
    finally:
        runner.close()
