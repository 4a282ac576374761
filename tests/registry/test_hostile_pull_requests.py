"""A hostile pull request gains nothing: none of it runs outside of a sandbox, no file and no secret of the runner is
shown, and no text of it becomes a command of the runner or markup of the summary."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.package_index import wheel
from tests.pull_requests import GOOD, NEXT, STEPS, add, new_registry, run, run_script
from tests.repositories import Repo

pytestmark = pytest.mark.service

SECRET = "s3cr3t-of-the-runner"


@pytest.fixture
def registry(tmp_path: Path) -> Repo:
    return new_registry(tmp_path)


def links(repo: Repo, secret: Path) -> None:
    """Links that lead to files of the runner."""
    repo.write("tools/linked/main.py", NEXT)
    (repo.path / "tools/linked/tool.yaml").symlink_to(secret)
    (repo.path / "tools/whole").symlink_to(secret.parent)
    add(repo, "beside")
    (repo.path / "tools/beside/notes.md").symlink_to(secret)
    (repo.path / "tools/beside/words.py").symlink_to("/proc/self/environ")
    add(repo, "users")
    (repo.path / "tools/users/main.py").unlink()
    (repo.path / "tools/users/main.py").symlink_to("/etc/passwd")
    repo.write("schemas/tool.schema.json", "{}")


def linked_tools(repo: Repo, secret: Path) -> None:
    """The folder of tools itself leads elsewhere."""
    repo.git("rm", "-rq", "tools")
    (repo.path / "tools").symlink_to(secret.parent)


def linked_toolsets(repo: Repo, secret: Path) -> None:
    """The folder of toolsets leads elsewhere."""
    add(repo, "tried", GOOD + "colour: blue\n")
    (repo.path / "toolsets").symlink_to(secret.parent)


def stray_files(repo: Repo, _: Path) -> None:
    """A tool's files beside the tools, so that their folder looks like a tool."""
    add(repo, "tried", GOOD + "colour: blue\n")
    repo.write("tools/main.py", NEXT)
    repo.write("tools/tool.yaml", GOOD.format(name="tools"))


def code(repo: Repo, secret: Path) -> None:
    """Modules and start-up files that would run if Python, bash or Git looked for them in the checkout."""
    attack = f"import pathlib\npathlib.Path({str(secret)!r}).write_text('taken')\n"
    names = ["registry", "runner", "sitecustomize", "usercustomize", "conftest", "yaml", "click", "git", "venv", "pip"]
    for name in (*names, "ensurepip", "subprocess", "runpy", "setup"):
        repo.write(f"{name}.py", attack)
        repo.write(f"tools/{name}.py", attack)
    repo.write("registry/__init__.py", attack)
    repo.write("evil.pth", attack.replace("\n", ";"))
    repo.write("pyproject.toml", "[tool.toolcrib]\ntools_dir = '/'\n[tool.uv]\nrequired-version = '>=999'\n")
    repo.write("pip.conf", "[global]\nindex-url = http://127.0.0.1:9/\n")
    repo.write("toolcrib", f"#!/bin/sh\necho taken >'{secret}'\n").chmod(0o755)
    repo.write(".github/workflows/tools.yml", f"run: echo taken > {secret}\n")
    for name in (".bashrc", ".bash_profile", ".envrc", ".env"):
        repo.write(name, f"echo taken >'{secret}'\n")
    add(repo, "tried", main=attack + NEXT)
    for name in ("conftest", "sitecustomize", "registry"):
        repo.write(f"tools/tried/{name}.py", attack)
    repo.write("tools/tried/evil.pth", attack.replace("\n", ";"))


def git_settings(repo: Repo, secret: Path) -> None:
    """Filters, differs and submodules, in the branch and in the checkout's own configuration."""
    add(repo, "tried")
    repo.commit()
    command = f"sh -c 'echo taken >{secret}; cat'"
    repo.write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
    repo.write("tools/tried/.gitattributes", "* filter=evil diff=evil text ident\n")
    repo.write(
        ".gitmodules", f'[submodule "x"]\n\tpath = tools/tried/x\n\turl = ext::{command}\n\tupdate = !{command}\n'
    )
    repo.write(".gitconfig", f"[core]\n\tfsmonitor = {command}\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "attributes")
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv"):
        repo.git("config", key, command)
    repo.git("config", "core.fsmonitor", command)
    secret.write_text(SECRET)  # whatever committing did


def huge(repo: Repo, _: Path) -> None:
    """Files that nobody should read."""
    add(repo, "tried", "a: [" * 100_000)
    repo.write("tools/tried/data.bin", b"\0" * 40_000_000)
    add(repo, "large_main", main="x = 1\n" * 5_000_000)
    add(repo, "large_manifest", "a: b # {name}\n" + "# comment\n" * 3_000_000)


def bombs(repo: Repo, _: Path) -> None:
    """Small files that grow when they are read."""
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    repo.write("tools/aliases/tool.yaml", f"a0: &a0 x\n{levels}")
    repo.write("tools/deep/tool.yaml", "parameters: " + "{a: " * 20_000)
    repo.write("tools/deep_list/tool.yaml", "parameters: " + "[" * 60_000)
    repo.write("tools/tagged/tool.yaml", "name: !!python/object/apply:os.system ['true']\n")
    add(repo, "nested", main=NEXT + "x = " + "(" * 50_000 + ")" * 50_000 + "\n")
    add(repo, "summed", main=NEXT + "x = " + "+".join(["1"] * 100_000) + "\n")
    add(repo, "minus", main=NEXT + "x = " + "-" * 200_000 + "1\n")
    add(repo, "digits", main=NEXT + "x = " + "9" * 200_000 + "\n")


PASSES = {code, git_settings}
ATTACKS = [links, linked_tools, linked_toolsets, stray_files, code, git_settings, huge, bombs]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_the_branch_runs_and_no_file_of_the_runner_is_shown(
    registry: Repo, tmp_path: Path, attack: Callable[[Repo, Path], None]
) -> None:
    secret = tmp_path / "private/secret.yaml"
    secret.parent.mkdir()
    secret.write_text(SECRET)
    attack(registry, secret)
    if attack is not git_settings:
        registry.commit()
    done, summary = run(registry, tmp_path, GITHUB_TOKEN=SECRET)
    assert secret.read_text() == SECRET, "nothing of the branch ran"
    told = done.stdout + done.stderr + summary
    assert SECRET not in told
    assert "root:" not in told
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if attack in PASSES else 1), done.stdout[:5000] + done.stderr
    assert len(told) < 200_000


def test_what_is_installed_is_the_workflows_package_whatever_the_branch_has(registry: Repo, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    code(registry, secret)
    registry.write("toolcrib-1.0-py3-none-any.whl", b"not the one")
    name, data = wheel("toolcrib", "1.0", {"own.py": "def main():\n    print('own')\n"})
    (tmp_path / name).write_bytes(data)
    (tmp_path / "temporary").mkdir()
    done = run_script(
        STEPS["Install"]["run"],
        registry,
        {"RUNNER_TEMP": str(tmp_path / "temporary"), "PACKAGE": str(tmp_path / name), "PIP_NO_INDEX": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert secret.read_text() == SECRET, "a module of the branch was taken for Python's own"
    installed = next((tmp_path / "temporary/toolcrib/lib").glob("python*/site-packages/own.py"))
    assert "own" in installed.read_text()


FORGED = "::error file=x::forged\n::set-output name=a::b\n##[stop-commands]x\n::add-mask::a"
MARKUP = "</summary></details><script>alert(1)</script><img src=http://x/y> [a](http://x) @everyone ``` | ~~~"


def test_no_text_of_the_branch_becomes_a_command_or_markup(registry: Repo, tmp_path: Path) -> None:
    hostile = (FORGED + MARKUP).replace("\n", "\\n")
    add(registry, "hello", GOOD.replace("Says which", f'"Says {hostile} which').replace("count up.", 'count up."'))
    fields = f'"{hostile}": 1\n"status": "{hostile}"\n'
    add(registry, "tried", GOOD + fields, main=f"def main(number):\n  '''{FORGED}\n")
    registry.write("tools/tried/::error::x\n::warning::y.py", "x = = 1\n")
    registry.write(f"tools/{MARKUP.replace('/', '-')}/main.py", "x = = 1\n")
    registry.commit()
    done, summary = run(registry, tmp_path)
    assert done.returncode == 1
    for line in done.stdout.splitlines():
        assert re.match(r"::(error|warning) file=tools/[^,:]*,line=\d+,col=\d+,title=[a-z0-9-]+::", line), line
    for line in done.stderr.splitlines():
        assert not line.lstrip().startswith(("::", "##["))
    outside = re.sub(r"(?ms)^(`{3,})diff$.*?^\1$", "", summary)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
    for word in ("<script", "<img", "](http", "@everyone", "::error"):
        assert word in summary or word == "::error"
        assert word not in outside
    assert outside.count("</details>") == outside.count("<details>") == 1


GREEDY = """\
import os, sys, time

def main(number: int) -> int:
    for line in ("::error file=x::forged", "##[error]forged"):
        print(line, flush=True)
        print(line, file=sys.stderr, flush=True)
    if number == 1:
        raise ValueError(repr(sorted(os.environ.items())) + open("/proc/1/environ").read())
    if number == 2:
        print("x" * 10_000_000, flush=True)
    if number == 3:
        time.sleep(3600)
    if number == 4:
        raise ValueError("::error file=x::forged\\n::error file=y::forged <img src=x> ```")
    return number + 1
"""


@pytest.mark.engine
def test_examples_get_no_environment_print_no_commands_and_end(
    registry: Repo, tmp_path: Path, engine_owner: str
) -> None:
    examples = "".join(
        f"  - {{{{name: 'number {number}', arguments: {{{{number: {number}}}}}, result: {number + 1}}}}}\n"
        for number in range(1, 6)
    )
    manifest = GOOD.split("examples:")[0] + f"examples:\n{examples}runtime:\n  network: false\n  timeout_seconds: 2\n"
    add(registry, "greedy", manifest, GREEDY)
    registry.commit()
    done, summary = run(
        registry, tmp_path, EXAMPLES="true", GITHUB_TOKEN=SECRET, ACTIONS_RUNTIME_TOKEN=SECRET,
        TOOLCRIB_INSTANCE=engine_owner,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    found = [line for line in done.stdout.splitlines() if "example-not-true" in line]
    ends = {line.split("'")[1]: line for line in found}
    assert set(ends) == {"number 1", "number 2", "number 3", "number 4"}
    assert "script_error" in ends["number 1"]
    assert "output_limit" in ends["number 2"]
    assert "timeout" in ends["number 3"]
    told = done.stdout + done.stderr + summary
    assert SECRET not in told
    assert os.environ["PATH"] not in told
    assert len(told) < 50_000
    assert all(re.match(r"::(error|warning) file=tools/greedy/", line) for line in done.stdout.splitlines())
    assert not any(line.lstrip().startswith(("::", "##[")) for line in done.stderr.splitlines())
