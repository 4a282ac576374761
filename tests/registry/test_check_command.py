"""``toolcrib check`` says what is wrong, where, and never falls over a hostile folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repositories import Repo

TOOLCRIB = str(Path(sys.executable).with_name("toolcrib"))


def toolcrib(*words: Path | str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOLCRIB, *map(str, words)],
        capture_output=True, text=True, check=False, cwd=cwd, timeout=600, env={**os.environ, **environ},
    )  # fmt: skip


def check(*words: Path | str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return toolcrib("check", *words, cwd=cwd)


def test_sound_tools_are_silent_and_end_with_0(repo: Repo) -> None:
    repo.tool("greet")
    done = check(repo.path / "tools")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "1 tool checked: 0 errors, 0 warnings\n")
    assert check(cwd=repo.path).returncode == 0, "without a path, the tools of this folder"
    assert check(repo.path / "tools/greet").returncode == 0
    assert check(".", cwd=repo.path / "tools/greet").returncode == 0


def test_every_finding_has_file_line_and_column_and_ends_with_1(repo: Repo) -> None:
    repo.tool("greet", main="def main(:\n", name="other", colour="blue")
    done = check(repo.path / "tools/greet")
    assert done.returncode == 1
    places = [line.split(" ")[0].removeprefix(f"{repo.path}/tools/greet/") for line in done.stdout.splitlines()]
    assert "main.py:1:10:" in places
    assert "tool.yaml:1:7:" in places
    assert any(place.startswith("tool.yaml:8:1") for place in places), done.stdout


def test_a_check_loads_only_what_it_needs(repo: Repo) -> None:
    repo.tool("greet")
    repo.commit()
    program = """
import sys
from registry.cli import main
sys.argv = ["toolcrib", "check", "--changed", "HEAD"]
try:
    main()
except SystemExit as end:
    assert end.code == 0
print(sorted({"structlog", "docker", "requests", "flask", "sqlalchemy"} & sys.modules.keys()))
"""
    found = subprocess.run([sys.executable, "-c", program], cwd=repo.path, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_a_warning_alone_ends_with_0(repo: Repo) -> None:
    repo.tool("greet", description="Too short.")
    done = check(repo.path / "tools")
    assert done.returncode == 0
    assert "warning" in done.stdout


def test_a_format_that_leaves_a_tool_out_is_a_warning_at_its_place(repo: Repo) -> None:
    parameters = (
        "{type: object, properties: {root: {$ref: '#/$defs/node'}}, required: [root], $defs: {node: {type: object, "
    )
    parameters += "description: A node., properties: {below: {type: array, items: {$ref: '#/$defs/node'}}}}}}"
    repo.tool("tree", main="def main(root):\n    return root\n", parameters=parameters)
    done = check(repo.path / "tools")
    assert done.returncode == 0
    [line] = [line for line in done.stdout.splitlines() if "format-excluded" in line]
    assert "Left out of openai, openai-responses, anthropic, gemini: #/$defs/node leads back to itself" in line
    assert ".:" not in line
    place = line.split("tool.yaml:")[1].split(": ")[0]
    written = (repo.path / "tools/tree/tool.yaml").read_text().splitlines()
    row, column = map(int, place.split(":"))
    assert written[row - 1][column - 1 :].startswith("'#/$defs/node'")


def test_every_change_is_told_when_asked_for(repo: Repo) -> None:
    repo.tool("greet")
    done = check("--formats", repo.path / "tools")
    assert done.returncode == 0
    assert "[format-strict] With strict=true in openai, openai-responses: optional: null stands" in done.stdout
    assert "[format-strict] With strict=true in openai, openai-responses, anthropic: maxLength is said" in done.stdout
    assert check(repo.path / "tools").stdout == ""


def test_what_git_ignores_is_passed_over_and_other_repositories_are_found(repo: Repo) -> None:
    repo.tool("greet")
    folder = repo.path / "tools/greet"
    (folder / ".env").write_text("TOKEN=1\n")
    found = check(folder)
    assert (found.returncode, found.stdout.split(" ")[0]) == (1, f"{folder}/.env:1:1:"), found.stdout
    (repo.path / ".gitignore").write_text(".env\n")
    assert check(folder).returncode == 0, "the service does not see it either"

    subprocess.run(["git", "init", "--quiet", str(folder / "inner")], check=True)
    assert "inner:1:1: error [file-submodule]" in check(folder).stdout
    (folder / "inner" / ".git").rename(repo.path / "away")
    assert check(folder).returncode == 0, "an empty folder is nothing"
    commit = repo.commit()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},tools/greet/inner")
    assert "inner:1:1: error [file-submodule]" in check(folder).stdout, "a submodule that was not fetched"


def test_the_top_of_a_repository_stands_for_its_tools(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.write("schemas/tool.schema.json", "{}")
    done = toolcrib("check", str(repo.path), cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 tool checked" in done.stderr


def test_a_path_that_is_no_folder_is_a_usage_error(tmp_path: Path) -> None:
    done = check(tmp_path / "nothing")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert check("--no-such-option").returncode == 2


def test_a_fault_of_ours_ends_with_3(repo: Repo) -> None:
    repo.tool("greet")
    broken = "import registry.checks, registry.cli; registry.checks.check_paths = None; registry.cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", broken, "check", str(repo.path / "tools")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3


@pytest.mark.parametrize(
    "what", ["fifo", "socketlike", "link_loop", "unreadable", "deep", "odd_names", "linked_folder"]
)
def test_hostile_folders_give_findings_never_a_traceback_never_a_hang(repo: Repo, what: str, tmp_path: Path) -> None:
    repo.tool("victim")
    folder = repo.path / "tools/victim"
    if what == "fifo":
        (folder / "tool.yaml").unlink()
        os.mkfifo(folder / "tool.yaml")
    elif what == "socketlike":
        os.mkfifo(folder / "data")
    elif what == "link_loop":
        (folder / "main.py").unlink()
        (folder / "main.py").symlink_to("main.py")
    elif what == "unreadable":
        (folder / "main.py").unlink()
        (folder / "main.py").mkdir()
    elif what == "deep":
        inner = folder / "/".join(["d"] * 60)
        inner.mkdir(parents=True)
        (inner / ("x" * 200 + ".py")).write_text("x = 1\n")
    elif what == "odd_names":
        for name in (b"new\nline", b"esc\x1b[2J.py", b"\xff\xfe", b"-rf"):
            Path(os.fsdecode(bytes(folder) + b"/" + name)).write_text("x")
    elif what == "linked_folder":
        target = tmp_path / "target"
        folder.rename(target)
        folder.symlink_to(target)
    done = check(repo.path / "tools")
    assert done.returncode == 1, done.stderr
    assert "error" in done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    assert "\x1b" not in done.stdout
