"""Run one read-only query on tables that are handed over."""

from __future__ import annotations

import math
import sqlite3

from deadline import within
from guard import open_database, readable, reading, writing
from loading import load

TOTAL_SECONDS = 10
MAX_CELL_CHARACTERS = 4_000
MAX_CHARACTERS = 400_000


def main(query: str, tables: list[dict] | None = None, setup_sql: str | None = None, max_rows: int = 200) -> dict:
    """The rows of ``query``; raises ValueError with SQLite's words for what is wrong."""
    try:
        return within(TOTAL_SECONDS, lambda: _answer(query, tables or [], setup_sql, max_rows))
    except TimeoutError:  # one function on long values: SQLite cannot be stopped within it
        raise ValueError(f"The statements ran longer than {TOTAL_SECONDS} s; use shorter values.") from None


def _answer(query: str, tables: list[dict], setup_sql: str | None, max_rows: int) -> dict:
    database = open_database()
    try:
        with writing(database):
            for table in tables:
                load(database, table)
            if setup_sql:
                database.executescript(setup_sql)
        with reading(database):
            cursor = database.execute(query)
            columns = [column[0] for column in cursor.description or []]
            if not columns:
                raise ValueError("The query gives no rows; write one SELECT.")
            return {"columns": columns, **_rows(cursor, max_rows)}
    except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeError, MemoryError) as error:
        raise ValueError(readable(error)) from None
    finally:
        database.close()


def _rows(cursor: sqlite3.Cursor, max_rows: int) -> dict:
    rows: list[list] = []
    cut, left = False, MAX_CHARACTERS
    for row in cursor:
        if len(rows) == max_rows or left <= 0:
            cut = True
            break
        values = [_value(cell) for cell in row]
        cut = cut or any(isinstance(value, str) and len(value) > MAX_CELL_CHARACTERS for value in values)
        values = [value[:MAX_CELL_CHARACTERS] if isinstance(value, str) else value for value in values]
        left -= sum(len(str(value)) for value in values)
        rows.append(values)
    return {"rows": rows, "row_count": len(rows), "truncated": cut}


def _value(cell: object) -> object:
    if isinstance(cell, bytes):
        return cell[:MAX_CELL_CHARACTERS].hex()
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)  # JSON knows no infinity
    return cell
