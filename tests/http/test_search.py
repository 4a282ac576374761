"""Finding tools for a task over HTTP: for models, and for people by relevance."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from registry.formats import FORMATS
from registry.http.contract.body_shapes import get_validator
from tests.http.conftest import app_client
from tests.repositories import Repo


def found(client: FlaskClient, question: str, more: str = "") -> list[str]:
    answer = client.get(f"/api/v1/llm/search?q={quote(question)}{more}")
    assert answer.status_code == 200, answer.get_json()
    assert get_validator("ModelTools").faults(answer.get_json()) == ()
    return [tool["function"]["name"] for tool in answer.get_json()["tools"]]


def test_the_best_come_first_as_the_list_gives_them(client: FlaskClient) -> None:
    assert found(client, "add some numbers") == ["add"]
    assert found(client, "how do I greet somebody") == ["greet", "add"]
    listed = client.get("/api/v1/llm/tools").get_json()["tools"]
    assert client.get("/api/v1/llm/search?q=greet+somebody").get_json()["tools"] == sorted(
        listed, key=lambda tool: tool["function"]["name"] != "greet"
    )


def test_only_what_models_are_told_of_is_found(client: FlaskClient) -> None:
    for name in ("draft_one", "old", "broken"):
        assert name not in found(client, f"{name} greets somebody", "&limit=100")


def test_limit_category_and_tags_narrow_what_is_found(client: FlaskClient) -> None:
    assert found(client, "greet somebody", "&limit=1") == ["greet"]
    assert found(client, "greet somebody", "&category=math") == ["add"]
    assert found(client, "greet somebody", "&tags=demo") == ["greet"]
    assert found(client, "greet somebody", "&format=openai&strict=false") == ["greet", "add"]


@pytest.mark.parametrize("form", [f"format={name}" for name in FORMATS] + ["format=openai&strict=true"])
def test_what_is_found_is_sent_as_the_list_of_that_format_sends_it(client: FlaskClient, form: str) -> None:
    listed = client.get(f"/api/v1/llm/tools?category=math&{form}")
    assert client.get(f"/api/v1/llm/search?q=add+numbers&category=math&{form}").data == listed.data
    assert b"add" in listed.data


def test_nothing_fitting_is_an_empty_list(client: FlaskClient) -> None:
    for question in ("xylophone", "", "?!", "\x00", "the", ".*", "(a+)+$", "%", "'; DROP TABLE tools; --x"):
        assert found(client, question) == [], question


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "/q"),
        ("q=a&q=b", "/q"),
        ("q=" + "x" * 1001, "/q"),
        ("q=a&limit=0", "/limit"),
        ("q=a&limit=101", "/limit"),
        ("q=a&format=cobol", "/format"),
        ("q=a&format=gemini&strict=true", "/strict"),
        ("q=a&toolset=nothing", "/toolset"),
        ("query=a&q=a", "/query"),
    ],
)
def test_a_query_with_a_fault_is_refused_naming_it(client: FlaskClient, query: str, pointer: str) -> None:
    answer = client.get(f"/api/v1/llm/search?{query}")
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [pointer]


def test_a_megabyte_is_refused(client: FlaskClient) -> None:
    assert client.get("/api/v1/llm/search?q=" + "certificate+" * 90_000).status_code == 400


def test_a_commit_is_found_with_the_next_question(client: FlaskClient, repo: Repo) -> None:
    assert found(client, "brew coffee") == []
    repo.tool("brew", description="Brews coffee in the office kitchen, as strong as wanted.")
    repo.commit()
    assert found(client, "brew coffee") == ["brew"]
    repo.tool("brew", description="Brews black tea in the office kitchen, as strong as wanted.")
    repo.commit()
    assert found(client, "coffee") == []
    repo.git("rm", "-qr", "tools/brew")
    repo.commit()
    assert found(client, "brew tea") == []


def test_the_same_question_has_the_same_etag(client: FlaskClient) -> None:
    first = client.get("/api/v1/llm/search?q=greet")
    again = client.get("/api/v1/llm/search?q=greet", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/api/v1/llm/search?q=greet").data == first.data


def test_a_tool_that_the_format_cannot_take_leaves_its_place_to_the_next(client: FlaskClient, repo: Repo) -> None:
    tree = "{$ref: '#/$defs/node'}"
    parameters = "{type: object, properties: {root: " + tree + "}, required: [root], $defs: {node: "
    parameters += "{type: object, description: A node., properties: {below: {type: array, items: " + tree + "}}}}}"
    repo.tool("greet_tree", main="def main(root):\n    return root\n", title="Greet", parameters=parameters)
    repo.commit()
    assert found(client, "greet tree", "&limit=1") == ["greet"]


def test_people_may_sort_what_they_search_by_relevance(client: FlaskClient, repo: Repo) -> None:
    repo.tool("aaa", description="Says hello in a letter, which nobody needs for greetings of any kind at all.")
    repo.commit()

    def names(query: str) -> list[str]:
        return [item["name"] for item in client.get(f"/api/v1/tools?{query}").get_json()["items"]]

    assert names("search=greet")[0] == "aaa", "by name"
    assert names("search=greet&sort=relevance")[0] == "greet"
    assert sorted(names("search=greet&sort=relevance")) == sorted(names("search=greet")), "the same tools match"
    assert names("sort=relevance") == names("sort=name"), "without words there is nothing to rank by"
    assert client.get("/api/v1/tools?sort=-relevance").status_code == 400


def test_an_empty_repository_has_nothing_to_find(repo: Repo) -> None:
    repo.commit()
    with app_client(repo.path) as client:
        assert json.loads(client.get("/api/v1/llm/search?q=anything+at+all").data) == {"tools": []}
