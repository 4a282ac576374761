"""Compare two texts line by line."""

from __future__ import annotations

import difflib

MAX_LINES = 5_000
MAX_DIFF_CHARACTERS = 100_000


def main(before: str, after: str, context_lines: int = 3, ignore_whitespace: bool = False) -> dict:
    """The unified diff; raises ValueError for texts with too many lines."""
    old, new = _lines(before, "before"), _lines(after, "after")
    key = _folded if ignore_whitespace else str
    matcher = difflib.SequenceMatcher(None, list(map(key, old)), list(map(key, new)))
    opcodes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    hunks = [_hunk(group, old, new) for group in matcher.get_grouped_opcodes(context_lines)] if opcodes else []
    diff = "\n".join(["--- before", "+++ after", *hunks]) if hunks else ""
    return {
        "equal": not opcodes,
        "added": sum(j2 - j1 for _, _, _, j1, j2 in opcodes),
        "removed": sum(i2 - i1 for _, i1, i2, _, _ in opcodes),
        "diff": diff[:MAX_DIFF_CHARACTERS],
        "truncated": len(diff) > MAX_DIFF_CHARACTERS,
    }


def _lines(text: str, name: str) -> list[str]:
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise ValueError(f"{name} has {len(lines)} lines; at most {MAX_LINES} can be compared. Give the relevant part.")
    return lines


def _folded(line: str) -> str:
    return " ".join(line.split())


def _hunk(group: list[tuple[str, int, int, int, int]], old: list[str], new: list[str]) -> str:
    first, last = group[0], group[-1]
    lines = [f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@"]
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            lines += [f" {line}" for line in old[i1:i2]]
        else:
            lines += [f"-{line}" for line in old[i1:i2]]
            lines += [f"+{line}" for line in new[j1:j2]]
    return "\n".join(lines)


def _range(start: int, stop: int) -> str:
    """A range as diff(1) writes it: the length is left out where it is 1, and an empty range names the line before."""
    length = stop - start
    beginning = start + 1 if length else start
    return str(beginning) if length == 1 else f"{beginning},{length}"
