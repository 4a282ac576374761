"""``/openapi.json`` is valid and says what the service does."""

from __future__ import annotations

from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator


def test_the_document_is_valid_openapi_3_1(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_route_is_in_the_document(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").get_json()["paths"]
    rules = client.application.url_map.iter_rules()
    routes = {rule.rule for rule in rules if not rule.endpoint.startswith("page.")}
    assert len(paths) == len(routes)
    assert "/api/v1/llm/tools/{name}/invoke" in paths
    assert "503" in paths["/api/v1/llm/tools/{name}/invoke"]["post"]["responses"]
