"""The messages that answer a model's calls are what each provider's own types take."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from registry.formats.calling import CALLING, AnsweredCall, WantedCall
from tests.judges import complaints

pytestmark = pytest.mark.judges

ERROR = {"kind": "input-refused", "message": "no", "errors": [{"pointer": "/a", "message": "b", "code": "type"}]}


def messages() -> dict[str, list[dict[str, Any]]]:
    """By the name of the judge, as judges are given them."""
    values = [{"a": [1, None]}, "text", "", 0, None, [], "é"]
    answered = [AnsweredCall(WantedCall(f"c{n}", "greet", {}), value, failed=False) for n, value in enumerate(values)]
    answered.append(AnsweredCall(WantedCall("c7", "greet", {}), ERROR, failed=True))
    return {
        f"{name} answers": [{"strict": False, "definition": one} for one in calling.messages(answered)]
        for name, calling in CALLING.items()
    }


def test_every_provider_takes_the_messages_that_answer() -> None:
    assert complaints("models", messages()) == []


def test_the_judges_of_messages_do_say_no() -> None:
    broken = copy.deepcopy(messages())
    del broken["openai answers"][0]["definition"]["tool_call_id"]
    broken["openai-responses answers"][0]["definition"]["call_id"] = 1
    del broken["anthropic answers"][0]["definition"]["content"][0]["tool_use_id"]
    broken["gemini answers"][0]["definition"]["parts"][0]["functionResponse"]["result"] = 1
    assert len(complaints("models", broken)) == 4
