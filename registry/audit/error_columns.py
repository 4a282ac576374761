"""What a record keeps of an execution's error: all of it, and what lists show."""

from __future__ import annotations

from typing import Any

from registry.json_text import dumps
from registry.model import Json

_LISTED_CHARACTERS = 300


def make_error_columns(error: Json) -> dict[str, Any]:
    """The columns of an error.

    In lists it is without details and with the beginning of its message; ``error_truncated`` says whether that leaves
    anything out.
    """
    if not isinstance(error, dict):
        return {"error": None, "listed_error": None, "error_truncated": False}
    message = str(error.get("message", ""))
    cut = len(message) > _LISTED_CHARACTERS
    listed = {"kind": error.get("kind"), "message": f"{message[:_LISTED_CHARACTERS]}…" if cut else message}
    return {
        "error": dumps(error).decode(),
        "listed_error": dumps(listed).decode(),
        "error_truncated": cut or "details" in error,
    }


def make_interrupted_columns(message: str) -> dict[str, Any]:
    """The columns of an execution whose end nobody could tell."""
    return {"status": "failed", **make_error_columns({"kind": "interrupted", "message": message})}
