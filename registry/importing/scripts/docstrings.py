"""Docstrings in Google's, NumPy's and Sphinx's style, as descriptions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from docstring_parser import ParseError, parse

from registry.importing.imported_tool import MAX_DESCRIPTION_CHARACTERS

_USAGE: Final = re.compile(r"^\s*(usage|examples?|author|version|date|license|copyright)\b\s*:?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """What a docstring says: of the whole, of each parameter (and its type), and of what comes back."""

    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    returns: str = ""


def read_docstring(text: str | None) -> Said:
    """Everything that a docstring says, each text in one line, or its paragraphs."""
    if not text:
        return Said()
    try:
        parsed = parse(text)
    except (ParseError, ValueError, IndexError):
        return Said(fit(text))
    parameters = {one.arg_name.lstrip("*"): one_line(one.description) for one in parsed.params if one.description}
    types = {one.arg_name.lstrip("*"): one.type_name for one in parsed.params if one.type_name}
    returns = one_line(parsed.returns.description) if parsed.returns and parsed.returns.description else ""
    long = "\n\n".join(
        part
        for part in re.split(r"\n\s*\n", parsed.long_description or "")
        if not _USAGE.match(part) and ">>>" not in part
    )
    whole = "\n\n".join(
        one_line(part) for part in (parsed.short_description or "", *re.split(r"\n\s*\n", long)) if part.strip()
    )
    return Said(fit(whole), parameters, types, returns)


def one_line(text: str | None) -> str:
    """A text with single spaces."""
    return " ".join((text or "").split())


def fit(text: str, most: int = MAX_DESCRIPTION_CHARACTERS) -> str:
    """At most so many characters, cut at the end of a sentence where there is one."""
    text = "".join(one for one in text.strip() if one.isprintable() or one in "\n\t")
    if len(text) <= most:
        return text
    cut = text[:most]
    end = max(cut.rfind(". "), cut.rfind(".\n"))
    return cut[: end + 1] if end > most // 2 else cut[: most - 1] + "…"


def as_sentence(text: str) -> str:
    """A text that begins large and ends with a full stop."""
    text = one_line(text)
    if not text:
        return ""
    return (text[0].upper() + text[1:]) + ("" if text[-1] in ".!?:;…" else ".")


def words_of(name: str) -> str:
    """``max_rows`` as ``Max rows``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = re.sub(r"[_\W]+", " ", spaced).strip().lower()
    return text[:1].upper() + text[1:]
