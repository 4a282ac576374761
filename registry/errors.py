"""The exception tree. One place turns it into HTTP problems (:mod:`registry.http.responses.problems`), one into exit
codes (:mod:`registry.cli`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input: where (a JSON pointer, RFC 6901), what, and a stable code."""

    pointer: str
    message: str
    code: str


class ToolcribError(Exception):
    """Everything that this project raises on purpose. The message is a sentence for the person who caused it.

    ``faults`` are all of an input's, for errors that are about some; told one by one beside the message.
    """

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class ConfigError(ToolcribError):
    """A setting, or the repository it names, cannot be served. Says which one and what to do."""


class InputRefused(ToolcribError):
    """Input with faults, all of them at once."""


class NotFound(ToolcribError):
    """What was asked for does not exist. ``near`` are names of tools that may have been meant."""

    def __init__(self, message: str, near: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.near = tuple(near)


class NotInvocable(ToolcribError):
    """The tool exists but must not run: draft, disabled, or with error findings."""


class TooBusy(ToolcribError):
    """Every place to run is taken. ``retry_after_seconds`` is when to ask again."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(ToolcribError):
    """Something the service stands on (the engine, the image, the audit) does not work now."""

    def __init__(self, message: str, retry_after_seconds: int, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message, faults)
        self.retry_after_seconds = retry_after_seconds


class SecretMissing(Unavailable):
    """A tool declares secrets that it does not get now; nothing runs. One fault for each."""


class GitFailed(ToolcribError):
    """A Git command failed; the message holds its own words."""


class CannotEdit(ToolcribError):
    """The repository, as it stands now, takes no edits (no branch is served, say). Says what to do."""


class AlreadyThere(ToolcribError):
    """There is a tool of the name that a new one was to have."""


class UncommittedWork(ToolcribError):
    """The tool is shown as somebody is working on it, uncommitted: an edit would be made from what is not committed."""


class EditRefused(ToolcribError):
    """What the edit makes of the tool has error findings. ``findings`` are all of its findings
    (:class:`registry.model.Finding`), ``faults`` the errors among them."""

    def __init__(self, message: str, faults: Sequence[Fault] = (), findings: Sequence[Any] = ()) -> None:
        super().__init__(message, faults)
        self.findings = tuple(findings)


class Stale(ToolcribError):
    """The folder is no longer what the edit was made from.

    ``digest`` is its Git tree id now (None: there is no such folder), ``revision`` the commit that says so, ``files``
    its readable files by path. ``difference`` is what the edit would change in them, ``meanwhile`` what was changed
    since the version that it was made from; both as unified text, None where that is not known.
    """

    def __init__(
        self,
        message: str,
        *,
        name: str,
        digest: str | None,
        revision: str | None,
        files: Mapping[str, bytes],
        difference: str | None = None,
        meanwhile: str | None = None,
    ) -> None:
        super().__init__(message)
        self.name = name
        self.digest = digest
        self.revision = revision
        self.files = files
        self.difference = difference
        self.meanwhile = meanwhile
