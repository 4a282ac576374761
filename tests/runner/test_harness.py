"""The harness by itself, run as a program: its frames, whatever goes in and out."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.harness import ends, wire
from runner.run_end import read_end
from tests.properties import examples

FOLDER = Path(__file__).parents[2] / "runner"
ECHO_SCRIPT = b"import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"


def frames(data: bytes) -> list[tuple[bytes, bytes]]:
    """All frames of a stream, which must end with the last."""
    found = []
    while data:
        kind, size = wire.HEAD.unpack_from(data)
        found.append((kind, data[wire.HEAD.size : wire.HEAD.size + size]))
        data = data[wire.HEAD.size + size :]
    return found


def _until_the_end(stream: IO[bytes], before: int = 0) -> bytes:
    """All frames up to the end, after ``before`` bytes that are the rest of one."""
    data = stream.read(before)
    while len(head := stream.read(wire.HEAD.size)) == wire.HEAD.size:
        kind, size = wire.HEAD.unpack(head)
        data += head + stream.read(size)
        if kind == wire.END:
            break
    return data


def play(
    files: dict[str, bytes],
    arguments: bytes = b"{}",
    *,
    keep_open: bool = True,
    words: Sequence[str] = (),
    **changes: Any,
) -> dict[bytes, bytes]:
    """Run one job in a harness of this machine's Python; the payloads by type."""
    header = {"entry": "function", "whole_object": False, "timeout_seconds": 10.0, "environment": {}}
    header |= {"result_bytes": 4096, "log_bytes": 1024, "out_files": 0, "out_bytes": 0, **changes}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-B", "-m", "harness", folder, *words]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=FOLDER, stdin=pipe, stdout=pipe, stderr=pipe) as harness:
            assert harness.stdin is not None
            assert harness.stdout is not None
            assert harness.stderr is not None
            harness.stdin.write(wire.pack_job(header, arguments, files))
            harness.stdin.flush()
            if not keep_open:
                harness.stdin.close()
            out = _until_the_end(harness.stdout)
            harness.stdin.close()  # it lingers until its host hangs up
            out, complaint = out + harness.stdout.read(), harness.stderr.read()
    assert complaint == b""
    found: dict[bytes, bytes] = {}
    kinds = []
    for kind, payload in frames(out):
        kinds.append(kind)
        found[kind] = found.get(kind, b"") + payload
    assert kinds[:2] == [wire.WAITING, wire.BEGAN]
    assert kinds[-1] == wire.END
    assert kinds.count(wire.END) == 1
    return found


@given(
    arguments=st.binary(max_size=300),
    files=st.dictionaries(st.text(min_size=1, max_size=20), st.binary(max_size=300), max_size=5),
    header=st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3),
)
def test_a_job_comes_out_as_it_went_in(arguments: bytes, files: dict[str, bytes], header: dict[str, Any]) -> None:
    header = {key: value for key, value in header.items() if key not in {"arguments", "files"}}
    ((kind, payload),) = frames(wire.pack_job(header, arguments, files))
    found, found_arguments, found_files = wire.unpack_job(payload)
    assert kind == wire.JOB
    assert found == {**header, "arguments": len(arguments), "files": [[path, len(files[path])] for path in files]}
    assert (found_arguments, found_files) == (arguments, files)


@settings(max_examples=examples(15))
@given(data=st.binary(min_size=1, max_size=3000).filter(lambda data: data.strip() != b""))
def test_a_scripts_output_comes_through_byte_by_byte(data: bytes) -> None:
    found = play({"main.py": ECHO_SCRIPT}, data, entry="script")
    assert found[wire.RESULT] == data
    assert json.loads(found[wire.END])["status"] == "success"


@pytest.mark.parametrize(
    ("size", "kept", "kind"), [(1023, 1023, None), (1024, 1024, None), (1025, 1024, "output_limit")]
)
def test_a_log_is_cut_at_its_bound_and_not_before(size: int, kept: int, kind: str | None) -> None:
    found = play({"main.py": f"import os\ndef main(): os.write(1, b'x' * {size})".encode()})
    end = json.loads(found[wire.END])
    assert found[wire.STDOUT] == b"x" * kept
    assert end.get("kind") == kind
    assert end["truncated"] == (kind is not None)


def test_the_end_of_standard_input_cancels_the_tool() -> None:
    found = play({"main.py": b"import time\ndef main(): time.sleep(60)"}, keep_open=False)
    assert json.loads(found[wire.END])["status"] == "cancelled"


def test_the_end_of_standard_input_ends_a_waiting_harness() -> None:
    command = [sys.executable, "-B", "-m", "harness"]
    done = subprocess.run(command, cwd=FOLDER, input=b"", capture_output=True, timeout=10, check=True)
    assert frames(done.stdout) == [(wire.WAITING, b"")]


def test_every_exit_code_but_0_is_told_and_every_signal_has_a_name() -> None:
    header = {"entry": "function"}
    for code in range(1, 256):
        assert ends.ended(header, code << 8, b"", b"")["details"] == {"code": code}
    for number in range(1, 65):
        assert ends.ended(header, number, b"", b"")["details"]["signal"].startswith("SIG")


@pytest.mark.parametrize("nonsense", [b"X{", b"Xnull", b'X{"kind":"timeout","message":"x"}', b"Y", b"X" + b"[" * 2000])
def test_nonsense_on_the_report_pipe_is_a_plain_failure(nonsense: bytes) -> None:
    source = f"import os\ndef main():\n os.write(3, {nonsense!r})\n os._exit(0)"
    end = json.loads(play({"main.py": source.encode()})[wire.END])
    assert (end["status"], end["kind"]) == ("failed", "exit")


NESTED = '{"kind":"script_error","message":"m","details":{"type":%s}}'
REPORTS = {
    "600 levels": NESTED % ("[" * 600 + "]" * 600),
    "900 levels": NESTED % ("[" * 900 + "]" * 900),
    "100,000 levels": NESTED % ("[" * 100_000 + "]" * 100_000),
    "NaN": NESTED % "NaN",
    "1e999": NESTED % "1e999",
    "a number for a text": NESTED % "1",
    "a large number": '{"kind":"script_error","message":"m","details":{"line":1' + "0" * 4000 + "}}",
    "true for a number": '{"kind":"script_error","message":"m","details":{"line":true}}',
    "a list for details": '{"kind":"script_error","message":"m","details":[]}',
    "other fields": '{"kind":"script_error","message":"m","details":{"errors":[{"a":1}]},"status":"success"}',
    "a long message": '{"kind":"exit","message":"' + "m" * 200_000 + '","details":null}',
    "a long traceback": '{"kind":"script_error","message":"m","details":{"traceback":"' + "t" * 200_000 + '"}}',
    "too much of everything": '{"kind":"exit","message":"' + "m" * 2_000_000 + '"}',
    "an end of the harness": '{"kind":"timeout","message":"m","status":"timeout"}',
}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("entry", ["function", "script"])
def test_whatever_a_tool_reports_of_its_end_is_told_as_a_possible_one(entry: str, name: str) -> None:
    source = (
        f"import os\nreport = b'X' + {REPORTS[name].encode()!r}\nwhile report: report = report[os.write(3, report) :]\n"
    )
    source += "os._exit(1)\n"
    told = play({"main.py": source.encode()}, entry=entry, result_bytes=1 << 20)[wire.END]
    end = read_end(told)
    assert end.status == "failed"
    assert end.failure is not None
    assert end.failure.kind in {"script_error", "exit", "output_limit"}


def test_the_longest_end_is_told_whole() -> None:
    source = "class Long(Exception): pass\nLong.__name__ = '\\x01' * 10**6\ndef main(): raise Long('\\x01' * 10**6)"
    told = play({"main.py": source.encode()})[wire.END]
    end = read_end(told)
    assert end.failure is not None
    assert end.failure.kind == "script_error"
    assert end.failure.details is not None
    assert [len(end.failure.details[name]) for name in ("type", "message", "traceback")] == [4096, 4096, 32768]
    assert len(end.failure.message) == 4096


def test_what_a_tool_says_is_told_in_utf_8() -> None:
    told = play({"main.py": "def main(): raise ValueError('größer \U0001f642 \\ud800')".encode()})[wire.END]
    assert "größer \U0001f642 ?".encode() in told
    assert b"\\u00" not in told


@pytest.mark.parametrize("hung_up", [False, True])
def test_an_end_is_told_however_late_the_host_reads(hung_up: bool) -> None:
    source = b"def main(): return 'x' * 900_000"
    header = {"entry": "function", "whole_object": False, "timeout_seconds": 10.0, "environment": {}}
    job = wire.pack_job(
        {**header, "result_bytes": 1 << 20, "log_bytes": 1024, "out_files": 0, "out_bytes": 0},
        b"{}",
        {"main.py": source},
    )
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-B", "-m", "harness", folder]
        with subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as harness:
            assert harness.stdin is not None
            assert harness.stdout is not None
            harness.stdin.write(job)
            harness.stdin.flush()
            head = harness.stdout.read(3 * wire.HEAD.size)  # waiting, began, and how long the result is: it has ended
            if hung_up:
                harness.stdin.close()
            time.sleep(3)  # lateness is the claim
            told = frames(head + _until_the_end(harness.stdout, wire.HEAD.unpack(head[-wire.HEAD.size :])[1]))
            harness.stdin.close()
    assert [kind for kind, _ in told] == [wire.WAITING, wire.BEGAN, wire.RESULT, wire.END]
    assert read_end(told[-1][1]).status == "success"
