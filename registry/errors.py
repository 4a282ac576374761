"""The exception tree. One place turns it into HTTP problems (``http.problems``), one into exit codes (``cli``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input: where (a JSON pointer, RFC 6901), what, and a stable code."""

    pointer: str
    message: str
    code: str


class ToolcribError(Exception):
    """Everything that this project raises on purpose. The message is a sentence for the person who caused it."""


class ConfigError(ToolcribError):
    """A setting, or the repository it names, cannot be served. Says which one and what to do."""


class InputRefused(ToolcribError):
    """Input with faults, all of them at once."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class NotFound(ToolcribError):
    """What was asked for does not exist."""


class NotInvocable(ToolcribError):
    """The tool exists but must not run: draft, disabled, or with error findings."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class TooBusy(ToolcribError):
    """Every place to run is taken. ``retry_after_seconds`` is when to ask again."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(ToolcribError):
    """Something the service stands on (the engine, the image, the audit) does not work now."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class GitFailed(ToolcribError):
    """A Git command failed; the message holds its own words."""
