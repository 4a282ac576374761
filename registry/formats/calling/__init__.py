"""The calls that models return, and the messages that answer them: one pure module for each provider.

The caller must have checked the calls against ``schemas/calls.schema.json``.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.errors import Fault, InputRefused
from registry.model import Json

from . import anthropic, gemini, openai, openai_responses
from .calling_format import AnsweredCall, CallingFormat, WantedCall

CALLING: dict[str, CallingFormat] = {
    one.name: one for one in (openai.CALLING, openai_responses.CALLING, anthropic.CALLING, gemini.CALLING)
}

__all__ = ["CALLING", "AnsweredCall", "CallingFormat", "WantedCall", "read_calls"]


def read_calls(calls: Sequence[Json], format_name: str | None) -> tuple[CallingFormat, list[WantedCall]]:
    """The format of the calls (of the first one, if none is named), and each call's tool and arguments.

    Raises InputRefused, with every fault, when the calls have different formats or two have the same id.
    """
    kinds = [format_name or _recognised(call) for call in calls]
    faults = [
        Fault(
            f"/calls/{number}",
            f"Is a call of {kind}, and the first one is of {kinds[0]}: one format at a time",
            "format",
        )
        for number, kind in enumerate(kinds)
        if kind != kinds[0]
    ]
    calling = CALLING[kinds[0]]
    if not faults:
        wanted = [calling.read_call(call) for call in calls]
        faults = _repeated(wanted, calling.id_at)
    if faults:
        raise InputRefused("the calls cannot be answered together", faults)
    return calling, wanted


def _recognised(call: Json) -> str:
    return next(name for name, calling in CALLING.items() if calling.recognises(call))


def _repeated(wanted: Sequence[WantedCall], id_at: str) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for number, one in enumerate(wanted):
        if one.id is not None and first.setdefault(one.id, number) != number:
            message = f"Has the id of /calls/{first[one.id]}: nobody could tell their results apart"
            faults.append(Fault(f"/calls/{number}/{id_at}", message, "unique"))
    return faults
