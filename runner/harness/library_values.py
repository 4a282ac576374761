"""Values of numpy, pandas, pydantic and sqlite3 in Python's own types. None of these is imported here."""

from __future__ import annotations

import json
import sys

from .text_values import write_duration

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_NOTHING: tuple[bool, Any] = (False, None)


def find_library_value(value: Any, most: int) -> tuple[bool, Any]:
    """``(True, value in simpler types)``, or ``(False, None)`` of what is of none of these libraries.

    What has more than ``most`` values is given as numbers that come without end: they cannot fit.
    """
    for module, find in _LIBRARIES:
        library = sys.modules.get(module)
        if library is not None:
            found = find(library, value, most)
            if found[0]:
                return found
    return _NOTHING


def _pandas(pandas: Any, value: Any, most: int) -> tuple[bool, Any]:
    if not hasattr(pandas, "DataFrame"):
        return _NOTHING  # it could not be imported as a whole, or is a tool's own module of that name
    if value is pandas.NaT or value is pandas.NA:
        return True, None
    many = (pandas.DataFrame, pandas.Series, pandas.Index, pandas.api.extensions.ExtensionArray)
    if isinstance(value, many):
        return True, _endless() if _count(value) > most else _pandas_values(pandas, value)
    if isinstance(value, pandas.Period | pandas.Interval):
        return True, str(value)
    return _NOTHING


def _count(value: Any) -> int:
    # Rows without columns are something, too.
    return int(value.shape[0] * max(1, value.shape[1]) if len(value.shape) > 1 else value.shape[0])


def _pandas_values(pandas: Any, value: Any) -> Any:
    if isinstance(value, pandas.DataFrame):
        return _records(pandas, value)
    if not isinstance(value, pandas.Series):
        return _column(pandas, pandas.Series(value))
    if value.index.nlevels > 1:
        return _records(pandas, value.to_frame("value" if value.name is None else value.name))
    if _numbers_rows(pandas, value.index):
        return _column(pandas, value)
    return Pairs(value.index.tolist(), _column(pandas, value))


def _records(pandas: Any, frame: Any) -> list[Any]:
    """An object for each row. Row numbers are left out; an index with names, or of other labels, is columns, too."""
    index = frame.index
    named = any(name is not None for name in index.names)
    if named or not _numbers_rows(pandas, index):
        levels = [index.get_level_values(level) for level in range(index.nlevels)]
        alone = "index" if index.nlevels == 1 else "level_{}"
        names = [alone.format(at) if name is None else name for at, name in enumerate(index.names)]
    else:
        levels, names = [], []
    names += frame.columns.tolist()
    columns = [_column(pandas, pandas.Series(level)) for level in levels]
    columns += [_column(pandas, frame.iloc[:, at]) for at in range(frame.shape[1])]
    if not columns:
        return [{} for _ in range(len(frame))]
    return [Pairs(names, row) for row in zip(*columns, strict=True)]


def _numbers_rows(pandas: Any, index: Any) -> bool:
    """Whether an index only says which row is which."""
    return index.nlevels == 1 and index.name is None and pandas.api.types.is_integer_dtype(index.dtype)


def _column(pandas: Any, series: Any) -> list[Any]:
    """The values of a series; what is missing is None."""
    missing = pandas.isna(series).tolist()
    return [None if gone else item for item, gone in zip(series.tolist(), missing, strict=True)]


class Pairs:
    """An object as its keys and values stand, keys that are equal included: those are told where they are written."""

    __slots__ = ("_keys", "_values")

    def __init__(self, keys: Iterable[Any], values: Iterable[Any]) -> None:
        self._keys, self._values = keys, values

    def items(self) -> Iterable[tuple[Any, Any]]:
        """As a dict has them."""
        return zip(self._keys, self._values, strict=True)


def _numpy(numpy: Any, value: Any, most: int) -> tuple[bool, Any]:
    if not hasattr(numpy, "generic"):
        return _NOTHING
    if isinstance(value, numpy.ndarray):
        if value is numpy.ma.masked:
            return True, None
        return True, _endless() if value.size > most else _numpy_values(numpy, value)
    return _numpy_scalar(numpy, value) if isinstance(value, numpy.generic) else _NOTHING


def _numpy_values(numpy: Any, value: Any) -> Any:
    if value.ndim == 0:
        return value[()]
    # Of dates and durations the list would be numbers without their unit.
    plain = value.dtype.kind in "biufSUO" and value.dtype != numpy.longdouble
    return value.tolist() if plain or isinstance(value, numpy.ma.MaskedArray) else list(value)


def _numpy_scalar(numpy: Any, value: Any) -> tuple[bool, Any]:
    if isinstance(value, numpy.datetime64):
        return True, None if numpy.isnat(value) else str(value)
    if isinstance(value, numpy.timedelta64):
        return True, None if numpy.isnat(value) else _numpy_duration(numpy, value)
    if isinstance(value, numpy.longdouble):
        return True, float(value)
    if isinstance(value, numpy.void) and value.dtype.names:
        return True, {name: value[name] for name in value.dtype.names}
    return True, value.item()


def _numpy_duration(numpy: Any, value: Any) -> Any:
    unit = numpy.datetime_data(value.dtype)[0]
    if unit in {"Y", "M", "generic"}:  # of no fixed length
        return f"P{int(value.astype('int64'))}{unit}" if unit != "generic" else int(value.astype("int64"))
    return write_duration(int(value.astype("timedelta64[ns]").astype("int64")))


def _pydantic(main: Any, value: Any, most: int) -> tuple[bool, Any]:
    """A model, as its own class writes it as JSON, with the names that its schema has."""
    model = getattr(main, "BaseModel", None)
    if model is None or not isinstance(value, model):
        return _NOTHING
    try:
        if hasattr(value, "model_dump"):
            return True, value.model_dump(mode="json", by_alias=True)
        return True, json.loads(value.json(by_alias=True))
    except Exception:  # noqa: BLE001 -- it has fields that it cannot write, and perhaps we can
        return True, value.model_dump(by_alias=True) if hasattr(value, "model_dump") else value.dict(by_alias=True)


def _sqlite3(sqlite3: Any, value: Any, most: int) -> tuple[bool, Any]:
    row: Any = getattr(sqlite3, "Row", ())  # a tool may have a module of that name
    if isinstance(value, row):
        return True, Pairs(value.keys(), tuple(value))
    return _NOTHING


def _endless() -> Iterator[int]:
    while True:
        yield 0


# A part of pydantic that is there once there are models: asking pydantic itself for its names would import it.
_LIBRARIES: tuple[tuple[str, Callable[[Any, Any, int], tuple[bool, Any]]], ...] = (
    ("pydantic.main", _pydantic),
    ("pydantic.v1.main", _pydantic),
    ("pandas", _pandas),
    ("numpy", _numpy),
    ("sqlite3", _sqlite3),
)
