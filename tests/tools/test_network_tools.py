"""The tools that talk to a server, against servers on the loopback address."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.tools.plainly import End, manifests, run
from tests.tools.servers import HOST, free_port, make_certificate, mute_server, tls_server, website

TEXT = {"Content-Type": "text/plain; charset=utf-8"}
HTML = {"Content-Type": "text/html"}


def succeed(name: str, arguments: dict[str, Any], environment: dict[str, str] | None = None) -> dict[str, Any]:
    end = run(name, arguments, environment)
    assert end.error is None, end
    jsonschema.validate(end.result, manifests()[name]["returns"], jsonschema.Draft202012Validator)
    assert isinstance(end.result, dict)
    return end.result


def fail(name: str, arguments: dict[str, Any], environment: dict[str, str] | None = None) -> End:
    end = run(name, arguments, environment)
    assert end.error in {"RuntimeError", "ValueError"}, end
    assert end.message
    return end


# HTTP request


def test_a_request_carries_method_headers_and_body() -> None:
    with website({"/hook": (201, {"Content-Type": "application/json"}, b'{"id": 7}')}) as site:
        result = succeed(
            "http_request",
            {
                "url": f"{site.url}/hook?a=1",
                "method": "POST",
                "headers": [{"name": "X-Key", "value": "väl"}, {"name": "Content-Type", "value": "application/json"}],
                "body": '{"name": "ü"}',
            },
        )
        [(method, path, headers, body)] = site.asked
    assert (method, path, body.decode()) == ("POST", "/hook?a=1", '{"name": "ü"}')
    assert headers["content-type"] == "application/json"
    assert (result["status"], result["body"], result["truncated"]) == (201, '{"id": 7}', False)


def test_an_error_status_is_a_result() -> None:
    with website({}) as site:
        result = succeed("http_request", {"url": f"{site.url}/none"})
    assert (result["status"], result["body"]) == (404, "no such page")


def test_a_big_body_is_cut_and_says_so() -> None:
    with website({"/big": (200, TEXT, b"x" * 5_000_000)}) as site:
        result = succeed("http_request", {"url": f"{site.url}/big", "max_bytes": 1000})
    assert (result["body"], result["body_bytes"], result["truncated"]) == ("x" * 1000, 1000, True)


def test_bytes_that_are_no_text_come_as_base64() -> None:
    with website({"/bin": (200, {"Content-Type": "application/octet-stream"}, b"\x00\xff")}) as site:
        result = succeed("http_request", {"url": f"{site.url}/bin"})
    assert (result["body"], result["body_encoding"]) == ("AP8=", "base64")


def test_redirects_are_followed_and_listed() -> None:
    pages = {"/a": (302, {"Location": "/b"}, b""), "/b": (301, {"Location": "/c"}, b""), "/c": (200, TEXT, b"here")}
    with website(pages) as site:
        result = succeed("http_request", {"url": f"{site.url}/a"})
        unfollowed = succeed("http_request", {"url": f"{site.url}/a", "follow_redirects": False})
    assert (result["body"], result["url"]) == ("here", f"{site.url}/c")
    assert result["redirects"] == [f"{site.url}/a", f"{site.url}/b"]
    assert (unfollowed["status"], unfollowed["headers"]["location"]) == (302, "/b")


@pytest.mark.parametrize("name", ["http_request", "page_to_text"])
def test_at_most_five_redirects_are_followed(name: str) -> None:
    with website({}) as site:
        end = fail(name, {"url": f"{site.url}/loop"})
        assert len(site.asked) == 6
    assert "redirects" in end.message


@pytest.mark.parametrize("path", ["/drip", "/silent"])
def test_a_slow_server_is_given_up_in_time(path: str) -> None:
    with website({}) as site:
        end = fail("http_request", {"url": site.url + path, "timeout_seconds": 2})
    assert "within 2 s" in end.message
    assert end.seconds < 10


@pytest.mark.parametrize("path", ["/drip", "/silent"])
def test_a_slow_page_is_given_up_in_time(path: str) -> None:
    with website({}) as site:
        end = fail("page_to_text", {"url": site.url + path})
    assert "within" in end.message


def test_an_untrusted_certificate_is_refused(tmp_path: Path) -> None:
    with tls_server(*make_certificate(tmp_path, f"IP:{HOST}")) as port:
        end = fail("http_request", {"url": f"https://{HOST}:{port}/"})
    assert "certificate" in end.message


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\0b"])
def test_a_header_cannot_smuggle_another(value: str) -> None:
    with website({"/": (200, TEXT, b"")}) as site:
        fail("http_request", {"url": site.url, "headers": [{"name": "X-A", "value": value}]})
        assert not site.asked


# Page to text


def test_a_page_is_fetched_and_read() -> None:
    page = "<html><head><title>Notes</title></head><body><h1>Æ</h1><p>One <a href='/x'>link</a></p></body></html>"
    pages = {"/old": (302, {"Location": "/new/"}, b""), "/new/": (200, HTML, page.encode())}
    with website(pages) as site:
        result = succeed("page_to_text", {"url": f"{site.url}/old", "include_links": True})
    assert result["title"] == "Notes"
    assert result["text"] == "Æ\n\nOne link"
    assert result["url"] == f"{site.url}/new/"
    assert result["links"] == [{"text": "link", "url": f"{site.url}/x"}]


def test_a_big_page_is_cut() -> None:
    with website({"/": (200, HTML, b"<p>word</p>" * 500_000)}) as site:
        result = succeed("page_to_text", {"url": site.url, "max_characters": 1000})
    assert result["truncated"] is True
    assert len(result["text"]) <= 1000


def test_what_is_no_page_is_refused() -> None:
    with website({"/": (200, {"Content-Type": "image/png"}, b"\x89PNG")}) as site:
        assert "image/png" in fail("page_to_text", {"url": site.url}).message
        assert "404" in fail("page_to_text", {"url": f"{site.url}/none"}).message


# Prometheus


VECTOR = {
    "status": "success",
    "data": {"resultType": "vector", "result": [{"metric": {"job": "a"}, "value": [1, "2"]}]},
}
JSON = {"Content-Type": "application/json"}


def prometheus(answer: object, status: int = 200) -> dict[str, tuple[int, dict[str, str], bytes]]:
    page = (status, JSON, json.dumps(answer).encode())
    return {"/api/v1/query": page, "/api/v1/query_range": page}


def test_the_query_works_without_a_token() -> None:
    with website(prometheus(VECTOR)) as site:
        result = succeed("prometheus_query", {"base_url": site.url, "query": "up"})
        [(_, path, headers, body)] = site.asked
    assert (path, body) == ("/api/v1/query", b"query=up")
    assert "authorization" not in headers
    assert result["authenticated"] is False
    assert result["series"] == [{"labels": {"job": "a"}, "points": [{"timestamp": 1, "value": "2"}]}]


def test_the_token_goes_to_its_own_server() -> None:
    with website(prometheus(VECTOR)) as site:
        secrets = {"PROMETHEUS_TOKEN": "s3cret", "PROMETHEUS_URL": site.url}
        result = succeed("prometheus_query", {"base_url": site.url + "/", "query": "up"}, secrets)
        assert site.asked[0][2]["authorization"] == "Bearer s3cret"
    assert result["authenticated"] is True


def test_the_token_goes_to_no_other_server() -> None:
    secrets = {"PROMETHEUS_TOKEN": "s3cret", "PROMETHEUS_URL": f"http://{HOST}:1"}
    with website(prometheus(VECTOR)) as site:
        result = succeed("prometheus_query", {"base_url": site.url, "query": "up"}, secrets)
        assert "s3cret" not in str(site.asked)
    assert result["authenticated"] is False


def test_the_token_does_not_follow_a_redirect() -> None:
    with website(prometheus(VECTOR)) as other:
        moved = {"/api/v1/query": (307, {"Location": f"{other.url}/api/v1/query"}, b"")}
        with website(moved) as site:
            secrets = {"PROMETHEUS_TOKEN": "s3cret", "PROMETHEUS_URL": site.url}
            fail("prometheus_query", {"base_url": site.url, "query": "up"}, secrets)
        assert not other.asked


def test_a_range_is_asked_for_and_long_answers_are_cut() -> None:
    series = [{"metric": {"n": str(n)}, "values": [[t, "1"] for t in range(600)]} for n in range(120)]
    with website(prometheus({"status": "success", "data": {"resultType": "matrix", "result": series}})) as site:
        result = succeed(
            "prometheus_query",
            {"base_url": site.url, "query": "up", "start": "1", "end": "600", "step_seconds": 1},
        )
        assert site.asked[0][1] == "/api/v1/query_range"
    assert (len(result["series"]), result["series_total"], result["truncated"]) == (100, 120, True)
    assert sum(len(one["points"]) for one in result["series"]) <= 5000


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ({"status": "error", "errorType": "bad_data", "error": "parse error"}, 400, "parse error"),
        ({}, 401, "401"),
        (["no", "prometheus"], 200, "check base_url"),
    ],
)
def test_what_prometheus_refuses_is_explained(answer: object, status: int, said: str) -> None:
    with website(prometheus(answer, status)) as site:
        assert said in fail("prometheus_query", {"base_url": site.url, "query": "up("}).message


# TLS and TCP


def test_a_self_signed_certificate_is_reported_as_untrusted(tmp_path: Path) -> None:
    with tls_server(*make_certificate(tmp_path, f"DNS:localhost,IP:{HOST}", days=20)) as port:
        result = succeed("tls_certificate_expiry", {"host": HOST, "port": port})
    assert (result["days_left"], result["expires_soon"], result["expired"]) == (19, True, False)
    assert result["subject"] == result["issuer"] == "CN=test certificate, O=Example"
    assert result["names"] == ["localhost", HOST]
    assert (result["trusted"], bool(result["trust_error"])) == (False, True)


def test_a_trusted_certificate_is_trusted_for_its_name_only(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "DNS:right.test")
    with tls_server(certificate, key) as port:
        asked = {"host": HOST, "port": port, "warn_days": 5}
        trusting = {"SSL_CERT_FILE": str(certificate)}
        right = succeed("tls_certificate_expiry", {**asked, "server_name": "right.test"}, trusting)
        wrong = succeed("tls_certificate_expiry", {**asked, "server_name": "wrong.test"}, trusting)
    assert (right["trusted"], right["trust_error"], right["expires_soon"]) == (True, None, False)
    assert wrong["trusted"] is False
    assert "wrong.test" in wrong["trust_error"]


def test_a_server_without_tls_is_explained() -> None:
    with website({}) as site:
        fail("tls_certificate_expiry", {"host": HOST, "port": site.port})


def test_a_mute_server_is_given_up_in_time() -> None:
    with mute_server() as port:
        end = fail("tls_certificate_expiry", {"host": HOST, "port": port})
    assert "within" in end.message


def test_open_and_closed_ports_are_told_apart() -> None:
    closed = free_port()
    with mute_server() as port:
        result = succeed("tcp_check", {"host": HOST, "ports": [port, closed]})
    assert [(one["port"], one["state"], one["address"]) for one in result["ports"]] == [
        (port, "open", HOST),
        (closed, "refused", None),
    ]
    assert result["all_open"] is False


def test_a_full_backlog_is_a_timeout() -> None:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex((HOST, port))
            result = succeed("tcp_check", {"host": HOST, "ports": [port], "timeout_seconds": 1})
        finally:
            for one in waiting:
                one.close()
    assert result["ports"][0]["state"] == "timeout"
