"""Condense log lines. A script: arguments on standard input, the result on standard output."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter

MAX_LINE_CHARACTERS = 2_000
MAX_SHOWN_CHARACTERS = 500
_TIME = re.compile(
    r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_VARYING = (
    (_TIME, "<time>"),
    (re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"), "<id>"),
    (re.compile(r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b"), "<ip>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b|\b(?=[a-f]*[0-9])[0-9a-f]{12,}\b"), "<hex>"),
    (re.compile(r"(?<![\w.])[0-9]+(?:\.[0-9]+)?"), "<n>"),
)
_LEVELS = (
    ("error", re.compile(r"\b(?:error|err|fatal|critical|crit|panic|emerg|alert|severe)\b", re.IGNORECASE)),
    ("warning", re.compile(r"\b(?:warning|warn)\b", re.IGNORECASE)),
    ("info", re.compile(r"\b(?:info|notice)\b", re.IGNORECASE)),
    ("debug", re.compile(r"\b(?:debug|trace)\b", re.IGNORECASE)),
)
_NAMED_LEVEL = re.compile(r"\b(?:level|severity|lvl)\"?\s?[=:]\s?\"?([a-z]+)", re.IGNORECASE)


def level_of(line: str) -> str:
    """The level that a line names: in a field called level, else the level word that stands first."""
    field = _NAMED_LEVEL.search(line)
    searched = field[1] if field else line[:200]
    found = [(match.start(), name) for name, words in _LEVELS if (match := words.search(searched))]
    return min(found)[1] if found else "none"


def pattern_of(line: str) -> str:
    """The line with what varies from one to the next replaced."""
    for varying, placeholder in _VARYING:
        line = varying.sub(placeholder, line)
    return line


def summary(text: str, top: int = 10, level: str = "any") -> dict:
    """Counts, times and patterns of ``text``."""
    lines = [line.strip()[:MAX_LINE_CHARACTERS] for line in text.splitlines() if line.strip()]
    levels: Counter[str] = Counter()
    patterns: Counter[str] = Counter()
    examples: dict[str, str] = {}
    times: list[str] = []
    for line in lines:
        its_level = level_of(line)
        levels[its_level] += 1
        times += _TIME.findall(line)[:1]
        if level in ("any", its_level):
            pattern = pattern_of(line)
            patterns[pattern] += 1
            examples.setdefault(pattern, line)
    return {
        "lines": len(lines),
        "levels": {name: levels[name] for name in ("error", "warning", "info", "debug", "none")},
        "first_time": times[0] if times else None,
        "last_time": times[-1] if times else None,
        "patterns": [
            {
                "count": count,
                "pattern": pattern[:MAX_SHOWN_CHARACTERS],
                "example": examples[pattern][:MAX_SHOWN_CHARACTERS],
            }
            for pattern, count in patterns.most_common(top)
        ],
        "distinct_patterns": len(patterns),
        "truncated": len(patterns) > top,
    }


json.dump(summary(**json.load(sys.stdin)), sys.stdout)
