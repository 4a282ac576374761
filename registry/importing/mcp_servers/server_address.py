"""Where an MCP server is: at an address of the web, or in a package of Python whose command starts it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry.errors import InputRefused

_VERSION = re.compile(r"([A-Za-z0-9._-]+)@([A-Za-z0-9.+!_-]+)")
_STARTERS = (("uvx",), ("uv", "tool", "run"), ("pipx", "run"))
_HINT = (
    "give an http or https address, or a command with which a package of Python is run: uvx PACKAGE …, or pipx run "
    "PACKAGE …. A sandbox has no other programs."
)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """``url`` for a server on the web. Otherwise ``host_command`` starts it here, and in a sandbox ``command`` does,
    which comes with ``dependencies``."""

    url: str = ""
    host_command: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The server as people name it: its host, or its command."""
        return urlsplit(self.url).netloc if self.url else self.command[0]


def read_server_address(text: str) -> ServerAddress:
    """Read an address or a command. Raises InputRefused for a command that no sandbox could run."""
    if "://" in text:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise InputRefused(f"{text[:200]} is no http or https address without a user in it.")
        return ServerAddress(url=text)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputRefused(f"{text[:200]} is no command: {error}") from None
    starter = next((one for one in _STARTERS if tuple(words[: len(one)]) == one), None)
    if starter is None:
        raise InputRefused(f"{text[:200]!r} names no server that a tool could call: {_HINT}")
    return _read_words(text, words, words[len(starter) :])


def _read_words(text: str, words: list[str], rest: list[str]) -> ServerAddress:
    source, extra = "", []
    while rest and rest[0].startswith("-"):
        option, _, value = rest.pop(0).partition("=")
        if option not in {"--from", "--spec", "--with"}:
            raise InputRefused(f"{text[:200]!r}: {option[:40]} is not known here; --from and --with are.")
        value = value or (rest.pop(0) if rest else "")
        if option == "--with":
            extra.append(value)
        else:
            source = value
    if not rest:
        raise InputRefused(f"{text[:200]!r} names no package: {_HINT}")
    name, found = rest[0], _VERSION.fullmatch(rest[0])
    package = name
    if found is not None:
        name = found[1]
        package = name if found[2] == "latest" else f"{name}=={found[2]}"
    return ServerAddress("", tuple(words), (name, *rest[1:]), (source or package, *extra))
