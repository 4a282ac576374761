"""What is shown of a result that is none: what was returned or printed, and how a script that prints more is mended."""

from __future__ import annotations

from typing import Any, Final

from registry.content import CONTENT, has_content
from registry.errors import InputRefused
from registry.json_text import dumps, loads
from registry.model import Json
from registry.secrets import Redactor

_RETURNED_CHARACTERS: Final = 4_000
_PRINTED_CHARACTERS: Final = 65_536
_SEARCHED_CHARACTERS: Final = 65_536
_SEARCHED_LINES: Final = 20
_MEND: Final = (
    "a script's standard output is its result: print everything else to standard error (file=sys.stderr), or define "
    "main(**arguments) and return the result"
)


def add_returned(error: Json, text: bytes, redactor: Redactor) -> Json:
    """An error with what a function returned among its details, without secrets."""
    returned = cut_middle(_redacted(text, redactor), _RETURNED_CHARACTERS)
    return {**error, "details": {**error.get("details", {}), "returned": returned}}


def redact_printed(text: bytes, redactor: Redactor) -> tuple[str, bool]:
    """What a script printed, without secrets, and whether something was left out."""
    whole = _redacted(text, redactor)
    return cut_middle(whole, _PRINTED_CHARACTERS), len(whole) > _PRINTED_CHARACTERS


def explain_printed(error: Json, text: bytes, max_depth: int) -> Json:
    """The error of a script whose output is no JSON, with how to mend it; others are as they were."""
    if "details" in error:  # it is JSON, and what is wrong with it is said there
        return error
    said = _describe_mending(text, max_depth)
    return {**error, "message": f"{error['message']} {said[0].upper()}{said[1:]}."}


def cut_middle(text: str, characters: int) -> str:
    """The beginning and the end of a text, and in between how much was left out."""
    if len(text) <= characters:
        return text
    end = characters // 4
    left_out = f"\n… {len(text) - characters} characters …\n"
    return text[: characters - end] + left_out + text[-end:]


def _redacted(text: bytes, redactor: Redactor) -> str:
    given = text.decode("utf-8", "replace")
    try:
        # Read and written again: in JSON a value may be escaped in ways that are not looked for in a text.
        value = loads(text, max_depth=1000)
        hidden = redactor.json(_without_bytes(value))
        given = given if hidden == value else dumps(hidden).decode()
    except (InputRefused, RecursionError):
        pass
    return redactor.text(given)


def _without_bytes(value: Json) -> Json:
    """Blocks are shown without what is base64: nobody reads it, and a secret in it is not found there."""
    if not has_content(value) or not isinstance(value[CONTENT], list):
        return value
    return {**value, CONTENT: [_shown_block(block) for block in value[CONTENT]]}


def _shown_block(block: Any) -> Json:
    data = block.get("base64") if isinstance(block, dict) else None
    if not isinstance(data, str):
        return block
    return {**block, "base64": f"… {len(data)} characters …"}


def _describe_mending(text: bytes, max_depth: int) -> str:
    lines = text[-_SEARCHED_CHARACTERS:].decode("utf-8", "replace").rstrip().splitlines()
    for count in range(1, min(len(lines), _SEARCHED_LINES + 1)):
        # A list or an object that begins at the margin: the end of anything else may be JSON by chance.
        if lines[-count][:1] in ("{", "[") and _is_json("\n".join(lines[-count:]), max_depth):
            where = "the last line alone is" if count == 1 else f"the last {count} lines alone are"
            return f"{where} JSON; {_MEND}"
    if len(lines) > 1 and _is_json(lines[-1], max_depth):
        return f"the last line alone is JSON; {_MEND}"
    return _MEND


def _is_json(text: str, max_depth: int) -> bool:
    try:
        loads(text, max_depth=max_depth)
    except InputRefused:
        return False
    return True
