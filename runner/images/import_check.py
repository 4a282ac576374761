"""Whether what was installed can be imported: tried once, in a sandbox of the image with a tool's limits, offline."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from runner.model import FailedImport, Job, SandboxUnavailable, Settings
from runner.sandbox import Sandbox
from runner.sandbox_limits import SITE

_SECONDS = 120.0
"""For all modules together: a tool has 30, and a machine that builds is busy."""
_MARGIN_SECONDS = 15.0
_LOOK_SECONDS = 0.2
_MOST = 64
_LIBRARIES = 20
_LINE_CHARACTERS = 400
_MODULE = re.compile(r"(?!\d)\w{1,100}(\.(?!\d)\w{1,100}){0,9}")
_LIBRARY = re.compile(r"[\w.+-]{1,100}")


@dataclass(frozen=True, slots=True)
class ImportTrial:
    """The modules that were imported or tried to, those of them that cannot be, and why not all were tried, if so."""

    tried: tuple[str, ...] = ()
    failed: tuple[FailedImport, ...] = ()
    trouble: str = ""


def try_imports(
    settings: Settings, image: str, requirements: Iterable[str], memory_mb: int, ended: Callable[[], bool]
) -> ImportTrial:
    """Import the modules of the packages that the requirements name themselves. ``ended`` is asked whether to give up.

    What cannot be tried to its end, for want of time, is not held against anybody. Raises SandboxUnavailable.
    """
    wanted = sorted({canonicalize_name(Requirement(one).name) for one in requirements})
    job = Job(
        execution_id=f"imports-{uuid.uuid4().hex}",
        files={"main.py": (resources.files("runner") / "import_probe.py").read_bytes()},
        entry="function",
        arguments=json.dumps({"wanted": wanted, "site": SITE, "seconds": _SECONDS}).encode(),
        timeout_seconds=_SECONDS + _MARGIN_SECONDS,
        network=False,
    )
    with (
        Sandbox(
            settings,
            image,
            memory_mb=memory_mb,
            network=False,
            execution=job.execution_id,
            longest_seconds=job.timeout_seconds,
        ) as sandbox,
        _given_up(sandbox, ended),
    ):
        outcome = sandbox.run(job)
    if outcome.failure is not None and outcome.failure.kind == "interrupted":
        raise SandboxUnavailable(f"The imports of packages could not be tried: {outcome.failure.message}")
    if outcome.result is None:
        return ImportTrial(trouble=outcome.failure.message if outcome.failure is not None else outcome.status)
    return read_trial(outcome.result)


@contextlib.contextmanager
def _given_up(sandbox: Sandbox, ended: Callable[[], bool]) -> Iterator[None]:
    """While this lasts, a thread looks whether to give up."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            if ended():
                sandbox.stop("interrupted")
                return

    watcher = threading.Thread(target=watch, name="toolcrib-imports", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def read_trial(text: bytes) -> ImportTrial:
    """What the probe said, as far as it has the form; the packages that it ran with may have said it in its place."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return ImportTrial(trouble="what was said of them makes no sense")
    failed = told.get("failed")
    found = [_failed_import(one) for one in failed if isinstance(one, dict)] if isinstance(failed, list) else []
    left = ", ".join(_modules(told.get("left")))
    return ImportTrial(
        tried=_modules(told.get("tried")),
        failed=tuple(one for one in found if one is not None)[:_MOST],
        trouble=f"no time was left for {left}" if left else "",
    )


def _modules(told: Any) -> tuple[str, ...]:
    return tuple(one for one in told if _fits(_MODULE, one))[:_MOST] if isinstance(told, list) else ()


def _failed_import(told: dict[str, Any]) -> FailedImport | None:
    module, line, libraries = told.get("module"), told.get("line"), told.get("libraries")
    if not _fits(_MODULE, module) or not isinstance(line, str) or not isinstance(libraries, list):
        return None
    shown = "".join(one if one.isprintable() else " " for one in line[:_LINE_CHARACTERS]).strip()
    missing = tuple(one for one in libraries[:_LIBRARIES] if _fits(_LIBRARY, one))
    return FailedImport(str(module), shown, missing)


def _fits(form: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None
