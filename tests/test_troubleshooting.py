"""``docs/troubleshooting.md`` explains every message that the code can give to whoever runs it, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.operator_messages import EXCEPTIONS, find_messages, messages_of

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/troubleshooting.md").read_text("utf-8")


def explained() -> dict[str, str]:
    """Each message of the page's tables with what is said of it."""
    rows: dict[str, str] = {}
    for table in re.findall(r"^\| message \|.*\n\|---\|---\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE):
        for line in table.splitlines():
            message, advice = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            assert message not in rows, f"explained twice: {message}"
            rows[message] = advice
    return rows


def test_every_message_that_an_operator_can_meet_is_explained() -> None:
    missing = sorted(find_messages() - explained().keys())
    assert not missing, "docs/troubleshooting.md must say why and what to do: " + "\n".join(missing)


def test_no_message_is_explained_that_nothing_says_any_more() -> None:
    stale = sorted(explained().keys() - find_messages())
    assert not stale, "no code says this: " + "\n".join(stale)


def test_every_message_either_says_what_to_do_or_is_told_it() -> None:
    assert [message for message, advice in explained().items() if not advice and ":" not in message] == []


def test_the_exceptions_that_are_looked_for_are_in_the_code() -> None:
    sources = [file.read_text("utf-8") for folder in ("registry", "runner") for file in (ROOT / folder).rglob("*.py")]
    defined = {name for source in sources for name in re.findall(r"^class (\w+)", source, re.MULTILINE)}
    assert defined >= EXCEPTIONS


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        ('raise ConfigError(f"{path} is gone: make it")', ["… is gone: make it"]),
        ('raise errors.Unavailable("not now", 5)', ["not now"]),
        ('_GONE = "it is " "gone"\nraise SandboxUnavailable(f"{_GONE} {error}")', ["it is gone …"]),
        ('_GONE = "{} is gone"\nraise GitFailed(_GONE.format(path))', ["… is gone"]),
        (
            'def why(error):\n    return "it broke"\nraise SandboxUnavailable(f"{why(error)}: mend it")',
            ["it broke: mend it"],
        ),
        ('raise BuildFailed(CODE, "one" if few else "many")', ["one", "many"]),
        ('_log.warning("%d MiB are used", size)', ["… MiB are used"]),
        ("raise Unavailable(str(error), 5)", []),  # it hands on what is found where it was said
        ('raise NotFound("for the caller alone")', []),
    ],
)
def test_a_message_is_found_however_it_is_written(source: str, messages: list[str]) -> None:
    assert list(messages_of(source)) == messages
