"""Changing tools over HTTP: every route, every refusal, and that nothing but the edit is in the commit."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.http.contract.body_shapes import get_validator
from tests.http.conftest import app_client
from tests.http.test_safety import assert_problem
from tests.repositories import MAIN, Repo, manifest

GREET = "/api/v1/tools/greet"
TOOLS = "/api/v1/tools"
ADA = {"name": "Ada", "email": "ada@example.org"}


def files(name: str, /, main: str = MAIN, **changes: str) -> dict[str, str]:
    return {"tool.yaml": manifest(name, **changes), "main.py": main}


def tag(client: FlaskClient, url: str = GREET) -> dict[str, str]:
    return {"If-Match": client.get(url).headers["ETag"]}


def tool_of(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.data
    tool: dict[str, Any] = answer.get_json()
    assert get_validator("Tool").faults(tool) == ()
    return tool


def head(repo: Repo) -> str:
    return repo.git("rev-parse", "HEAD")


def test_a_tool_is_created_from_its_files(client: FlaskClient, repo: Repo) -> None:
    given = files("fresh") | {
        "data/table.csv": "a;b\r\n1;2",
        "blob.bin": {"base64": "/wA="},
    }
    answer = client.post(TOOLS, json={"files": given, "message": "Add fresh", "author": ADA})
    tool = tool_of(answer, 201)
    assert answer.headers["Location"] == "/api/v1/tools/fresh"
    assert (tool["version"], tool["revision"], tool["uncommitted"]) == (1, head(repo), False)
    assert client.get(f"{TOOLS}/fresh").headers["ETag"] == answer.headers["ETag"]
    assert client.get(f"{TOOLS}/fresh").get_json() == tool
    assert client.get(f"{TOOLS}/fresh/files/data/table.csv").data == b"a;b\r\n1;2"
    assert client.get(f"{TOOLS}/fresh/files/blob.bin").data == b"\xff\0"
    assert repo.git("log", "-1", "--format=%an <%ae> %cn %s") == "Ada <ada@example.org> Toolcrib Add fresh"
    assert (repo.path / "tools/fresh/main.py").read_text() == MAIN, "the clean working tree follows"
    assert repo.git("status", "--porcelain") == ""


def test_a_tool_is_created_from_a_manifest_and_a_script(client: FlaskClient, repo: Repo) -> None:
    value = {"name": "shout", "description": "Shouts what it is given, as loud as it can. Use it to be heard.",
             "parameters": {"type": "object", "properties": {}}, "status": "draft"}  # fmt: skip
    tool = tool_of(client.post(TOOLS, json={"manifest": value, "script": "def main():\n    return {}\n"}), 201)
    assert (tool["status"], tool["entry"]) == ("draft", "function")
    written = (repo.path / "tools/shout/tool.yaml").read_text()
    assert written.startswith("# yaml-language-server: $schema=")
    assert re.findall("(?m)^[a-z]+", written) == ["name", "description", "status", "parameters"]
    assert repo.git("log", "-1", "--format=%an|%s") == "Toolcrib|shout: add the tool"


def test_the_request_id_and_an_unverified_author_are_trailers(client: FlaskClient, repo: Repo) -> None:
    client.post(TOOLS, json={"files": files("fresh"), "author": ADA}, headers={"X-Request-ID": "edit-7"})
    assert repo.git("log", "-1", "--format=%(trailers:only)") == "Request-Id: edit-7\nAuthor-Is: unverified"


def test_a_tool_that_is_there_is_not_created_again(client: FlaskClient, repo: Repo) -> None:
    before = head(repo)
    assert "already" in assert_problem(client.post(TOOLS, json={"files": files("greet")}), 409)["detail"]
    assert head(repo) == before


def test_of_the_same_post_sent_at_once_one_creates(client: FlaskClient, repo: Repo) -> None:
    app = client.application
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: app.test_client().post(TOOLS, json={"files": files("fresh")}), range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409)
    assert repo.git("log", "--format=%s").splitlines().count("fresh: add the tool") == 1


def test_replacing_is_byte_for_byte_and_drops_other_files(client: FlaskClient, repo: Repo) -> None:
    given = files("greet", title="New title")
    given["tool.yaml"] = given["tool.yaml"].replace("\n", "\r\n")
    tool = tool_of(client.put(GREET, json={"files": given}, headers=tag(client)))
    assert (tool["title"], tool["version"]) == ("New title", 2)
    assert [file["path"] for file in tool["files"]] == ["main.py", "tool.yaml"]
    assert client.get(f"{GREET}/files/tool.yaml").data == given["tool.yaml"].encode()
    assert repo.git("log", "-1", "--format=%s") == "greet: change title, remove notes.md"


COMMENTED = """\
# What this is for
name: greet      # equals the folder
description: >-
  Greets somebody as often as wanted.
  Use it to see that calling a tool works.
tags: ["demo", 'hello']   # two
parameters:
    type: object     # indented by four
    properties:
        name: {type: string, description: Whom to greet.}
        times: {type: integer, description: How often., default: 1}
    required: [name]
runtime:
    timeout_seconds: 10   # seconds
    network: false
# the end
"""


@pytest.mark.parametrize("envelope", [True, False])
def test_patching_one_scalar_changes_one_line(client: FlaskClient, repo: Repo, envelope: bool) -> None:
    repo.write("tools/greet/tool.yaml", COMMENTED)
    repo.commit()
    patch = {"runtime": {"timeout_seconds": 20}}
    if envelope:
        answer = client.patch(GREET, json={"manifest": patch}, headers=tag(client))
    else:
        kind = "application/merge-patch+json"
        answer = client.patch(GREET, data=json.dumps(patch), content_type=kind, headers=tag(client))
    assert tool_of(answer)["runtime"]["timeout_seconds"] == 20
    assert (repo.path / "tools/greet/tool.yaml").read_text() == COMMENTED.replace("seconds: 10 ", "seconds: 20 ")
    assert repo.git("log", "-1", "--format=%s") == "greet: raise timeout to 20 s"
    assert repo.git("show", "--format=", "--numstat").split() == ["1", "1", "tools/greet/tool.yaml"]


def test_a_patch_may_write_and_remove_files(client: FlaskClient, repo: Repo) -> None:
    asked = {"manifest": {"owner": "ops"}, "files": {"notes.md": None, "extra.py": "X = 1\n"}}
    tool = tool_of(client.patch(GREET, json=asked, headers=tag(client)))
    assert tool["owner"] == "ops"
    assert [file["path"] for file in tool["files"]] == ["extra.py", "main.py", "tool.yaml"]
    assert repo.git("log", "-1", "--format=%s") == "greet: set owner to ops, add extra.py, remove notes.md"


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"manifest": {"owner": "x"}, "files": {"tool.yaml": "x"}}, "/files/tool.yaml"),
        ({"files": {"none.md": None}}, "/files/none.md"),
        ({"files": {"a": {"base64": "!"}}}, "/files/a/base64"),
    ],
)
def test_a_patch_that_contradicts_itself_is_refused(client: FlaskClient, asked: Any, pointer: str) -> None:
    body = assert_problem(client.patch(GREET, json=asked, headers=tag(client)), 400)
    assert [fault["pointer"] for fault in body["errors"]] == [pointer]


def test_a_removed_tool_is_gone_and_its_working_tree_too(client: FlaskClient, repo: Repo) -> None:
    answer = client.delete(GREET, headers=tag(client))
    assert (answer.status_code, answer.data) == (204, b"")
    assert client.get(GREET).status_code == 404
    assert not (repo.path / "tools/greet").exists()
    assert repo.git("log", "-1", "--format=%s") == "greet: remove the tool"
    note = {"message": "Nobody adds", "author": ADA}
    assert client.delete(f"{TOOLS}/add", json=note, headers=tag(client, f"{TOOLS}/add")).status_code == 204
    assert repo.git("log", "-1", "--format=%an %s") == "Ada Nobody adds"


def test_status_edits_take_replaced_by_with_them(client: FlaskClient, repo: Repo) -> None:
    tool = tool_of(client.post(f"{GREET}/deactivate", headers=tag(client)))
    assert tool["status"] == "disabled"
    assert tool_of(client.post(f"{GREET}/activate", json={}, headers=tag(client)))["status"] == "active"
    old = f"{TOOLS}/old"
    tool = tool_of(client.post(f"{old}/activate", json={"message": "Back"}, headers=tag(client, old)))
    assert (tool["status"], tool["replaced_by"]) == ("active", None)
    subjects = repo.git("log", "-3", "--format=%s").splitlines()
    assert subjects == ["Back", "greet: activate", "greet: deactivate"]


def test_a_renamed_tool_begins_anew_and_the_old_versions_stay(client: FlaskClient, repo: Repo) -> None:
    answer = client.post(f"{GREET}/rename", json={"name": "hail"}, headers=tag(client))
    tool = tool_of(answer)
    assert (tool["name"], tool["version"], answer.headers["Location"]) == ("hail", 1, "/api/v1/tools/hail")
    assert client.get(GREET).status_code == 404
    assert client.get(f"{GREET}/versions").get_json()["total"] == 2
    assert client.get(f"{TOOLS}/hail/files/notes.md").data == b"# Notes\n"
    assert len(repo.git("log", "--follow", "--format=%h", "tools/hail/main.py").splitlines()) == 2
    url = f"{TOOLS}/hail/rename"
    taken = assert_problem(client.post(url, json={"name": "add"}, headers=tag(client, f"{TOOLS}/hail")), 409)
    assert "already" in taken["detail"]
    for name in ("../up", "Upper", "a\nb", "a\0b", "", "a" * 65, "-x", "é"):
        assert_problem(client.post(url, json={"name": name}, headers=tag(client, f"{TOOLS}/hail")), 400)


UNCHANGED: list[tuple[str, str, Any]] = [
    ("PUT", GREET, {"files": files("greet") | {"notes.md": "# Notes\n"}}),
    ("PATCH", GREET, {"manifest": {"title": "Title of greet", "owner": None}}),
    ("PATCH", GREET, {}),
    ("POST", f"{GREET}/activate", None),
    ("POST", f"{GREET}/rename", {"name": "greet"}),
    ("POST", f"{GREET}/restore", {"version": 1}),
]


@pytest.mark.parametrize(("method", "url", "body"), UNCHANGED)
def test_an_edit_that_changes_nothing_makes_no_commit(
    client: FlaskClient, repo: Repo, method: str, url: str, body: Any
) -> None:
    before = head(repo)
    answer = client.open(url, method=method, json=body, headers=tag(client))
    assert tool_of(answer)["version"] == 1
    assert answer.headers["ETag"] == client.get(GREET).headers["ETag"]
    assert head(repo) == before


CHANGES: list[tuple[str, str, Any]] = [
    ("PUT", GREET, {"files": files("greet", title="Other")}),
    ("PATCH", GREET, {"manifest": {"title": "Other"}}),
    ("DELETE", GREET, None),
    ("POST", f"{GREET}/activate", None),
    ("POST", f"{GREET}/deactivate", None),
    ("POST", f"{GREET}/rename", {"name": "other"}),
    ("POST", f"{GREET}/restore", {"version": 1}),
]


@pytest.mark.parametrize(("method", "url", "body"), CHANGES)
def test_every_change_says_what_it_was_made_from(
    client: FlaskClient, repo: Repo, method: str, url: str, body: Any
) -> None:
    before = head(repo)
    for given in ({}, {"If-Match": "*"}, {"If-Match": ""}, {"If-Match": '*, "x"'}):
        assert_problem(client.open(url, method=method, json=body, headers=given), 428)
    old = client.get(GREET).get_json()["digest"]
    repo.write("tools/greet/notes.md", "# Theirs\n")
    revision = repo.commit("theirs")
    for value in (f'"{old}"', f'W/"{old}-gzip"', old, '"something else"', f'"{"0" * 40}"'):
        problem = assert_problem(client.open(url, method=method, json=body, headers={"If-Match": value}), 412)
        now = client.get(GREET).get_json()["digest"]
        assert (problem["current"]["digest"], problem["current"]["revision"]) == (now, revision)
        assert problem["current"]["files"]["notes.md"] == "# Theirs\n"
        assert (problem["meanwhile"] is not None) == (old in value)
    assert repo.git("rev-list", "--count", f"{before}..HEAD") == "1"


@pytest.mark.parametrize("shape", ['"{}"', 'W/"{}"', "{}", '"other", "{}"', '"{}-gzip"'])
def test_the_digest_counts_however_the_tag_is_written(client: FlaskClient, shape: str) -> None:
    digest = client.get(GREET).get_json()["digest"]
    tool_of(client.patch(GREET, json={"manifest": {"owner": "x"}}, headers={"If-Match": shape.format(digest)}))
    packed = client.get(GREET, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    tool_of(client.patch(GREET, json={"manifest": {"owner": "y"}}, headers={"If-Match": packed}))


def test_of_two_editors_of_one_tool_one_wins_and_the_other_sees_both_versions(client: FlaskClient) -> None:
    both = tag(client)
    won = client.patch(GREET, json={"manifest": {"title": "First"}}, headers=both)
    lost = client.put(GREET, json={"files": files("greet", title="Second")}, headers=both)
    assert won.status_code == 200
    problem = assert_problem(lost, 412)
    assert "title: First" in problem["current"]["files"]["tool.yaml"]
    assert "-title: First" in problem["difference"]
    assert "+title: Second" in problem["difference"]
    assert "-title: Title of greet\n+title: First" in problem["meanwhile"]
    again = {"If-Match": f'"{problem["current"]["digest"]}"'}
    assert (
        tool_of(client.put(GREET, json={"files": files("greet", title="Second")}, headers=again))["title"] == "Second"
    )


def test_edits_of_different_tools_at_once_all_win(client: FlaskClient, repo: Repo) -> None:
    app, names = client.application, ["greet", "add", "draft_one", "old"]
    tags = {name: tag(client, f"{TOOLS}/{name}") for name in names}

    def edit(name: str) -> int:
        asked = {"manifest": {"owner": "all"}}
        return app.test_client().patch(f"{TOOLS}/{name}", json=asked, headers=tags[name]).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(edit, names)) == [200] * 4
    for name in names:
        assert client.get(f"{TOOLS}/{name}").get_json()["owner"] == "all"
    assert len(repo.git("log", "--format=%s").splitlines()) == 5


def test_what_the_next_edit_goes_on_from_is_never_what_others_did_since(
    client: FlaskClient, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registry.http.requests.app_context import get_attached_service

    committer = get_attached_service(client.application).edits._committer
    commit = committer.commit

    def overtaken(edit: Any) -> Any:
        done = commit(edit)
        repo.write("tools/greet/notes.md", "# Overtaken\n")
        repo.commit("overtaken")
        return done

    monkeypatch.setattr(committer, "commit", overtaken)
    answer = client.patch(GREET, json={"manifest": {"owner": "me"}}, headers=tag(client))
    tool = tool_of(answer)
    assert (tool["version"], tool["revision"]) == (2, repo.git("rev-parse", "HEAD~1"))
    monkeypatch.undo()
    late = client.patch(GREET, json={"manifest": {"owner": "you"}}, headers={"If-Match": answer.headers["ETag"]})
    assert "Overtaken" in assert_problem(late, 412)["meanwhile"]


def test_a_tool_that_changes_between_look_and_commit_is_stale_with_both_versions(
    client: FlaskClient, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registry.http.requests.app_context import get_attached_service

    committer = get_attached_service(client.application).edits._committer
    commit = committer.commit

    def late(edit: Any) -> Any:
        repo.write("tools/greet/notes.md", "# Theirs\n")
        repo.commit("theirs")
        return commit(edit)

    monkeypatch.setattr(committer, "commit", late)
    problem = assert_problem(client.patch(GREET, json={"manifest": {"owner": "me"}}, headers=tag(client)), 412)
    assert "+# Theirs" in problem["meanwhile"]
    assert "+owner: me" in problem["difference"]
    assert "Theirs" not in problem["difference"]


def test_an_edit_with_errors_is_refused_with_all_of_them_drafts_too(client: FlaskClient, repo: Repo) -> None:
    before = head(repo)
    bad = files("draft_one", main="def main(:\n", status="drafty", colour="red")
    problem = assert_problem(
        client.put(f"{TOOLS}/draft_one", json={"files": bad}, headers=tag(client, f"{TOOLS}/draft_one")), 422
    )
    found = {(one["file"], one["code"]) for one in problem["findings"]}
    assert {("main.py", "python-syntax"), ("tool.yaml", "not-allowed"), ("tool.yaml", "unknown-field")} <= found
    assert all(one["line"] >= 1 and one["column"] >= 1 for one in problem["findings"])
    assert {fault["pointer"] for fault in problem["errors"]} == {"/files/main.py", "/files/tool.yaml"}
    draft = assert_problem(client.post(TOOLS, json={"files": {"tool.yaml": manifest("new", status="draft")}}), 422)
    assert [one["code"] for one in draft["errors"]] == ["missing-main-py"]
    patched = client.patch(GREET, json={"manifest": {"name": "other"}}, headers=tag(client))
    assert [one["code"] for one in assert_problem(patched, 422)["errors"]] == ["name-mismatch"]
    assert head(repo) == before


def test_warnings_pass_and_are_told(client: FlaskClient) -> None:
    tool = tool_of(client.patch(GREET, json={"manifest": {"description": "Short."}}, headers=tag(client)))
    assert [one["code"] for one in tool["findings"]] == ["description-short"]


def test_a_broken_tool_is_mended_by_replacing_and_a_tool_yaml_that_cannot_be_read_by_nothing_less(
    client: FlaskClient, repo: Repo
) -> None:
    repo.write("tools/greet/tool.yaml", "name: greet\nname: twice\n")
    repo.commit()
    problem = assert_problem(client.patch(GREET, json={"manifest": {"owner": "x"}}, headers=tag(client)), 422)
    assert [one["code"] for one in problem["findings"]] == ["yaml-duplicate-key"]
    assert_problem(client.post(f"{GREET}/rename", json={"name": "other"}, headers=tag(client)), 422)
    assert tool_of(client.put(GREET, json={"files": files("greet")}, headers=tag(client)))["findings"] == []
    (repo.path / "tools/greet/link").symlink_to("/etc/passwd")
    repo.commit()
    linked = assert_problem(client.patch(GREET, json={"manifest": {"owner": "x"}}, headers=tag(client)), 422)
    assert [fault["pointer"] for fault in linked["errors"]] == ["/files/link"]
    assert tool_of(client.put(GREET, json={"files": files("greet")}, headers=tag(client)))["findings"] == []


def test_work_that_is_not_committed_is_not_edited_over(client: FlaskClient, repo: Repo) -> None:
    from registry.http.requests.app_context import get_attached_service

    repo.write("tools/greet/main.py", MAIN + "# unstaged\n")
    repo.write("tools/add/notes.md", "staged")
    repo.git("add", "tools/add")
    repo.tool("loose")
    get_attached_service(client.application).state.refresh()
    before = head(repo)
    for method, url, body in CHANGES:
        for name in ("greet", "add", "loose"):
            address = url.replace("greet", name)
            if address.endswith("restore") and name == "loose":
                continue
            given = json.loads(json.dumps(body).replace("greet", name))
            answer = client.open(address, method=method, json=given, headers=tag(client, f"{TOOLS}/{name}"))
            assert "working tree" in assert_problem(answer, 409)["detail"]
    assert_problem(client.post(TOOLS, json={"files": files("loose")}), 409)
    assert head(repo) == before
    tool_of(
        client.patch(f"{TOOLS}/draft_one", json={"manifest": {"owner": "x"}}, headers=tag(client, f"{TOOLS}/draft_one"))
    )
    assert (repo.path / "tools/greet/main.py").read_text() == MAIN + "# unstaged\n"
    status = repo.git("status", "--porcelain", "-uall").splitlines()
    assert status == [
        "A  tools/add/notes.md",
        " M tools/greet/main.py",
        "?? tools/loose/main.py",
        "?? tools/loose/tool.yaml",
    ]


def test_where_uncommitted_work_is_ignored_an_edit_leaves_it_where_it_is(repo: Repo) -> None:
    repo.tool("greet")
    repo.commit()
    repo.write("tools/greet/main.py", "# mine\n")
    with app_client(repo.path, uncommitted="ignore") as client:
        tool_of(client.patch(GREET, json={"manifest": {"title": "Theirs"}}, headers=tag(client)))
    assert (repo.path / "tools/greet/main.py").read_text() == "# mine\n"
    assert "title: Theirs" in (repo.path / "tools/greet/tool.yaml").read_text()
    assert repo.git("status", "--porcelain") == "M tools/greet/main.py"


def test_a_detached_head_takes_no_edits_and_says_what_to_do(client: FlaskClient, repo: Repo) -> None:
    repo.git("checkout", "-q", "--detach")
    answer = client.patch(GREET, json={"manifest": {"owner": "x"}}, headers=tag(client))
    assert "check out a branch" in assert_problem(answer, 409)["detail"]


def test_a_bare_repository_takes_edits(repo: Repo, tmp_path: Any) -> None:
    repo.tool("greet")
    repo.commit()
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    with app_client(tmp_path / "bare.git") as client:
        tool_of(client.post(TOOLS, json={"files": files("fresh")}), 201)
        assert client.get(f"{TOOLS}/fresh").get_json()["version"] == 1


def test_the_first_commit_of_a_repository_can_come_from_here(repo: Repo) -> None:
    with app_client(repo.path) as client:
        assert tool_of(client.post(TOOLS, json={"files": files("fresh")}), 201)["version"] == 1
    assert repo.git("log", "--format=%s") == "fresh: add the tool"


def test_a_tool_may_be_called_validate(client: FlaskClient) -> None:
    tool_of(client.post(TOOLS, json={"files": files("validate")}), 201)
    url = f"{TOOLS}/validate"
    assert tool_of(client.get(url))["name"] == "validate"
    assert tool_of(client.patch(url, json={"manifest": {"owner": "x"}}, headers=tag(client, url)))["owner"] == "x"
    assert client.delete(url, headers=tag(client, url)).status_code == 204


def test_the_modes_of_files_stay(client: FlaskClient, repo: Repo) -> None:
    (repo.path / "tools/greet/notes.md").chmod(0o755)
    repo.commit()
    tool_of(client.patch(GREET, json={"manifest": {"owner": "x"}, "files": {"new.md": "x"}}, headers=tag(client)))
    listed = repo.git("ls-tree", "-r", "HEAD", "tools/greet")
    assert re.findall(r"(\d{6}) blob \w+\ttools/greet/(.*)", listed) == [
        ("100644", "main.py"), ("100644", "new.md"), ("100755", "notes.md"), ("100644", "tool.yaml"),
    ]  # fmt: skip


def test_hooks_of_the_repository_never_run(client: FlaskClient, repo: Repo) -> None:
    for hook in ("pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-checkout"):
        repo.write(f".git/hooks/{hook}", f"#!/bin/sh\ntouch {repo.path}/ran-{hook}\nexit 1\n").chmod(0o755)
    tool_of(client.patch(GREET, json={"manifest": {"owner": "x"}}, headers=tag(client)))
    assert list(repo.path.glob("ran-*")) == []
