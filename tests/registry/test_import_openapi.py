"""What becomes of OpenAPI documents: tools that the check takes, that every models' format takes, and honest notes."""

from __future__ import annotations

import ast
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import InputRefused
from registry.formats import FORMATS, compile_tool
from registry.importing import ImportedTool, check_unwritten, name_tools, openapi
from registry.importing.openapi.document_source import Source
from registry.manifest import read_foreign_yaml
from registry.model import Json, Tool
from tests.made_tools import tool_of

DOCUMENTS = Path(__file__).parents[1] / "openapi_documents"
ADDRESS = "http://api.example:9/api.json"


def read(value: Json, address: str | None = ADDRESS) -> openapi.ApiDocument:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return openapi.read_document(Source(data, address))


def tools_of(document: openapi.ApiDocument, **wishes: Any) -> dict[str, ImportedTool]:
    entries = openapi.list_operations(document)
    made = (openapi.make_operation_tool(document, entry, openapi.OperationWishes(**wishes)) for entry in entries)
    return {tool.name: tool for tool in name_tools(made)}


def tools_in(name: str, **wishes: Any) -> dict[str, ImportedTool]:
    return tools_of(read((DOCUMENTS / name).read_bytes()), **wishes)


def one_tool(
    operation: Json, *, version: str = "3.1.0", method: str = "post", path: str = "/x", **more: Json
) -> ImportedTool:
    given: dict[str, Json] = {
        "openapi": version,
        "info": {"title": "An API"},
        "paths": {path: {method: operation}},
        **more,
    }
    return next(iter(tools_of(read(given)).values()))


def body_of(schema: Json, mime: str = "application/json", **more: Json) -> Json:
    return {"requestBody": {"required": True, "content": {mime: {"schema": schema, **more}}}}


def properties_of(tool: ImportedTool) -> dict[str, Json]:
    found: dict[str, Json] = tool.manifest["parameters"]["properties"]
    return found


def said(tool: ImportedTool, kind: str) -> str:
    return "\n".join(note.message for note in tool.notes if note.kind == kind)


@pytest.mark.parametrize("name", sorted(path.name for path in DOCUMENTS.iterdir()))
def test_every_operation_is_a_tool_without_findings_for_every_format(name: str) -> None:
    tools = tools_in(name)
    assert tools
    for tool in tools.values():
        assert check_unwritten(tool) == ()
        for form in FORMATS:
            compiled = compile_tool(as_tool(tool), form)
            assert compiled.text is not None, (tool.name, form, compiled.reasons)


def as_tool(tool: ImportedTool) -> Tool:
    made = tool_of({**tool.manifest, "status": "active"}, tool.files["main.py"].decode())
    assert made is not None
    return made


def test_names_are_legal_and_of_the_operation() -> None:
    assert list(tools_in("pets_3_0.json"))[:4] == ["get_pet_by_id", "delete_pet", "update_pet", "add_pet"]
    assert "upload_photo" in tools_in("pets_2_0.yaml"), "an operationId may have spaces"
    assert list(tools_in("weather_3_1.yaml", prefix="OpenWeather")) == [
        "open_weather_get_weather",
        "open_weather_alerts_create",
    ]
    paths = {
        "/a": {"get": {"operationId": "same"}, "put": {"operationId": "same"}},
        "/名": {"get": {}, "post": {"operationId": "con"}},
        "/1": {"get": {"operationId": "9" * 90}},
    }
    assert list(tools_of(read({"openapi": "3.0.0", "info": {"title": "t"}, "paths": paths}))) == [
        "same",
        "same_2",
        "get",
        "con_tool",
        "api_" + "9" * 60,
    ]


def test_clashing_names_of_path_query_and_body_are_told_apart() -> None:
    tool = one_tool(
        {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                {"name": "id", "in": "query", "schema": {"type": "string"}},
                {"name": "filter[name]", "in": "query", "schema": {"type": "string"}},
                {"name": "$top", "in": "query", "schema": {"type": "string"}},
                {"name": "top", "in": "query", "schema": {"type": "string"}},
                {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                {"name": "X.Trace", "in": "header", "schema": {"type": "string"}},
            ],
            **body_of(
                {
                    "type": "object",
                    "required": ["id", "class"],
                    "properties": {"id": {}, "class": {}, "arguments": {}, "2nd": {}, "名": {}},
                }
            ),
        },
        path="/x/{id}",
    )
    assert list(properties_of(tool)) == [
        "id", "query_id", "filter_name", "top", "query_top", "X_Trace", "header_X_Trace",
        "body_id", "class", "body_arguments", "_2nd", "body",
    ]  # fmt: skip
    assert tool.manifest["parameters"]["required"] == ["id", "body_id", "class"]
    assert check_unwritten(tool) == ()


def test_the_dialects_of_each_version_become_json_schema() -> None:
    pet = properties_of(tools_in("pets_3_0.json")["update_pet"])
    assert pet["nickname"]["type"] == ["string", "null"]
    assert "id" not in pet, "what is readOnly is not sent"
    assert pet["parent"] == {"type": "object", "description": "Again Pet."}
    limit = {"type": "integer", "exclusiveMinimum": 0, "maximum": 100, "description": "The server's default is 20."}
    assert properties_of(tools_in("pets_3_0.json")["find_pets_by_status"])["limit"] == limit
    listed = properties_of(tools_in("pets_2_0.yaml")["list_pets"])
    assert listed["status"]["items"]["enum"] == ["on", "off"], "words of YAML 1.1 are words"
    assert listed["limit"]["exclusiveMinimum"] == 0
    weather = properties_of(tools_in("weather_3_1.yaml")["get_weather"])
    assert weather["units"]["enum"] == ["metric", "imperial", None]
    assert weather["bbox"]["prefixItems"] == [{"type": "number"}] * 2
    assert weather["bbox"]["maxItems"] == 2


def test_no_default_is_sent_for_the_caller() -> None:
    for name in ("pets_3_0.json", "pets_2_0.yaml", "weather_3_1.yaml"):
        for tool in tools_in(name).values():
            assert '"default"' not in json.dumps(tool.manifest["parameters"]), tool.name


def test_alternatives_are_told_apart_and_parts_are_one() -> None:
    tools = tools_in("shapes_3_0.yaml")
    cat, dog = properties_of(tools["add_animal"])["body"]["anyOf"]
    assert cat["properties"]["kind"]["const"] == "feline"
    assert dog["properties"]["kind"]["const"] == "Dog"
    merged = tools["put_merged"].manifest["parameters"]
    assert merged["required"] == ["name", "size"]
    assert merged["properties"]["size"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "description": "size, in the body.",
    }


def test_recursion_and_references_that_leave_the_document_are_told_and_nothing_is_fetched() -> None:
    tools = tools_in("shapes_3_0.yaml")
    assert "contain themselves" in said(tools["add_node"], "done")
    elsewhere = tools["get_elsewhere"]
    assert "https://elsewhere.example/parameters.yaml#/x is outside of this document and was not fetched" in said(
        elsewhere, "open"
    )
    assert "./shapes.yaml#/Shape" in said(elsewhere, "done")
    assert elsewhere.manifest["status"] == "draft"


def test_schemas_that_say_what_cannot_be_are_still_tools() -> None:
    broken = {
        "type": "object",
        "required": True,
        "properties": {
            "a": {"type": "int", "enum": [], "minimum": "3", "pattern": "(?<=x)y"},
            "b": {"type": "integer", "enum": ["1", "2"]},
            "c": {"type": "array"},
            "d": {"$ref": "#/nowhere"},
            "e": {"type": "made-up", "format": 3, "maxLength": -1, "items": True},
            "f": {"allOf": [{"type": "string"}, {"type": "integer"}]},
            "g": {"properties": {"x": {"required": True}}},
            "h": False,
            "i": {"oneOf": [{"type": "string"}, {}]},
            "j": {"enum": [float("1e300"), 1, 1.0, True]},
            "k": {"$ref": "#/paths"},
            "l": None,
        },
    }
    tool = one_tool(body_of(broken), version="3.0.2")
    assert check_unwritten(tool) == ()
    assert list(properties_of(tool)) == list("abcdefghijkl")
    assert properties_of(tool)["b"]["enum"] == ["1", "2"]


def test_secrets_come_from_the_schemes_and_are_no_parameters() -> None:
    pets = tools_in("pets_3_0.json")
    assert pets["get_pet_by_id"].manifest["runtime"]["secrets"] == ["PET_SHOP_API_KEY"]
    assert pets["delete_pet"].manifest["runtime"]["secrets"] == ["PET_SHOP_TOKEN"]
    assert list(properties_of(pets["delete_pet"])) == ["petId"], "a header that a scheme fills is no parameter"
    assert "secrets" not in pets["add_pet"].manifest["runtime"]
    old = tools_in("pets_2_0.yaml")
    assert old["add_pet"].manifest["runtime"]["secrets"] == ["PET_SHOP_USER", "PET_SHOP_PASSWORD"]
    assert "secrets" not in old["login"].manifest["runtime"]
    assert properties_of(old["login"])["password"]["writeOnly"] is True, "a password stays out of the record"
    weather = tools_in("weather_3_1.yaml")["get_weather"]
    assert weather.manifest["runtime"]["secrets"] == ["WEATHER_APPID"]
    assert "appid" not in properties_of(weather)


def test_keys_among_the_parameters_are_secrets_where_no_scheme_is_said() -> None:
    def tool(**more: Json) -> ImportedTool:
        keys = [{"name": "appid", "in": "query"}, {"name": "X-API-Key", "in": "header"}, {"name": "q", "in": "query"}]
        return one_tool({"parameters": [{**one, **more} for one in keys]}, method="get")

    needed = tool(required=True)
    assert needed.manifest["runtime"]["secrets"] == ["AN_APPID", "AN_X_API_KEY"]
    assert list(properties_of(needed)) == ["q"]
    assert "--auth query:appid or --auth header:X-API-Key gives it some" in said(tool(), "done")
    assert list(properties_of(tool())) == ["q"]


def test_a_document_that_never_speaks_of_credentials_is_told() -> None:
    told = "It is called without credentials; --auth bearer"
    assert told in said(one_tool({}), "done")
    schemes: dict[str, Json] = {"components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}}
    assert told not in said(one_tool({"security": []}, **schemes), "done")


@pytest.mark.parametrize(
    ("title", "secret", "category"),
    [
        ("GitHub v3 REST API", "GITHUB_TOKEN", "github"),
        ("GitHub's official OpenAPI spec + Octokit extension", "GITHUB_OCTOKIT_TOKEN", "github-octokit"),
        ("Docker Engine API", "DOCKER_ENGINE_TOKEN", "docker-engine"),
        ("Swagger API 2.0", "API_TOKEN", "api"),
        ("天气", "API_TOKEN", "api"),
    ],
)
def test_secrets_and_category_are_named_after_the_api(title: str, secret: str, category: str) -> None:
    document = {"openapi": "3.1.0", "info": {"title": title}, "paths": {"/x": {"get": {}}}}
    tool = tools_of(read(document), auth="bearer")["get_x"]
    assert tool.manifest["runtime"]["secrets"] == [secret]
    assert tool.manifest["category"] == category


def test_a_token_is_taken_before_user_and_password() -> None:
    schemes = {"basic": {"type": "http", "scheme": "basic"}, "bearer": {"type": "http", "scheme": "bearer"}}
    both: dict[str, Json] = {"security": [{"basic": []}, {"bearer": []}]}
    made = one_tool(both, components={"securitySchemes": schemes})
    assert made.manifest["runtime"]["secrets"] == ["AN_TOKEN"]


def test_what_lies_in_other_documents_is_told() -> None:
    document = read(
        {
            "openapi": "3.0.0",
            "info": {},
            "paths": {
                "/a": {"$ref": "paths/a.yaml"},
                "/b": {"get": {"$ref": "b.yaml#/get"}},
                "/c": {"$ref": "#/components/pathItems/C"},
            },
            "components": {"pathItems": {"C": {"get": {"summary": "It is here"}}}},
        }
    )
    assert openapi.list_outside_paths(document) == ["/a"]
    tools = tools_of(document)
    assert list(tools) == ["get_b", "get_c"]
    assert "The operation is missing: b.yaml#/get is outside of this document" in said(tools["get_b"], "open")
    assert tools["get_b"].manifest["status"] == "draft"
    assert tools["get_c"].manifest["title"] == "It is here"
    assert "It calls api.example:9, where the document was found" in said(tools["get_c"], "done")


def test_a_scheme_that_no_tool_can_use_is_told_and_leaves_a_draft() -> None:
    schemes = {"m": {"type": "mutualTLS"}, "d": {"type": "http", "scheme": "digest"}}
    tool = one_tool({"security": [{"m": []}, {"d": []}]}, components={"securitySchemes": schemes})
    assert "m is of the type mutualTLS, which is not supported; d is HTTP digest" in said(tool, "open")
    assert tool.manifest["status"] == "draft"


@pytest.mark.parametrize(
    ("way", "secrets"),
    [("bearer", ["AN_TOKEN"]), ("basic", ["AN_USER", "AN_PASSWORD"]), ("header:X-Key", ["AN_X_KEY"]), ("none", None)],
)
def test_somebody_may_say_how_callers_are_known(way: str, secrets: list[str] | None) -> None:
    made = tools_of(read({"openapi": "3.1.0", "info": {"title": "An API"}, "paths": {"/x": {"get": {}}}}), auth=way)
    assert made["get_x"].manifest["runtime"].get("secrets") == secrets


@pytest.mark.parametrize("way", ["digest", "header:", "header:A\nB", "cookie: "])
def test_what_is_no_way_is_refused(way: str) -> None:
    with pytest.raises(InputRefused, match="is no way"):
        tools_of(read({"openapi": "3.1.0", "info": {}, "paths": {"/x": {"get": {}}}}), auth=way)


def test_the_address_is_the_documents_or_what_somebody_says() -> None:
    def server(servers: Json, address: str | None = None, wish: str | None = None) -> str:
        document = read({"openapi": "3.0.0", "info": {}, "servers": servers, "paths": {"/x": {"get": {}}}}, address)
        text = tools_of(document, server=wish)["get_x"].files["main.py"].decode()
        return text.partition('server="')[2].partition('"')[0]

    assert server([{"url": "https://a.example/v1/"}]) == "https://a.example/v1"
    assert server([{"url": "/v1"}], "https://b.example:8443/docs/api.json") == "https://b.example:8443/v1"
    assert server([], "https://b.example/docs/api.json") == "https://b.example"
    assert server([{"url": "https://{r}.x", "variables": {"r": {"default": "eu"}}}]) == "https://eu.x"
    assert server([{"url": "https://a.example"}], None, "http://127.0.0.1:80/x/") == "http://127.0.0.1:80/x"
    for faulty in (
        [],
        [{"url": "/v1"}],
        [{"url": "ftp://a"}],
        [{"url": "https://{r}.x"}],
        [{"url": "https://u:p@a.example"}],
    ):
        with pytest.raises(InputRefused):
            server(faulty)


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "0.0.0.0:80", "[::1]:8080", "api.localhost"])
def test_a_server_that_is_the_sandbox_itself_leaves_a_draft(host: str) -> None:
    tool = one_tool({}, servers=[{"url": f"http://{host}/v1"}])
    assert f"It calls {host}, which in a sandbox is the sandbox; --server says another." in said(tool, "open")
    assert tool.manifest["status"] == "draft"
    document = read(
        {"openapi": "3.0.0", "info": {}, "servers": [{"url": f"http://{host}"}], "paths": {"/x": {"get": {}}}}
    )
    meant = tools_of(document, server=f"http://{host}")["get_x"]
    assert meant.manifest.get("status") != "draft"


def test_words_of_a_document_are_never_code() -> None:
    evil = '"""\nimport os; os.abort()\n#\\😀'
    document = {
        "openapi": "3.0.0",
        "info": {"title": evil},
        "paths": {
            f"/{evil}/{{{evil}}}": {
                "post": {
                    "operationId": evil, "summary": evil, "description": evil, "tags": [evil],
                    "parameters": [{"name": evil, "in": "query", "description": evil, "style": evil, "schema": {}}],
                    **body_of({"type": "object", "properties": {evil: {"description": evil}}}),
                }
            }
        },
    }  # fmt: skip
    for tool in tools_of(read(document), server="http://127.0.0.1:9").values():
        assert check_unwritten(tool) == ()
        names = [
            node.value.func.id
            for node in ast.parse(tool.files["main.py"]).body
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
        ]
        assert names == ["Operation"]
        texts = {node.value for node in ast.walk(ast.parse(tool.files["main.py"])) if isinstance(node, ast.Constant)}
        assert {f"/{evil}/{{{evil}}}", evil} <= texts
        assert "abort" not in {
            node.attr for node in ast.walk(ast.parse(tool.files["main.py"])) if isinstance(node, ast.Attribute)
        }


def test_annotations_are_what_methods_promise() -> None:
    pets = tools_in("pets_3_0.json")
    reads = {"read_only": True, "destructive": False, "idempotent": True, "open_world": True}
    assert pets["get_pet_by_id"].manifest["annotations"] == reads
    assert pets["delete_pet"].manifest["annotations"]["destructive"] is True
    assert pets["update_pet"].manifest["annotations"]["idempotent"] is True
    assert pets["add_pet"].manifest["annotations"] == {"read_only": False, "idempotent": False, "open_world": True}


def test_a_description_says_what_it_is_for_and_what_comes_back_within_the_bound() -> None:
    text = "Lists <b>pets</b>. " * 200
    answer = {
        "200": {
            "content": {
                "application/json": {"schema": {"type": "array", "items": {"properties": {"id": {}, "name": {}}}}}
            }
        }
    }
    told = one_tool({"summary": "Pets", "description": text, "responses": answer}).manifest["description"]
    assert len(told) <= 1024
    assert told.startswith("Pets. Lists pets .")
    assert told.endswith("Returns a list of objects with id, name. Sends POST /x to An API.")


def large_document(operations: int) -> dict[str, Json]:
    """Like those of forges and payment services: everything refers to everything."""
    schemas: dict[str, Json] = {}
    for number in range(400):
        others = {f"field_{n}": {"$ref": f"#/components/schemas/S{(number * 7 + n * 13) % 400}"} for n in range(12)}
        schemas[f"S{number}"] = {
            "type": "object",
            "properties": {"id": {"type": "integer", "description": "word " * 20}, **others},
        }
    paths = {
        f"/things{n}/{{id}}": {
            "post": {
                "tags": [f"tag {n % 10}"],
                "operationId": f"op{n}",
                **body_of({"$ref": f"#/components/schemas/S{n % 400}"}),
            }
        }
        for n in range(operations)
    }
    return {"openapi": "3.0.0", "info": {"title": "Large"}, "paths": paths, "components": {"schemas": schemas}}


def test_a_large_document_is_chosen_from_and_its_tools_stay_small() -> None:
    document = read(large_document(1500))
    entries = list(openapi.list_operations(document))
    with pytest.raises(InputRefused, match="1500 operations; choose with --tag") as refused:
        openapi.choose_operations(entries, openapi.OperationChoice())
    assert "  150  tag 3" in str(refused.value)
    chosen = openapi.choose_operations(entries, openapi.OperationChoice(tags=("Tag 3",), paths=("/things1*",)))
    assert 0 < len(chosen) < 150
    started = time.process_time()
    tools = [openapi.make_operation_tool(document, entry, openapi.OperationWishes()) for entry in chosen[:10]]
    assert time.process_time() - started < 10 * 0.4
    for tool in tools:
        assert len(json.dumps(tool.manifest)) < 24_000
        assert "too large for a model" in said(tool, "done")
    assert check_unwritten(tools[0]) == ()


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({"tags": ("store",)}, ["placeOrder"]),
        ({"paths": ("/pet/{petId}",)}, ["getPetById", "deletePet", "uploadPhoto", "getPhoto"]),
        ({"paths": ("/*/order",)}, ["placeOrder"]),
        ({"operations": ("*Photo",)}, ["uploadPhoto", "getPhoto"]),
        ({"operations": ("GET /pet/{petId}",)}, ["getPetById"]),
        ({"methods": ("DELETE",), "tags": ("pet",)}, ["deletePet"]),
    ],
)
def test_operations_are_chosen_by_tag_path_name_and_method(choice: dict[str, Any], names: list[str]) -> None:
    entries = list(openapi.list_operations(read((DOCUMENTS / "pets_3_0.json").read_bytes())))
    chosen = openapi.choose_operations(entries, openapi.OperationChoice(**choice))
    assert sorted(entry.operation_id for entry in chosen) == sorted(names)


@pytest.mark.parametrize("choice", [{"tags": ("pets",)}, {"paths": ("/pets",)}, {"operations": ("getPetsById",)}])
def test_what_is_not_there_is_refused_with_what_may_have_been_meant(choice: dict[str, Any]) -> None:
    entries = list(openapi.list_operations(read((DOCUMENTS / "pets_3_0.json").read_bytes())))
    with pytest.raises(InputRefused, match="did you mean"):
        openapi.choose_operations(entries, openapi.OperationChoice(**choice))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"just text",
        b"\xff\xfe",
        b'{"openapi": "4.0.0", "paths": {}}',
        b'{"swagger": "1.2"}',
        b"a: &a [*a]",
        b"[" * 100_000,
        b"openapi: 3.0.0\nx: " + b"[" * 300,
    ],
)
def test_what_is_no_document_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(InputRefused):
        read(data)


def test_equal_keys_and_numbers_for_keys_are_taken_from_others_documents() -> None:
    document = read(b'{"openapi": "3.0.0", "info": {"title": "a", "title": "b"}, "paths": {}}')
    assert document.title == "b"
    assert read_foreign_yaml("200: {a: no, b: 2020-01-01, c: 0o17}") == {"200": {"a": "no", "b": "2020-01-01", "c": 15}}


def test_aliases_are_read_and_bombs_of_them_are_not() -> None:
    assert read_foreign_yaml("a: &x {k: 1}\nb: {<<: *x, l: [*x]}") == {"a": {"k": 1}, "b": {"k": 1, "l": [{"k": 1}]}}
    for first, form in (("a0: &a0 [x]\n", "[{}]"), ("a0: &a0 {x: 1}\n", "{{<<: [{}], own: 1}}")):
        levels = (f"a{n}: &a{n} " + form.format(", ".join([f"*a{n - 1}"] * 9)) for n in range(1, 12))
        started = time.process_time()
        with pytest.raises(InputRefused, match="more than 4000000 values"):
            read_foreign_yaml(first + "\n".join(levels))
        assert time.process_time() - started < 1


LEAVES: list[Json] = [{}, {"type": "string"}, {"type": ["integer", "null"]}, {"enum": [1, "a", None]}, True, None, 3]
REFERENCES: list[Json] = [{"$ref": "#/components/schemas/A"}, {"$ref": "#/x"}]


def schemas_around(below: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    keywords = {
        "type": st.sampled_from(["object", "array", "string", "file", 3, ["null"]]),
        "properties": st.dictionaries(st.sampled_from(["a", "b-c", "", "x y"]), below, max_size=3),
        "required": st.sampled_from([["a"], ["z"], True, None, []]),
        "discriminator": st.sampled_from([{"propertyName": "a"}, "a"]),
        "default": st.sampled_from([1, "x", None]),
        "description": st.sampled_from(["d", 3]),
        "pattern": st.sampled_from(["^a$", "("]),
        "minimum": st.sampled_from([1, True, "1"]),
        "exclusiveMinimum": st.sampled_from([1, True]),
        "nullable": st.booleans(),
        "items": below,
        "additionalProperties": below,
        **dict.fromkeys(("allOf", "oneOf", "anyOf"), st.lists(below, max_size=3)),
    }
    return st.fixed_dictionaries({}, optional=keywords)


SCHEMAS = st.recursive(st.sampled_from(LEAVES + REFERENCES), schemas_around, max_leaves=12)


@given(schema=SCHEMAS, component=SCHEMAS, version=st.sampled_from(["3.0.3", "3.1.0"]))
def test_whatever_a_schema_is_its_tool_is_sound(schema: Json, component: Json, version: str) -> None:
    parameter = {"name": "p", "in": "query", "schema": schema}
    tool = one_tool(
        {"parameters": [parameter], **body_of(schema)}, version=version, components={"schemas": {"A": component}}
    )
    for form in FORMATS:
        assert compile_tool(as_tool(tool), form).text is not None
