"""One case of the report, and what became of it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class NotTriedError(Exception):
    """The case cannot be tried on this machine; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Options:
    """``folder`` is empty and the case's own; ``mixed_seconds`` is how long the mixed load lasts."""

    folder: Path
    mixed_seconds: float


@dataclass(frozen=True, slots=True)
class Case:
    """``attempt`` does what the title says, raises AssertionError where the service broke, and returns what it saw."""

    name: str
    title: str
    attempt: Callable[[Options], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``verdict`` is held, broke or not tried; ``seen`` is one line of what was seen, ``detail`` the rest of it."""

    name: str
    title: str
    verdict: str
    seconds: float
    seen: str
    detail: str = ""


def try_case(case: Case, options: Options) -> Outcome:
    """Try one case. Whatever it raises, short of an interrupt, is an outcome."""
    began = time.monotonic()
    detail = ""
    try:
        verdict, seen = "held", case.attempt(options)
    except NotTriedError as error:
        verdict, seen = "not tried", str(error)
    except Exception as error:  # noqa: BLE001 -- one case must not hide the others
        verdict, seen = "broke", f"{type(error).__name__}: {error}"
        detail = traceback.format_exc()
    return Outcome(case.name, case.title, verdict, time.monotonic() - began, " ".join(seen.split())[:300], detail)
