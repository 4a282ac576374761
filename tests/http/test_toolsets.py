"""Toolsets over HTTP: shown with their findings, and narrowing what models see; they hide nothing elsewhere."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from registry.http.contract.body_shapes import get_validator
from tests.repositories import Repo

SUMS = "name: sums\ntools: [add, old, nothing]\n"
DEMO = "name: demo\ndescription: Greetings.\ninclude: {category: demo}\n"
BROKEN = "name: broken\ntools: add\n"


@pytest.fixture(autouse=True)
def _toolsets(client: FlaskClient, repo: Repo) -> None:
    for name, text in {"sums": SUMS, "demo": DEMO, "broken": BROKEN}.items():
        repo.write(f"toolsets/{name}.yaml", text)
    repo.commit()


def names(client: FlaskClient, query: str) -> list[str]:
    return [tool["function"]["name"] for tool in client.get(f"/api/v1/llm/{query}").get_json()["tools"]]


def test_the_list_shows_every_toolset_with_its_findings(client: FlaskClient) -> None:
    answer = client.get("/api/v1/toolsets").get_json()
    assert get_validator("Toolsets").faults(answer) == ()
    assert [one["name"] for one in answer["toolsets"]] == ["broken", "demo", "sums"]
    broken, demo, sums = answer["toolsets"]
    assert [one["severity"] for one in broken["findings"]] == ["error"]
    assert (demo["count"], demo["offered"], demo["title"]) == (4, 1, "Demo")
    [missing] = sums["findings"]
    place = (missing["file"], missing["line"], missing["column"])
    assert (missing["code"], place) == ("tool-missing", ("sums.yaml", 2, 19))


def test_one_toolset_tells_its_members(client: FlaskClient) -> None:
    answer = client.get("/api/v1/toolsets/sums").get_json()
    assert get_validator("Toolset").faults(answer) == ()
    assert answer["members"] == ["add", "old"], "of whatever status"
    assert client.get("/api/v1/toolsets/broken").get_json()["members"] == []
    missing = client.get("/api/v1/toolsets/none_such")
    assert missing.status_code == 404
    assert "broken, demo, sums" in missing.get_json()["detail"]


def test_models_lists_and_search_are_narrowed_and_nothing_else_is(client: FlaskClient) -> None:
    assert names(client, "tools?toolset=sums") == ["add"], "only what is offered"
    assert names(client, "tools?toolset=demo") == ["greet"]
    assert names(client, "tools?toolset=demo&search=nothing+such") == []
    assert names(client, "search?q=greet+somebody&toolset=sums") == ["add"]
    assert names(client, "tools") == ["add", "greet"]
    assert client.get("/api/v1/llm/tools/greet").status_code == 200
    assert client.get("/api/v1/tools").get_json()["total"] == 5


@pytest.mark.parametrize("route", ["tools?", "search?q=add&"])
@pytest.mark.parametrize("name", ["none_such", "broken", "", "..%2fdemo", "%00", "DEMO"])
def test_an_unknown_or_faulty_toolset_is_refused_at_its_parameter(client: FlaskClient, route: str, name: str) -> None:
    answer = client.get(f"/api/v1/llm/{route}toolset={name}")
    assert answer.status_code == 400
    [fault] = answer.get_json()["errors"]
    assert fault["pointer"] == "/toolset"
    assert "demo" in fault["message"] or "/api/v1/toolsets/broken" in fault["message"]


def test_an_answer_follows_the_file(client: FlaskClient, repo: Repo) -> None:
    first = client.get("/api/v1/llm/tools?toolset=demo")
    same = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/api/v1/llm/tools?toolset=demo", headers=same).status_code == 304
    repo.write("toolsets/demo.yaml", "name: demo\ntools: [add]\n")
    repo.commit()
    assert names(client, "tools?toolset=demo") == ["add"]
    repo.git("rm", "-q", "toolsets/demo.yaml")
    repo.commit()
    assert client.get("/api/v1/llm/tools?toolset=demo").status_code == 400


def test_an_edit_through_the_api_keeps_the_toolsets_and_moves_who_belongs_to_them(client: FlaskClient) -> None:
    assert names(client, "tools?toolset=demo") == ["greet"]
    shown = client.get("/api/v1/tools/add")
    patch = {"manifest": {"category": "demo"}}
    answer = client.patch("/api/v1/tools/add", json=patch, headers={"If-Match": shown.headers["ETag"]})
    assert answer.status_code == 200, answer.get_json()
    assert [one["name"] for one in client.get("/api/v1/toolsets").get_json()["toolsets"]] == ["broken", "demo", "sums"]
    assert names(client, "tools?toolset=demo") == ["add", "greet"]
