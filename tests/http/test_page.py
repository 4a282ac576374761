"""The page is served as it was built: kept for long, compressed, under a policy that runs nothing else."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry.http.routes import page


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of three files, in place of the built one."""
    files = {"index.html": b"<!doctype html>", "assets/main-1a2B_3.js": b"run()" * 99, "favicon.svg": b"<svg/>"}
    for name, content in files.items():
        file = tmp_path / "dist" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(page, "BUILT", tmp_path / "dist")
    return tmp_path / "dist"


@pytest.mark.parametrize("address", ["/", "/tools/greet", "/tools/greet/files/main.py", "/executions/x", "/status"])
def test_every_address_of_the_page_answers_its_document(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.data) == (200, b"<!doctype html>")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_policy_allows_neither_inline_scripts_nor_eval_nor_other_servers(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'; script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_hashed_files_are_kept_for_a_year_and_sent_compressed(client: FlaskClient) -> None:
    plain = client.get("/assets/main-1a2B_3.js")
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.mimetype in {"text/javascript", "application/javascript"}
    small = client.get("/assets/main-1a2B_3.js", headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert client.get("/", headers={"If-None-Match": client.get("/").headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", ["..%2findex.html", "none.js", "main-1a2B_3.js.map", "%2e%2e", "a%00.js"])
def test_no_other_file_can_be_had(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/assets/{name}")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_an_unknown_address_is_still_a_problem(client: FlaskClient) -> None:
    assert client.get("/nowhere").mimetype == "application/problem+json"
    assert client.get("/api/v1/nowhere").mimetype == "application/problem+json"


def test_without_a_build_the_service_says_what_to_do(client: FlaskClient, built: Path) -> None:
    (built / "index.html").unlink()
    answer = client.get("/")
    assert answer.mimetype == "text/plain"
    assert "setup/page" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
