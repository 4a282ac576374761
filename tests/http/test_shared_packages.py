"""Shared packages over HTTP: what is told of them, of their tools, and of the versions that they make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import app_client
from tests.registry.test_shared_packages import package, using
from tests.repositories import Repo


def read(client: FlaskClient, path: str) -> Any:
    """The JSON of an answer."""
    return client.get(path).get_json()


@pytest.fixture
def client(repo: Repo) -> Iterator[FlaskClient]:
    """A client of an app on a tool with two packages, of which it names one, and one tool without."""
    package(repo, "wording", "import letters\nWORD = letters.ALL\n")
    package(repo, "letters", "ALL = 'abc'\n")
    using(repo, "greet", "wording")
    repo.tool("plain")
    repo.commit()
    package(repo, "letters", "ALL = 'abcd'\n")
    repo.commit("more letters")
    with app_client(repo.path) as made:
        yield made


def test_a_tool_shows_its_packages_and_what_it_runs_with(client: FlaskClient, repo: Repo) -> None:
    greet = read(client, "/api/v1/tools/greet")
    plain = read(client, "/api/v1/tools/plain")
    assert (plain["bundle"], plain["shared"], plain["packages"]) == (plain["digest"], [], [])
    assert greet["bundle"] != greet["digest"] == repo.git("rev-parse", "HEAD:tools/greet")
    assert greet["shared"] == ["wording"]
    assert [(one["name"], one["version"], one["digest"]) for one in greet["packages"]] == [
        ("letters", 2, repo.git("rev-parse", "HEAD:tools/_shared/letters")),
        ("wording", 1, repo.git("rev-parse", "HEAD:tools/_shared/wording")),
    ]
    assert [one["path"] for one in greet["packages"][0]["files"]] == ["__init__.py"]


def test_packages_are_listed_with_their_tools_and_handed_out(client: FlaskClient) -> None:
    [letters, wording] = read(client, "/api/v1/shared")["packages"]
    assert (wording["name"], wording["imports"], wording["tools"]) == ("wording", ["letters"], ["greet"])
    assert read(client, "/api/v1/shared/letters") == letters
    assert client.get("/api/v1/shared/letters/files/__init__.py").data == b"ALL = 'abcd'\n"
    assert client.get("/api/v1/shared/letters/files/../../greet/main.py").status_code == 404
    assert client.get("/api/v1/shared/leters").status_code == 404
    assert "did you mean letters?" in read(client, "/api/v1/shared/leters")["detail"]
    assert {one["name"] for one in read(client, "/api/v1/tools")["items"]} == {"greet", "plain"}


def test_history_says_that_a_version_came_through_a_package_and_shows_the_difference(client: FlaskClient) -> None:
    versions = read(client, "/api/v1/tools/greet/versions")
    assert [(one["version"], one["message"], one["packages"]) for one in versions["items"]] == [
        (2, "more letters", ["letters"]), (1, "a change", ["letters", "wording"]),
    ]  # fmt: skip
    assert versions["items"][0]["changes"] == []
    difference = read(client, "/api/v1/tools/greet/diff")
    assert [one["path"] for one in difference["files"]] == ["_shared/letters/__init__.py"]
    assert "+ALL = 'abcd'" in difference["unified"]
    assert read(client, "/api/v1/tools/greet/versions/1")["packages"] == ["letters", "wording"]


def test_models_are_told_nothing_of_packages(client: FlaskClient) -> None:
    for form in ("openai", "anthropic", "gemini", "mcp"):
        told = client.get(f"/api/v1/llm/tools?format={form}").get_data(as_text=True)
        assert "greet" in told
        assert "wording" not in told
