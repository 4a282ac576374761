"""What was installed is imported once, in a sandbox: what cannot be is told with its last line and what it misses."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import FailedImport, ImageState, Needs, Runner, Settings, import_probe, open_runner
from runner.images import import_check
from tests.package_index import Index, images_of, wheel
from tests.waiting import eventually, patience

from .conftest import job


@pytest.fixture
def runner(building: Settings) -> Iterator[Runner]:
    opened = open_runner(building)
    yield opened
    opened.close()


def build(runner: Runner, *dependencies: str) -> ImageState:
    return runner.build(dependencies, lambda _: None)


@pytest.mark.parametrize(
    ("paths", "modules"),
    [
        (["numpy/__init__.py", "numpy/linalg/__init__.py", "numpy.libs/x.so", "../../bin/f2py"], ["numpy"]),
        (["PIL/__init__.py", "PIL/_imaging.cpython-311-x86_64-linux-gnu.so"], ["PIL"]),
        (["six.py", "six-1.16.dist-info/RECORD"], ["six"]),
        (["google/cloud/storage/__init__.py", "google/cloud/storage/blob.py"], ["google.cloud.storage"]),
        (["yaml/__init__.py", "_yaml/__init__.py"], ["yaml"]),
        (["_cffi_backend.cpython-311-x86_64-linux-gnu.so"], ["_cffi_backend"]),
        (["one/__init__.py", "tests/__init__.py", "docs/conf.py", "setup.py"], ["one"]),
        (["tests/__init__.py"], ["tests"]),
        (["requests-stubs/__init__.pyi", "share/man/x.1"], []),
        (["loose/part.py", "loose/other.py"], []),
        (["cv2/__init__.py", "cv2/cv2.abi3.so", "cv2/data/__init__.py"], ["cv2"]),
    ],
)
def test_the_modules_of_a_distribution_are_those_it_is_there_for(paths: list[str], modules: list[str]) -> None:
    assert import_probe.find_modules(paths) == modules


NAMES = st.sampled_from(["tried", "failed", "module", "line", "libraries"]) | st.text(max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_a_package_says_in_the_probes_place_is_read_as_an_answer_in_bounds(text: bytes) -> None:
    read = import_check.read_trial(text)
    assert len(read.tried) <= 64
    for one in read.failed:
        assert len(one.line) <= 400
        assert one.line.isprintable()
        assert len(one.libraries) <= 20


def test_deep_nesting_and_control_characters_are_no_exception() -> None:
    assert import_check.read_trial(b"[" * 100_000).failed == ()
    told = {
        "tried": ["a", "not a module"],
        "failed": [{"module": "a", "line": "x\x1b[31m\n" * 999, "libraries": ["/"]}],
    }
    read = import_check.read_trial(json.dumps(told).encode())
    assert (read.tried, read.failed[0].libraries) == (("a",), ())
    assert read.failed[0].line.isprintable()


def test_what_a_tool_imports_counts_and_what_misses_a_library_always_does() -> None:
    plugin = FailedImport("plugin.part", "ModuleNotFoundError: No module named 'host'")
    state = ImageState("ready", "log", failed_imports=(plugin,))
    assert state.of_use_to({"other"}) is state
    assert state.of_use_to(("plugin",)).state == "failed"
    failed = replace(state, failed_imports=(replace(plugin, libraries=("libone.so.1", "libtwo.so.2")),)).of_use_to(())
    assert (failed.state, failed.fault) == ("failed", "dependencies-unimportable")
    assert "`import plugin.part` fails in the sandbox: ModuleNotFoundError" in failed.message
    assert "libone.so.1, libtwo.so.2" in failed.message
    assert ImageState("building", failed_imports=(plugin,)).of_use_to(("plugin",)).state == "building"


def library(*needed: str) -> bytes:
    """The least that a loader takes for a shared object (64 bits, little-endian) which needs others."""
    import platform

    names = b"\0" + b"".join(one.encode() + b"\0" for one in needed)
    head, program = 64, 56
    at = head + 2 * program
    entries = [(1, names.index(one.encode())) for one in needed]
    size = 16 * (len(entries) + 5)
    strings, symbols = at + size, at + size + len(names)
    entries += [(5, strings), (6, symbols), (10, len(names)), (11, 24), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *one) for one in entries)
    body = dynamic + names + bytes(24)
    machine = {"x86_64": 62, "aarch64": 183}[platform.machine()]
    elf = b"\x7fELF\x02\x01\x01" + bytes(9)
    elf += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, head, 0, 0, head, program, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 6, 0, 0, 0, at + len(body), at + len(body), 4096)
    return elf + load + struct.pack("<IIQQQQQQ", 2, 6, at, at, at, len(dynamic), len(dynamic), 8) + body


@pytest.mark.engine
def test_what_cannot_be_imported_is_told_with_its_last_line_and_the_libraries_that_nobody_has(
    runner: Runner, index: Index
) -> None:
    load = "import ctypes, os\nctypes.CDLL(os.path.join(os.path.dirname(__file__), '{}'))\n"
    natives: dict[str, bytes | str] = {
        "one.libs/libcarried.so.1": library(),
        "one/native.so": library("libgone.so.7", "libcarried.so.1"),
        "one/more.so": library("liblost.so.2", "libc.so.6"),
    }
    index.add(wheel("one", "1.0", {"one/__init__.py": load.format("native.so"), **natives}))
    index.offer("two", body="raise RuntimeError('first\\nand last')\n")
    index.offer("three", body="import os, signal\nos.write(2, b'dying words\\n')\nos.kill(os.getpid(), 11)\n")
    index.offer("four", body="raise SystemExit(3)\n")
    index.offer("five", body="import sys\nif 'zebra' not in sys.modules: raise ImportError('after zebra')\n")
    index.offer("six", body="import one_that_is_not_there\n")
    index.offer("zebra", requires=("extra",))
    index.offer("extra", body="raise SystemError('nobody asked for it by name')\n")
    state = build(runner, "one", "two", "three", "four", "five", "six", "zebra")
    assert state.state == "ready", state.message
    failed = {one.module: one for one in state.failed_imports}
    assert failed.keys() == {"one", "two", "three", "four", "six"}, "neither what another makes possible, nor others'"
    assert failed["one"].libraries == ("libgone.so.7", "liblost.so.2")
    assert "libgone.so.7: cannot open shared object file" in failed["one"].line
    assert failed["two"].line == "RuntimeError: and last"
    assert "SIGSEGV: dying words" in failed["three"].line
    assert failed["four"].line == "SystemExit: 3"
    assert failed["six"].line == "ModuleNotFoundError: No module named 'one_that_is_not_there'"
    assert "imported: five, four, one, six, three, two, zebra" in state.log
    assert state.of_use_to(("zebra",)).message == failed["one"].message
    # What runs all the same finds out for itself.
    told = runner.run(job("def main():\n import zebra\n return 1", dependencies=SET))
    assert told.result == b"1"


SET = ("one", "two", "three", "four", "five", "six", "zebra")


@pytest.mark.engine
def test_imports_have_the_limits_of_the_tools_that_want_them(building: Settings, index: Index) -> None:
    hold = "held = bytearray(200 << 20)\nfor place in range(0, len(held), 4096): held[place] = 1\n"
    look = "import os, socket\nopen('/opt/x', 'w')\n"
    index.offer("large", body=hold)
    index.offer("rash", body=look)
    index.offer("online", body="import socket\nsocket.create_connection(('192.0.2.1', 80), 5)\n")
    runner = open_runner(building)
    try:
        runner.prepare((), [Needs(("large", "rash", "online"), ("large",), memory_mb=128)])
        state = build(runner, "large", "rash", "online")
        failed = {one.module: one.line for one in state.failed_imports}
        assert "for want of memory" in failed["large"]
        assert failed["rash"].startswith(("OSError", "PermissionError"))
        assert failed["online"] == "OSError: [Errno 101] Network is unreachable"
        # A tool was saved that may use more: it is tried again, and nothing is fetched or installed for that.
        asked = len(index.asked)
        runner.prepare((), [Needs(("large", "rash", "online"), ("large",), "saved", memory_mb=512)])
        again = build(runner, "large", "rash", "online")
        assert {one.module for one in again.failed_imports} == {"online", "rash"}
        assert len(index.asked) == asked
    finally:
        runner.close()


@pytest.mark.engine
def test_an_import_without_end_is_held_against_nobody_and_ends_with_its_time_or_the_service(
    building: Settings, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.offer("endless", body="import os\nwhile True: os.write(1, b'x' * 65536)\n")
    runner = open_runner(building)
    monkeypatch.setattr(import_check, "_SECONDS", 2.0)
    state = build(runner, "endless")
    assert (state.state, state.failed_imports) == ("ready", ())
    assert "the imports were not tried to their end: no time was left for endless" in state.log
    runner.close()
    monkeypatch.setattr(import_check, "_SECONDS", 120.0)
    index.offer("another", body="while True: pass\n")
    runner = open_runner(replace(building, builds=True))
    runner.prepare((), [Needs(("another",))])
    eventually(lambda: "importing" in runner.image_state(("another",)).log)
    assert runner.image_state(("another",)).state == "building", "nothing runs with it before"
    began = time.monotonic()
    runner.close()
    assert time.monotonic() - began < patience(5)


@pytest.mark.engine
def test_an_image_whose_imports_were_never_tried_is_tried_and_not_built_again(
    runner: Runner, building: Settings, index: Index
) -> None:
    index.offer("one", body="import absent\n")
    assert build(runner, "one").failed_imports
    assert building.images_dir is not None
    [image] = images_of(building.images_dir)
    [kept] = building.images_dir.glob("*/imports.json")
    kept.unlink()
    index.down = True
    assert build(runner, "one").failed_imports
    assert images_of(building.images_dir) == [image]
