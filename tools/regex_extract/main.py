"""Find the matches of a regular expression, in a process of their own that can be stopped.

Python's re backtracks and knows no time limit: the process is the only thing that can be ended.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TIMEOUT_SECONDS = 5
_SEARCHER = Path(__file__).with_name("searcher.py")


def main(
    text: str, pattern: str, ignore_case: bool = False, dot_matches_newline: bool = False, max_matches: int = 100
) -> dict:
    """The matches; raises ValueError for a pattern that is malformed or takes too long."""
    asked = {
        "text": text,
        "pattern": pattern,
        "ignore_case": ignore_case,
        "dot_matches_newline": dot_matches_newline,
        "max_matches": max_matches,
    }
    try:
        ended = subprocess.run(
            [sys.executable, "-I", "-B", str(_SEARCHER)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(
            f"The pattern ran longer than {TIMEOUT_SECONDS} s on this text: avoid repetition in repetition, such as "
            "(a+)+ or (.*,)*, or give less text."
        ) from None
    if ended.returncode:
        said = ended.stderr[-300:].decode(errors="replace")
        raise RuntimeError(f"The search ended with status {ended.returncode}: {said}")
    found = json.loads(ended.stdout)
    if "error" in found:
        raise ValueError(found["error"])
    return found
