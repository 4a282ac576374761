"""The tools that talk to a server, against servers that this test starts on 127.0.0.1."""

from __future__ import annotations

import base64
import gzip
import json
import re
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.tools.local_servers import Quiet, self_signed, server_context, serving
from tests.tools.plain_run import copy_tool, fail, succeed
from tests.waiting import patience


class Site(Quiet):
    """A site with one address for each behaviour."""

    def do_GET(self) -> None:  # noqa: N802 -- named by http.server
        known = getattr(self, "get_" + self.path.partition("?")[0].strip("/").replace("/", "_"), None)
        if known is None:
            self.answer(404, b"no such page", Content_Type="text/plain")
        else:
            known()

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:  # noqa: N802
        said = self.rfile.read(int(self.headers["Content-Length"]))
        seen = {"body": said.decode(), "kind": self.headers["Content-Type"], "token": self.headers["X-Token"]}
        self.answer(201, json.dumps(seen).encode(), Content_Type="application/json")

    def get_page(self) -> None:
        self.answer(
            200,
            b'<title>Hi</title><h1>One</h1><p>Two <a href="/three">three</a></p>',
            Content_Type="text/html; charset=utf-8",
        )

    def get_latin(self) -> None:
        self.answer(200, "<meta charset=iso-8859-1><p>Größe".encode("latin-1"), Content_Type="text/html")

    def get_bytes(self) -> None:
        self.answer(200, b"\x00\x01\xff", Content_Type="application/octet-stream")

    def get_big(self) -> None:
        self.answer(200, b"x" * 3_000_000, Content_Type="text/html")

    def get_bomb(self) -> None:
        self.answer(200, gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip", Content_Type="text/plain")

    def get_once(self) -> None:
        self.answer(302, Location="/page")

    def get_for_ever(self) -> None:
        self.answer(302, Location="/for/ever")

    def get_away(self) -> None:
        self.answer(302, Location="file:///etc/passwd")

    def get_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        while True:  # until the client hangs up
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(0.2)


@pytest.fixture
def site() -> Iterator[str]:
    with serving(Site) as port:
        yield f"http://127.0.0.1:{port}"


def test_http_request_gives_status_headers_and_text(site: str, tmp_path: Path) -> None:
    result = succeed("http_request", {"url": f"{site}/page?q=1"}, tmp_path)
    assert (result["status"], result["body_encoding"], result["truncated"]) == (200, "text", False)
    assert result["headers"]["content-type"] == "text/html; charset=utf-8"
    assert "<h1>One</h1>" in result["body"]


def test_a_status_of_failure_is_a_result(site: str, tmp_path: Path) -> None:
    result = succeed("http_request", {"url": f"{site}/nowhere"}, tmp_path)
    assert (result["status"], result["body"]) == (404, "no such page")


def test_http_request_sends_method_headers_and_body(site: str, tmp_path: Path) -> None:
    headers = [{"name": "Content-Type", "value": "application/json"}, {"name": "X-Token", "value": "abc"}]
    arguments = {"url": site, "method": "POST", "headers": headers, "body": '{"ü": 1}'}
    result = succeed("http_request", arguments, tmp_path)
    assert result["status"] == 201
    assert json.loads(result["body"]) == {"body": '{"ü": 1}', "kind": "application/json", "token": "abc"}


def test_http_request_refuses_a_header_that_would_be_two(site: str, tmp_path: Path) -> None:
    arguments = {"url": site, "headers": [{"name": "X-A", "value": "1\r\nX-B: 2"}]}
    assert "must be one line" in fail("http_request", arguments, tmp_path)


def test_bytes_that_are_no_text_come_in_base64(site: str, tmp_path: Path) -> None:
    result = succeed("http_request", {"url": f"{site}/bytes"}, tmp_path)
    assert (result["body_encoding"], base64.b64decode(result["body"])) == ("base64", b"\x00\x01\xff")


@pytest.mark.parametrize("path", ["big", "bomb"])
def test_a_big_body_is_cut_also_when_it_comes_compressed(site: str, path: str, tmp_path: Path) -> None:
    result = succeed("http_request", {"url": f"{site}/{path}", "max_bytes": 1000}, tmp_path)
    assert (result["body_bytes"], result["truncated"]) == (1000, True)


def test_redirects_are_followed_named_and_can_be_left_alone(site: str, tmp_path: Path) -> None:
    followed = succeed("http_request", {"url": f"{site}/once"}, tmp_path)
    assert (followed["status"], followed["url"], followed["redirects"]) == (200, f"{site}/page", [f"{site}/once"])
    seen = succeed("http_request", {"url": f"{site}/once", "follow_redirects": False}, tmp_path)
    assert (seen["status"], seen["headers"]["location"]) == (302, "/page")


@pytest.mark.parametrize("name", ["http_request", "page_to_text"])
def test_redirects_without_end_and_to_files_fail(site: str, name: str, tmp_path: Path) -> None:
    assert "redirects" in fail(name, {"url": f"{site}/for/ever"}, tmp_path)
    assert "passwd" not in fail(name, {"url": f"{site}/away"}, tmp_path).replace("file:///etc/passwd", "")


@pytest.mark.parametrize("name", ["http_request", "page_to_text", "prometheus_query"])
def test_a_server_that_never_speaks_is_left_at_the_deadline(name: str, tmp_path: Path) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        asked: dict[str, dict[str, Any]] = {
            "http_request": {"url": url, "timeout_seconds": 1},
            "page_to_text": {"url": url},
            "prometheus_query": {"base_url": url, "query": "up"},
        }
        hurry(name, tmp_path)
        assert "within 1 s" in fail(name, asked[name], tmp_path)


def test_a_page_that_drips_is_left_at_the_deadline(site: str, tmp_path: Path) -> None:
    hurry("page_to_text", tmp_path)
    assert "within 1 s" in fail("page_to_text", {"url": f"{site}/drip"}, tmp_path)


def hurry(name: str, folder: Path) -> None:
    """Put a copy of the tool where it will be run from, with a second instead of its own time limit."""
    for path in copy_tool(name, folder).glob("*.py"):
        path.write_text(re.sub(r"^TIMEOUT_SECONDS = \d+$", "TIMEOUT_SECONDS = 1", path.read_text(), flags=re.M))


def test_a_server_that_drips_is_left_at_the_deadline(site: str, tmp_path: Path) -> None:
    started = time.monotonic()
    assert "within 1 s" in fail("http_request", {"url": f"{site}/drip", "timeout_seconds": 1}, tmp_path)
    assert time.monotonic() - started < patience(5)


def test_page_to_text_reads_a_page_with_its_links(site: str, tmp_path: Path) -> None:
    result = succeed("page_to_text", {"url": f"{site}/page", "include_links": True}, tmp_path)
    assert (result["title"], result["text"]) == ("Hi", "One\n\nTwo three")
    assert result["links"] == [{"text": "three", "url": f"{site}/three"}]


def test_page_to_text_takes_the_charset_that_the_page_declares(site: str, tmp_path: Path) -> None:
    assert succeed("page_to_text", {"url": f"{site}/latin"}, tmp_path)["text"] == "Größe"


def test_page_to_text_cuts_big_pages_and_refuses_what_is_none(site: str, tmp_path: Path) -> None:
    result = succeed("page_to_text", {"url": f"{site}/big", "max_characters": 500}, tmp_path)
    assert (len(result["text"]), result["truncated"]) == (500, True)
    assert "http_request" in fail("page_to_text", {"url": f"{site}/bytes"}, tmp_path)
    assert "404" in fail("page_to_text", {"url": f"{site}/nowhere"}, tmp_path)


def test_tcp_check_tells_open_from_refused_and_silent(site: str, tmp_path: Path) -> None:
    port = int(site.rpartition(":")[2])
    result = succeed("tcp_check", {"host": "127.0.0.1", "ports": [port, 1]}, tmp_path)
    assert [entry["state"] for entry in result["ports"]] == ["open", "refused"]
    assert (result["all_open"], result["ports"][0]["address"]) == (False, "127.0.0.1")


def test_tcp_check_says_timeout_where_nobody_answers(tmp_path: Path) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)  # nobody accepts: once its backlog is full, new connections get no answer
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        arguments = {"host": "127.0.0.1", "ports": [full.getsockname()[1]], "timeout_seconds": 1}
        result = succeed("tcp_check", arguments, tmp_path)
    assert result["ports"][0]["state"] == "timeout"


# TLS ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"), days=10)


def test_a_certificate_that_is_not_trusted_is_reported(pem: Path, tmp_path: Path) -> None:
    with serving(Site, server_context(pem)) as port:
        result = succeed("tls_certificate_expiry", {"host": "127.0.0.1", "port": port}, tmp_path)
    assert (result["trusted"], result["expired"], result["expires_soon"], result["days_left"]) == (
        False,
        False,
        True,
        9,
    )
    assert "self" in result["trust_error"]
    assert (result["subject"], result["issuer"]) == ("CN=localhost, O=Example", "CN=localhost, O=Example")
    assert result["names"] == ["localhost", "127.0.0.1"]


def test_the_certificate_reads_as_the_standard_library_reads_it(pem: Path, tmp_path: Path) -> None:
    trusting = {"SSL_CERT_FILE": str(pem)}
    with serving(Site, server_context(pem)) as port:
        arguments = {"host": "localhost", "port": port, "warn_days": 5}
        result = succeed("tls_certificate_expiry", arguments, tmp_path, environment=trusting)
        client = ssl.create_default_context(cafile=str(pem))
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            client.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            known: dict[str, Any] = secured.getpeercert() or {}
    assert (result["trusted"], result["trust_error"], result["expires_soon"]) == (True, None, False)
    assert result["serial_number"].upper() == known["serialNumber"].lstrip("0")
    for key, name in (("not_before", "notBefore"), ("not_after", "notAfter")):
        seconds = ssl.cert_time_to_seconds(known[name])
        assert result[key] == time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seconds))


def test_a_wrong_name_is_not_trusted_and_says_so(pem: Path, tmp_path: Path) -> None:
    with serving(Site, server_context(pem)) as port:
        arguments = {"host": "127.0.0.1", "port": port, "server_name": "other.example"}
        result = succeed("tls_certificate_expiry", arguments, tmp_path, environment={"SSL_CERT_FILE": str(pem)})
    assert result["trusted"] is False
    assert "other.example" in result["trust_error"]


def test_an_expired_certificate_is_reported_as_expired(tmp_path: Path) -> None:
    expired = self_signed(tmp_path, days=-1, name="old")
    with serving(Site, server_context(expired)) as port:
        result = succeed("tls_certificate_expiry", {"host": "127.0.0.1", "port": port}, tmp_path)
    assert (result["expired"], result["expires_soon"], result["trusted"]) == (True, True, False)
    assert result["days_left"] < 0


def test_a_port_that_speaks_no_tls_is_an_error(site: str, tmp_path: Path) -> None:
    arguments = {"host": "127.0.0.1", "port": int(site.rpartition(":")[2])}
    assert "not with TLS" in fail("tls_certificate_expiry", arguments, tmp_path)


def test_http_request_and_page_to_text_refuse_a_certificate_that_is_not_trusted(pem: Path, tmp_path: Path) -> None:
    with serving(Site, server_context(pem)) as port:
        url = f"https://127.0.0.1:{port}/page"
        assert "certificate" in fail("http_request", {"url": url}, tmp_path)
        assert "certificate" in fail("page_to_text", {"url": url}, tmp_path).lower()
        trusting = {"REQUESTS_CA_BUNDLE": str(pem)}
        assert succeed("http_request", {"url": url}, tmp_path, environment=trusting)["status"] == 200


# Prometheus -----------------------------------------------------------------------------------------------------------

TOKEN = "s3cret-token"


class Prometheus(Quiet):
    """A Prometheus that answers what the query names, and records what it was asked."""

    asked: ClassVar[list[tuple[str, dict[str, str], str | None]]] = []

    def do_POST(self) -> None:  # noqa: N802
        form = self.form()
        type(self).asked.append((self.path, form, self.headers["Authorization"]))
        getattr(self, form["query"].partition("(")[0])()

    def data(self, kind: str, result: Any) -> None:
        said = {"status": "success", "data": {"resultType": kind, "result": result}, "warnings": ["partial"]}
        self.answer(200, json.dumps(said).encode())

    def up(self) -> None:
        self.data("vector", [{"metric": {"job": "api"}, "value": [1700000000, "NaN"]}])

    def scalar(self) -> None:
        self.data("scalar", [1700000000, "42"])

    def rate(self) -> None:
        self.data("matrix", [{"metric": {"n": str(n)}, "values": [[t, "1"] for t in range(600)]} for n in range(150)])

    def bad(self) -> None:
        self.answer(400, b'{"status": "error", "errorType": "bad_data", "error": "parse error at char 3"}')

    def locked(self) -> None:
        self.answer(401, b"{}")

    def page(self) -> None:
        self.answer(200, b"<html>a login page</html>")

    def moved(self) -> None:
        self.answer(307, Location="http://127.0.0.1:1/")

    def huge(self) -> None:
        self.answer(200, b" " * 9_000_000)


@pytest.fixture
def prometheus() -> Iterator[tuple[str, list[tuple[str, dict[str, str], str | None]]]]:
    class Fresh(Prometheus):
        asked: ClassVar[list[tuple[str, dict[str, str], str | None]]] = []

    with serving(Fresh) as port:
        yield f"http://127.0.0.1:{port}", Fresh.asked


Asked = tuple[str, list[tuple[str, dict[str, str], str | None]]]


def test_an_instant_query_gives_series_and_sends_no_login(prometheus: Asked, tmp_path: Path) -> None:
    base, asked = prometheus
    result = succeed("prometheus_query", {"base_url": base + "/", "query": "up", "time": "1700000000"}, tmp_path)
    assert result["series"] == [{"labels": {"job": "api"}, "points": [{"timestamp": 1700000000, "value": "NaN"}]}]
    assert (result["result_type"], result["warnings"]) == ("vector", ["partial"])
    assert asked == [("/api/v1/query", {"query": "up", "time": "1700000000"}, None)]


def test_a_scalar_is_one_series(prometheus: Asked, tmp_path: Path) -> None:
    result = succeed("prometheus_query", {"base_url": prometheus[0], "query": "scalar(x)"}, tmp_path)
    assert result["series"] == [{"labels": {}, "points": [{"timestamp": 1700000000, "value": "42"}]}]


def test_a_range_query_is_cut_and_says_so(prometheus: Asked, tmp_path: Path) -> None:
    base, asked = prometheus
    arguments = {"base_url": base, "query": "rate(x[5m])", "start": "1", "end": "600", "step_seconds": 1}
    result = succeed("prometheus_query", arguments, tmp_path)
    assert asked[0][:2] == ("/api/v1/query_range", {"query": "rate(x[5m])", "start": "1", "end": "600", "step": "1"})
    assert (result["series_total"], len(result["series"]), result["truncated"]) == (150, 100, True)
    assert sum(len(series["points"]) for series in result["series"]) == 5000
    assert result["series"][0]["points"][-1]["timestamp"] == 599  # the newest are kept


def test_the_token_goes_to_the_server_that_was_granted_with_it(prometheus: Asked, tmp_path: Path) -> None:
    base, asked = prometheus
    secrets = {"PROMETHEUS_TOKEN": TOKEN, "PROMETHEUS_URL": base}
    result = succeed("prometheus_private_query", {"query": "up"}, tmp_path, environment=secrets)
    assert result["series_total"] == 1
    assert asked[0][2] == f"Bearer {TOKEN}"
    said = fail("prometheus_private_query", {"query": "locked"}, tmp_path, environment=secrets)
    assert "refused PROMETHEUS_TOKEN" in said
    assert TOKEN not in said


def test_without_the_secrets_no_token_goes_anywhere(prometheus: Asked, tmp_path: Path) -> None:
    base, asked = prometheus
    secrets = {"PROMETHEUS_TOKEN": TOKEN, "PROMETHEUS_URL": base}
    arguments = {"base_url": base, "query": "locked"}
    assert "wants a login" in fail("prometheus_query", arguments, tmp_path, environment=secrets)
    assert asked[0][2] is None


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("bad", "parse error at char 3"),
        ("page", "check base_url"),
        ("moved", "check base_url"),
        ("locked", "401"),
        ("huge", "larger than 8 MB"),
    ],
)
def test_what_prometheus_refuses_is_said_in_a_sentence(
    prometheus: Asked, query: str, said: str, tmp_path: Path
) -> None:
    assert said in fail("prometheus_query", {"base_url": prometheus[0], "query": query}, tmp_path)


def test_time_and_range_together_are_refused(tmp_path: Path) -> None:
    both = {"base_url": "http://127.0.0.1:1", "query": "up", "time": "1", "start": "1", "end": "2"}
    assert "not both" in fail("prometheus_query", both, tmp_path)
