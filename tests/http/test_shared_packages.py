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


def put(client: FlaskClient, name: str, files: dict[str, str], etag: str | None = None, **more: Any) -> Any:
    """The answer to an edit of a package."""
    headers = {"If-Match": etag} if etag else {}
    return client.put(f"/api/v1/shared/{name}", json={"files": files, **more}, headers=headers)


def etag_of(client: FlaskClient, name: str) -> str:
    """What an edit of a package is made from."""
    return client.get(f"/api/v1/shared/{name}").headers["ETag"]


def test_an_edit_of_a_package_is_one_commit_and_a_new_version_of_its_tools(client: FlaskClient, repo: Repo) -> None:
    author = {"name": "Ada", "email": "ada@example.org"}
    answer = put(client, "letters", {"__init__.py": "ALL = 'xyz'\n"}, etag_of(client, "letters"), author=author)
    assert (answer.status_code, answer.get_json()["version"]) == (200, 3), answer.text
    assert answer.headers["ETag"] == etag_of(client, "letters")
    assert repo.git("log", "-1", "--format=%an: %s") == "Ada: _shared/letters: change __init__.py"
    assert repo.git("status", "--short") == "", "the working tree follows"
    greet = read(client, "/api/v1/tools/greet")
    assert (greet["version"], greet["revision"], greet["uncommitted"]) == (3, repo.git("rev-parse", "HEAD"), False)
    assert put(client, "letters", {"__init__.py": "ALL = 'xyz'\n"}, answer.headers["ETag"]).status_code == 200
    assert read(client, "/api/v1/tools/greet")["version"] == 3, "nothing to commit"


def test_an_edit_of_a_package_says_what_it_was_made_from(client: FlaskClient, repo: Repo) -> None:
    seen = etag_of(client, "letters")
    files = {"__init__.py": "ALL = 'mine'\n"}
    assert put(client, "letters", files).status_code == 428
    package(repo, "letters", "ALL = 'theirs'\n")
    repo.commit()
    stale = put(client, "letters", files, seen)
    assert stale.status_code == 412
    assert stale.get_json()["current"]["files"] == {"__init__.py": "ALL = 'theirs'\n"}
    assert "+ALL = 'mine'" in stale.get_json()["difference"]
    assert repo.git("show", "HEAD:tools/_shared/letters/__init__.py") == "ALL = 'theirs'"


@pytest.mark.parametrize(
    ("name", "files", "said"),
    [
        ("letters", {"__init__.py": "def (\n"}, "Not valid Python"),
        ("letters", {"other.py": ""}, "The folder has no __init__.py"),
        ("letters", {"__init__.py": "import wording\n"}, "letters, wording import one another in a circle"),
        ("letters", {"__init__.py": "import main_words\n"}, "The tool greet, which has this package, would break"),
        ("json", {"__init__.py": ""}, "would hide a module that every sandbox has"),
    ],
)
def test_an_edit_that_would_leave_errors_is_refused(
    client: FlaskClient, repo: Repo, name: str, files: dict[str, str], said: str
) -> None:
    repo.write("tools/greet/main_words.py", "")
    package(repo, "main_words")
    repo.commit()
    before = repo.git("rev-parse", "HEAD")
    answer = put(client, name, files, None if name == "json" else etag_of(client, name))
    assert answer.status_code == 422, answer.text
    assert any(said in one["message"] for one in answer.get_json()["findings"]), answer.text
    assert repo.git("rev-parse", "HEAD") == before


def test_a_package_is_added_and_removed_while_no_tool_has_it(client: FlaskClient, repo: Repo) -> None:
    added = put(client, "clock", {"__init__.py": "NOW = 1\n"})
    assert (added.status_code, added.headers["Location"]) == (201, "/api/v1/shared/clock")
    assert [one["code"] for one in added.get_json()["findings"]] == ["shared-unused"]
    assert client.delete("/api/v1/shared/clock").status_code == 428
    assert client.delete("/api/v1/shared/clock", headers={"If-Match": added.headers["ETag"]}).status_code == 204
    assert repo.git("log", "-1", "--format=%s") == "_shared/clock: remove the shared package"
    used = client.delete("/api/v1/shared/letters", headers={"If-Match": etag_of(client, "letters")})
    assert used.status_code == 422
    assert client.delete("/api/v1/shared/clock", headers={"If-Match": '"x"'}).status_code == 404
    assert put(client, "No-name", {"__init__.py": ""}).status_code == 400


def test_where_edits_are_proposals_a_package_is_proposed(repo: Repo) -> None:
    package(repo, "letters")
    using(repo, "greet", "letters")
    repo.commit()
    with app_client(repo.path, edit_mode="branch") as client:
        answer = put(client, "letters", {"__init__.py": "WORD = 'new'\n"}, etag_of(client, "letters"))
        assert answer.status_code == 202, answer.text
        [proposal] = read(client, "/api/v1/proposals")["items"]
        assert (proposal["tool"], proposal["findings"]) == ("_shared/letters", [])
        assert proposal["id"].startswith("_shared_letters-")
        assert [one["path"] for one in proposal["files"]] == ["_shared/letters/__init__.py"]
        assert read(client, "/api/v1/tools/greet")["version"] == 1
        repo.git("merge", "-q", "--no-ff", "-m", "merge", proposal["branch"])
        assert read(client, "/api/v1/tools/greet")["version"] == 2
        assert read(client, "/api/v1/proposals")["items"] == []
        tool = client.get("/api/v1/tools/greet")
        patch: dict[str, Any] = {"manifest": {"shared": ["leters"]}}
        refused: Any = client.patch("/api/v1/tools/greet", json=patch, headers={"If-Match": tool.headers["ETag"]})
        assert refused.status_code == 422
        assert "did you mean letters?" in refused.text
        patch = {"manifest": {"title": "New"}}
        assert client.patch(
            "/api/v1/tools/greet", json=patch, headers={"If-Match": tool.headers["ETag"]}
        ).status_code == 202  # fmt: skip
        assert [one["findings"] for one in read(client, "/api/v1/proposals")["items"]] == [[]]


def test_nobody_edits_over_work_on_a_package_that_is_not_committed(repo: Repo) -> None:
    package(repo, "letters")
    using(repo, "greet", "letters")
    repo.commit()
    package(repo, "letters", "WORD = 'half'\n")
    with app_client(repo.path) as client:
        tag = client.get("/api/v1/tools/greet").headers["ETag"]
        for answer in (
            put(client, "letters", {"__init__.py": ""}, etag_of(client, "letters")),
            client.patch("/api/v1/tools/greet", json={"manifest": {"title": "x"}}, headers={"If-Match": tag}),
        ):
            assert (answer.status_code, "somebody is working on the shared package letters" in answer.text) == (
                409,
                True,
            )
