"""What a ranking promises whatever the tools and the question: the same answer every time, for any text, soon."""

from __future__ import annotations

import dataclasses
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.catalog.question_meanings import find_meanings
from registry.catalog.ranking import Ranking
from registry.catalog.synonyms import list_empty_words, map_synonyms
from registry.catalog.tokens import find_shapes, stem_word, stem_words
from registry.catalog.tool_terms import TermCache, Terms, extract_terms
from registry.model import Manifest
from tests.properties import examples
from tests.search.shipped import asked, many_tools, terms, tools

SOME = [
    "disk",
    "volume",
    "snapshot",
    "restore",
    "backup",
    "queue",
    "message",
    "purge",
    "pods",
    "drain",
    "node",
    "quota",
]
manifests = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True),
    st.lists(st.sampled_from(SOME), min_size=1, max_size=8).map(" ".join),
    min_size=1,
    max_size=12,
)


def found_by(described: dict[str, str]) -> dict[str, Terms]:
    return {name: extract_terms(Manifest(name, name, description=text)) for name, text in described.items()}


def ranked(described: dict[str, str], question: str) -> list[str]:
    return list(Ranking(found_by(described)).rank_names(question))


@given(manifests, st.lists(st.sampled_from(SOME), max_size=4).map(" ".join), st.randoms())
def test_the_order_of_the_tools_does_not_matter_and_twice_is_the_same(
    described: dict[str, str], question: str, random: object
) -> None:
    names = list(described)
    random.shuffle(names)  # type: ignore[attr-defined]
    first = ranked(described, question)
    assert first == ranked({name: described[name] for name in names}, question)
    ranking = Ranking(found_by(described))
    assert list(ranking.rank_names(question)) == list(ranking.rank_names(question)) == first
    assert len(first) == len(set(first))
    assert set(first) <= set(described)


@given(manifests)
def test_words_that_no_tool_has_find_nothing(described: dict[str, str]) -> None:
    assert ranked(described, "xylophone zzyzx") == []


@given(manifests, st.sampled_from(SOME))
def test_one_word_finds_the_tools_that_have_it_and_no_other(described: dict[str, str], word: str) -> None:
    with_it = {name for name, text in described.items() if word in text.split()}
    if with_it:
        assert set(ranked(described, word)) == with_it


@given(manifests, st.text(max_size=200))
@settings(max_examples=examples(200))
def test_no_question_is_refused(described: dict[str, str], question: str) -> None:
    assert set(ranked(described, question)) <= set(described)


@given(st.text(max_size=300))
@settings(max_examples=examples(200))
def test_no_text_of_a_tool_is_refused(text: str) -> None:
    found = extract_terms(Manifest("tool", text, description=text, tags=(text,), category=text))
    assert all(found.terms)
    assert all(weight > 0 for weight in found.weights)


@pytest.mark.parametrize(
    "question",
    ["", " ", "?!…,;", "\x00", "the of and", "....", "(((((", ".*", "[a-z]+$", "%%%", "\u202e", "443 8080", "_", "__"],
)
def test_a_question_without_words_finds_nothing(question: str) -> None:
    assert list(Ranking(terms()).rank_names(question)) in ([], list(Ranking(terms()).rank_names("<none>")))


@pytest.mark.parametrize(
    "question",
    [
        "certificate " * 100_000,
        "\x00" * 1_000_000,
        "1" * 1_000_000,
        "a" * 1_000_000,
        "a." * 500_000,
        "1.1.1.1/" * 100_000,
        "::" * 500_000,
        "* " * 500_000,
        "(a+)+$" * 100_000,
        "x_" * 500_000,
        "é" * 1_000_000,
        " ".join(f"unknwon{chr(97 + number % 26)}word" for number in range(100_000)),
    ],
    ids=lambda question: question[:12],
)
def test_a_question_of_a_megabyte_costs_no_more_than_a_long_one(question: str) -> None:
    ranking = Ranking(terms())
    began = time.process_time()
    list(ranking.rank_names(question))
    assert time.process_time() - began < 2, "a question is read up to a bound"
    assert len(find_meanings(question, ranking)) <= 48


def test_however_long_a_question_is_the_terms_looked_up_for_it_are_bounded() -> None:
    class Counting:
        looked_up = 0

        def __contains__(self, term: str) -> bool:
            self.looked_up += 1
            return False

        def completions(self, beginning: str) -> list[str]:
            return []

    unlike = Counting()
    letters = "bcdfghjklmnpqrst"
    question = " ".join(
        "".join(letters[(number >> shift) & 15] for shift in (0, 4, 8, 12)) + "xyz" for number in range(65536)
    )
    assert find_meanings(question, unlike) == []
    assert unlike.looked_up < 10_000


@pytest.mark.parametrize("piece", ["1 ", "1.", "a:", "0-", "a_", "::", "* ", "(?", "[a", "eyJ", "1 times ", "ab" * 500])
def test_hostile_texts_of_a_tool_are_read_in_time_that_grows_with_their_length(piece: str) -> None:
    text = (piece * 60_000)[:60_000]
    began = time.process_time()
    extract_terms(Manifest("tool", "Tool", description=text, parameters={"type": "object", "description": text}))
    assert time.process_time() - began < 5


def test_what_is_half_typed_is_completed_and_a_slip_is_mended() -> None:
    ranking = Ranking(terms())
    assert next(ranking.rank_names("certif")) == "tls_certificate_expiry"
    assert next(ranking.rank_names("prom")) == "prometheus_query"
    assert "tls_certificate_expiry" in list(ranking.rank_names("certifciate"))[:2]
    assert next(ranking.rank_names("subent calculator")) == "subnet_calculator"
    assert list(ranking.rank_names("zz")) == []


def test_names_in_one_word_in_camel_case_and_in_parts_are_alike() -> None:
    described = {"dns_lookup": "finds addresses", "queue_purge": "empties queues"}
    for question in ("dns_lookup", "DnsLookup", "dnsLookup", "DNS lookup", "dns-lookup", "DNSLookup"):
        assert ranked(described, question)[0] == "dns_lookup", question


def test_a_sentence_about_another_tool_speaks_for_that_tool() -> None:
    described = {
        "queue_list": "Lists queues with their lengths. To empty one, throwing messages away, use queue_wipe.",
        "queue_wipe": "Wipes a queue.",
    }
    assert ranked(described, "throw messages away")[0] == "queue_wipe"
    assert ranked(described, "lengths")[0] == "queue_list"


def test_what_a_tool_denies_weighs_less_than_what_it_says() -> None:
    described = {
        "a_tool": "Reads volumes. It cannot restore snapshots.",
        "b_tool": "Reads volumes. Restores snapshots.",
    }
    assert ranked(described, "restore snapshots") == ["b_tool", "a_tool"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("queries", "query"),
        ("expired", "expiry"),
        ("expires", "expire"),
        ("validation", "validate"),
        ("calculator", "calculate"),
        ("addresses", "address"),
        ("matches", "matching"),
        ("converted", "converts"),
        ("running", "run"),
        ("dates", "date"),
        ("classes", "class"),
    ],
)
def test_forms_of_one_word_have_one_stem(one: str, other: str) -> None:
    assert stem_word(one) == stem_word(other)


@pytest.mark.parametrize(("one", "other"), [("this", "thing"), ("status", "state"), ("feed", "fee"), ("bus", "bug")])
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem_word(one) != stem_word(other)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=30))
def test_a_stem_is_a_beginning_of_its_word_or_its_singular_and_never_empty(word: str) -> None:
    found = stem_word(word)
    assert found
    assert word.startswith(found[:-1])


def test_the_tables_of_words_are_in_order() -> None:
    for phrase, others in map_synonyms().items():
        assert phrase not in others
        assert all(phrase in map_synonyms()[other] for other in others), "alike goes both ways"
    assert all(list(stem_words(word)) == [word] for word in list_empty_words())


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("is 10.0.0.1 in 10.0.0.0/8", "<network>"),
        ("fd00::/8", "<network>"),
        ("reach 10.1.2.3 please", "<address>"),
        ("see https://example.com/a", "<url>"),
        ("*/5 * * * *", "<cron>"),
        ("30 2 * * MON", "<cron>"),
        ("@daily", "<cron>"),
        ("since 2026-01-31", "<date>"),
        ("what is 2 * 3", "<sum>"),
        (r"match \d+ there", "<pattern>"),
    ],
)
def test_what_a_question_is_made_of_is_seen(text: str, form: str) -> None:
    assert form in set(find_shapes(text))


def test_a_tool_whose_folder_did_not_change_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(manifest: Manifest) -> Terms:
        read.append(manifest.name)
        return extract_terms(manifest)

    monkeypatch.setattr(
        "registry.catalog.tool_terms.extract_terms", counted
    )  # a seam of ours: nothing else tells of it
    cache = TermCache()
    shipped = list(tools().values())
    first = cache.of(shipped)
    assert sorted(read) == sorted(first)
    read.clear()
    changed = dataclasses.replace(shipped[0], digest="0" * 40)
    assert cache.of([changed, *shipped[1:]]) == first
    assert read == [changed.name]


def test_ten_thousand_tools_give_what_a_few_give() -> None:
    """How long that takes is measured by the benchmark; here, that bounds and pruning leave the answer right."""
    ranking = Ranking(TermCache().of(many_tools(2000)))
    for question, tool in asked("tuned")[:20]:
        few = list(Ranking(terms()).rank_names(question))[:5]
        many = [name.rpartition("_")[0] for name, _ in zip(ranking.rank_names(question), range(600), strict=False)]
        assert tool not in few or tool in many, question


def test_what_was_read_ahead_is_not_read_again_with_the_first_question(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, asked_for = TermCache(), list(tools().values())
    cache.prepare(asked_for)
    expected = terms()
    monkeypatch.setattr(
        "registry.catalog.tool_terms.extract_terms", lambda manifest: pytest.fail(f"read {manifest.name} again")
    )
    assert cache.of(asked_for) == expected
    cache.prepare(asked_for)
