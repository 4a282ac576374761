"""The process of the tool itself, forked from the harness: set itself up, run ``main.py``, report how that went.

The report goes over a pipe of its own (descriptor 3): ``R`` and the result's JSON text, or ``X`` and a JSON object
``{kind, message, details}``. What the host is told of it, :mod:`runner.harness.supervisor` decides.
"""

# ruff: noqa: PTH100, PTH118, PTH120, PTH123, PTH208 -- pathlib is an import that every sandbox would pay for

from __future__ import annotations

import atexit
import contextlib
import ctypes
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
from typing import Any, NoReturn

REPORT = 3
_HIGHEST_DESCRIPTOR = 4096
_ABOVE_TARGETS = 16
_NICE = 5
_MESSAGE_CHARACTERS = 4096
_TRACEBACK_CHARACTERS = 32768
_SET_DUMPABLE = 4  # prctl(2): PR_SET_DUMPABLE


def become_tool(header: dict[str, Any], arguments: bytes, pipes: list[int]) -> NoReturn:
    """Turn this forked process into the tool's, run the tool, end. ``pipes``: stdin, stdout, stderr, report."""
    code = 70
    try:
        _settle(header, pipes)
        run = _run_script if header["entry"] == "script" else _run_function
        code = run(header, arguments)
        _finish(header["entry"] == "script")
    except BaseException:  # noqa: BLE001 -- nothing may climb back into the supervisor
        with contextlib.suppress(BaseException):
            traceback.print_exc()
    finally:
        os._exit(code)


def _settle(header: dict[str, Any], pipes: list[int]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _ABOVE_TARGETS) for fd in pipes]
    for target, fd in enumerate(moved):
        os.dup2(fd, target, inheritable=target != REPORT)
    # Without close_range(2), which seccomp may refuse, each number costs a call: no more than there can be.
    os.closerange(REPORT + 1, min(os.sysconf("SC_OPEN_MAX"), _HIGHEST_DESCRIPTOR))
    _be_ordinary()
    for name in [name for name in sys.modules if name.partition(".")[0] == "harness"]:
        del sys.modules[name]  # a tool may have a module of that name
    _forget_namesakes(header["folder"])
    sys.path[:] = [folder for folder in sys.path if not _OWN_FOLDER.startswith(folder + os.sep)]
    os.environ.clear()
    os.environ.update(header["environment"])
    os.chdir(header["folder"])
    sys.path.insert(0, header["folder"])
    sys.argv = [os.path.join(header["folder"], "main.py")]
    sys.stdin = io.TextIOWrapper(open(0, "rb"), encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
    # Unbuffered, so that what was printed before a kill or a crash is in the log.
    sys.stdout = io.TextIOWrapper(open(1, "wb", 0), encoding="utf-8", errors="surrogateescape", write_through=True)  # noqa: SIM115
    sys.stderr = io.TextIOWrapper(open(2, "wb", 0), encoding="utf-8", errors="backslashreplace", write_through=True)  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]


def _forget_namesakes(folder: str) -> None:
    """Let the tool's own files come before the modules that were imported ahead: a tool may have an ``attr.py``."""
    own = {name.partition(".")[0] for name in os.listdir(folder)}
    for name in list(sys.modules):
        top = name.partition(".")[0]
        if top in own and top not in sys.stdlib_module_names:  # of those, as of sys, there is one for all
            del sys.modules[name]


def _be_ordinary() -> None:
    """Give up what only the harness needs: to be hidden from /proc, and to go last when memory or time is short."""
    ctypes.CDLL(None).prctl(_SET_DUMPABLE, 1, 0, 0, 0)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    with contextlib.suppress(OSError):
        os.nice(_NICE)


def _run_function(header: dict[str, Any], text: bytes) -> int:
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        main = importlib.import_module("main").main
        arguments = json.loads(text)
        value = main(arguments) if header["whole_object"] else main(**arguments)
    except SystemExit as error:
        code = _exit_code(error)
        _failed(
            "exit", f"main() ended the process with the exit code {code} instead of returning a result.", {"code": code}
        )
        return code
    except BaseException as error:  # noqa: BLE001 -- whatever the tool raised is its end
        _raised(error, header["folder"])
        return 1
    try:
        result = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except Exception as error:  # noqa: BLE001 -- the value is the tool's, and so is what it raises here
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        message = f"What main() returned (a {kind}) cannot be written as JSON: {error}"
        _failed("invalid_result", message[:_MESSAGE_CHARACTERS])
        return 1
    _report(b"R" + result)
    return 0


def _run_script(header: dict[str, Any], _arguments: bytes) -> int:
    path = sys.argv[0]
    module = types.ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 -- running the tool is what this process is for
    except SystemExit as error:
        return _exit_code(error)
    except BaseException as error:  # noqa: BLE001 -- whatever the tool raised is its end
        sys.stderr.write(_raised(error, header["folder"]))
        return 1
    return 0


def _exit_code(error: SystemExit) -> int:
    """What Python itself makes of the argument of sys.exit()."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
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


def _raised(error: BaseException, folder: str) -> str:
    """Report an uncaught exception, without the frames that are not the tool's; gives the traceback as text."""
    trace = error.__traceback__
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(error), error, trace))
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename.startswith(folder)]
    line: int | None = lines[-1] if lines else None
    if isinstance(error, SyntaxError) and trace is None:
        line = error.lineno
    try:
        message = str(error)[:_MESSAGE_CHARACTERS]
    except Exception:  # noqa: BLE001 -- __str__ is the tool's code too
        message = "<the exception has no text>"
    kind = type(error).__name__
    details = {"type": kind, "message": message, "traceback": text[-_TRACEBACK_CHARACTERS:], "line": line}
    _failed("script_error", f"{kind}: {message}" if message else kind, details)
    return text


def _is_ours(filename: str) -> bool:
    return filename == importlib.__file__ or filename.startswith(("<frozen importlib", _OWN_FOLDER))


_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep


def _failed(kind: str, message: str, details: dict[str, Any] | None = None) -> None:
    _report(b"X" + json.dumps({"kind": kind, "message": message, "details": details}).encode())


def _report(data: bytes) -> None:
    rest = memoryview(data)
    with contextlib.suppress(OSError):  # closed by the tool: then its exit code says what there is to say
        while rest:
            rest = rest[os.write(REPORT, rest) :]
