"""Readers from the text of an environment variable to a setting's value. For a wrong text each raises a ValueError that
says what to give."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .forge_addresses import FORGES, PLACEHOLDER


def read_integer(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from ``low`` to ``high``."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(text)

    return read


def read_choice(*words: str) -> Callable[[str], str]:
    """A reader of one of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"give one of {', '.join(words)}")
        return text

    return read


def read_optional(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Like ``read``, but None for an empty text: the setting is not set."""
    return lambda text: read(text) if text else None


def read_words(text: str) -> tuple[str, ...]:
    """Words separated by commas, made lower case."""
    return tuple(word.strip().lower() for word in text.split(",") if word.strip())


def read_host_names(text: str) -> tuple[str, ...]:
    """Host names and addresses separated by commas, as a ``Host`` header has them without port, in lower case."""
    wrong = {word: _bare_host_name(word) for word in read_words(text) if not _is_host_name(word)}
    if wrong:
        forms = " and ".join(f"{bare} instead of {word}" for word, bare in wrong.items() if bare)
        raise ValueError(f"give names without scheme and port{', ' if forms else ', such as tools.example.org'}{forms}")
    return read_words(text)


def _is_host_name(word: str) -> bool:
    return _is_address(word) or re.fullmatch(r"[a-z0-9._-]+", word) is not None


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True


def _bare_host_name(word: str) -> str:
    """The name in an address such as ``https://name:8080/path`` or ``[::1]:8080``; empty where there is none."""
    try:
        name = urlsplit(word if "//" in word else f"//{word}").hostname or ""
    except ValueError:
        return ""
    return name if _is_host_name(name) else ""


def read_folder_name(text: str) -> str:
    """A folder inside the repository."""
    parts = text.strip("/").split("/")
    if not all(re.fullmatch(r"[A-Za-z0-9._-]+", part) and part not in {".", "..", ".git"} for part in parts):
        raise ValueError("give a folder inside the repository, such as tools")
    return "/".join(parts)


def read_branch(text: str) -> str:
    """The name of a branch."""
    # The rules of git-check-ref-format that matter for a name that becomes part of a path.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", text) or ".." in text or text.endswith(("/", ".lock", ".")):
        raise ValueError("give a branch name, such as main")
    return text


def read_file(text: str) -> Path:
    """The absolute path of an existing file."""
    found = read_path(text)
    if not found.is_file():
        raise ValueError("there is no such file")
    return found


def read_signing_key(text: str) -> Path | str:
    """The file of an ssh private key, or the fingerprint after ``openpgp:``."""
    kind, colon, fingerprint = text.partition(":")
    if colon and kind == "openpgp":
        if not re.fullmatch(r"(?:0x)?[0-9A-Fa-f]{16,64}", fingerprint):
            raise ValueError("give the path of an ssh private key, or openpgp: and a fingerprint")
        return fingerprint
    if not read_path(text).is_file():
        raise ValueError("give the path of an ssh private key, or openpgp: and a fingerprint")
    return read_path(text)


def read_instance(text: str) -> str:
    """A name for labels and records; an empty text is no name."""
    if not text:
        return ""
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,100}", text):
        raise ValueError("give up to 100 letters, digits, or one of _ . : -")
    return text


def read_path(text: str) -> Path:
    """A path, made absolute."""
    return Path(text).expanduser().absolute()


def read_remote(text: str) -> str:
    """The name of a remote."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text):
        raise ValueError("give the name of a remote, such as origin, or none")
    return text


def read_pull_request_url(text: str) -> str:
    """The name of a forge, or an address that opens a pull request."""
    bare = PLACEHOLDER.sub("", text)
    address = re.match(r"https?://|\{web\}", text) and "{branch}" in text and not re.search(r"[{}\s]", bare)
    if text not in FORGES and not address:
        raise ValueError(
            f"give {', '.join(FORGES)}, or an address with {{branch}} in it, and {{base}} and {{web}} at will"
        )
    return text
