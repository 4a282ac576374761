"""``toolcrib import`` and ``toolcrib new --from FILE``: what is written, what is said, and a first try that is real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry.errors import InputRefused
from registry.importing import ImportedTool, write_tool
from tests.registry.test_check_command import toolcrib
from tests.repositories import Repo

CASES = Path(__file__).parent / "scripts"
ADD = '''def add(a: int, b: int = 2) -> int:
    """Adds two numbers, for whoever does not trust a model to.

    Args:
        a: The first.
        b: The second.
    """
    return a + b


if __name__ == "__main__":
    print(add(1, b=3))
'''


def written(repo: Repo) -> set[str]:
    folder = repo.path / "tools"
    return {one.name for one in folder.iterdir()} if folder.is_dir() else set()


def test_a_dry_run_says_everything_and_writes_nothing(repo: Repo, tmp_path: Path) -> None:
    script = tmp_path / "add.py"
    script.write_text(ADD)
    done = toolcrib("import", "--dry-run", script, cwd=repo.path)
    assert done.returncode == 0, done.stderr
    assert "name: add" in done.stdout
    assert "arguments: {a: 1, b: 3}" in done.stdout
    assert "add of add.py is called" in done.stderr
    assert written(repo) == set()


def test_what_is_imported_is_written_beside_and_never_over(repo: Repo, tmp_path: Path) -> None:
    script = tmp_path / "add.py"
    script.write_text(ADD)
    done = toolcrib("import", "--no-try", "--category", "arithmetic", script, cwd=repo.path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(repo.path / "tools/add")]
    assert (repo.path / "tools/add/add.py").read_text() == ADD
    assert toolcrib("fmt", "--check", cwd=repo.path).returncode == 0
    assert repo.git("status", "--porcelain") == "?? tools/"
    (repo.path / "tools/add/README.md").write_text("mine")
    again = toolcrib("import", "--no-try", script, cwd=repo.path)
    assert again.returncode == 1
    assert "is there already: nothing of it was changed" in again.stderr
    assert (repo.path / "tools/add/README.md").exists()
    forced = toolcrib("import", "--no-try", "--force", script, cwd=repo.path)
    assert (forced.returncode, "add: replaced" in forced.stderr) == (0, True)
    assert written(repo) == {"add"}
    assert not (repo.path / "tools/add/README.md").exists()


def test_one_bad_script_keeps_no_other_from_being_imported(repo: Repo) -> None:
    done = toolcrib("import", "--no-try", CASES / "not_importable", cwd=repo.path)
    assert done.returncode == 1
    assert "is Python 2" in done.stderr
    assert written(repo) == {"fine"}


def test_a_name_and_a_function_are_taken_as_asked(repo: Repo, tmp_path: Path) -> None:
    script = tmp_path / "several.py"
    script.write_text(ADD.replace("if __name__", "def other(): return 1\n\n\nif __name__"))
    done = toolcrib("import", "--no-try", "--name", "sum_up", "--function", "add", script, cwd=repo.path)
    assert done.returncode == 0, done.stderr
    assert written(repo) == {"sum_up"}
    missing = toolcrib("import", "--no-try", "--function", "nowhere", script, cwd=repo.path)
    assert missing.returncode == 1
    assert "has no function 'nowhere' at its top level; there are: add, other" in missing.stderr
    many = toolcrib("import", "--no-try", "--name", "one", CASES / "several_functions", cwd=repo.path)
    assert (many.returncode, "--name names one tool" in many.stderr) == (2, True)
    badly = toolcrib("import", "--no-try", "--name", "../x", script, cwd=repo.path)
    assert (badly.returncode, "cannot name a tool" in badly.stderr) == (2, True)
    assert written(repo) == {"sum_up"}


def test_new_from_a_file_is_an_import_under_that_name(repo: Repo, tmp_path: Path) -> None:
    nowhere = toolcrib("new", "sums", "--from", tmp_path / "none.py", cwd=repo.path)
    assert (nowhere.returncode, "nor a script that is there" in nowhere.stderr) == (2, True)
    assert written(repo) == set()


def test_links_and_what_lies_outside_are_not_read(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("kept")
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "link.py").symlink_to(tmp_path / "secret.txt")
    (scripts / "data.txt").symlink_to(tmp_path / "secret.txt")
    (scripts / "reads.py").write_text(
        "import sys\nsys.path.insert(0, '/etc')\nsys.path.insert(0, '..')\nimport outside\n"
        "print(open('data.txt').read(), open('../secret.txt').read(), open('/etc/hostname').read())\n"
    )
    (tmp_path / "outside.py").write_text("raise SystemExit('never')\n")
    done = toolcrib("import", "--no-try", scripts, cwd=repo.path)
    assert done.returncode == 1
    assert "link.py: is a symbolic link" in done.stderr
    assert sorted(one.name for one in (repo.path / "tools/reads").iterdir()) == [
        "main.py",
        "reads.py",
        "script_call.py",
        "tool.yaml",
    ]


def test_nothing_of_a_tool_is_there_when_a_file_cannot_be_written(tmp_path: Path) -> None:
    manifest = {"name": "half", "description": "Half of a tool.", "parameters": {"type": "object"}}
    tool = ImportedTool("half", manifest, {"main.py": b"x = 1\n", "main.py/inner.py": b""})
    with pytest.raises(OSError, match=r"main\.py"):
        write_tool(tmp_path / "tools", tool)
    assert list((tmp_path / "tools").iterdir()) == []
    for path in ("../x.py", "/x.py", "a\\b.py", "tool.yaml", "aux.py"):
        with pytest.raises(InputRefused, match="cannot have a file"):
            write_tool(tmp_path / "tools", ImportedTool("half", manifest, {path: b""}))
    assert list((tmp_path / "tools").iterdir()) == []


@pytest.mark.engine
def test_imported_scripts_run_at_the_first_try_and_one_that_does_not_is_a_draft(
    repo: Repo, engine_owner: str, tmp_path: Path
) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    chosen = ("argparse_flags/disk_report", "argv_positions/merge-files", "several_functions/datecalc")
    for path in (*chosen, "dataclasses_and_enums/invoice", "writes_beside/write_report", "questions/quiz"):
        source = CASES / f"{path}.py"
        (scripts / source.name).write_bytes(source.read_bytes())
    (scripts / "fails.py").write_text(
        '"""Fails, whatever it is given, with what it says on its way."""\nraise OSError("on its way")\n'
    )
    done = toolcrib("import", scripts, cwd=repo.path, TOOLCRIB_INSTANCE=engine_owner)
    ran = [line.split()[0] for line in done.stderr.splitlines() if " ran after " in line]
    assert sorted(ran) == sorted(
        ["add_days", "disk_report", "invoice", "merge_files", "quiz", "working_days", "write_report"]
    ), done.stderr
    assert done.returncode == 1
    assert "OSError: on its way" in done.stderr
    manifest = (repo.path / "tools/fails/tool.yaml").read_text()
    assert "status: draft" in manifest
    assert "examples" not in manifest
    tried = toolcrib("try", "invoice", cwd=repo.path, TOOLCRIB_INSTANCE=engine_owner)
    assert tried.returncode == 0, tried.stderr
    assert json.loads(tried.stdout)["lines"][0]["name"] == "Ada"
