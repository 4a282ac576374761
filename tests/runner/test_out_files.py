"""The files that a tool leaves are read as a stranger's, within bounds, and no frame about them is believed unseen."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.harness import wire
from runner.harness.out_files import read_out_files
from runner.out_files import FILES, FILES_BYTES, OutFiles

from .conftest import Run
from .test_harness import frames, play


def read(folder: Path, most_files: int = 16, most_bytes: int = 1000) -> dict[bytes, bytes | str]:
    return dict(read_out_files(os.fspath(folder), most_files, most_bytes))


def test_only_regular_files_that_fit_are_read(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    secret = tmp_path / "secret"
    secret.write_bytes(b"not yours")
    (out / "a").write_bytes(b"x" * 600)
    (out / "b").write_bytes(b"x" * 500)
    (out / "c").write_bytes(b"")
    (out / "d").mkdir()
    (out / "e").symlink_to(secret)
    (out / "f").symlink_to(out / "a")
    os.mkfifo(out / "g")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(out / "h"))
    with (out / "i").open("wb") as sparse:
        sparse.truncate(10**12)
    (out / "j\n").write_bytes(b"")
    (out / "..\\k").write_bytes(b"")
    (out / "ü").write_bytes(b"umlaut")
    Path(os.fsdecode(os.fsencode(out) + b"/\xff")).write_bytes(b"")
    assert read(out) == {
        b"a": b"x" * 600, b"b": "size", b"c": b"", b"d": "kind", b"e": "kind", b"f": "kind", b"g": "kind",
        b"h": "kind", b"i": "size", b"j\n": "name", b"..\\k": "name", "ü".encode(): b"umlaut", b"\xff": "name",
    }  # fmt: skip
    assert list(read(out, most_files=1).values()).count("count") == 11


@pytest.mark.parametrize("kind", ["link", "file", "nothing"])
def test_a_folder_that_is_none_has_no_files(kind: str, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "a").write_bytes(b"a")
    out = tmp_path / "out"
    if kind == "link":
        out.symlink_to(there)
    elif kind == "file":
        out.write_bytes(b"")
    assert read(out) == {}


def test_a_file_that_is_something_else_once_it_is_opened_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    seen = (tmp_path / "a").stat()
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    monkeypatch.setattr(os, "stat", lambda *_, **__: seen)
    assert read(tmp_path) == {b"a": "kind"}


def test_the_harness_tells_files_of_a_success_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    source = f"def main(fail):\n open({os.fspath(out)!r} + '/a.txt', 'w').write('hello')\n return 1 / (not fail)"
    for fail in (False, True):
        found = play(
            {"main.py": source.encode()},
            json.dumps({"fail": fail}).encode(),
            words=[str(out)],
            out_files=2,
            out_bytes=9,
        )
        assert found.get(wire.FILE) == (None if fail else b"\0\x05a.txthello")
        assert wire.LEFT_OUT not in found
    source = f"def main():\n for n in range(12): open({os.fspath(out)!r} + f'/{{n:02}}', 'w').write('hello')"
    found = play({"main.py": source.encode()}, words=[str(out)], out_files=2, out_bytes=9)
    assert found[wire.FILE] == b"\0\x0200hello"
    told = json.loads(found[wire.LEFT_OUT])
    assert (told["names"][0], len(told["names"]), told["more"]) == ([b"01".hex(), "size"], wire.LEFT_OUT_NAMES, 4)


def payload(frame: bytes) -> bytes:
    [(_, found)] = frames(frame)
    return found


def test_what_a_harness_sends_is_taken() -> None:
    seen = OutFiles()
    for number in range(FILES):
        seen.take_file(payload(wire.pack_file(f"ü {number}".encode(), bytes(FILES_BYTES // FILES))))
    seen.take_left_out(payload(wire.pack_left_out([(b"\xff", "name"), (b"x" * 255, "size")] * 10)))
    assert [one.name for one in seen.files] == [f"ü {number}" for number in range(FILES)]
    assert seen.left_out[0].name == "\ufffd"
    assert seen.left_out[1].reason == "a call's files have at most 4 MiB together"
    assert (len(seen.left_out), seen.more_left_out) == (8, 12)


REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "half a length": b"\0",
    "a name that is cut short": b"\0\x05abc",
    "no name": wire.pack_file(b"", b"")[5:],
    "a name with a folder": wire.pack_file(b"../a", b"")[5:],
    "the folder": wire.pack_file(b"..", b"")[5:],
    "a folder of Windows": wire.pack_file(b"..\\a", b"")[5:],
    "a name that is no text": wire.pack_file(b"\xff", b"")[5:],
    "a name with a line break": wire.pack_file(b"a\r\nb", b"")[5:],
    "a long name": wire.pack_file(b"a" * 256, b"")[5:],
    "a name again": wire.pack_file(b"first", b"")[5:],
    "too much": wire.pack_file(b"a", bytes(FILES_BYTES))[5:],
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_is_refused(name: str) -> None:
    seen = OutFiles()
    seen.take_file(payload(wire.pack_file(b"first", b"x")))
    with pytest.raises(ValueError, match=r"\w"):
        seen.take_file(REFUSED[name])


def test_one_file_more_than_may_be_is_refused() -> None:
    seen = OutFiles()
    for number in range(FILES):
        seen.take_file(payload(wire.pack_file(str(number).encode(), b"")))
    with pytest.raises(ValueError, match="more than may be"):
        seen.take_file(payload(wire.pack_file(b"one more", b"")))


NAMES: Any = st.lists(st.tuples(st.text(max_size=10), st.sampled_from(["size", "other"])), max_size=10)


@given(
    st.binary(max_size=50)
    | st.fixed_dictionaries({"names": NAMES, "more": st.integers() | st.booleans()}).map(
        lambda one: json.dumps(one).encode()
    )
    | st.sampled_from(
        [b"[" * 5000, b"null", b'{"names": [[1, 2]], "more": 0}', b'{"names": 7, "more": 1}', bytes(9000)]
    )
)
def test_whatever_is_said_of_files_left_out_is_taken_or_refused(said: bytes) -> None:
    seen = OutFiles()
    try:
        seen.take_left_out(said)
    except ValueError:
        assert seen.left_out == ()
    else:
        assert len(seen.left_out) <= wire.LEFT_OUT_NAMES
        with pytest.raises(ValueError, match="more is left out"):
            seen.take_left_out(said)


WRITES = """
import os, subprocess, sys, threading
def main(kind):
    os.chdir("/tmp/out")
    if kind == "script": subprocess.run([sys.executable, "-c", "open('/tmp/out/child.txt', 'w').write('c')"])
    if kind == "links":
        os.symlink("/proc/1/environ", "a"); os.symlink("/etc/passwd", "b"); os.mkfifo("c"); os.mkdir("d")
        with open("e", "wb") as file: file.truncate(60 * 2**20)
        os.link("e", "f")
    if kind == "many":
        for number in range(5000): open(f"{number:05}", "w").close()
    if kind == "moved":
        os.rmdir("/tmp/out"); os.symlink("/etc", "/tmp/out")
    if kind == "shut":
        open("a", "w").close(); os.chmod("a", 0); open("b", "w").write("b"); os.chmod("/tmp/out", 0)
    if kind == "fails":
        open("a", "w").close(); raise ValueError
    return kind
"""


@pytest.mark.engine
def test_sandboxes_hand_over_what_tools_leave_and_nothing_else(run: Run) -> None:
    def left(kind: str) -> Any:
        outcome = run(WRITES, arguments=json.dumps({"kind": kind}).encode())
        assert kind == "fails" or outcome.result == json.dumps(kind).encode(), outcome
        return (
            [(one.name, one.data) for one in outcome.files],
            [one.name for one in outcome.left_out],
            outcome.more_left_out,
        )

    assert left("nothing") == ([], [], 0)
    assert left("script") == ([("child.txt", b"c")], [], 0)
    assert left("links") == ([], ["a", "b", "c", "d", "e", "f"], 0)
    files, names, more = left("many")
    assert (len(files), len(names), more) == (16, 8, 5000 - 24)
    assert left("moved") == ([], [], 0)
    assert left("shut") == ([], [], 0)
    assert left("fails") == ([], [], 0)
    script = run("open('/tmp/out/a.bin', 'wb').write(bytes(4 * 2**20)); print(1)", entry="script")
    assert [(one.name, len(one.data)) for one in script.files] == [("a.bin", 4 * 2**20)]
