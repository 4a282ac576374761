"""Nobody gets in where they do not belong, and every refusal has the one shape."""

from __future__ import annotations

import gzip
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.audit import Audit, Intent
from registry.http.contract.body_shapes import get_validator
from registry.http.requests.app_context import get_attached_service
from registry.http.responses.execution_followers import FOLLOWERS_AT_MOST
from registry.http.responses.openapi_document import list_descriptions
from tests.http.conftest import app_client
from tests.repositories import Repo
from tests.waiting import eventually

INVOKE = "/api/v1/llm/tools/greet/invoke"


def urls_of(client: FlaskClient) -> list[tuple[str, str]]:
    """Every (method, address) of the service, with something plausible for what varies."""
    filled = {
        "name": "greet",
        "path": "main.py",
        "execution_id": "0" * 32,
        "toolset_name": "some",
        "number": "1",
        "proposal_id": "greet-0a1b2c3d",
        "rest": "greet",
        "package": "deadline",
    }
    return sorted(
        (method, re.sub(r"<(?:\w+:)?(\w+)>", lambda found: filled[found[1]], rule.rule))
        for rule in client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def assert_problem(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body: dict[str, Any] = answer.get_json()
    assert get_validator("Problem").faults(body) == ()
    assert body["status"] == status
    return body


def test_a_foreign_host_is_refused_on_every_route(client: FlaskClient) -> None:
    for method, url in urls_of(client):
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "localhost:80:80", "a b"):
            answer = client.open(url, method=method, headers={"Host": host})
            assert_problem(answer, 403)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "localhost.:1"])
def test_the_services_own_names_are_taken(client: FlaskClient, host: str) -> None:
    assert client.get("/livez", headers={"Host": host}).status_code == 200


def test_further_names_can_be_allowed(repo: Repo) -> None:
    with app_client(repo.path, allowed_hosts="tools.internal") as client:
        assert client.get("/livez", headers={"Host": "tools.internal"}).status_code == 200
        assert client.get("/livez", headers={"Host": "other.internal"}).status_code == 403


def test_what_a_default_proxy_sends_is_refused_with_the_setting_and_the_host_that_came(client: FlaskClient) -> None:
    refused = client.get("/livez", headers={"Host": "toolcrib_upstream"}).get_json()["detail"]
    assert "'toolcrib_upstream'" in refused
    assert "add toolcrib_upstream to TOOLCRIB_ALLOWED_HOSTS" in refused
    headers = {"Host": "127.0.0.1:8080", "Origin": "https://tools.example.org"}
    refused = client.post(INVOKE, json={}, headers=headers).get_json()["detail"]
    for told in ("127.0.0.1:8080", "https://tools.example.org", "TOOLCRIB_ALLOWED_HOSTS", "proxy_set_header Host"):
        assert told in refused


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://[::1"},
        {"Origin": "http://[x]"},
        {"Origin": "ftp://localhost:8080"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_change_from_another_page_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    assert_problem(client.post(INVOKE, json={}, headers={"Host": "localhost:8080", **headers}), 403)


def test_a_change_from_the_own_page_is_taken(client: FlaskClient) -> None:
    headers = {"Host": "localhost:8080", "Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}
    assert client.post(INVOKE, json={"arguments": {}}, headers=headers).status_code == 400, "past the origin check"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonx"],
)
def test_a_body_that_is_not_json_is_refused(client: FlaskClient, content_type: str) -> None:
    assert_problem(client.post(INVOKE, data=b'{"arguments": {}}', content_type=content_type), 415)


@pytest.mark.parametrize("content_type", ["application/json; charset=latin-1", "application/json; charset=UTF-16"])
def test_a_body_in_another_charset_is_refused(client: FlaskClient, content_type: str) -> None:
    answer = client.post(INVOKE, data=b'{"arguments": {}}', content_type=content_type)
    assert "UTF-8" in assert_problem(answer, 415)["detail"]
    for said in ("UTF-8", '"utf-8"', "utf8"):
        answer = client.post(INVOKE, data=b'{"arguments": {}}', content_type=f"application/json; charset={said}")
        assert answer.status_code == 400, "past the check: only the arguments are wrong"


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "GZIP"])
def test_a_packed_body_is_refused_and_never_unpacked(client: FlaskClient, coding: str) -> None:
    packed = gzip.compress(b'{"arguments": {}}')
    answer = client.post(INVOKE, data=packed, headers={"Content-Encoding": coding}, content_type="application/json")
    assert "Content-Encoding" in assert_problem(answer, 415)["detail"]
    assert answer.headers["Accept-Encoding"] == "identity"
    assert client.post(INVOKE, json={"arguments": {}}, headers={"Content-Encoding": "identity"}).status_code == 400


def test_an_action_takes_its_own_method_alone_unless_a_tool_has_its_name(client: FlaskClient) -> None:
    for action in ("validate", "try"):
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"):
            answer = client.open(f"/api/v1/tools/{action}", method=method)
            assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
        assert client.options(f"/api/v1/tools/{action}").headers["Allow"] == "OPTIONS, POST"


def test_a_tool_with_an_actions_name_is_reached(repo: Repo) -> None:
    repo.tool("validate")
    repo.commit()
    with app_client(repo.path) as client:
        assert client.get("/api/v1/tools/validate").get_json()["name"] == "validate"
        assert client.put("/api/v1/tools/validate", json={"files": {}}).status_code == 428
        assert client.get("/api/v1/tools/try").status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"arguments": {}, "arguments": {}}',
        b'{"arguments": {"times": NaN}}',
        b'{"arguments": {"times": 1e999}}',
        b'{"arguments": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"\xff\xfe",
        b'\xef\xbb\xbf{"arguments": {}}',
        b'{"arguments": {"name": "\\ud800"}}',
        b'{"arguments": {}} trailing',
        b'{"arguments": {"times": ' + b"9" * 5000 + b"}}",
        b'{"arguments": []}',
        b'{"argumnets": {}}',
        b'{"timeout_seconds": 31}',
        b'{"timeout_seconds": 0}',
        b'{"caller_id": "two\\nlines"}',
    ],
)
def test_a_body_with_faults_is_refused(client: FlaskClient, body: bytes) -> None:
    assert_problem(client.post(INVOKE, data=body, content_type="application/json"), 400)


def test_a_body_over_the_bound_is_refused(client: FlaskClient) -> None:
    just_over = b'{"arguments": {"name": "' + b"x" * (1024 * 1024) + b'"}}'
    assert_problem(client.post(INVOKE, data=just_over, content_type="application/json"), 413)


def test_wrong_arguments_are_refused_all_at_once_with_pointers(client: FlaskClient) -> None:
    arguments = {"name": 7, "times": 10, "extra": True}
    body = assert_problem(client.post(INVOKE, json={"arguments": arguments}), 400)
    assert {(fault["pointer"], fault["code"]) for fault in body["errors"]} == {
        ("/name", "type"),
        ("/times", "maximum"),
        ("", "additionalProperties"),
    }


@pytest.mark.parametrize(("name", "status"), [("nothing", 404), ("draft_one", 409), ("broken", 409)])
def test_what_cannot_run_says_why(client: FlaskClient, name: str, status: int) -> None:
    body = assert_problem(client.post(f"/api/v1/llm/tools/{name}/invoke", json={"arguments": {"name": "x"}}), status)
    if name == "broken":
        assert "main.py:1" in body["errors"][0]["message"]


def test_unknown_addresses_and_methods_are_problems_too(client: FlaskClient) -> None:
    for url in ("/nothing", "/api/v1/tools/a/b/c", "/api/v1//tools", "/api/v1/tools/%00"):
        assert_problem(client.get(url), 404)
    answer = client.delete("/api/v1/tools")
    assert_problem(answer, 405)
    assert "GET" in answer.headers["Allow"]
    assert_problem(client.open("/api/v1/tools", method="BREW"), 405)


def test_head_and_options_are_answered(client: FlaskClient) -> None:
    assert client.head("/api/v1/tools").status_code == 200
    assert "GET" in client.options("/api/v1/tools").headers["Allow"]


def test_no_other_site_may_read_answers(client: FlaskClient) -> None:
    for _, url in urls_of(client):
        answer = client.get(url, headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_request_id_is_echoed_or_made_and_never_forged_into_a_header(client: FlaskClient) -> None:
    assert client.get("/livez", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    for harmful in ("x" * 129, "a b", "<script>", "é"):
        made = client.get("/livez", headers={"X-Request-ID": harmful}).headers["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert client.get("/nothing").get_json()["request_id"]


def test_a_token_guards_changes_and_leaves_reading_open(repo: Repo) -> None:
    repo.tool("greet")
    repo.commit()
    with app_client(repo.path, token="s3cret") as client:
        assert client.get("/api/v1/tools").status_code == 200
        for given in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "s3cret"},
            {"Authorization": "Bearer é"},
        ):
            assert_problem(client.post(INVOKE, json={"arguments": {}}, headers=given), 401)
        taken = client.post(INVOKE, json={"arguments": {}}, headers={"Authorization": "Bearer s3cret"})
        assert taken.status_code == 400, "past the token, refused for its arguments"


def test_an_unexpected_fault_is_a_problem_with_the_request_id_and_no_traceback(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("registry.http.routes.tools.select_tools", fail)
    client.application.testing = False
    answer = client.get("/api/v1/tools", headers={"X-Request-ID": "id-7"})
    assert assert_problem(answer, 500)["request_id"] == "id-7"
    assert b"secret" not in answer.data


def test_a_page_of_failures_is_small_however_much_they_say(client: FlaskClient) -> None:
    audit = get_attached_service(client.application).audit
    error = {"kind": "script_error", "message": "m" * 200_000, "details": {"traceback": "t" * 800_000}}
    for number in range(100):
        record(audit, f"{number:032x}")
        audit.end(f"{number:032x}", status="failed", error=error, stdout="o" * 1000, stderr="")
    answer = client.get("/api/v1/executions?page_size=100")
    assert len(answer.get_json()["items"]) == 100
    assert len(answer.data) < 150_000
    assert get_validator("ExecutionPage").faults(answer.get_json()) == ()
    assert answer.get_json()["items"][0]["error_truncated"] is True
    whole = client.get(f"/api/v1/executions/{7:032x}").get_json()
    assert (whole["error"], get_validator("Execution").faults(whole)) == (error, ())


def test_a_service_that_cannot_put_anything_on_record_says_so(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.commit()
    database = tmp_path / "audit.db"
    with app_client(repo.path, database_url=f"sqlite:///{database}") as client, sqlite3.connect(database) as blocker:
        blocker.execute("BEGIN IMMEDIATE")

        def refused() -> bool:
            ready = client.get("/readyz?for=invoke")
            check = ready.get_json()["checks"]["audit"]
            assert get_validator("Health").faults(ready.get_json()) == ()
            return ready.status_code == 503 and not check["ok"] and "locked" in check["detail"]

        eventually(refused, 20)
        assert client.get("/readyz").get_json()["status"] == "degraded"
        blocker.rollback()
        eventually(lambda: client.get("/readyz").get_json()["checks"]["audit"]["ok"], 20)


def record(audit: Audit, execution_id: str) -> None:
    """Put an execution on record that runs."""
    facts: dict[str, Any] = dict.fromkeys(("revision", "caller_id", "trace_id", "request_id", "remote_address"))
    audit.begin(
        Intent(
            id=execution_id, tool="greet", version=1, digest="d", bundle="b", arguments={}, argument_bytes=2, **facts
        )
    )


def test_every_route_of_the_api_is_described(client: FlaskClient) -> None:
    endpoints = {rule.endpoint for rule in client.application.url_map.iter_rules()}
    assert {name for name in endpoints if not name.startswith("page.")} == set(list_descriptions(client.application))


def test_followers_beyond_the_bound_are_sent_away_and_places_come_back(client: FlaskClient) -> None:
    audit = get_attached_service(client.application).audit
    record(audit, "0" * 32)
    url = f"/api/v1/executions/{'0' * 32}/events"
    followers = [client.get(url) for _ in range(FOLLOWERS_AT_MOST)]
    assert_problem(client.get(url), 429)
    for follower in followers:
        follower.close()
    audit.end("0" * 32, status="cancelled", stdout="", stderr="")
    assert b"event: end" in client.get(url).data
