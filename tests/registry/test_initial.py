"""A new repository of tools is whole at once: checked, served, and ready for pull requests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from registry.cli.new_repository import find_install_requirement
from registry.manifest import SCHEMA_FILE
from tests.repositories import Repo, make_repo
from tests.services import serving

pytestmark = pytest.mark.service

TOOLCRIB = str(Path(sys.executable).with_name("toolcrib"))


def init(folder: str, home: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home)} | more.pop("env", {})
    return subprocess.run(
        [TOOLCRIB, "init", folder], capture_output=True, text=True, env=environment, check=False, **more
    )


def test_it_is_made_checked_and_committed_by_its_user(tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text(
        "[user]\n name = Grace\n email = grace@example.org\n[core]\n autocrlf = true\n[commit]\n gpgSign = true\n"
    )
    done = init("new/tools-of-ours", tmp_path, cwd=tmp_path, env={"GIT_DIR": "/elsewhere", "GIT_AUTHOR_NAME": "Eve"})
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    made = Repo(tmp_path / "new/tools-of-ours")
    assert made.git("log", "--format=%an <%ae> %cn") == "Grace <grace@example.org> Grace"
    assert made.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert made.git("status", "--porcelain") == ""
    assert sorted(done.stdout.split()) == sorted(made.git("ls-files").split())
    assert made.git("fsck", "--strict") == ""
    first = (made.path / "tools/hello/tool.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/tool.schema.json"
    assert (made.path / "schemas/tool.schema.json").read_bytes() == SCHEMA_FILE.read_bytes()
    assert not (made.path / ".git/hooks").exists()
    checked = subprocess.run([TOOLCRIB, "check"], cwd=made.path, capture_output=True, text=True, check=True)
    assert checked.stderr.strip() == "1 tool checked: 0 errors, 0 warnings"


def test_without_an_identity_the_service_is_the_author(tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n name = Grace\n")
    assert init("new", tmp_path, cwd=tmp_path).returncode == 0
    assert Repo(tmp_path / "new").git("log", "--format=%an <%ae>") == "Toolcrib <toolcrib@localhost>"


def test_what_is_not_empty_or_no_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/.hidden").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name, said in (
        ("full", "is not empty (it has '.hidden')"),
        ("file", "is no folder"),
        ("file/new", "cannot be made"),
    ):
        done = init(name, tmp_path, cwd=tmp_path)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
        assert said in done.stderr
    assert sorted(path.name for path in (tmp_path / "full").iterdir()) == [".hidden"]


def test_its_workflow_is_pinned_has_least_permissions_and_names_no_secret(tmp_path: Path) -> None:
    import yaml

    assert init("new", tmp_path, cwd=tmp_path).returncode == 0
    text = (tmp_path / "new/.github/workflows/tools.yml").read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["check"]["permissions"] == {"contents": "read"}
    uses = [step["uses"] for step in workflow["jobs"]["check"]["steps"] if "uses" in step]
    assert uses
    assert all(len(one.partition("@")[2]) == 40 for one in uses)
    assert "secrets." not in text
    assert "@PACKAGE@" not in text
    assert "pull_request_target" not in text


def here(repo: Repo, home: Path, **more: str) -> tuple[dict[str, str], list[str], str]:
    """What ``init --here`` says: the advice by path of what was left, the paths that were added, and the rest."""
    done = subprocess.run(
        [TOOLCRIB, "init", "--here"], cwd=repo.path, capture_output=True, text=True, check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), **more},
    )  # fmt: skip
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    left = {line[1]: (line[2] if len(line) > 2 else "") for line in lines if line[0] == "left"}
    return left, [line[1] for line in lines if line[0] == "added"], done.stderr


def test_an_existing_repository_gets_only_what_it_lacks(repo: Repo, tmp_path: Path) -> None:
    mine = {
        ".gitattributes": "* text=auto ident\n",
        ".gitignore": "*.log\n",
        "CODEOWNERS": "* @us\n",
        ".github/workflows/tools.yml": "name: ours\n",
        "README.md": "ours\n",
        "src/app.py": "print()\n",
    }
    for path, text in mine.items():
        repo.write(path, text)
    revision = repo.commit()
    repo.write("src/app.py", "print(1)\n")
    repo.git("branch", "-m", "trunk")
    left, added, said = here(repo, tmp_path)
    assert added == ["schemas/tool.schema.json", "tools/hello/main.py", "tools/hello/tool.yaml"]
    assert left.keys() == {".gitattributes", ".gitignore", "CODEOWNERS", ".github/workflows/tools.yml"}
    assert left[".gitignore"] == "add the line: __pycache__/"
    assert "does not run toolcrib" in left[".github/workflows/tools.yml"]
    assert repo.git("rev-parse", "HEAD") == revision
    assert repo.git("diff", "--cached", "--name-only") == ""
    assert {path: (repo.path / path).read_text() for path in mine} == mine | {"src/app.py": "print(1)\n"}
    assert f"git add {' '.join(added)} && git commit" in said
    line = left[".gitattributes"].partition("last line: ")[2].partition("   ")[0]
    repo.write(".gitattributes", f"{mine['.gitattributes']}{line}\n")
    repo.write(".gitignore", "__pycache__/\n")
    left, added, said = here(repo, tmp_path)
    assert (added, left[".gitattributes"], left[".gitignore"], left["tools/"]) == ([], "", "", "")
    assert "nothing is missing" in said
    checked = subprocess.run([TOOLCRIB, "check"], cwd=repo.path, capture_output=True, text=True, check=True)
    assert checked.stderr.strip() == "1 tool checked: 0 errors, 0 warnings"


def test_a_repository_with_tools_elsewhere_and_another_main_branch_is_served_by_its_workflow(
    repo: Repo, tmp_path: Path
) -> None:
    import yaml

    repo.write("src/app.py", "print()\n")
    repo.commit()
    repo.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    _, added, _ = here(repo, tmp_path, TOOLCRIB_TOOLS_DIR="services/tools")
    assert "services/tools/hello/tool.yaml" in added
    workflow = yaml.safe_load((repo.path / ".github/workflows/tools.yml").read_text())
    assert workflow["env"] == {"TOOLCRIB_TOOLS_DIR": "services/tools"}
    assert workflow[True]["push"]["branches"] == ["trunk"]
    assert (repo.path / ".gitattributes").read_text().splitlines()[-1] == "services/tools/** -text"
    first = (repo.path / "services/tools/hello/tool.yaml").read_text().splitlines()[0]
    schema = first.rpartition("=")[2]
    assert (repo.path / "services/tools/hello" / schema).resolve() == repo.path / "schemas/tool.schema.json"


def test_nothing_is_written_through_a_link_or_into_folders_that_are_no_tools(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo.path / ".github").symlink_to(tmp_path / "elsewhere")
    (repo.path / ".gitattributes").symlink_to(tmp_path / "nowhere")
    repo.write("tools/deploy/run.sh", "#!/bin/sh\n")
    left, added, _ = here(repo, tmp_path)
    assert added == [".gitignore", "schemas/tool.schema.json"]
    assert "deploy in it has no tool.yaml" in left["tools/"]
    assert "no regular file" in left[".gitattributes"]
    assert "no regular file" in left[".github"]
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert not (tmp_path / "nowhere").exists()


def test_here_is_a_checkout_or_refused(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    make_repo(tmp_path / "bare", "--bare")
    for name, said in (("plain", "toolcrib init DIR"), ("bare", "is a bare repository")):
        done = subprocess.run(
            [TOOLCRIB, "init", "--here", name], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr
    assert list((tmp_path / "plain").iterdir()) == []


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [
        (None, "toolcrib==1.2"),
        ('{"url": "file:///srv/toolcrib", "dir_info": {"editable": true}}', ""),
        ('{"url": "https://g.example/t.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}}',
         "toolcrib @ git+https://g.example/t.git@c0ffee"),
        ('{"url": "https://me:hunter2@g.example/t.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}}', ""),
        ('{"url": "https://g.example/t-1.2-py3-none-any.whl", "archive_info": {}}',
         "toolcrib @ https://g.example/t-1.2-py3-none-any.whl"),
    ],
)  # fmt: skip
def test_the_workflow_installs_what_this_program_was_installed_from(
    monkeypatch: pytest.MonkeyPatch, origin: str | None, wanted: str
) -> None:
    class Installed:  # the seam of the standard library: what pip wrote down
        version = "1.2"

        def read_text(self, _: str) -> str | None:
            return origin

    monkeypatch.setattr("registry.cli.new_repository.distribution", lambda _: Installed())
    assert find_install_requirement() == wanted


@pytest.mark.engine
def test_it_is_served_at_once_and_its_tool_runs(tmp_path: Path, engine_owner: str) -> None:
    assert init("new", tmp_path, cwd=tmp_path).returncode == 0
    with serving(tmp_path / "new", tmp_path, instance=engine_owner, warm="1", workers="1") as service:
        assert [
            tool["name"]
            for tool in service.get("/api/v1/llm/tools?format=openai").json()["tools"]
            for tool in [tool["function"]]
        ] == ["hello"]
        assert service.invoke("hello", name="Ada").json()["result"] == {"greeting": "Hello, Ada!"}
        assert service.get("/api/v1/tools/hello").json()["version"] == 1
