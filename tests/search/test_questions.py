"""The right tool is found: questions written for the shipped tools, a half of which nothing was tuned by."""

from __future__ import annotations

import pytest

from registry.catalog.ranking import Ranking
from tests.search.shipped import asked, close, offered, terms

HALVES = ("tuned", "held", "late")


@pytest.fixture(scope="module")
def ranking() -> Ranking:
    return Ranking(terms())


def ranked(ranking: Ranking, question: str) -> list[str]:
    return [name for name in ranking.rank_names(question) if name in offered()]


def shares(ranking: Ranking, questions: tuple[tuple[str, str], ...]) -> tuple[float, float]:
    """How often the right tool is the first, and among the first five."""
    found = [(ranked(ranking, question)[:5], tool) for question, tool in questions]
    first = sum(names[:1] == [tool] for names, tool in found)
    five = sum(tool in names for names, tool in found)
    return first / len(found), five / len(found)


def test_the_questions_are_many_and_ask_for_every_tool_that_is_offered() -> None:
    questions = [question for half in HALVES for question in asked(half)]
    assert len(questions) >= 200
    assert len({question for question, _ in questions}) == len(questions)
    for half in HALVES:
        assert {tool for _, tool in asked(half)} == offered(), half


def test_the_right_tool_is_first_in_85_and_among_the_first_five_in_98_of_100_questions(ranking: Ranking) -> None:
    questions = tuple(question for half in HALVES for question in asked(half))
    first, five = shares(ranking, questions)
    told = {half: "first {:.1%}, first five {:.1%}".format(*shares(ranking, asked(half))) for half in HALVES}
    print(f"first {first:.1%}, first five {five:.1%} of {len(questions)}; {told}")
    assert first >= 0.85, told
    assert five >= 0.98, told


def test_of_two_close_tools_the_right_one_comes_first(ranking: Ranking) -> None:
    wrong = []
    for one in close():
        names = ranked(ranking, one["q"])
        if one["not"] in names and names.index(one["tool"]) > names.index(one["not"]):
            wrong.append(one["q"])
    assert len(wrong) <= 0.1 * len(close()), wrong


def test_a_tool_is_found_by_its_name_and_by_its_title(ranking: Ranking) -> None:
    from tests.search.shipped import tools

    for name in offered():
        assert ranked(ranking, name)[0] == name
        assert ranked(ranking, tools()[name].manifest.title)[0] == name
