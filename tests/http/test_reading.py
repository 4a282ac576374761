"""Reading the catalog over HTTP: lists, one tool, files, categories, the models' format, ETags."""

from __future__ import annotations

import gzip
import re
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.http.contract.body_shapes import get_validator
from registry.http.requests.app_context import get_attached_service
from tests.repositories import MAIN, Repo


def names(answer: Any) -> list[str]:
    return [item["name"] for item in answer.get_json()["items"]]


def test_the_list_shows_every_tool_the_broken_one_with_its_findings(client: FlaskClient) -> None:
    answer = client.get("/api/v1/tools")
    assert answer.status_code == 200
    assert get_validator("ToolPage").faults(answer.get_json()) == ()
    assert names(answer) == ["add", "broken", "draft_one", "greet", "old"]
    [broken] = [item for item in answer.get_json()["items"] if item["name"] == "broken"]
    [finding] = [one for one in broken["findings"] if one["severity"] == "error"]
    assert (finding["file"], finding["line"]) == ("main.py", 1)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=NOTES+nothing", []),
        ("search=OF+DRAFT_ONE", ["draft_one"]),
        ("search=calling&tag=math", ["add"]),
        ("search=numbers", ["add"]),
        ("search=math", ["add"]),
        ("search=nowhere", []),
        ("category=math", ["add"]),
        ("category=math/sums", ["add"]),
        ("category=mat", []),
        ("tag=demo,hello&status=active", ["broken", "greet"]),
        ("tag=demo&tag=math", []),
        ("status=draft", ["draft_one"]),
        ("status=deprecated", ["old"]),
        ("sort=-name&page_size=2", ["old", "greet"]),
        ("sort=title&page_size=1", ["add"]),
        ("page=3&page_size=2", ["old"]),
        ("page=1000000000", []),
    ],
)
def test_search_filters_sorting_and_paging(client: FlaskClient, query: str, expected: list[str]) -> None:
    assert names(client.get(f"/api/v1/tools?{query}")) == expected


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("page=0", ["/page"]),
        ("page=-1", ["/page"]),
        ("page=1e3", ["/page"]),
        ("page=99999999999999999999", ["/page"]),
        ("page_size=101&status=gone&sort=colour", ["/page_size", "/sort", "/status"]),
        ("serach=x", ["/serach"]),
        ("page=1&page=2", ["/page"]),
        ("search=" + "x" * 201, ["/search"]),
    ],
)
def test_a_query_with_faults_is_refused_with_all_of_them(client: FlaskClient, query: str, pointers: list[str]) -> None:
    answer = client.get(f"/api/v1/tools?{query}")
    assert answer.status_code == 400
    assert sorted(fault["pointer"] for fault in answer.get_json()["errors"]) == pointers


def test_links_lead_through_the_pages(client: FlaskClient) -> None:
    seen, url = [], "/api/v1/tools?page_size=2&status=active"
    while url:
        answer = client.get(url)
        seen += names(answer)
        found = re.search(r'<([^>]+)>; rel="next"', answer.headers["Link"])
        url = found[1] if found else ""
    assert seen == ["add", "broken", "greet"]


def test_one_tool_tells_everything(client: FlaskClient) -> None:
    tool = client.get("/api/v1/tools/greet").get_json()
    assert get_validator("Tool").faults(tool) == ()
    assert tool["parameters"]["required"] == ["name"]
    assert [file["path"] for file in tool["files"]] == ["main.py", "notes.md", "tool.yaml"]
    openai = tool["compatibility"]["openai"]
    assert (openai["verdict"], openai["reasons"]) == ("ok", [])
    assert openai["strict"]["verdict"] == "changed"
    assert tool["version"] == 1


def test_every_tool_has_the_documented_shape(client: FlaskClient) -> None:
    for name in names(client.get("/api/v1/tools")):
        assert get_validator("Tool").faults(client.get(f"/api/v1/tools/{name}").get_json()) == ()


def test_files_come_byte_for_byte_and_never_as_a_page(client: FlaskClient, repo: Repo) -> None:
    repo.write("tools/greet/page.html", "<script>alert(1)</script>")
    repo.write("tools/greet/data.bin", bytes(range(256)))
    repo.commit()
    answer = client.get("/api/v1/tools/greet/files/main.py")
    assert answer.data == MAIN.encode()
    page = client.get("/api/v1/tools/greet/files/page.html")
    assert page.mimetype == "text/plain"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/api/v1/tools/greet/files/data.bin").data == bytes(range(256))


@pytest.mark.parametrize(
    "path",
    ["nothing.py", "../add/main.py", "..%2fadd%2fmain.py", "%2e%2e/add/main.py", "/etc/passwd", "%2fetc%2fpasswd", "."],
)
def test_no_path_leads_out_of_the_folder(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/tools/greet/files/{path}")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_categories_are_a_tree_with_counts(client: FlaskClient, repo: Repo) -> None:
    repo.tool("plain", category="math")
    repo.commit()
    answer = client.get("/api/v1/categories").get_json()
    assert get_validator("Categories").faults(answer) == ()
    [demo, math] = answer["categories"]
    assert (demo["path"], demo["count"], demo["categories"][0]["path"]) == ("demo", 4, "demo/greetings")
    assert (math["path"], math["count"], math["categories"][0]["count"]) == ("math", 2, 1)


def test_tags_are_counted_the_most_used_first(client: FlaskClient, repo: Repo) -> None:
    repo.tool("more", tags="[rare, math]", category="math")
    repo.tool("most", tags="[math]", category="math")
    repo.commit()
    answer = client.get("/api/v1/tags").get_json()
    assert get_validator("Tags").faults(answer) == ()
    counts = {one["name"]: one["count"] for one in answer["tags"]}
    assert (counts["math"], counts["rare"]) == (3, 1)
    found = client.get("/api/v1/tools?tag=math").get_json()["total"]
    assert found == counts["math"], "what is counted is what the filter shows"
    assert list(counts) == sorted(counts, key=lambda name: (-counts[name], name))


@pytest.mark.parametrize("written", ["greeet", "Greet", "gret", "greet "])
def test_an_unknown_tool_names_those_that_may_have_been_meant(client: FlaskClient, written: str) -> None:
    for answer in (client.get(f"/api/v1/tools/{written}"), client.post(f"/api/v1/llm/tools/{written}/invoke", json={})):
        problem = answer.get_json()
        assert (answer.status_code, problem["near"]) == (404, ["greet"])
        assert problem["detail"].endswith("did you mean greet?")
        assert get_validator("Problem").faults(problem) == ()
    assert "near" not in client.get("/api/v1/tools/xyzzy").get_json()


def test_what_is_not_offered_to_models_is_not_named_either(client: FlaskClient) -> None:
    for written in ("draft_on", "brokn"):
        assert "near" not in client.get(f"/api/v1/tools/{written}").get_json()


def test_models_see_only_active_sound_tools_in_name_order(client: FlaskClient) -> None:
    answer = client.get("/api/v1/llm/tools").get_json()
    assert get_validator("ModelTools").faults(answer) == ()
    assert [tool["function"]["name"] for tool in answer["tools"]] == ["add", "greet"]
    greet = answer["tools"][1]["function"]
    assert greet["parameters"]["properties"]["times"]["default"] == 1
    assert greet["strict"] is False


def test_models_may_narrow_the_list(client: FlaskClient) -> None:
    def found(query: str) -> list[str]:
        tools = client.get(f"/api/v1/llm/tools?{query}").get_json()["tools"]
        return [tool["function"]["name"] for tool in tools]

    assert found("limit=1") == ["add"]
    assert found("category=demo") == ["greet"]
    assert found("tags=math") == ["add"]
    assert found("search=numbers") == ["add"]


def test_an_unknown_format_is_refused_naming_the_known_ones(client: FlaskClient) -> None:
    answer = client.get("/api/v1/llm/tools?format=cobol")
    assert answer.status_code == 400
    assert "openai" in answer.get_json()["errors"][0]["message"]


def test_one_tool_for_models(client: FlaskClient) -> None:
    assert client.get("/api/v1/llm/tools/greet").get_json()["function"]["name"] == "greet"
    assert client.get("/api/v1/llm/tools/old").status_code == 200, "a deprecated tool is still callable by name"
    for name, status in {"draft_one": 409, "broken": 409, "nothing": 404}.items():
        assert client.get(f"/api/v1/llm/tools/{name}").status_code == status


def test_recursive_parameters_leave_the_format_and_say_why(client: FlaskClient, repo: Repo) -> None:
    tree = "{$ref: '#/$defs/node'}"
    repo.tool(
        "tree",
        main="def main(root):\n    return root\n",
        parameters="{type: object, properties: {root: " + tree + "}, required: [root], $defs: {node: "
        "{type: object, description: A node., properties: {below: {type: array, items: " + tree + "}}}}}",
    )
    repo.commit()
    tool = client.get("/api/v1/tools/tree").get_json()
    assert not [one for one in tool["findings"] if one["severity"] == "error"]
    assert tool["compatibility"]["openai"]["verdict"] == "excluded"
    assert "tree" not in client.get("/api/v1/llm/tools").get_data(as_text=True)
    assert client.get("/api/v1/llm/tools/tree").status_code == 409


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/tools",
        "/api/v1/tools/greet",
        "/api/v1/tools/greet/files/main.py",
        "/api/v1/categories",
        "/api/v1/tags",
        "/api/v1/llm/tools",
        "/api/v1/llm/tools/greet",
        "/openapi.json",
    ],
)
def test_an_etag_saves_the_body_until_something_changes(client: FlaskClient, repo: Repo, url: str) -> None:
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(url, headers={"If-None-Match": 'W/"other", ' + first.headers["ETag"]}).status_code == 304
    weakened = {"If-None-Match": "W/" + first.headers["ETag"]}  # what a compressing proxy makes of it
    assert client.get(url, headers=weakened).status_code == 304
    repo.write("tools/greet/main.py", MAIN.replace("hello", "hi"))
    repo.tool("added", description="A tool that was added while somebody looked at the list.")
    repo.tool(
        "greet", main=MAIN.replace("hello", "hi"), description="Greets in another way than it did before, and says so."
    )
    repo.commit()
    if url != "/openapi.json":
        changed = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
        assert (changed.status_code, changed.headers["ETag"] != first.headers["ETag"]) == (200, True)


def test_a_client_that_takes_gzip_gets_it_under_a_tag_of_its_own(client: FlaskClient) -> None:
    plain = client.get("/api/v1/tools")
    packed = client.get("/api/v1/tools", headers={"Accept-Encoding": "gzip, deflate"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    for known in (plain.headers["ETag"], packed.headers["ETag"]):
        for encoding in ("gzip", "identity"):
            headers = {"If-None-Match": known, "Accept-Encoding": encoding}
            assert client.get("/api/v1/tools", headers=headers).status_code == 304
    refused = client.get("/api/v1/tools", headers={"Accept-Encoding": "gzip;q=0, *;q=0.5"})
    assert "Content-Encoding" not in refused.headers


def test_the_same_revision_gives_the_same_bytes_in_another_process(client: FlaskClient, repo: Repo) -> None:
    from tests.http.conftest import app_client

    urls = ["/api/v1/llm/tools", "/api/v1/tools", "/api/v1/tools/greet", "/api/v1/categories"]
    with app_client(repo.path) as other:
        assert [client.get(url).data for url in urls] == [other.get(url).data for url in urls]


def test_bodies_are_made_once_for_a_revision(client: FlaskClient) -> None:
    catalog = get_attached_service(client.application).state.current()
    made = [client.get("/api/v1/llm/tools").data for _ in range(2)]
    assert made[0] == made[1]
    bodies = [key for key in catalog._derived if isinstance(key, tuple) and key[0] == "body"]
    assert len(bodies) == 1


def test_large_bodies_of_unusual_questions_are_not_kept(client: FlaskClient, repo: Repo) -> None:
    for number in range(60):
        repo.tool(f"tool_{number}", description="A long description that many tools share, word for word. " * 15)
    repo.commit()
    usual = client.get("/api/v1/llm/tools").data
    assert len(usual) > 64 * 1024
    for limit in range(900, 950):
        assert client.get(f"/api/v1/llm/tools?limit={limit}").data == usual
    catalog = get_attached_service(client.application).state.current()
    kept = [made for key, made in catalog._derived.items() if isinstance(key, tuple) and key[0] == "body"]
    assert sum(len(getattr(made, "content", b"")) for made in kept) < 2 * len(usual)


def test_llms_txt_tells_models_what_there_is_and_is_kept_with_the_catalog(client: FlaskClient, repo: Repo) -> None:
    repo.tool("long", description="Says much\n  in two lines. And more that the list does not need.")
    repo.write("toolsets/sums.yaml", "name: sums\ntitle: Sums\ndescription: Everything for sums.\ntools: [add]\n")
    repo.commit()
    answer = client.get("/llms.txt")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    title, _, summary, *_ = answer.text.splitlines()
    assert (title, summary[:2]) == ("# Toolcrib", "> ")
    sections = dict(re.findall(r"^## (\w+)\n\n((?:- .+\n)+)", answer.text, re.MULTILINE))
    assert sections.keys() == {"Routes", "Tools", "Toolsets"}
    links = re.findall(r"^- \[([\w ]+)\]\((\S+)\): (.+)$", "".join(sections.values()), re.MULTILINE)
    assert len(links) == answer.text.count("\n- "), "every line is a link with a note"
    assert sections["Tools"].count("\n") == 3, "only what models are told of"
    assert "- [long](/api/v1/llm/tools/long): Says much in two lines.\n" in sections["Tools"]
    assert sections["Toolsets"] == "- [sums](/api/v1/llm/tools?toolset=sums): Everything for sums.\n"
    for _, address, _ in links:
        found = client.get(address.replace("{name}", "add"))
        assert found.status_code == (405 if address.endswith(("/invoke", "/calls")) else 200), address
    assert client.get("/llms.txt", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    repo.tool("one_more")
    repo.commit()
    assert client.get("/llms.txt").headers["ETag"] != answer.headers["ETag"]


def test_a_list_says_who_made_the_last_version_and_when(client: FlaskClient, repo: Repo) -> None:
    repo.tool("greet", title="Greet again")
    repo.commit()
    by_name = {tool["name"]: tool for tool in client.get("/api/v1/tools").get_json()["items"]}
    assert by_name["greet"]["changed"]["by"] == "Ada"
    at = datetime.fromisoformat(by_name["greet"]["changed"]["at"])
    assert at.timestamp() == int(repo.git("log", "-1", "--format=%ct"))
