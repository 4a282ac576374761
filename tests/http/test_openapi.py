"""``/openapi.json`` is valid and says what the service does."""

from __future__ import annotations

from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator


def test_the_document_is_valid_openapi_3_1(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_what_the_server_itself_refuses_is_in_the_document_of_every_route(client: FlaskClient) -> None:
    for path, operations in client.get("/openapi.json").get_json()["paths"].items():
        for method, operation in operations.items():
            said = set(operation["responses"])
            assert said >= {"400", "403", "408", "414", "417", "431", "500", "503"}, (method, path)
            assert method == "get" or said >= {"401", "413", "415", "501"}, (method, path)


def test_a_refusal_of_mcp_has_a_content_type_that_the_document_names(client: FlaskClient) -> None:
    responses = client.get("/openapi.json").get_json()["paths"]["/mcp"]["post"]["responses"]
    unknown = {"jsonrpc": "2.0", "id": 1, "method": "no/such", "params": {}}
    asked = [
        client.post("/mcp", data=b"{", content_type="application/json"),
        client.post("/mcp?nonsense=1", json=unknown),
        client.post("/mcp", json=unknown, headers={"MCP-Protocol-Version": "1999-01-01"}),
    ]
    for answer in asked:
        said = responses[str(answer.status_code)]["content"]
        assert answer.mimetype in said
    assert {answer.mimetype for answer in asked} == {"application/json", "application/problem+json"}


def test_every_route_is_in_the_document(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").get_json()["paths"]
    rules = client.application.url_map.iter_rules()
    routes = {rule.rule for rule in rules if not rule.endpoint.startswith("page.")}
    assert len(paths) == len(routes)
    assert "/api/v1/llm/tools/{name}/invoke" in paths
    assert "503" in paths["/api/v1/llm/tools/{name}/invoke"]["post"]["responses"]
