"""What is on record of a call's arguments: as they came, and nothing that must not be there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry.executions.call_arguments import TakenArguments
from registry.executions.recorded_arguments import make_recorded_arguments
from registry.secrets import REDACTED, Redactor
from tests.registry.test_argument_forms import INTEGER, LIST, TEXT, take

Json = Any
SECRET = {"type": "string", "writeOnly": True}
LOGIN: Json = {"type": "object", "properties": {"user": TEXT, "password": SECRET, "tries": INTEGER}}
PARAMETERS: Json = {
    "type": "object",
    "properties": {
        "login": LOGIN,
        "logins": {"type": "array", "items": LOGIN},
        "vault": {"type": "object", "writeOnly": True, "additionalProperties": INTEGER},
        "count": INTEGER,
        "list": LIST,
        "more": {"type": "object", "additionalProperties": INTEGER},
    },
}
TOKEN = 'k3y-"quoted"-token'


def recorded(arguments: Json, *values: str) -> tuple[Json, tuple[str, ...]]:
    return make_recorded_arguments(take(PARAMETERS, arguments), PARAMETERS, Redactor(values))


def test_what_was_coerced_is_on_record_as_it_came() -> None:
    came = {"count": "5", "list": '[1, "2"]', "login": {"tries": 2.0}}
    assert recorded(came) == (came, ("/count", "/list", "/login/tries"))


def test_a_password_in_a_text_is_hidden_and_the_rest_is_seen() -> None:
    inner = json.dumps({"user": "ada", "password": "hunter2"})
    kept, coerced = recorded({"login": json.dumps(inner), "logins": [inner, {"password": "hunter2"}]})
    assert "hunter2" not in json.dumps(kept)
    assert json.loads(kept["login"]) == {"user": "ada", "password": REDACTED}
    assert json.loads(kept["logins"][0])["user"] == "ada"
    assert coerced == ("/login", "/logins/0")


def test_nothing_inside_of_what_is_hidden_is_named() -> None:
    kept, coerced = recorded({"vault": {"s3cret-name": "5"}, "count": 1.0})
    assert (kept, coerced) == ({"vault": REDACTED, "count": 1.0}, ("/vault", "/count"))


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_granted_secret_is_hidden_however_often_its_text_was_quoted(times: int) -> None:
    text: Json = {"user": TOKEN, "tries": 1}
    for _ in range(times):
        text = json.dumps(text)
    kept, coerced = recorded({"login": text}, TOKEN)
    assert "k3y" not in json.dumps(kept)
    assert json.loads(kept["login"]) == {"user": REDACTED, "tries": 1}
    assert coerced == ("/login",)


def test_a_name_that_holds_a_secret_is_in_no_pointer() -> None:
    kept, coerced = recorded({"more": {TOKEN: "5", "plain": 2.0}}, TOKEN)
    assert "k3y" not in json.dumps([kept, coerced])
    assert coerced == ("/more", "/more/plain")


def test_without_coercion_nothing_is_compared() -> None:
    taken = TakenArguments({"count": 5}, {"count": 5})
    assert make_recorded_arguments(taken, PARAMETERS, Redactor([TOKEN])) == ({"count": 5}, ())
