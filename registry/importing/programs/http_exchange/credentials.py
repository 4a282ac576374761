"""Secrets from the environment, and their places in a request. Standard library only."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Credential:
    """A secret and where it goes: bearer, basic (user and password), header, query or cookie."""

    place: str
    secret: str
    name: str = ""
    password_secret: str = ""


def add_credential(credential: Credential, headers: dict[str, str], query: list[str], cookies: list[str]) -> None:
    """Put a secret into its place. Raises ValueError for one that would become more than one header."""
    value = refuse_lines(credential.secret, os.environ[credential.secret].strip())
    if credential.place == "bearer":
        headers["Authorization"] = f"Bearer {value}"
    elif credential.place == "basic":
        pair = f"{value}:{os.environ[credential.password_secret].strip()}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif credential.place == "header":
        headers[credential.name] = value
    else:
        pairs = query if credential.place == "query" else cookies
        pairs.append(f"{quote(credential.name, safe='[]')}={quote(value, safe='')}")


def refuse_lines(what: str, text: str) -> str:
    """The same text. Raises ValueError for one that would become more than one header."""
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text):
        raise ValueError(f"{what} is sent as a header and must be one line without control characters.")
    return text
