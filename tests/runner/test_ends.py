"""How each kind of run ends, in real sandboxes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Run

pytestmark = pytest.mark.engine

SUCCESS: dict[str, tuple[str, str, Any]] = {
    "a function's return value": ("function", "def main(): return {'a': [1, None, 'ü']}", {"a": [1, None, "ü"]}),
    "a script's standard output": ("script", "import json; print(json.dumps([1, 2]))", [1, 2]),
    "script sees itself as the program": (
        "script",
        "import json, sys\nif __name__ == '__main__': print(json.dumps([__file__, len(sys.argv)]))",
        ["/tool/main.py", 1],
    ),
    "exit code 0 of a script": ("script", "import sys; print(1); sys.exit()", 1),
    "a script's thread that outlives its main thread": (
        "script",
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.1), print('7'))).start()",
        7,
    ),
    "a function's standard input is empty": (
        "function",
        "import sys\ndef main(): return sys.stdin.read()",
        "",
    ),
    "a forged result frame is data": (
        "function",
        "import os\ndef main():\n os.write(1, b'R\\0\\0\\0\\x04true' + b'X\\0\\0\\0\\x02{}')\n return 'mine'",
        "mine",
    ),
    "standard output closed by the tool": ("function", "import os\ndef main():\n os.close(1)\n return 1", 1),
    "a child that was killed for memory, and was got over": (
        "function",
        "import subprocess, sys\ndef main():\n"
        " subprocess.run([sys.executable, '-c', 'x = bytearray(2**30)'])\n return 'alive'",
        "alive",
    ),
    "one's own main.py rewritten": (
        "function",
        "def main():\n open('/tool/main.py', 'w').write('gone')\n return 1",
        1,
    ),
}


@pytest.mark.parametrize("name", SUCCESS)
def test_succeeds_with(name: str, run: Run) -> None:
    entry, source, expected = SUCCESS[name]
    outcome = run(source, entry=entry)
    assert (outcome.status, outcome.failure) == ("success", None)
    assert outcome.result is not None
    assert json.loads(outcome.result) == expected


F, S = "function", "script"
FAILED: dict[str, tuple[str, str, str]] = {
    "an exception": (F, "def main(): raise ValueError('no')", "script_error"),
    "an exception of a script": (S, "print('{}')\n1/0", "script_error"),
    "an exception that cannot be shown": (
        F,
        "class Bad(Exception):\n def __str__(self): raise RuntimeError\ndef main(): raise Bad",
        "script_error",
    ),
    "a syntax error": (F, "def main(:", "script_error"),
    "an import of what is not there": (F, "import nowhere_to_be_found\ndef main(): pass", "script_error"),
    "endless recursion": (F, "def main(): return main()", "script_error"),
    "sys.exit in a function": (F, "import sys\ndef main(): sys.exit(0)", "exit"),
    "os._exit(0) before the result": (F, "import os\ndef main(): os._exit(0)", "exit"),
    "result, then exit code 1": (S, "import sys\nprint('{}')\nsys.exit(1)", "exit"),
    "result, then a bad end": (F, "import os, atexit\ndef main():\n atexit.register(os._exit, 1)\n return 1", "exit"),
    "exit code 137 is not a kill": (S, "import os; os._exit(137)", "exit"),
    "exit code 125 is not the engine's": (S, "import os; os._exit(125)", "exit"),
    "abort": (F, "import os\ndef main(): os.abort()", "exit"),
    "segfault": (F, "import ctypes\ndef main(): ctypes.string_at(0)", "exit"),
    "killing itself is not a lack of memory": (F, "import os\ndef main(): os.kill(os.getpid(), 9)", "exit"),
    "NaN": (F, "def main(): return float('nan')", "invalid_result"),
    "infinity": (F, "def main(): return [float('inf')]", "invalid_result"),
    "an object": (F, "def main(): return object()", "invalid_result"),
    "5,000 digits": (F, "def main(): return 10**5000", "invalid_result"),
    "100,000 nested lists": (
        F,
        "def main():\n x = []\n for _ in range(100000): x = [x]\n return x",
        "invalid_result",
    ),
    "a lone surrogate": (F, "def main(): return '\\ud800'", "invalid_result"),
    "no output of a script": (S, "pass", "invalid_result"),
    "one huge allocation": (F, "def main(): return len(bytearray(2**30))", "out_of_memory"),
    "allocation in a child only": (
        F,
        "import subprocess, sys\ndef main():\n"
        " subprocess.run([sys.executable, '-c', 'x = bytearray(2**30)'], check=True)",
        "out_of_memory",
    ),
    "a log without end": (F, "def main():\n while True: print('x' * 1000)", "output_limit"),
    "standard error without end": (
        S,
        "import sys\nwhile True: sys.stderr.write('x' * 1000)",
        "output_limit",
    ),
    "50 MB in one line": (F, "def main(): print('x' * 50_000_000)", "output_limit"),
    "a result over 1 MiB": (F, "def main(): return 'x' * (1024 * 1024 + 1)", "output_limit"),
    "a script's result over 1 MiB": (S, "print('\"' + 'x' * 2_000_000 + '\"')", "output_limit"),
}


@pytest.mark.parametrize("name", FAILED)
def test_fails_of(name: str, run: Run) -> None:
    entry, source, kind = FAILED[name]
    outcome = run(source, entry=entry, memory_mb=256)
    assert outcome.failure is not None
    assert (outcome.status, outcome.failure.kind, outcome.result) == ("failed", kind, None)
    assert outcome.truncated == (kind == "output_limit")
    assert len(outcome.stdout) + len(outcome.stderr) <= 256 * 1024


def test_a_result_of_exactly_one_mebibyte_is_taken(run: Run) -> None:
    outcome = run("def main(): return 'x' * (1024 * 1024 - 2)")
    assert outcome.result is not None
    assert len(outcome.result) == 1024 * 1024


def test_an_exception_is_told_without_frames_that_are_not_the_tools(run: Run) -> None:
    outcome = run(
        "import inner\n\ndef main():\n    inner.f()\n", files={"inner.py": b"def f():\n    raise KeyError('k')\n"}
    )
    assert outcome.failure is not None
    details = outcome.failure.details
    assert details is not None
    assert (details["type"], details["line"]) == ("KeyError", 2)
    assert '/tool/main.py", line 4' in details["traceback"]
    assert "harness" not in details["traceback"]
    assert "importlib" not in details["traceback"]


@pytest.mark.parametrize("code", [1, 3, 127, 255])
def test_an_exit_code_is_told(code: int, run: Run) -> None:
    outcome = run(f"import sys; sys.exit({code})", entry="script")
    assert outcome.failure is not None
    assert outcome.failure.details == {"code": code}


def test_a_signal_is_told_by_name(run: Run) -> None:
    outcome = run("import os\ndef main(): os.abort()")
    assert outcome.failure is not None
    assert outcome.failure.details == {"signal": "SIGABRT"}


def test_a_function_takes_its_arguments_by_keyword(run: Run) -> None:
    outcome = run("def main(a, *, b=2): return [a, b]", arguments=b'{"a": "\xc3\xbc"}')
    assert outcome.result == '["ü",2]'.encode()


def test_a_function_may_take_the_whole_object(run: Run) -> None:
    outcome = run("def main(arguments): return arguments", arguments=b'{"a":1}', whole_object=True)
    assert outcome.result == b'{"a":1}'


TYPED = """
from __future__ import annotations
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
class Unit(Enum):
    DAYS = "days"
@dataclass
class Step:
    count: int
    unit: Unit
def main(day: date, steps: list[Step] | None = None):
    for step in steps or []:
        yield {"step": step, "day": day + timedelta(days=step.count)}
"""


def test_ordinary_python_goes_in_and_out(run: Run) -> None:
    arguments = b'{"day": "2024-02-28", "steps": [{"count": 2, "unit": "days"}]}'
    outcome = run(TYPED, arguments=arguments)
    assert outcome.result == b'[{"step":{"count":2,"unit":"days"},"day":"2024-03-01"}]'
    refused = run(TYPED, arguments=arguments.replace(b"days", b"weeks").replace(b"28", b"30")).failure
    assert refused is not None
    assert refused.kind == "script_error"
    assert refused.message == (
        'main() cannot take these arguments: /day: is not a date, such as "2024-05-01"\n/steps/0/unit: is none of: days'
    )
    raised = run("def rows():\n yield 1\n raise LookupError('no')\ndef main(): return {'rows': rows()}").failure
    assert raised is not None
    assert raised.message.endswith("/rows/1 could not be read: LookupError: no")
    assert raised.details is not None
    assert (raised.kind, raised.details["line"]) == ("invalid_result", 3)


def test_a_script_reads_its_arguments_from_standard_input(run: Run) -> None:
    arguments = json.dumps({"text": "x" * 500_000}).encode()
    outcome = run("import json, sys; print(len(json.load(sys.stdin)['text']))", entry="script", arguments=arguments)
    assert outcome.result == b"500000\n"


def test_both_streams_are_the_log_of_a_function(run: Run) -> None:
    outcome = run(
        "import sys\ndef main():\n for _ in range(2):\n  sys.stdout.write('o' * 60000)\n  sys.stderr.write('e' * 60000)"
    )
    assert (outcome.status, outcome.stdout, outcome.stderr) == ("success", "o" * 120000, "e" * 120000)


def test_alternating_pieces_of_64_kib_fill_the_log_exactly_and_do_not_block(run: Run) -> None:
    outcome = run("import os\ndef main():\n for fd in (1, 2, 1, 2): os.write(fd, b'x' * 65536)")
    assert (outcome.status, outcome.truncated) == ("success", False)
    assert (len(outcome.stdout), len(outcome.stderr)) == (131072, 131072)


def test_odd_bytes_in_the_log_come_as_they_are_or_replaced(run: Run) -> None:
    outcome = run("import os\ndef main(): os.write(1, b'a\\x00\\x1b[31m\\r\\n\\xff')")
    assert outcome.stdout == "a\x00\x1b[31m\r\n\ufffd"


def test_secrets_reach_the_tools_environment_and_nothing_else_does(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLCRIB_OF_THE_SERVICE", "1")
    source = "import os\ndef main(): return [os.environ['TOKEN'], 'TOOLCRIB_OF_THE_SERVICE' in os.environ]"
    assert run(source, secrets={"TOKEN": "t"}).result == b'["t",false]'
