"""The process of the tool itself, forked from the zygote: set itself up, run ``main.py``, report how that went.

The report goes over a pipe of its own (descriptor 3): ``R`` and the result's JSON text, or ``X`` and a JSON object
``{kind, message, details}``. What the host is told of it, :mod:`runner.harness.supervisor` decides.
"""

# ruff: noqa: PTH100, PTH118, PTH120, PTH123, PTH208 -- pathlib is an import that every sandbox would pay for

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib
import io
import json
import os
import signal
import sys
import threading
import traceback
import types
from os import _exit
from os import getpid as _getpid
from os import write as _write
from sys import setprofile as _setprofile
from sys import settrace as _settrace

from . import wire
from .parameters import ArgumentsUnfit, construct_arguments, construct_whole
from .result_json import NotJson, TooLong, name_type, show_value, write_result

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from typing import Any, NoReturn

# What the end needs is taken here: a tool may put anything in the place of what these modules hold.
_PLAIN_JSON = json.JSONEncoder(ensure_ascii=False)
REPORT = 3
_JOB = 4
_WHOLE = wire.WHOLE
_UNTOLD = 70
_HIGHEST_DESCRIPTOR = 4096
_ABOVE_TARGETS = 16
_MESSAGE_CHARACTERS = wire.MESSAGE_CHARACTERS
_TRACEBACK_CHARACTERS = wire.TRACEBACK_CHARACTERS


def become_tool(job: int, pipes: list[int]) -> NoReturn:
    """Turn this forked process into the tool's: wait for the job, run the tool, end.

    ``job`` is the pipe of the job frame, ``pipes`` are stdin, stdout, stderr and report.
    """
    code = _UNTOLD
    try:
        _detach(job, pipes)
        _warm_up()
        payload = _read_job()
        if payload is None:
            _exit(0)  # nobody needs this sandbox
        header, arguments, _ = wire.unpack_job(payload)
        _settle(header)
        process = _getpid()
        run = _run_script if header["entry"] == "script" else _run_function
        code, report = run(header, arguments)
        _finish(header["entry"] == "script")
        # Where the tool has forked and both sides come back here, one of them was started by the harness.
        if _getpid() == process:
            _report(report)
    except BaseException as error:  # noqa: BLE001 -- nothing may climb back into the supervisor
        with contextlib.suppress(BaseException):
            _write(2, f"The tool's process could not tell how it ended: {_name(error)}\n".encode())
    finally:
        _exit(code)


def _detach(job: int, pipes: list[int]) -> None:
    # Whatever a module that was imported ahead has set.
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _ABOVE_TARGETS) for fd in (*pipes, job)]
    for target, fd in enumerate(moved):
        os.dup2(fd, target, inheritable=target < REPORT)
    # Without close_range(2), which seccomp may refuse, each number costs a call: no more than there can be.
    os.closerange(_JOB + 1, min(os.sysconf("SC_OPEN_MAX"), _HIGHEST_DESCRIPTOR))
    sys.stdin = io.TextIOWrapper(open(0, "rb"), encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
    # Unbuffered, so that what was printed before a kill or a crash is in the log.
    sys.stdout = io.TextIOWrapper(open(1, "wb", 0), encoding="utf-8", errors="surrogateescape", write_through=True)  # noqa: SIM115
    sys.stderr = io.TextIOWrapper(open(2, "wb", 0), encoding="utf-8", errors="backslashreplace", write_through=True)  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
    for name in [name for name in sys.modules if name.partition(".")[0] == "harness"]:
        del sys.modules[name]  # a tool may have a module of that name
    sys.path[:] = [folder for folder in sys.path if not _OWN_FOLDER.startswith(folder + os.sep)]


def _warm_up() -> None:
    """Do once what every run does: the memory that this process needs is its own before the job comes."""
    write_result(json.loads(b'{"a": [1]}'), 100)
    with contextlib.suppress(ImportError):
        importlib.import_module("toolcrib_has_no_such_module")
    exec(compile(b"def main(): return {}\n", "main.py", "exec"), {})  # noqa: S102 -- our own words


def _read_job() -> bytes | None:
    """The payload of the job frame; None when there will be none."""
    with open(_JOB, "rb") as pipe:
        head = pipe.read(wire.HEAD.size)
        return pipe.read(wire.HEAD.unpack(head)[1]) if len(head) == wire.HEAD.size else None


def _settle(header: dict[str, Any]) -> None:
    _forget_namesakes(header["folder"])
    os.environ.clear()
    os.environ.update(header["environment"])
    os.chdir(header["folder"])
    sys.path.insert(0, header["folder"])
    sys.argv = [os.path.join(header["folder"], "main.py")]


def _forget_namesakes(folder: str) -> None:
    """Let the tool's own files come before the modules that were imported ahead: a tool may have an ``attr.py``."""
    own = {name.partition(".")[0] for name in os.listdir(folder)}
    for name in list(sys.modules):
        if name.partition(".")[0] in own and name not in _OURS:  # of those, as of sys, there is one for all
            del sys.modules[name]


def _run_function(header: dict[str, Any], text: bytes) -> tuple[int, bytes]:
    """The exit code, and the report."""
    sys.modules["__main__"] = types.ModuleType("__main__")
    value: Any = None
    try:
        try:
            main = importlib.import_module("main").main
            arguments = json.loads(text)
            if header["whole_object"]:
                value = main(construct_whole(main, arguments))
            else:
                value = main(**construct_arguments(main, arguments))
        finally:
            # What the tool has set to watch its own code shall not watch ours.
            _settrace(None)
            _setprofile(None)
        return 0, b"R" + write_result(value, header["result_bytes"]) + _WHOLE
    except ArgumentsUnfit as unfit:
        line = getattr(getattr(main, "__code__", None), "co_firstlineno", None)
        details = {"type": "ArgumentsUnfit", "message": str(unfit)[:_MESSAGE_CHARACTERS], "line": line}
        return 1, _failed("script_error", str(unfit)[:_MESSAGE_CHARACTERS], details)
    except NotJson as refused:
        return 1, _not_json(refused, value, header["folder"])
    except TooLong:
        # The supervisor ends whatever reports more than that: all that is too long has one end.
        return 1, b"R" + b" " * (header["result_bytes"] + len(_WHOLE) + 2)
    except SystemExit as error:
        code = _exit_code(error)
        message = f"main() ended the process with the exit code {code} instead of returning a result."
        return code, _failed("exit", message, {"code": code})
    except BaseException as error:  # noqa: BLE001 -- whatever the tool raised is its end
        return 1, _raised(error, header["folder"])[1]


def _not_json(refused: NotJson, value: Any, folder: str) -> bytes:
    """The report of a result that is none. Where its own code raised something, that is in the details."""
    message, details = f"What main() returned (a {name_type(value)}) cannot be written as JSON: {refused}", None
    if refused.__cause__ is not None:
        _, details = _describe_error(refused.__cause__, folder)
        message += f": {details['type']}: {details['message']}"
    details = {**(details or {}), "returned": show_value(value)[:_MESSAGE_CHARACTERS]}
    return _failed("invalid_result", message[:_MESSAGE_CHARACTERS], details)


def _run_script(header: dict[str, Any], _arguments: bytes) -> tuple[int, bytes]:
    """The exit code, and the report: nothing, where the exit code and what was printed say everything."""
    path = sys.argv[0]
    module = types.ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        try:
            exec(code, module.__dict__)  # noqa: S102 -- running the tool is what this process is for
        finally:
            _settrace(None)
            _setprofile(None)
    except SystemExit as error:
        return _exit_code(error), b""
    except BaseException as error:  # noqa: BLE001 -- whatever the tool raised is its end
        text, report = _raised(error, header["folder"])
        with contextlib.suppress(Exception):
            sys.stderr.write(text)
        return 1, report
    return 0, b""


def _exit_code(error: SystemExit) -> int:
    """What Python itself makes of the argument of sys.exit()."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    with contextlib.suppress(Exception):  # its text and the stream are the tool's
        print(error.code, file=sys.stderr)  # noqa: T201
    return 1


def _finish(script: bool) -> None:
    """What the interpreter does at its end. A function has answered by returning: nobody waits for its threads."""
    if script:
        threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _raised(error: BaseException, folder: str) -> tuple[str, bytes]:
    """The traceback of an uncaught exception without the frames that are not the tool's, and the report."""
    text, details = _describe_error(error, folder)
    kind, message = details["type"], details["message"]
    told = f"{kind}: {message}" if message else kind
    return text, _failed("script_error", told[:_MESSAGE_CHARACTERS], details)


def _describe_error(error: BaseException, folder: str) -> tuple[str, dict[str, Any]]:
    """The traceback of an exception of the tool's, and the details of a report about it."""
    text, line, kind, message = "", None, _name(error), _words(error)
    # What is asked of the exception may be the tool's code too.
    with contextlib.suppress(Exception):
        trace = error.__traceback__
        while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename):
            trace = trace.tb_next
        lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename.startswith(folder)]
        line = error.lineno if isinstance(error, SyntaxError) and trace is None else lines[-1] if lines else None
        text = "".join(traceback.format_exception(type(error), error, trace))
    return text, {"type": kind, "message": message, "traceback": text[-_TRACEBACK_CHARACTERS:], "line": line}


def _name(error: BaseException) -> str:
    """The name of an exception's class without its module, as in the last line of a traceback."""
    try:
        return type(error).__name__[:_MESSAGE_CHARACTERS]
    except Exception:  # noqa: BLE001 -- its class is the tool's
        return "<a class without a name>"


def _words(error: BaseException) -> str:
    try:
        return str(error)[:_MESSAGE_CHARACTERS]
    except Exception:  # noqa: BLE001 -- __str__ is the tool's code too
        return "<the exception has no text>"


def _is_ours(filename: str) -> bool:
    return filename == importlib.__file__ or filename.startswith(("<frozen importlib", _OWN_FOLDER))


_OURS = frozenset(sys.modules)
_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep


def _failed(kind: str, message: str, details: dict[str, Any] | None = None) -> bytes:
    text = _PLAIN_JSON.encode({"kind": kind, "message": message, "details": details})
    return b"X" + text.encode("utf-8", "replace")  # a message may hold what UTF-8 cannot say


def _report(data: bytes) -> None:
    rest = memoryview(data)
    with contextlib.suppress(OSError):  # closed by the tool: then its exit code says what there is to say
        while rest:
            rest = rest[_write(REPORT, rest) :]
