"""Profile CSV text. A script: arguments on standard input, the result on standard output."""

from __future__ import annotations

import csv
import io
import json
import sys
from itertools import zip_longest

from profile_column import profile

MAX_COLUMNS = 100
_DELIMITERS = ",;\t|"


def chosen(text: str, delimiter: str) -> str:
    """The delimiter that is asked for, or the one that stands most often in the first lines."""
    if delimiter != "auto":
        return delimiter
    beginning = text[:10_000]
    return max(_DELIMITERS, key=beginning.count)


def summary(text: str, delimiter: str = "auto", header: bool = True) -> dict:
    """The profile of ``text``; raises ValueError where it is no CSV."""
    csv.field_size_limit(1_000_000)
    delimiter = chosen(text, delimiter)
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")  # cells may hold line ends
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error as error:
        raise ValueError(f"This is not readable as CSV: {error}.") from None
    names = rows.pop(0) if header and rows else []
    width = len(names) or max(map(len, rows), default=0)
    columns = list(zip_longest(*(row[:MAX_COLUMNS] for row in rows), fillvalue=""))
    columns += [()] * (min(width, MAX_COLUMNS) - len(columns))
    return {
        "rows": len(rows),
        "delimiter": delimiter,
        "uneven_rows": sum(len(row) != width for row in rows),
        "columns": [
            profile((names[index] if index < len(names) else "") or f"column_{index + 1}", cells)
            for index, cells in enumerate(columns)
        ],
        "truncated": max(width, *map(len, rows), 0) > MAX_COLUMNS if rows else width > MAX_COLUMNS,
    }


arguments = json.load(sys.stdin)
json.dump(summary(arguments["csv"], arguments.get("delimiter", "auto"), arguments.get("header", True)), sys.stdout)
