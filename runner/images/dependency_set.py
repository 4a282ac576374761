"""A set of dependencies in one form, so that the same set, however written, is the same image. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

UNRESOLVABLE = "dependencies-unresolvable"
UNREACHABLE = "dependencies-unreachable"
TOO_LARGE = "dependencies-too-large"
ALTERED = "dependencies-altered"
"""A file has not the hash that was locked for it: somebody put another in its place."""
NOT_BUILT = "dependencies-not-built"
"""For reasons of this machine, such as a full disk."""


class BuildFailed(Exception):
    """An image cannot be built. ``fault`` is the finding's code; the message says why, in the resolver's words.

    ``logged`` tells that the log has these words already.
    """

    def __init__(self, fault: str, message: str, *, logged: bool = False) -> None:
        super().__init__(message)
        self.fault = fault
        self.logged = logged


def normalise_dependencies(dependencies: Iterable[str]) -> tuple[str, ...]:
    """The requirements normalised, sorted, each once. Raises BuildFailed for what is none, or names an address."""
    return tuple(sorted({_requirement(text) for text in dependencies}))


def _requirement(text: str) -> str:
    try:
        parsed = Requirement(text)
    except InvalidRequirement as error:
        why = str(error).partition("\n")[0]
        raise BuildFailed(UNRESOLVABLE, f"{text[:100]!r} is no requirement such as dnspython>=2.6: {why}") from None
    if parsed.url is not None:
        # An address would be fetched by the service, from wherever it points to, files of this machine included.
        message = f"{text[:100]!r} names an address; packages come from this machine's package index alone"
        raise BuildFailed(UNRESOLVABLE, message)
    extras = f"[{','.join(sorted(canonicalize_name(extra) for extra in parsed.extras))}]" if parsed.extras else ""
    bounds = ",".join(sorted(str(bound) for bound in parsed.specifier))
    marker = f" ; {parsed.marker}" if parsed.marker is not None else ""
    return f"{canonicalize_name(parsed.name)}{extras}{bounds}{marker}"
