"""What is kept of a call's arguments: as they came, without what must not be on record."""

from __future__ import annotations

from typing import Any

from registry.json_text import dumps
from registry.jsonschemas import make_pointer
from registry.model import Json
from registry.secrets import REDACTED, Redactor

from .argument_redaction import redact_write_only
from .call_arguments import TakenArguments


def make_recorded_arguments(taken: TakenArguments, schema: Json, redactor: Redactor) -> tuple[Json, tuple[str, ...]]:
    """The arguments for the record, and the pointers of what was coerced in them.

    A text that was read as JSON is kept as it came, unless something in it is to be hidden: then it is the JSON text of
    what was read, without that. A pointer ends where what it leads to is hidden.
    """
    came = redactor.json(redact_write_only(taken.came, schema))
    if not taken.coerced:
        return came, ()
    given = redactor.json(redact_write_only(taken.given, schema))
    kept = _kept(taken.came, taken.given, came, given)
    return kept, tuple(dict.fromkeys(_within(pointer, kept) for pointer in taken.coerced))


def _kept(came: Any, given: Any, shown_came: Any, shown_given: Any) -> Any:
    """``came`` as it is shown, with what was read from its texts as that is shown, where it is shown otherwise."""
    if came is given or shown_came == REDACTED:
        return shown_came
    if isinstance(came, str) and shown_given != given:
        return shown_given if isinstance(shown_given, str) else dumps(shown_given).decode()
    if isinstance(came, list) and isinstance(given, list):
        return [_kept(*four) for four in zip(came, given, shown_came, shown_given, strict=True)]
    if not (isinstance(came, dict) and isinstance(given, dict)):
        return shown_came
    if came.keys() != shown_came.keys() or not came.keys() <= shown_given.keys():
        return shown_given  # a name was hidden, so the two cannot be told side by side
    return {name: _kept(one, given[name], shown_came[name], shown_given[name]) for name, one in came.items()}


def _within(pointer: str, kept: Any) -> str:
    """The pointer, as far as it leads somewhere."""
    path: list[str | int] = []
    for raw in pointer.split("/")[1:]:
        name = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(kept, dict) and name in kept:
            path.append(name)
            kept = kept[name]
        elif isinstance(kept, list) and name.isdigit() and int(name) < len(kept):
            path.append(int(name))
            kept = kept[int(name)]
        else:
            break
    return make_pointer(path)
