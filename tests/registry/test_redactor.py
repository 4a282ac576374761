"""No form of a secret's value passes, whatever the pieces it comes in; and nothing else is touched."""

from __future__ import annotations

import base64
import html
import itertools
import json
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from registry.secrets import REDACTED, Redactor
from registry.secrets.value_spellings import explain_unhideable, list_spellings
from tests.properties import examples
from tests.waiting import patience

TOKEN = 'p4ss/w+rd"=ü\\&x'
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\nBKcw\n-----END PRIVATE KEY-----\n"
# A small alphabet, so that values overlap, repeat and begin in the middle of one another.
VALUES = st.text(alphabet='abcd"\n+ü', min_size=6, max_size=14).filter(lambda value: explain_unhideable(value) is None)
PIECES = st.lists(st.text(alphabet='abcd"\n+ü', max_size=20), max_size=12)


@pytest.mark.parametrize(
    "write",
    [
        str,
        repr,
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        lambda value: json.dumps(json.dumps({"a": value})),
        lambda value: repr(value.encode()),
        lambda value: str(KeyError(value)),
        html.escape,
        lambda value: "/rows/" + value.replace("~", "~0").replace("/", "~1"),
        quote,
        quote_plus,
        lambda value: quote(value, safe=""),
        lambda value: quote(value, safe="").lower(),
        lambda value: value.encode().hex(),
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
        lambda value: base64.b64encode(f"user:{value}".encode()).decode(),
        lambda value: base64.b64encode(f"us:{value}:rest".encode()).decode(),
        lambda value: base64.b64encode(f"u:{value}".encode()).decode(),
        lambda value: json.dumps(value).replace("/", "\\/"),
        lambda value: json.dumps(value, ensure_ascii=False).replace("/", "\\/"),
        lambda value: json.dumps(json.dumps(value).replace("/", "\\/")),
        lambda value: json.dumps(json.dumps(value)).replace("/", "\\/"),
        lambda value: quote(quote(value, safe=""), safe=""),
        lambda value: quote(quote(value, safe="").lower(), safe="").lower(),
        lambda value: quote(quote(value)),
        lambda value: quote_plus(quote_plus(value)),
        lambda value: quote(base64.b64encode(value.encode()).decode(), safe=""),
        *(
            lambda value, before=before, inner=inner, outer=outer: outer(
                b"x" * (before % 3) + inner(b"y" * (before // 3) + value.encode() + b"z")
            ).decode()
            for before in range(9)
            for inner in (base64.b64encode, base64.urlsafe_b64encode)
            for outer in (base64.b64encode, base64.urlsafe_b64encode)
        ),
    ],
)
def test_every_usual_way_to_write_a_value_is_hidden(write: Callable[[str], str]) -> None:
    written = write(TOKEN)
    shown = Redactor([TOKEN]).text(f"before {written} after")
    assert REDACTED in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert len(shown) <= len("before [redacted] after") + 20, f"{shown} still holds most of it"


def test_a_key_is_hidden_as_a_whole_and_line_by_line() -> None:
    redactor = Redactor([PEM])
    assert redactor.text(f"<{PEM}>") == f"<{REDACTED}>"
    assert redactor.text("key: hkiG9w0BAQEFAASC!") == f"key: {REDACTED}!"
    assert redactor.text("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----", "that says nothing"
    wrapped = base64.encodebytes(PEM.encode()).decode()
    assert all(line not in redactor.text(wrapped) for line in wrapped.split())


def test_what_overlaps_is_hidden_as_one() -> None:
    assert Redactor(["abcdef", "defghi"]).text("xabcdefghix") == f"x{REDACTED}x"
    assert Redactor(["abcdef", "abcdefgh"]).text("abcdefgh abcdef") == f"{REDACTED} {REDACTED}"


@given(st.lists(VALUES, min_size=1, max_size=3), PIECES, st.data())
@settings(max_examples=examples(400))
def test_no_output_holds_a_value_whatever_the_pieces(values: list[str], pieces: list[str], data: st.DataObject) -> None:
    whole = "".join(data.draw(st.permutations([*pieces, *values, *values])))
    redactor = Redactor(values)
    shown = redactor.text(whole)
    for value in values:
        assert all(form not in shown for form in list_spellings(value))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    stream, so_far = redactor.stream(), ""
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        so_far += stream.feed(whole[start:end])
        assert shown.startswith(so_far), "what was shown once stays as it is"
        assert redactor.text(whole, cut_after=True).startswith(so_far)
        assert all(value not in so_far for value in values)
    assert so_far + stream.end() == shown, "the same end, whatever the pieces"


@given(st.lists(VALUES, max_size=3), st.text(max_size=200))
@example(["abcdef"], "abcde")
def test_text_without_secrets_is_unchanged(values: list[str], text: str) -> None:
    assume(all(form not in text for value in values for form in list_spellings(value)))
    redactor = Redactor(values)
    stream = redactor.stream()
    assert redactor.text(text) == text
    assert "".join(map(stream.feed, text)) + stream.end() == text
    assert redactor.json({text: [text, 1, None, True]}) == {text: [text, 1, None, True]}


@given(VALUES, st.recursive(st.none() | st.integers() | VALUES, lambda inner: st.lists(inner, max_size=3)))
def test_a_json_value_loses_the_secret_wherever_it_stands(value: str, other: object) -> None:
    made = {"plain": other, value: {"deep": [[f"a{value}b"], {f"{value}key": value}]}}
    shown = json.dumps(Redactor([value]).json(made), ensure_ascii=False)
    assert value not in shown
    assert json.dumps(value, ensure_ascii=False)[1:-1] not in shown


def test_numbers_and_keys_that_become_equal_are_not_forgotten() -> None:
    redactor = Redactor(["12345678"])
    assert redactor.json([12345678, 912345678.5, 7, True]) == [REDACTED, REDACTED, 7, True]
    twice = {"12345678": 1, base64.b64encode(b"12345678").decode().rstrip("="): 2, "other": 3}
    assert sorted(redactor.json(twice).values()) == [1, 2, 3]


def test_the_rest_of_a_value_is_hidden_where_a_text_was_cut() -> None:
    redactor = Redactor(["s3cr3t-token"])
    assert redactor.text("the log ends with s3cr3t-to", cut_after=True) == f"the log ends with {REDACTED}"
    assert redactor.text("3t-token begins it", cut_before=True) == f"{REDACTED} begins it"
    assert redactor.text("the log ends with s3cr3t-to") == "the log ends with s3cr3t-to"
    long = "x" * 5000
    assert redactor.json({"traceback": f"r3t-token{long}s3cr3"}, cut=True) == {"traceback": REDACTED + long + REDACTED}


def test_without_values_nothing_is_looked_at() -> None:
    value = {"a": object()}
    assert Redactor().json(value) is value


def test_a_megabyte_and_a_key_take_no_time_to_speak_of() -> None:
    key = "\n".join(f"{number:064x}" for number in range(1000, 1030))
    redactor = Redactor([key, TOKEN])
    text = "MIIE and 0000000000000000 and p4ss/w+r\n" * 27_000
    began = time.monotonic()
    assert redactor.text(text) == text
    assert time.monotonic() - began < patience(5), "linear in the text; the bound is for slow machines"


@pytest.mark.parametrize(
    "value", ["", "short", "      a", "aaaaaaaa", "nul\0inside", "a\ud800bcdefg", REDACTED, "redacted"]
)
def test_what_cannot_be_hidden_is_refused_without_being_repeated(value: str) -> None:
    fault = explain_unhideable(value)
    assert fault is not None
    assert not value or value in REDACTED or value not in fault


def test_keys_that_become_equal_cost_one_step_each() -> None:
    value = "p4ss/w+rd"
    spellings = sorted(list_spellings(value))[:10]
    keys = {"".join(parts): 1 for parts in itertools.product(spellings, repeat=4)}
    started = time.thread_time()

    hidden = Redactor([value]).json(keys)

    assert len(hidden) == len(keys)
    assert all(REDACTED in key for key in hidden)
    assert time.thread_time() - started < 1.0
