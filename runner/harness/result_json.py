"""What ``main()`` returned, as JSON text: every JSON value unchanged, and what ordinary Python has beside those.

The table of what becomes what is in docs/tools.md. Nothing is imported for a value: whoever made it has imported its
library, so it is known by what is in ``sys.modules``. The value is the tool's, and so is the code that it may bring
(``__iter__``, properties, generators), which runs within the tool's own limits.

Work is bounded by the result's own bound: each value is charged what it takes of the JSON text at least, so that an
endless generator, or a list that holds one large list a million times, ends as soon as it cannot fit any more.
"""

from __future__ import annotations

import json
import math
import reprlib
import sys
from binascii import b2a_base64
from collections.abc import Iterator, Mapping, Sequence, Set, ValuesView
from enum import Enum
from itertools import accumulate

from .library_values import Pairs, find_library_value
from .text_values import write_text

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from collections.abc import Callable, Iterable
    from typing import Any, NoReturn

_DEPTH = 100
_DIGITS = 4300
_TOO_LARGE = 10**_DIGITS
_SHOWN_CHARACTERS = 200
_ENCODE = json.JSONEncoder(allow_nan=False, check_circular=False, ensure_ascii=False, separators=(",", ":")).encode
_WHOLE_CHARACTERS = 1000
_KEY_WORDS = {True: "true", False: "false", None: "null"}


class _Shortened(reprlib.Repr):
    """Long texts are told by their length, never cut in their middle: half of a secret is not found and hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = 20

    def repr_str(self, x: str, level: int) -> str:
        return repr(x) if len(x) <= _WHOLE_CHARACTERS else f"<a text of {len(x)} characters>"

    def repr_instance(self, x: Any, level: int) -> str:
        text = repr(x)
        return (
            text if len(text) <= _WHOLE_CHARACTERS else f"<a {name_type(x)}, which is shown in {len(text)} characters>"
        )


class NotJson(Exception):
    """Something in the value has no form in JSON; the message says where and what."""


class TooLong(Exception):
    """The JSON text would be longer than it may be."""


def write_result(value: Any, most_bytes: int) -> bytes:
    """The value as JSON text.

    Raises NotJson, whose cause is what the value's own code raised, if it did; and TooLong.
    """
    conversion = _Conversion(most_bytes)
    try:
        text: bytes = _ENCODE(conversion.value(value)).encode()
    except (NotJson, TooLong):
        raise
    except Exception as error:
        raise NotJson(f"{conversion.place()} could not be read") from error
    return text


def name_type(value: Any) -> str:
    """The name of a value's class, with its module unless that is Python itself."""
    try:
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        return str(name)[:_SHOWN_CHARACTERS]
    except Exception:  # noqa: BLE001 -- its class is the tool's
        return "<a class without a name>"


def show_value(value: Any) -> str:
    """About what a value is, in some thousand characters, for whoever has to find out why it is no result."""
    try:
        return _Shortened().repr(value)
    except Exception:  # noqa: BLE001 -- __repr__ is the tool's code too
        return "<a value that cannot be shown>"


def _count_fitting(steps: list[str]) -> int:
    """How many of the first steps of a pointer can be said."""
    ends = accumulate(map(len, steps))
    return sum(end <= _SHOWN_CHARACTERS for end in ends)


class _Conversion:
    """One value on its way. ``path`` leads to what is looked at now: it is left as it is when something is refused."""

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes
        self._path: list[str | int] = []
        self._open: set[int] = set()

    def value(self, value: Any) -> Any:
        """The same in the types that JSON has."""
        written = _EXACT.get(type(value))
        return written(self, value) if written is not None else self._other(value)

    def text(self, value: str) -> str:
        self._pay(len(value) + 2)
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                self.refuse("holds a lone surrogate, which is no character")
        return value

    def integer(self, value: int) -> int:
        self._pay(1)
        if not -_TOO_LARGE < value < _TOO_LARGE:
            self.refuse(f"is an integer of more than {_DIGITS} digits; return it as text")
        return value

    def number(self, value: float) -> float:
        self._pay(1)
        if not math.isfinite(value):
            name = "NaN" if math.isnan(value) else "Infinity"
            self.refuse(f"is {name}, for which JSON has no word; return None or text")
        return value

    def word(self, value: bool | None) -> bool | None:
        self._pay(1)
        return value

    def list(self, values: Iterable[Any]) -> list[Any]:
        self._enter(values)
        made: list[Any] = []
        self._path.append(0)
        for item in values:
            self._pay(1)
            made.append(self.value(item))
            self._path[-1] = len(made)
        self._leave(values)
        return made

    def object(self, value: Mapping[Any, Any] | Pairs) -> dict[str, Any]:
        self._enter(value)
        made: dict[str, Any] = {}
        self._path.append("")
        for key, item in value.items():
            # As it is charged where it is no text yet, a key never costs less than it takes.
            name = self.text(key) if type(key) is str else self._key(key)
            if name in made:
                self._path.pop()
                same = _ENCODE(name) if len(name) <= _SHOWN_CHARACTERS else f"one text of {len(name)} characters"
                self.refuse(f"has two keys that become {same}")
            self._pay(2)
            self._path[-1] = name
            # Bytes where base64 is wanted are just that, without saying so a second time.
            made[name] = self._base64(item) if name == "base64" and isinstance(item, _BYTES) else self.value(item)
        self._leave(value)
        return made

    def refuse(self, why: str) -> NoReturn:
        """Raises NotJson, with the place."""
        raise NotJson(f"{self.place()} {why}")

    def place(self) -> str:
        """Where in the value it has come to, as a JSON pointer. What is too long to be said is left out whole."""
        steps = ["/" + str(one).replace("~", "~0").replace("/", "~1") for one in self._path]
        steps = [one if len(one) <= _SHOWN_CHARACTERS else "/…" for one in steps]
        if sum(map(len, steps)) > 2 * _SHOWN_CHARACTERS:
            head = _count_fitting(steps)
            steps = [*steps[:head], "/…", *steps[max(head, len(steps) - _count_fitting(steps[::-1])) :]]
        return "".join(steps) or "it"

    def _other(self, value: Any) -> Any:
        if isinstance(value, Enum):
            return self.value(value.value)
        known, found = find_library_value(value, self._left)
        if known:
            return self.value(found)
        for kind, plain in _SUBCLASSED:
            if isinstance(value, kind):
                return self.value(plain(value))
        if isinstance(value, _BYTES):
            return self.object({"base64": value})
        text = write_text(value)
        if text is not None:
            return self.text(text)
        return self._collected(value)

    def _collected(self, value: Any) -> Any:
        fields = _name_fields(value)
        if fields is not None:
            self._enter(value)
            made = self.object({name: getattr(value, name) for name in fields})
            self._open.discard(id(value))
            return made
        if isinstance(value, Mapping):
            return self.object(value)
        if isinstance(value, Set) and not isinstance(value, _ORDERED_VIEWS):
            return _in_order(self.list(value))
        listed: Any = value if isinstance(value, (Sequence, Iterator, *_ORDERED_VIEWS)) else None
        if listed is not None and not hasattr(type(value), "readline"):  # a file's lines are nobody's result
            return self.list(listed)
        if isinstance(value, type):
            self.refuse(f"is the class {value.__qualname__[:_SHOWN_CHARACTERS]} itself, not a value of it")
        if hasattr(type(value), "__await__"):
            self.refuse(f"is a {name_type(value)} that nobody awaited; have main run it with asyncio.run()")
        return self.refuse(f"is a {name_type(value)}{_IN_WORDS.get(type(value).__name__, '')}")

    def _key(self, key: Any) -> str:
        """What stands for a key that is no text."""
        self._path[-1] = "…"
        collected = isinstance(key, (tuple, list, Mapping, Set, *_BYTES))
        plain = None if collected else self.value(key)
        if isinstance(plain, str):
            return plain
        if not collected and (plain is None or isinstance(plain, bool)):
            return _KEY_WORDS[plain]
        if isinstance(plain, int | float):
            return self.text(repr(plain))
        self._path.pop()
        return self.refuse(f"has a key that is a {name_type(key)}; keys are text, numbers, dates or the like")

    def _base64(self, value: Any) -> str:
        self._pay(len(value) * 4 // 3)
        return b2a_base64(value, newline=False).decode()

    def _pay(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise TooLong

    def _enter(self, value: Any) -> None:
        if id(value) in self._open:
            self.refuse("contains itself")
        if len(self._path) >= _DEPTH:
            del self._path[_DEPTH // 20 :]
            self.refuse(f"is nested deeper than {_DEPTH} levels")
        self._open.add(id(value))
        self._pay(1)

    def _leave(self, value: Any) -> None:
        self._path.pop()
        self._open.discard(id(value))


def _name_fields(value: Any) -> Iterable[str] | None:
    """The names of the fields of a namedtuple, a dataclass or a class made with attrs; None of anything else."""
    kind = type(value)
    names = getattr(kind, "_fields", None)
    if isinstance(value, tuple) and isinstance(names, tuple) and all(isinstance(name, str) for name in names):
        return names
    if hasattr(kind, "__dataclass_fields__") and "dataclasses" in sys.modules:
        return [field.name for field in sys.modules["dataclasses"].fields(value)]
    if isinstance(attributes := getattr(kind, "__attrs_attrs__", None), tuple):
        return [attribute.name for attribute in attributes]
    return None


def _in_order(values: list[Any]) -> list[Any]:
    """What was in a set, in the same order each time: texts and numbers by themselves, anything else by its JSON."""
    if all(isinstance(one, str) for one in values):
        return sorted(values)
    if all(type(one) in {int, float} for one in values):
        return sorted(values)
    return sorted(values, key=_ENCODE)


_BYTES = (bytes, bytearray, memoryview)
# Of a subclass only what the value is itself: its methods may say something else.
_SUBCLASSED: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int.__pos__),
    (float, float.__pos__),
)
_ORDERED_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.items()), ValuesView)
_IN_WORDS = {"Decimal": " that is no finite number"}
_EXACT: dict[type, Callable[[_Conversion, Any], Any]] = {
    str: _Conversion.text,
    int: _Conversion.integer,
    float: _Conversion.number,
    bool: _Conversion.word,
    type(None): _Conversion.word,
    list: _Conversion.list,
    tuple: _Conversion.list,
    dict: _Conversion.object,
    Pairs: _Conversion.object,
}
