"""History over HTTP: versions, their files, differences between any two, restoring, and who last touched what."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.http.contract.body_shapes import get_validator
from tests.http.test_editing import GREET, TOOLS, files, head, tag, tool_of
from tests.http.test_safety import assert_problem
from tests.repositories import MAIN, Repo


def got(client: FlaskClient, url: str, shape: str) -> dict[str, Any]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.data
    value: dict[str, Any] = answer.get_json()
    assert get_validator(shape).faults(value) == ()
    return value


@pytest.fixture
def edited(client: FlaskClient) -> FlaskClient:
    """greet in three versions: as committed by Ada, patched by Bob, and with another main.py by the service."""
    bob = {"name": "Bob", "email": "bob@example.org"}
    client.patch(GREET, json={"manifest": {"title": "Hail"}, "author": bob}, headers=tag(client))
    client.patch(
        GREET, json={"files": {"main.py": MAIN + "# more\n", "new.bin": {"base64": "/wA="}}}, headers=tag(client)
    )
    return client


def test_versions_tell_who_when_why_and_which_files(edited: FlaskClient, repo: Repo) -> None:
    page = got(edited, f"{GREET}/versions", "VersionPage")
    assert [one["version"] for one in page["items"]] == [3, 2, 1]
    assert [one["author"]["name"] for one in page["items"]] == ["Toolcrib", "Bob", "Ada"]
    assert [one["committer"]["name"] for one in page["items"]] == ["Toolcrib", "Toolcrib", "Ada"]
    newest = page["items"][0]
    assert newest["changes"] == [{"path": "main.py", "kind": "changed"}, {"path": "new.bin", "kind": "added"}]
    assert newest["message"].startswith("greet: add new.bin, change main.py\n\nRequest-Id: ")
    assert newest["revision"] == head(repo)
    assert newest["digest"] == edited.get(GREET).get_json()["digest"]
    assert newest["authored_at"].endswith("Z")


def test_it_is_told_who_last_touched_which_file(edited: FlaskClient) -> None:
    touched = got(edited, f"{GREET}/versions?page_size=1", "VersionPage")["last_touched"]
    found = {path: (one["version"], one["author"]["name"]) for path, one in touched.items()}
    assert found == {
        "main.py": (3, "Toolcrib"), "new.bin": (3, "Toolcrib"), "notes.md": (1, "Ada"), "tool.yaml": (2, "Bob"),
    }  # fmt: skip


def test_versions_come_in_pages(edited: FlaskClient) -> None:
    answer = edited.get(f"{GREET}/versions?page=2&page_size=1")
    assert [one["version"] for one in answer.get_json()["items"]] == [2]
    assert answer.get_json()["total"] == 3
    assert 'rel="next"' in answer.headers["Link"]
    assert edited.get(f"{GREET}/versions?page=9").get_json()["items"] == []


def test_a_versions_files_can_be_sent_back_as_they_come(edited: FlaskClient) -> None:
    version = got(edited, f"{GREET}/versions/3", "VersionContent")
    assert version["files"]["main.py"] == MAIN + "# more\n"
    assert version["files"]["new.bin"] == {"base64": "/wA="}
    assert (version["left_out"], version["executable"]) == ([], [])
    first = got(edited, f"{GREET}/versions/1", "VersionContent")
    tool_of(edited.put(GREET, json={"files": first["files"]}, headers=tag(edited)))
    assert edited.get(GREET).get_json()["digest"] == first["digest"]


@pytest.mark.parametrize("number", ["0", "4", "-1", "1.0", "x", "01", "9" * 5000, "%00", "1e0"])
def test_there_are_no_other_versions(edited: FlaskClient, number: str) -> None:
    assert_problem(edited.get(f"{GREET}/versions/{number}"), 404)
    if number.isdigit() and number != "0":
        posted = edited.post(f"{GREET}/restore", json={"version": int(number[:9])}, headers=tag(edited))
        assert posted.status_code == (404 if number != "01" else 200)


def test_a_difference_is_told_as_lines_and_as_text(edited: FlaskClient) -> None:
    found = got(edited, f"{GREET}/diff?from=1&to=3", "Difference")
    assert (found["from"]["version"], found["to"]["version"]) == (1, 3)
    status = {one["path"]: (one["status"], one["binary"]) for one in found["files"]}
    assert status == {"main.py": ("changed", False), "new.bin": ("added", True), "tool.yaml": ("changed", False)}
    assert "-title: Title of greet\n+title: Hail\n" in found["unified"]
    [hunk] = found["files"][0]["hunks"]
    assert hunk["lines"][-1] == {"kind": "+", "text": "# more", "old": None, "new": 7, "ends": True}
    newest = got(edited, f"{GREET}/diff", "Difference")
    assert (newest["from"]["version"], newest["to"]["version"]) == (2, 3)
    whole = got(edited, f"{GREET}/diff?from=0&to=1", "Difference")
    assert {one["status"] for one in whole["files"]} == {"added"}
    assert whole["from"] == {"version": 0, "revision": None, "digest": None}
    backwards = got(edited, f"{GREET}/diff?from=3&to=1", "Difference")
    assert "-title: Hail\n+title: Title of greet\n" in backwards["unified"]
    assert got(edited, f"{GREET}/diff?from=2&to=2", "Difference")["unified"] == ""


@pytest.mark.parametrize("query", ["from=4", "to=0", "to=4", "from=-1", "from=x", "from=1&from=2", "form=1"])
def test_a_difference_between_what_is_not_there_is_refused(edited: FlaskClient, query: str) -> None:
    assert assert_problem(edited.get(f"{GREET}/diff?{query}"), 400)["errors"]


def test_a_very_long_difference_is_cut_line_by_line_and_whole_as_text(client: FlaskClient) -> None:
    long = "".join(f"{number}\n" for number in range(30_000))
    far = "x\n" + "same\n" * 20 + long
    client.patch(GREET, json={"files": {"long.txt": "y\n" + "same\n" * 20}}, headers=tag(client))
    client.patch(GREET, json={"files": {"long.txt": far}}, headers=tag(client))
    [file] = got(client, f"{GREET}/diff", "Difference")["files"]
    assert file["truncated"]
    assert [hunk["new_start"] for hunk in file["hunks"]] == [1]
    assert "+29999\n" in client.get(f"{GREET}/diff").get_json()["unified"]


def test_restoring_is_a_new_commit_with_the_old_bytes_and_modes(client: FlaskClient, repo: Repo) -> None:
    (repo.path / "tools/greet/notes.md").chmod(0o755)
    repo.commit()
    tool_of(client.put(GREET, json={"files": files("greet", title="Other")}, headers=tag(client)))
    asked = {"version": 2, "author": {"name": "Ada", "email": "ada@example.org"}}
    tool = tool_of(client.post(f"{GREET}/restore", json=asked, headers=tag(client)))
    assert tool["version"] == 4
    assert tool["digest"] == client.get(f"{GREET}/versions/2").get_json()["digest"]
    assert repo.git("log", "-1", "--format=%an %s") == "Ada greet: restore version 2"
    assert repo.git("ls-tree", "HEAD", "tools/greet/notes.md").startswith("100755")


def test_a_removed_tool_keeps_its_versions_and_comes_back(edited: FlaskClient, repo: Repo) -> None:
    edited.delete(GREET, headers=tag(edited))
    page = got(edited, f"{GREET}/versions", "VersionPage")
    assert (page["total"], page["items"][0]["digest"], page["last_touched"]) == (4, None, {})
    gone = got(edited, f"{GREET}/versions/4", "VersionContent")
    assert gone["files"] == {}
    assert_problem(edited.post(f"{GREET}/restore", json={"version": 4}), 400)
    tool = tool_of(edited.post(f"{GREET}/restore", json={"version": 3}))
    assert tool["version"] == 5
    assert edited.get(f"{GREET}/files/new.bin").data == b"\xff\0"
    assert (repo.path / "tools/greet/new.bin").read_bytes() == b"\xff\0"
    assert_problem(edited.post(f"{GREET}/restore", json={"version": 3}), 428)


def test_a_version_with_errors_or_with_links_is_not_restored(client: FlaskClient, repo: Repo) -> None:
    repo.write("tools/greet/main.py", "def main(:\n")
    repo.commit()
    (repo.path / "tools/greet/link").symlink_to("main.py")
    repo.write("tools/greet/main.py", MAIN)
    repo.commit()
    (repo.path / "tools/greet/link").unlink()
    repo.commit()
    broken = client.post(f"{GREET}/restore", json={"version": 2}, headers=tag(client))
    assert [one["code"] for one in assert_problem(broken, 422)["errors"]] == ["python-syntax"]
    linked = client.post(f"{GREET}/restore", json={"version": 3}, headers=tag(client))
    assert [one["pointer"] for one in assert_problem(linked, 400)["errors"]] == ["/version"]
    assert got(client, f"{GREET}/versions/3", "VersionContent")["left_out"] == ["link"]


def test_what_was_never_there_has_no_history_and_what_is_not_committed_has_none_yet(
    client: FlaskClient, repo: Repo
) -> None:
    from registry.http.requests.app_context import get_attached_service

    for url in ("versions", "versions/1", "diff"):
        assert_problem(client.get(f"{TOOLS}/never/{url}"), 404)
    assert_problem(client.post(f"{TOOLS}/never/restore", json={"version": 1}), 404)
    repo.tool("loose")
    get_attached_service(client.application).state.refresh()
    assert got(client, f"{TOOLS}/loose/versions", "VersionPage")["total"] == 0
    assert_problem(client.get(f"{TOOLS}/loose/versions/1"), 404)


def test_history_has_etags_that_change_with_the_tool(edited: FlaskClient) -> None:
    for url in (f"{GREET}/versions", f"{GREET}/diff"):
        first = edited.get(url).headers["ETag"]
        assert edited.get(url, headers={"If-None-Match": first}).status_code == 304
    first = edited.get(f"{GREET}/versions").headers["ETag"]
    edited.patch(GREET, json={"manifest": {"owner": "x"}}, headers=tag(edited))
    assert edited.get(f"{GREET}/versions", headers={"If-None-Match": first}).status_code == 200
