"""The harness by itself, run as a program: its frames, whatever goes in and out."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.harness import ends, wire
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


def _until_the_end(stream: IO[bytes]) -> bytes:
    data = b""
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
    header |= {"result_bytes": 4096, "log_bytes": 1024, **changes}
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
