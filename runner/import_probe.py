"""The tool that tries imports: runs inside a sandbox with packages and says which modules of theirs do not import.

Standard library only, Python 3.10 on. What it says is believed no further than its form (:mod:`.images.import_check`).
"""
# ruff: noqa: PTH118, PTH119, PTH120, PTH123, PTH202, PTH207 -- a tool, not the service

from __future__ import annotations

import contextlib
import glob
import importlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import traceback
from importlib import metadata
from typing import Any, NoReturn

# What distributions lay beside their own module by mistake, or for those who work on them.
_NOT_OWN = frozenset(
    (
        *(
            "benchmark",
            "benchmarks",
            "bin",
            "conftest",
            "data",
            "doc",
            "docs",
            "example",
            "examples",
            "script",
            "scripts",
        ),
        *("setup", "share", "test", "testing", "tests"),
    )
)
_MODULE_FILES = (".py", ".so")
_MOST_MODULES = 64
_MOST_FILES = 400
_PATIENCE_SECONDS = 5.0
_TEXT = 1000
_STDERR = "/tmp/import-stderr"  # noqa: S108 -- the sandbox's own


def main(wanted: list[str], site: str, seconds: float) -> dict[str, Any]:
    """Import the modules of the distributions ``wanted`` (normalised names) in ``site``, for ``seconds`` at most.

    ``tried``: those that were; ``left``: those for which there was no time. ``failed``: of the former, each module,
    its last line, and the shared objects that are missing.
    """
    until = time.monotonic() + seconds
    files: dict[str, list[str]] = {}
    for distribution in metadata.distributions(path=[site]):
        if _normalised(distribution.metadata["Name"] or "") in wanted:
            paths = [str(one) for one in distribution.files or ()]
            files |= dict.fromkeys(find_modules(paths), paths)
    modules = sorted(files)[:_MOST_MODULES]
    lines, tried = _import_all(modules, until)
    failed = [
        {"module": modules[place], "line": line, "libraries": _missing(site, files[modules[place]], line)}
        for place, line in sorted(lines.items())
    ]
    return {"tried": modules[:tried], "left": modules[tried:], "failed": failed}


def find_modules(paths: list[str]) -> list[str]:
    """The modules that a distribution with these files is there for: its top-level ones, or those in a namespace."""
    packages = {os.path.dirname(path) for path in paths if os.path.basename(path).startswith("__init__.")}
    found = set()
    for path in paths:
        folders, name = os.path.split(path)
        if not name.endswith(_MODULE_FILES):
            continue
        parts = folders.split("/") if folders else []
        above = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
        package = next((one for one in above if one in packages), None)
        if package is not None:
            found.add(package.replace("/", "."))
        elif not parts:
            found.add(name.partition(".")[0])
    named = {one for one in found if all(part.isidentifier() for part in one.split("."))}
    public = {one for one in named if not any(part.startswith("_") for part in one.split("."))} or named
    return sorted({one for one in public if one.partition(".")[0] not in _NOT_OWN} or public)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _import_all(modules: list[str], until: float) -> tuple[dict[int, str], int]:
    """The last line of each module that cannot be imported, by its place, and how many were tried.

    All in one process, as a tool would; where one ends that process, all the others are imported in another.
    """
    ended: dict[int, str] = {}
    while True:
        listening, telling = os.pipe()
        child = os.fork()
        if child == 0:
            _import(modules, ended, telling)
        os.close(telling)
        lines: dict[int, str] = {}
        reached, in_time = _listen(listening, until, lines, len(modules))
        os.close(listening)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if reached == len(modules) or not in_time:
            return lines | ended, max([reached, *(place + 1 for place in ended)])
        ended[reached] = _last_words(status)


def _import(modules: list[str], without: dict[int, str], telling: int) -> NoReturn:
    """Import what is not in ``without``, saying which is next and what failed; that twice: the order may be why."""
    os.setpgid(0, 0)
    with open(os.devnull, "r+b", 0) as nothing, open(_STDERR, "wb", 0) as kept:
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
        os.dup2(kept.fileno(), 2)

    def say(*words: Any) -> None:
        os.write(telling, json.dumps(words).encode() + b"\n")

    failed = []
    for place, module in enumerate(modules):
        if place not in without:
            say(place)
            line = _tried(module)
            if line is not None:
                failed.append(place)
                say(place, line)
    for place in failed:
        say(place)
        if _tried(modules[place]) is None:
            say(place, None)
    say(len(modules))
    os._exit(0)


def _tried(module: str) -> str | None:
    try:
        importlib.import_module(module)
    except BaseException as error:  # noqa: BLE001 -- whatever it raises is what there is to say
        kind = type(error).__name__
        with contextlib.suppress(Exception):
            text = "".join(traceback.format_exception_only(error))
            last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), kind)
            return (last if last.startswith(kind) else f"{kind}: {last}")[:_TEXT]
        return kind
    return None


def _listen(listening: int, until: float, lines: dict[int, str], last: int) -> tuple[int, bool]:
    """Which module was said last, and whether the process came to an end in time. Fills in what failed."""
    reached = 0
    rest = b""
    while (left := until - time.monotonic()) > 0:
        if not select.select([listening], [], [], left)[0]:
            continue
        piece = os.read(listening, 65536)
        if not piece:
            return reached, True
        *whole, rest = (rest + piece).split(b"\n")
        for one in whole:
            place, *line = json.loads(one)
            if not line:
                reached = place
            elif line[0] is None:
                lines.pop(place)
            else:
                lines[place] = line[0]
        if reached == last:
            return reached, True  # before the end of what was started meanwhile, if it ends at all
    return reached, False


def _last_words(status: int) -> str:
    with open(_STDERR, "rb") as file:
        file.seek(max(0, os.path.getsize(_STDERR) - 4 * _TEXT))
        said = file.read().decode(errors="replace")
    last = next((f": {line.strip()}" for line in reversed(said.splitlines()) if line.strip()), "")
    if not os.WIFSIGNALED(status):
        return f"it ended the process with the exit code {os.WEXITSTATUS(status)}{last}"[:_TEXT]
    number = os.WTERMSIG(status)
    why = ", most likely for want of memory" if number == signal.SIGKILL else ""
    return f"it ended the process by {signal.Signals(number).name}{why}{last}"[:_TEXT]


def _missing(site: str, paths: list[str], line: str) -> list[str]:
    """The shared objects that a distribution's own need and nobody has; asked of the loader where one was missed."""
    said = re.findall(r"([\w.+-]+\.so[\w.]*): cannot open shared object file", line)
    loader = next(iter(sorted(glob.glob("/lib*/ld-linux*.so*"))), None)
    if not said or loader is None:
        return said
    there = {name for _, _, names in os.walk(site) for name in names}
    found = set(said)
    for path in [os.path.join(site, one) for one in paths if re.search(r"\.so(\.\d+)*$", one)][:_MOST_FILES]:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            # As ldd does: to list, and go on where one is missing.
            listed = subprocess.run(
                [loader, path],
                env={"LD_TRACE_LOADED_OBJECTS": "1"},
                capture_output=True,
                text=True,
                timeout=_PATIENCE_SECONDS,
                check=False,
            )
            found.update(re.findall(r"^\s*([\w.+-]+) => not found", listed.stdout, re.MULTILINE))
    return sorted(found - there)


if __name__ == "__main__":  # to try it by hand: a site's folder and names
    print(json.dumps(main(sys.argv[2:], sys.argv[1], 60.0), indent=1))  # noqa: T201
