"""Search for one regular expression: JSON in on standard input, JSON out on standard output."""

from __future__ import annotations

import json
import re
import sys
import warnings

MAX_CHARACTERS = 1_000
MAX_TOTAL_CHARACTERS = 300_000


def search(text: str, pattern: str, ignore_case: bool, dot_matches_newline: bool, max_matches: int) -> dict:
    """The matches, or ``error`` with what is wrong with the pattern."""
    flags = re.MULTILINE | (re.IGNORECASE if ignore_case else 0) | (re.DOTALL if dot_matches_newline else 0)
    try:
        compiled = re.compile(pattern, flags)
    except (re.error, RecursionError, OverflowError) as error:
        return {"error": f"The pattern is not a regular expression of Python's re: {error}."}
    matches: list[dict] = []
    line, counted_to, left = 1, 0, MAX_TOTAL_CHARACTERS
    for found in compiled.finditer(text):
        if len(matches) == max_matches or left <= 0:
            return {"matches": matches, "truncated": True}
        line, counted_to = line + text.count("\n", counted_to, found.start()), found.start()
        matches.append(_entry(found, line))
        left -= len(found[0]) + sum(len(group or "") for group in found.groups()) + 50
    return {"matches": matches, "truncated": False}


def _entry(found: re.Match, line: int) -> dict:
    return {
        "match": found[0][:MAX_CHARACTERS],
        "line": line,
        "groups": [_cut(group) for group in found.groups()],
        "named": {name: _cut(group) for name, group in found.groupdict().items()},
    }


def _cut(group: str | None) -> str | None:
    return None if group is None else group[:MAX_CHARACTERS]


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # what re says of odd patterns is not the caller's concern
    json.dump(search(**json.load(sys.stdin)), sys.stdout)
