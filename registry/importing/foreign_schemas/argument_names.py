"""Names of an API as names of tools and of arguments: legal for every provider, readable, and each only once."""

from __future__ import annotations

import re

from registry.folder_rules import windows_fault

MAX_LENGTH = 64
_TAKEN = frozenset({"arguments", "input_data"})
"""A single parameter of these names would be taken for the whole object of arguments."""


class ArgumentNames:
    """Gives each parameter of one operation a name; the first of a name keeps it, others say where they go."""

    def __init__(self) -> None:
        self._taken = set(_TAKEN)

    def take(self, name: str, place: str) -> str:
        """A free name for a parameter that is called ``name`` and goes to ``place`` (path, query, body …)."""
        wanted = make_argument_name(name) or place
        for candidate in (wanted, f"{place}_{wanted}"[:MAX_LENGTH]):
            if candidate not in self._taken:
                break
        else:
            candidate = _numbered(wanted, self._taken)
        self._taken.add(candidate)
        return candidate


def make_argument_name(name: str) -> str:
    """Letters, digits and _ of a name, as it is written otherwise; empty where nothing is left."""
    text = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") if not re.fullmatch(r"[A-Za-z0-9_]+", name) else name
    if text[:1].isdigit():
        text = f"_{text}"
    return text[:MAX_LENGTH]


def make_tool_name(text: str) -> str:
    """A tool's name from an operationId, or from a method and a path: getPetById becomes get_pet_by_id."""
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    parted = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", parted)
    name = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    if not name or not name[0].isalpha():
        name = f"api_{name}".rstrip("_")
    name = name[:MAX_LENGTH].rstrip("_")
    return f"{name}_tool" if windows_fault(name) else name


def make_secret_name(text: str) -> str:
    """An environment variable's name: X-Api-Key becomes X_API_KEY."""
    return make_tool_name(text).upper()


def make_label(text: str) -> str:
    """A word for tags and categories: lower case, digits and hyphens; empty where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")


def _numbered(wanted: str, taken: set[str]) -> str:
    number = 2
    while f"{wanted[:60]}_{number}" in taken:
        number += 1
    return f"{wanted[:60]}_{number}"
