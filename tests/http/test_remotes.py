"""The service and its remote: what is committed here gets there, what is pushed there gets here, and nothing waits."""

from __future__ import annotations

import hashlib
import hmac
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from registry.edits.proposals import Proposal
from registry.gitrepo import Edit, FolderEdit, Person, Repository, commit_edit
from registry.http.contract.body_shapes import get_validator
from registry.http.requests.app_context import get_attached_service
from tests.git_daemon import git_daemon
from tests.http.conftest import app_client
from tests.repositories import MAIN, Repo, manifest
from tests.services import Running, free_port, serving
from tests.waiting import eventually, patience

ADA = Person("Ada", "ada@example.org")
KEY = "0123456789abcdef-hook"
HOOK = "/api/v1/hooks/push"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "hook.key"
    file.write_text(KEY + "\n")
    return file


def prepared(repo: Repo, name: str, main: str) -> Edit:
    files = {"tool.yaml": (repo.path / f"tools/{name}/tool.yaml").read_bytes(), "main.py": main.encode()}
    return Edit((FolderEdit(name, repo.git("rev-parse", f"HEAD:tools/{name}"), files),), f"{name}: an edit", ADA)


def edit(repo: Repo, name: str, main: str) -> str:
    """Commit as the service does, in a process that tells the service nothing."""
    commit_edit(Repository.open(repo.path), prepared(repo, name, main))
    return repo.git("rev-parse", "HEAD")


def pushed(colleague: Repo, path: str, content: str) -> str:
    colleague.git("pull", "-q", "--rebase")
    colleague.write(path, content)
    revision = colleague.commit("a colleague's")
    colleague.git("push", "-q")
    return revision


def remote_of(service: Running) -> dict[str, Any]:
    answer = service.get("/api/v1/repository").json()
    assert get_validator("Repository").faults(answer) == ()
    remote: dict[str, Any] = answer["remote"]
    return remote


def signed(body: bytes, key: str = KEY) -> dict[str, str]:
    digest = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


@pytest.mark.service
def test_edits_get_to_the_remote_and_pushes_come_when_they_are_told(
    served: Repo, upstream: Repo, colleague: Repo, key_file: Path, tmp_path: Path
) -> None:
    with git_daemon(upstream.path.parent) as address:
        served.git("remote", "set-url", "origin", address + "upstream.git")
        with serving(
            served.path, tmp_path, workers="2", fetch_seconds="0", push_secret_file=str(key_file), token="t0ken"
        ) as service:
            eventually(lambda: remote_of(service)["synced_at"] is not None)
            mine = edit(served, "first", "# mine\n")
            eventually(lambda: upstream.git("rev-parse", "main") == mine)
            theirs = pushed(colleague, "tools/second/main.py", "# theirs\n")
            for _ in range(4):  # whichever worker is told
                url = f"http://127.0.0.1:{service.port}{HOOK}"
                answer = httpx.post(url, content=b'{"ref": "x"}', headers=signed(b'{"ref": "x"}'), timeout=600)
                assert (answer.status_code, answer.json()) == (202, {"asked": True})
            eventually(lambda: service.get("/api/v1/tools").json()["revision"] == theirs)
            eventually(lambda: (remote_of(service)["ahead"], remote_of(service)["behind"]) == (0, 0))
            assert (served.path / "tools/second/main.py").read_text() == "# theirs\n"
            ready = service.get("/readyz").json()["checks"]["remote"]
            assert ready == {"ok": True, "detail": "origin: 0 commits ahead, 0 behind"}


@pytest.mark.service
def test_a_remote_that_is_down_or_refuses_delays_nothing_and_gets_everything_when_it_is_back(
    served: Repo, upstream: Repo, tmp_path: Path
) -> None:
    port = free_port()
    served.git("remote", "set-url", "origin", f"git://127.0.0.1:{port}/upstream.git")
    with serving(served.path, tmp_path, workers="2", fetch_seconds="2") as service:
        eventually(lambda: remote_of(service)["last_error"] is not None)
        mine = edit(served, "first", "# mine\n")
        assert service.get("/api/v1/tools").json()["revision"] == mine
        assert remote_of(service)["ahead"] == 1
        ready = service.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert "origin: " in ready.json()["checks"]["remote"]["detail"]
        hook = upstream.path / "hooks/pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
        hook.chmod(0o755)
        with git_daemon(upstream.path.parent, port):
            eventually(lambda: "not today" in (remote_of(service)["last_error"] or ""))
            assert remote_of(service)["ahead"] == 1
            hook.unlink()
            eventually(lambda: upstream.git("rev-parse", "main") == mine)
            eventually(lambda: remote_of(service)["last_error"] is None)


@pytest.mark.service
def test_a_remote_that_says_nothing_holds_up_no_answer_no_edit_and_no_end(served: Repo, tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(30)
        served.git("remote", "set-url", "origin", f"git://127.0.0.1:{silent.getsockname()[1]}/x")
        with serving(served.path, tmp_path, workers="2") as service:
            waiting, _ = silent.accept()  # the exchange has begun, and waits
            began = time.monotonic()
            mine = edit(served, "first", "# mine\n")
            for _ in range(6):
                assert service.get("/api/v1/tools").json()["revision"] == mine
                assert remote_of(service)["synced_at"] is None
                assert service.get("/readyz").status_code == 200
            assert time.monotonic() - began < patience(10)
            began = time.monotonic()
            os.kill(service.process.pid, signal.SIGTERM)
            service.process.wait(40)
            print(f"ended after {time.monotonic() - began:.1f} s")
            assert time.monotonic() - began < patience(20)
            waiting.close()


@pytest.mark.service
def test_a_conflict_is_told_and_blocks_neither_serving_nor_edits(
    served: Repo, upstream: Repo, colleague: Repo, tmp_path: Path
) -> None:
    theirs = pushed(colleague, "tools/first/notes.md", "theirs")
    edit(served, "first", "# mine\n")
    with serving(served.path, tmp_path, workers="2", fetch_seconds="1") as service:
        eventually(lambda: bool(remote_of(service)["conflict"]))
        assert "tools/first was changed here" in remote_of(service)["last_error"]
        mine = edit(served, "second", "# goes on\n")
        assert service.get("/api/v1/tools").json()["revision"] == mine
        assert service.get("/readyz").json()["status"] == "degraded"
        assert upstream.git("rev-parse", "main") == theirs
        served.git("fetch", "-q", "origin")
        served.git("rebase", "-q", "origin/main", check=False)
        served.git("rebase", "-q", "--skip", check=False)
        served.git("push", "-q", "origin", "main")
        eventually(lambda: remote_of(service)["last_error"] is None and remote_of(service)["ahead"] == 0)
        assert upstream.git("rev-parse", "main") == served.git("rev-parse", "HEAD")


def holder(lock: Path) -> int | None:
    """The process that holds a file's lock."""
    if not lock.exists():
        return None
    inode = str(lock.stat().st_ino)
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if "->" not in words and words[5].rpartition(":")[2] == inode:
            return int(words[4])
    return None


@pytest.mark.service
def test_one_worker_exchanges_and_another_takes_over_when_it_is_killed(
    served: Repo, upstream: Repo, tmp_path: Path
) -> None:
    with serving(served.path, tmp_path, workers="3", instance="takes-over", fetch_seconds="0") as service:
        lock = served.path / ".git/toolcrib/takes-over.sync.lock"
        eventually(lambda: holder(lock) is not None)
        first = holder(lock)
        assert first is not None
        assert upstream.git("rev-parse", "main") == served.git("rev-parse", "HEAD")
        os.kill(first, signal.SIGKILL)
        mine = edit(served, "first", "# after the kill\n")
        eventually(lambda: holder(lock) not in {None, first})
        eventually(lambda: upstream.git("rev-parse", "main") == mine)
        assert served.git("fsck", "--strict", "--no-dangling") == ""
        assert service.get("/api/v1/repository").json()["revision"] == mine


def test_the_hook_takes_what_is_signed_and_nothing_else(served: Repo, key_file: Path) -> None:
    body = b'{"zen": "Keep it logically awesome."}'
    with app_client(served.path, push_secret_file=str(key_file), token="t0ken") as client:
        asked = served.path / ".git/toolcrib"
        for headers in (
            {},
            {"X-Hub-Signature-256": ""},
            {"X-Hub-Signature-256": "sha256="},
            {"X-Hub-Signature-256": "sha256=" + "0" * 64},
            {"X-Hub-Signature-256": "sha256=é"},
            {"X-Hub-Signature": signed(body)["X-Hub-Signature-256"]},
            signed(body, "another-secret-of-16"),
            signed(body + b" "),
            {"Authorization": "Bearer t0ken"},
        ):
            answer = client.post(HOOK, data=body, headers={**headers, "Content-Type": "application/json"})
            assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), headers
            assert answer.get_json()["type"] == "urn:toolcrib:problem:signature-refused"
        assert not list(asked.glob("*.asked"))
        for _ in range(2):  # sent again, it does the same
            answer = client.post(HOOK, data=body, headers=signed(body))
            assert (answer.status_code, get_validator("Asked").faults(answer.get_json())) == (202, ())
        assert list(asked.glob("*.asked"))
        for status, headers in (
            (403, {"Origin": "https://evil.example"}),
            (403, {"Host": "evil.example"}),
            (403, {"Sec-Fetch-Site": "cross-site"}),
            (415, {"Content-Type": "application/x-www-form-urlencoded"}),
        ):
            assert client.post(HOOK, data=body, headers={**signed(body), **headers}).status_code == status
        key_file.write_text("short")
        assert client.post(HOOK, data=body, headers=signed(body, "short")).status_code == 503
        key_file.write_text("a new secret, rotated")
        assert client.post(HOOK, data=body, headers=signed(body, "a new secret, rotated")).status_code == 202


def test_without_a_secret_or_a_remote_the_hook_is_off(served: Repo, repo: Repo, key_file: Path) -> None:
    with app_client(served.path) as client:
        assert client.post(HOOK, data=b"{}", headers=signed(b"{}")).status_code == 404
    with app_client(served.path, remote="none", push_secret_file=str(key_file)) as client:
        assert client.post(HOOK, data=b"{}", headers=signed(b"{}")).status_code == 404
        assert client.get("/api/v1/repository").get_json()["remote"] is None
        assert client.get("/readyz").get_json()["checks"]["remote"]["ok"] is True


@pytest.fixture
def proposing(served: Repo) -> Iterator[Any]:
    with app_client(served.path, edit_mode="branch", pull_request_url="https://review.example/{branch}") as client:
        yield client


def test_in_branch_mode_every_edit_is_answered_with_a_proposal(served: Repo, proposing: Any) -> None:
    before = served.git("rev-parse", "main")
    files = {"tool.yaml": manifest("fresh"), "main.py": MAIN}
    made = proposing.post("/api/v1/tools", json={"files": files})
    assert made.status_code == 202, made.get_json()
    proposal = made.get_json()
    assert get_validator("Proposal").faults(proposal) == ()
    assert made.headers["Location"] == f"/api/v1/proposals/{proposal['id']}"
    assert proposal["url"] == f"https://review.example/toolcrib%2F{proposal['id']}"
    assert proposing.get("/api/v1/tools/fresh").status_code == 404, "it is not there before it is merged"
    digest = proposing.get("/api/v1/tools/first").get_json()["digest"]
    for method, path, body in (
        ("PATCH", "first", {"manifest": {"title": "Other"}}),
        ("POST", "first/deactivate", {}),
        ("POST", "first/rename", {"name": "third"}),
        ("DELETE", "first", {}),
    ):
        answer = proposing.open(f"/api/v1/tools/{path}", method=method, json=body, headers={"If-Match": f'"{digest}"'})
        assert answer.status_code == 202, answer.get_json()
    assert proposing.get("/api/v1/proposals").get_json()["total"] == 5
    assert served.git("rev-parse", "main") == before


def test_proposals_are_listed_shown_and_withdrawn(served: Repo, upstream: Repo, proposing: Any) -> None:
    parts = get_attached_service(proposing.application)
    made = [parts.proposer.propose(prepared(served, name, "# new\n"), name) for name in ("first", "second")]
    long = parts.proposer.propose(prepared(served, "first", "# long\n" * 20_000), "first")
    assert isinstance(long, Proposal)
    eventually(lambda: upstream.git("branch", "--list", "--format=%(refname:short)", "toolcrib/*").count("\n") == 2)
    page = proposing.get("/api/v1/proposals?page_size=2")
    assert get_validator("ProposalPage").faults(page.get_json()) == ()
    assert (page.get_json()["total"], len(page.get_json()["items"])) == (3, 2)
    assert 'rel="next"' in page.headers["Link"]
    shown = proposing.get(f"/api/v1/proposals/{long.id}").get_json()
    assert get_validator("Proposal").faults(shown) == ()
    assert (shown["tool"], shown["author"], shown["findings"]) == (
        "first",
        {"name": "Ada", "email": "ada@example.org"},
        [],
    )
    assert shown["url"] == f"https://review.example/toolcrib%2F{long.id}"
    assert (shown["diff_complete"], len(shown["diff"]) > 100_000) == (True, True)
    listed = proposing.get("/api/v1/proposals").get_json()["items"]
    assert {one["id"]: one["diff_complete"] for one in listed} == {
        **{one.id: True for one in made if isinstance(one, Proposal)}, long.id: False,
    }  # fmt: skip
    assert proposing.delete(f"/api/v1/proposals/{long.id}").status_code == 204
    assert proposing.get(f"/api/v1/proposals/{long.id}").status_code == 404
    assert proposing.delete(f"/api/v1/proposals/{long.id}").status_code == 404
    eventually(lambda: upstream.git("branch", "--list", f"toolcrib/{long.id}") == "")
    assert proposing.get("/api/v1/tools").get_json()["revision"] == served.git("rev-parse", "main")
