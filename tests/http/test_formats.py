"""The models' formats over HTTP: which there are, strict ones, what becomes of a tool, and calling back."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.catalog import Catalog
from registry.errors import InputRefused
from registry.executions.call_arguments import check_arguments
from registry.formats import FORMATS
from registry.http.contract.body_shapes import get_validator
from registry.http.requests.app_context import get_attached_service
from tests.repositories import Repo

STRICT = [name for name, one in FORMATS.items() if one.has_strict]
TREE = (
    "{type: object, properties: {root: {$ref: '#/$defs/node'}}, required: [root], $defs: {node: {type: object, "
    "description: A node., properties: {below: {type: array, items: {$ref: '#/$defs/node'}}}}}}"
)


@pytest.mark.parametrize("strict", ["true", "false"])
@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_answers_in_its_documented_shape(client: FlaskClient, name: str, strict: str) -> None:
    answer = client.get(f"/api/v1/llm/tools?format={name}&strict={strict}")
    one = client.get(f"/api/v1/llm/tools/greet?format={name}&strict={strict}")
    if strict == "true" and name not in STRICT:
        for refused in (answer, one):
            assert refused.status_code == 400
            assert refused.get_json()["errors"][0]["pointer"] == "/strict"
        return
    assert get_validator("ModelTools").faults(answer.get_json()) == ()
    assert get_validator("ModelTool").faults(one.get_json()) == ()
    [listed] = answer.get_json().values()
    assert len(listed) == 2
    assert listed[1] == one.get_json()
    assert (b'"strict":true' in one.data) == (strict == "true")


@pytest.mark.parametrize("name", list(FORMATS))
def test_deferred_definitions_come_with_what_finds_them_where_the_provider_has_it(
    client: FlaskClient, name: str
) -> None:
    answer = client.get(f"/api/v1/llm/tools?format={name}&defer_loading=true&limit=1")
    search = FORMATS[name].tool_search
    if search is None:
        assert answer.status_code == 400
        [fault] = answer.get_json()["errors"]
        assert (fault["pointer"], "openai-responses, anthropic" in fault["message"]) == ("/defer_loading", True)
        return
    assert get_validator("ModelTools").faults(answer.get_json()) == ()
    plain = client.get(f"/api/v1/llm/tools?format={name}&limit=1").get_json()["tools"][0]
    plain.pop("input_examples", None)
    assert answer.get_json()["tools"] == [search, plain | {"defer_loading": True}]
    nothing = client.get(f"/api/v1/llm/tools?format={name}&defer_loading=true&search=nowhere").get_json()
    assert nothing == {"tools": []}, "there is nothing to find"


def test_an_empty_list_has_the_envelope_of_its_format(client: FlaskClient) -> None:
    for name in FORMATS:
        answer = client.get(f"/api/v1/llm/tools?format={name}&search=nowhere").get_json()
        assert get_validator("ModelTools").faults(answer) == ()
        assert list(answer.values()) == [[]]


def test_a_tool_that_a_format_cannot_take_is_left_out_and_refused_with_the_place(
    client: FlaskClient, repo: Repo
) -> None:
    repo.tool("tree", main="def main(root):\n    return root\n", parameters=TREE)
    repo.commit()
    assert b'"tree"' not in client.get("/api/v1/llm/tools?format=gemini").data
    assert b'"tree"' in client.get("/api/v1/llm/tools?format=mcp").data
    refused = client.get("/api/v1/llm/tools/tree?format=gemini")
    assert refused.status_code == 409
    [fault] = refused.get_json()["errors"]
    assert fault["pointer"].startswith("/parameters/")
    assert fault["pointer"].endswith("/$ref")


def test_the_limit_counts_the_tools_that_are_sent(client: FlaskClient, repo: Repo) -> None:
    repo.tool("a_tree", main="def main(root):\n    return root\n", parameters=TREE)
    repo.commit()
    [tool] = client.get("/api/v1/llm/tools?limit=1").get_json()["tools"]
    assert tool["function"]["name"] == "add"


def test_the_report_tells_of_every_active_tool_in_every_format(client: FlaskClient, repo: Repo) -> None:
    repo.tool("tree", main="def main(root):\n    return root\n", parameters=TREE)
    repo.commit()
    answer = client.get("/api/v1/llm/compatibility")
    said = answer.get_json()
    assert get_validator("CompatibilityReport").faults(said) == ()
    assert [one["name"] for one in said["tools"]] == ["add", "broken", "greet", "tree"]
    assert said["formats"].keys() == FORMATS.keys()
    assert said["formats"]["gemini"] == {"ok": 2, "changed": 0, "excluded": 2, "strict": None}
    greet = client.get("/api/v1/tools/greet").get_json()["compatibility"]
    assert greet == said["tools"][2]["compatibility"]
    tagged = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/api/v1/llm/compatibility", headers=tagged).status_code == 304


def catalog_of(client: FlaskClient) -> Catalog:
    return get_attached_service(client.application).state.current()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"name": "Ada", "times": 2}', {"name": "Ada", "times": 2}),
        ('{"name": "Ada", "times": null}', {"name": "Ada", "times": 1}),
        ({"name": "Ada", "times": None}, {"name": "Ada", "times": 1}),
    ],
)
def test_arguments_are_taken_as_sdks_hand_them_over(client: FlaskClient, arguments: Any, expected: Any) -> None:
    catalog = catalog_of(client)
    assert check_arguments(catalog, catalog.find("greet"), arguments).given == expected


@pytest.mark.parametrize("arguments", ['{"name": "Ada"', "[]", '"text"', '{"name": null}', "", '{"a": 1, "a": 2}'])
def test_arguments_that_do_not_fit_are_refused_as_text_too(client: FlaskClient, arguments: str) -> None:
    answer = client.post("/api/v1/llm/tools/greet/invoke", json={"arguments": arguments})
    assert answer.status_code == 400
    assert answer.get_json()["errors"]
    catalog = catalog_of(client)
    with pytest.raises(InputRefused):
        check_arguments(catalog, catalog.find("greet"), arguments)


def test_no_arguments_at_all_may_be_an_empty_text(client: FlaskClient, repo: Repo) -> None:
    repo.tool("bare", main="def main():\n    return 1\n", parameters="{type: object}")
    repo.commit()
    catalog = catalog_of(client)
    assert check_arguments(catalog, catalog.find("bare"), " ").given == {}
