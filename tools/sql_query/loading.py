"""Load one table from CSV text or rows."""

from __future__ import annotations

import csv
import io
import re
import sqlite3

MAX_COLUMNS = 100
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")

Cell = str | int | float | None


def load(database: sqlite3.Connection, table: dict) -> None:
    """Make ``table["name"]`` and fill it. Raises ValueError for a table that is not well described."""
    name = table["name"]
    columns, rows = _from_csv(name, table["csv"]) if _is_csv(table) else _from_rows(table)
    if len({column.lower() for column in columns}) < len(columns):
        raise ValueError(f"Table {name} names a column twice.")
    database.execute(f"CREATE TABLE {_quoted(name)} ({', '.join(map(_quoted, columns))})")
    places = ", ".join("?" * len(columns))
    database.execute("BEGIN")
    database.executemany(f"INSERT INTO {_quoted(name)} VALUES ({places})", rows)
    database.execute("COMMIT")


def _is_csv(table: dict) -> bool:
    has_csv = table.get("csv") is not None
    if has_csv == (table.get("rows") is not None) or has_csv == (table.get("columns") is not None):
        raise ValueError(f"Table {table['name']} needs either csv, or both columns and rows.")
    return has_csv


def _from_csv(name: str, text: str) -> tuple[list[str], list[list[Cell]]]:
    csv.field_size_limit(1_000_000)
    try:
        lines = [line for line in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")) if line]
    except csv.Error as error:
        raise ValueError(f"The csv of table {name} cannot be read: {error}.") from None
    if not lines:
        raise ValueError(f"The csv of table {name} is empty; its first row names the columns.")
    columns = [cell.strip() or f"column_{index}" for index, cell in enumerate(lines[0], 1)]
    if len(columns) > MAX_COLUMNS:
        raise ValueError(f"Table {name} has more than {MAX_COLUMNS} columns.")
    return columns, _fitted(name, columns, [[_typed(cell) for cell in line] for line in lines[1:]])


def _from_rows(table: dict) -> tuple[list[str], list[list[Cell]]]:
    if not table["columns"]:
        raise ValueError(f"Table {table['name']} has no columns.")
    return table["columns"], _fitted(table["name"], table["columns"], table["rows"])


def _fitted(name: str, columns: list[str], rows: list[list[Cell]]) -> list[list[Cell]]:
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise ValueError(f"Row {number} of table {name} has {len(row)} values for {len(columns)} columns.")
    return rows


def _typed(cell: str) -> Cell:
    if _INTEGER.fullmatch(cell):
        return int(cell)
    if _NUMBER.fullmatch(cell):
        return float(cell)
    return cell or None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
