"""What no edit may be: harmful names, paths, messages, authors and bodies. And the dry run, which tells beforehand."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.http.contract.body_limits import MAX_EDIT_BYTES
from registry.http.contract.body_shapes import get_validator
from tests.http.test_editing import CHANGES, GREET, TOOLS, files, head, tag, tool_of
from tests.http.test_safety import assert_problem
from tests.repositories import Repo

HARMFUL = ["two\r\nlines", "a\nb", "a\rb", "a\0b", "", "   ", "<x>", "x" * 300, "\x1b[31m", "a\u2028b"]


@pytest.mark.parametrize("text", HARMFUL)
def test_names_of_authors_are_one_line_without_tricks(client: FlaskClient, repo: Repo, text: str) -> None:
    before = head(repo)
    for author in ({"name": text, "email": "a@example.org"}, {"name": "Ada", "email": text}):
        answer = client.patch(GREET, json={"manifest": {"owner": "x"}, "author": author}, headers=tag(client))
        [fault] = assert_problem(answer, 400)["errors"]
        assert fault["pointer"].startswith("/author/")
    assert head(repo) == before


@pytest.mark.parametrize("text", ["", " \n ", "a\0b", "\x1b[31mred", "x" * 20_001])
def test_messages_have_no_control_characters(client: FlaskClient, text: str) -> None:
    answer = client.patch(GREET, json={"manifest": {"owner": "x"}, "message": text}, headers=tag(client))
    assert [fault["pointer"] for fault in assert_problem(answer, 400)["errors"]] == ["/message"]


def test_a_message_cannot_forge_a_header_of_the_commit(client: FlaskClient, repo: Repo) -> None:
    message = "Subject\r\n\r\nauthor Eve <eve@example.org> 1 +0000\r\nparent 0\r\n"
    tool_of(client.patch(GREET, json={"manifest": {"owner": "x"}, "message": message}, headers=tag(client)))
    assert repo.git("log", "-1", "--format=%an %cn %s") == "Toolcrib Toolcrib Subject"
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.parametrize(
    "path",
    ["../evil.py", "/etc/evil", "a/../../evil", "..", ".", "", "a//b", "a/", ".git/config", "a/.GIT/x", "a\\b", "-rf",
     "a\nb", "a\0b", "%2e%2e/evil", "..%2fevil", "git~1/x", "\u202egnp", "x" * 300, "a/./b", ".g\u200cit/config"],
)  # fmt: skip
def test_no_path_of_a_file_leads_out_or_into_git(client: FlaskClient, repo: Repo, path: str) -> None:
    given = files("fresh") | {path: "evil"}
    answer = client.post(TOOLS, json={"files": given})
    if answer.status_code == 201:  # an odd name is only a name
        assert path in {"%2e%2e/evil", "..%2fevil", "\u202egnp"}
        assert (repo.path / "tools/fresh" / path).read_text() == "evil"
    else:
        pointers = {fault["pointer"] for fault in assert_problem(answer, 400)["errors"]}
        assert pointers == {"/files/" + path.replace("~", "~0").replace("/", "~1")}
    assert not list(repo.path.parent.rglob("evil.py"))
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.parametrize(
    "name", ["..", ".", "%2e%2e", "%2e%2e%2fgreet", "..%2fgreet", "greet%00", "GREET", "greet%0a", "no"]
)
def test_only_tools_that_are_there_are_changed(client: FlaskClient, repo: Repo, name: str) -> None:
    before = head(repo)
    for method, url, body in CHANGES:
        answer = client.open(url.replace("greet", name), method=method, json=body, headers=tag(client))
        assert answer.status_code in {404, 405, 308}, (method, url)
    assert head(repo) == before


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b'{"files": []}', b'{"files": {"a": 1}}', b'{"files": {"a": {"base64": 1}}}',
        b'{"files": {"a": {"text": "x"}}}', b'{"files": {}, "files": {}}', b'{"files": {"a": "x", "a": "y"}}',
        b'{"flies": {}}', b'{"files": {"a": "\\ud800"}}', b'{"files": {"a": NaN}}', b"\xff", b'{"files": {"a": null}}',
        b'{"files": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}", b'{"files": {}} {}', b'{"files": {}}',
        b'{"manifest": {}}', b'{"script": ""}', b"{}", b'{"files": {}, "script": ""}',
        b'{"files": {"a": "x"}, "message": 7}',
        b'{"files": {"a": "x"}, "author": ""}', b'{"files": {"a": "x"}, "author": {"name": "Ada"}}',
        b'{"manifest": {"name": "x", "a": ' + b"[" * 40 + b"]" * 40 + b'}, "script": ""}',
    ],
)  # fmt: skip
def test_hostile_bodies_are_refused_in_the_one_shape(client: FlaskClient, repo: Repo, body: bytes) -> None:
    before = head(repo)
    for method, url in (("POST", TOOLS), ("PUT", GREET), ("POST", f"{TOOLS}/validate")):
        answer = client.open(url, method=method, data=body, content_type="application/json", headers=tag(client))
        if url.endswith("validate") and answer.status_code == 200:
            assert not answer.get_json()["valid"]
        else:
            assert_problem(answer, 422 if answer.status_code == 422 else 400)
    assert head(repo) == before


def test_a_merge_patch_is_an_object(client: FlaskClient) -> None:
    for body in (b"[]", b"null", b"7", b"", b"{"):
        kind = "application/merge-patch+json"
        assert_problem(client.patch(GREET, data=body, content_type=kind, headers=tag(client)), 400)


def test_a_folder_as_large_as_may_be_is_taken_and_one_byte_more_is_not(client: FlaskClient) -> None:
    megabyte = {"base64": base64.b64encode(bytes(1024 * 1024)).decode()}
    small = files("fresh")
    room = 1024 * 1024 - sum(map(len, small.values()))
    given: dict[str, Any] = small | {f"{number}.bin": megabyte for number in range(4)} | {"rest.txt": "x" * room}
    tool_of(client.post(TOOLS, json={"files": given}), 201)
    given |= {"one.txt": "x"}
    url = f"{TOOLS}/fresh"
    body = assert_problem(client.put(url, json={"files": given}, headers=tag(client, url)), 400)
    assert [fault["code"] for fault in body["errors"]] == ["folder-too-large"]
    over = b'{"files": {"a": "' + b"x" * MAX_EDIT_BYTES + b'"}}'
    assert_problem(client.post(TOOLS, data=over, content_type="application/json"), 413)


def test_a_dry_run_of_each_action_says_what_would_be_and_writes_nothing(client: FlaskClient, repo: Repo) -> None:
    before = (head(repo), repo.git("count-objects", "-v"))
    tries: list[tuple[dict[str, Any], bool, bool, str]] = [
        ({"files": files("fresh")}, True, True, "fresh: add the tool"),
        ({"files": files("fresh", main="def main(:")}, False, True, "fresh: add the tool"),
        ({"action": "create", "manifest": {"name": "x"}, "script": ""}, False, True, "x: add the tool"),
        ({"action": "replace", "name": "greet", "files": files("greet")}, True, True, "greet: remove notes.md"),
        ({"action": "merge", "name": "greet", "manifest": {"owner": "x"}}, True, True, "greet: set owner to x"),
        ({"action": "merge", "name": "greet", "files": {"notes.md": None}}, True, True, "greet: remove notes.md"),
        ({"action": "merge", "name": "greet"}, True, False, "greet: change nothing"),
        ({"action": "remove", "name": "greet"}, True, True, "greet: remove the tool"),
        ({"action": "activate", "name": "old"}, True, True, "old: activate, remove replaced by"),
        ({"action": "deactivate", "name": "greet"}, True, True, "greet: deactivate"),
        ({"action": "rename", "name": "greet", "new_name": "hail"}, True, True, "greet: rename to hail"),
        ({"action": "restore", "name": "greet", "version": 1}, True, False, "greet: restore version 1"),
        ({"action": "deactivate", "name": "broken"}, False, True, "broken: deactivate"),
    ]
    for asked, valid, changes, message in tries:
        answer = client.post(f"{TOOLS}/validate", json=asked)
        assert answer.status_code == 200, (asked, answer.data)
        found = answer.get_json()
        assert get_validator("Validation").faults(found) == ()
        assert (found["valid"], found["changes"]) == (valid, changes), asked
        assert found["message"] == message
        assert bool(found["files"]) == bool(found["unified"])
        assert valid != any(one["severity"] == "error" for one in found["findings"])
    assert (head(repo), repo.git("count-objects", "-v")) == before
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "asked",
    [
        {"action": "merge"}, {"action": "rename", "name": "greet"}, {"action": "restore", "name": "greet"},
        {"action": "remove", "name": "greet", "files": {}}, {"action": "replace", "name": "greet"},
        {"action": "replace", "name": "greet", "files": {"main.py": None}}, {"files": {"main.py": None}},
        {"action": "activate", "name": "greet", "version": 1}, {"action": "create", "name": "greet"},
        {"action": "explode"},
    ],
)  # fmt: skip
def test_a_dry_run_refuses_what_the_action_does_not_take(client: FlaskClient, asked: Any) -> None:
    assert assert_problem(client.post(f"{TOOLS}/validate", json=asked), 400)["errors"]


def test_a_dry_run_minds_if_match_where_it_is_given(client: FlaskClient) -> None:
    asked = {"action": "merge", "name": "greet", "manifest": {"owner": "x"}}
    assert client.post(f"{TOOLS}/validate", json=asked, headers=tag(client)).status_code == 200
    assert_problem(client.post(f"{TOOLS}/validate", json=asked, headers={"If-Match": f'"{"0" * 40}"'}), 412)
