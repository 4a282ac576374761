"""How a run ended, decided from what was seen of it. What the tool's process says comes last: it may say anything."""
# ruff: noqa: PTH123 -- pathlib is an import that every sandbox would pay for

from __future__ import annotations

import contextlib
import json
import os
import signal

from . import wire

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from typing import Any

_LARGEST = 2**31
_KINDS_OF_THE_TOOL = ("script_error", "exit", "invalid_result")
_OOM_COUNTERS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
_KILLED = {
    "timeout": "The tool was killed at its limit of {timeout_seconds:g} seconds.",
    "cancelled": "The execution was cancelled.",
}


def failed(kind: str, message: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """The end of a run without a result."""
    return {"status": "failed", "kind": kind, "message": message[: wire.MESSAGE_CHARACTERS], "details": details}


def stopped(reason: str, header: dict[str, Any]) -> dict[str, Any]:
    """The end of a run that the harness stopped: ``timeout``, ``cancelled``, or the bound that was exceeded."""
    if reason in _KILLED:
        return {**failed(reason, _KILLED[reason].format(**header)), "status": reason}
    limit = header[reason + "_bytes"]
    return failed("output_limit", f"The tool was killed: its {reason} was longer than {limit} bytes.")


def ended(header: dict[str, Any], status: int, report: bytes, stdout: bytes) -> dict[str, Any]:
    """The end of a run that ended by itself. ``status`` is what waitpid gave, ``stdout`` a script's standard output."""
    if report[:1] == b"X":
        return _reported(report[1:])
    if os.WIFSIGNALED(status):
        name = _signal_name(os.WTERMSIG(status))
        return failed("exit", f"The tool was ended by the signal {name}.", {"signal": name})
    code = os.WEXITSTATUS(status)
    if code != 0:
        return failed("exit", f"The tool ended with the exit code {code}.", {"code": code})
    if header["entry"] == "script":
        if not stdout.strip():
            return failed("invalid_result", "The script printed no result on standard output.")
    elif report[:1] != b"R":
        return failed("exit", "The tool ended the process before it returned a result.", {"code": 0})
    return {"status": "success"}


def out_of_memory() -> dict[str, Any]:
    """The end of a run that failed after the kernel had killed in it for memory."""
    return failed("out_of_memory", "The tool needed more memory than it may use.")


def oom_kills() -> int:
    """How often the kernel killed for memory in this sandbox, by the cgroup's own count (v2, else v1)."""
    for path in _OOM_COUNTERS:
        with contextlib.suppress(OSError, ValueError), open(path) as counters:
            for line in counters:
                name, _, value = line.partition(" ")
                if name == "oom_kill":
                    return int(value)
    return 0


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"  # a real-time signal


def _reported(text: bytes) -> dict[str, Any]:
    """What the tool's process said about its own failure; it may have written nonsense there.

    Of what it says only the known fields are taken, cut to their bounds: nothing that is nested goes further.
    """
    with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
        told = json.loads(text)
        if told["kind"] in _KINDS_OF_THE_TOOL and isinstance(told["message"], str):
            return failed(told["kind"], told["message"], _details(told.get("details")))
    return failed("exit", "The tool ended without saying how.")


def _details(told: Any) -> dict[str, Any] | None:
    if not isinstance(told, dict):
        return None
    known = {name: told[name] for name in wire.DETAILS if name in told}
    kept = {name: _cut(name, value) for name, value in known.items() if _is_sound(name, value)}
    return kept or None


def _is_sound(name: str, value: Any) -> bool:
    # The very type: true is an integer to isinstance().
    if value is None or type(value) is not wire.DETAILS[name]:
        return value is None
    return not isinstance(value, int) or 0 <= value < _LARGEST


def _cut(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return value[-wire.TRACEBACK_CHARACTERS :] if name == "traceback" else value[: wire.MESSAGE_CHARACTERS]
