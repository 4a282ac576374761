"""What people install is whole: the steps of our own workflow build the wheel and try it away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from tests.pull_requests import ROOT, run_script, steps
from tests.repositories import Repo

CI = ".github/workflows/ci.yml"
TEMPLATE = "registry/cli/new_repository/files/workflow.yml"
PAGE = "registry/data/page/"


@pytest.mark.service
@pytest.mark.timeout(400)
def test_the_wheel_has_page_and_schemas_and_its_command_works_by_itself(tmp_path: Path) -> None:
    if not (ROOT / "web/dist/index.html").exists():
        pytest.skip("NOT TESTED, the page is not built")
    package = steps(CI, "jobs", "package")
    # What is never imported here need not be compiled.
    environment = {"RUNNER_TEMP": str(tmp_path), "TOOLCRIB_STATE_DIR": str(tmp_path / "state"), "PIP_NO_COMPILE": "1"}
    told = []
    for name in ("Build", "Install", "Try"):
        done = run_script(package[name]["run"], Repo(ROOT), environment)
        assert done.returncode == 0, done.stdout + done.stderr
        told.append(done.stdout + done.stderr)
    assert "1 tool checked: 0 errors, 0 warnings" in told[-1]
    assert "1 tool in " in told[-1], "the export, which has the page"
    [wheel] = (tmp_path / "wheel").iterdir()
    inside = zipfile.ZipFile(wheel).namelist()
    tops = {path.partition("/")[0] for path in inside}
    assert tops == {"registry", "runner", f"toolcrib-{version('toolcrib')}.dist-info"}
    for folder, packed in (("schemas", "schemas"), ("web/dist", "page")):
        files = [file.relative_to(ROOT / folder) for file in (ROOT / folder).rglob("*") if file.is_file()]
        assert {f"registry/data/{packed}/{file.as_posix()}" for file in files} <= set(inside)


def test_an_sdist_carries_the_page_into_the_wheel_that_is_built_from_it(tmp_path: Path) -> None:
    if not (ROOT / "web/dist/index.html").exists():
        pytest.skip("NOT TESTED, the page is not built")
    done = run_python("-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), folder=ROOT)
    assert done.returncode == 0, done.stderr
    [sdist] = tmp_path.glob("*.tar.gz")
    done = build_wheel(str(sdist), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = tmp_path.glob("*.whl")
    packed = {path.removeprefix(PAGE) for path in zipfile.ZipFile(wheel).namelist() if path.startswith(PAGE)}
    built = ROOT / "web/dist"
    assert packed == {file.relative_to(built).as_posix() for file in built.rglob("*") if file.is_file()}


def test_a_git_address_without_the_page_is_refused_in_one_sentence_unless_that_is_wanted(
    clone: Path, tmp_path: Path
) -> None:
    refused = build_wheel(f"git+file://{clone}", tmp_path)
    assert refused.returncode != 0
    [said] = [line.strip() for line in refused.stderr.splitlines() if "page" in line]
    assert said.startswith("The page is not built, so this package would be without it: run `setup/venv && setup/page`")
    assert "Traceback" not in refused.stderr
    assert not list(tmp_path.glob("*.whl"))

    done = build_wheel(f"git+file://{clone}", tmp_path, TOOLCRIB_BUILD_WITHOUT_PAGE="1")
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = tmp_path.glob("*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    assert "registry/data/schemas/tool.schema.json" in inside
    assert not [path for path in inside if path.startswith(PAGE)]


def test_no_sdist_is_without_the_page_and_an_editable_install_needs_none(clone: Path, tmp_path: Path) -> None:
    refused = run_python("-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), folder=clone)
    assert refused.returncode == 1
    assert "The page is not built" in refused.stdout + refused.stderr
    build = f"from hatchling.build import build_editable; build_editable({str(tmp_path)!r})"
    done = run_python("-c", build, folder=clone)
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.iterdir()
    assert not [path for path in zipfile.ZipFile(wheel).namelist() if path.startswith("registry")]


@pytest.mark.parametrize(
    "file", [".github/workflows/check-tools.yml", ".github/actions/check-tools/action.yml", TEMPLATE]
)
def test_what_checks_tools_installs_from_a_git_address_without_the_page(file: str) -> None:
    path = ("runs",) if file.endswith("action.yml") else ("jobs", "check")
    assert steps(file, *path)["Install"]["env"]["TOOLCRIB_BUILD_WITHOUT_PAGE"] == "1"


@pytest.fixture
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout's newest commit, in which no page was built."""
    folder = tmp_path_factory.mktemp("clone") / "toolcrib"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True, capture_output=True)
    return folder


def build_wheel(source: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What pip says while it makes a wheel of ``source`` in ``folder``, with the build tools that are here."""
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir", "--wheel-dir", str(folder))
    return run_python("-m", "pip", "wheel", *options, source, folder=folder, **environment)


def run_python(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_ci_has_least_permissions_pinned_actions_and_no_secret() -> None:
    text = (ROOT / CI).read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert len(step["uses"].partition("@")[2]) == 40 if "uses" in step else "${{" not in step["run"]
            assert "actions/checkout@" not in step.get("uses", "") or step["with"]["persist-credentials"] is False
    assert "secrets." not in text
    assert "pull_request_target" not in text


def test_ci_tries_every_python_that_the_package_says_it_runs_on() -> None:
    job = yaml.safe_load((ROOT / CI).read_text())["jobs"]["test"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    said = "Programming Language :: Python :: "
    told = [one.removeprefix(said) for one in project["classifiers"] if one.startswith(f"{said}3.")]
    assert job["strategy"]["matrix"]["python"] == told
    assert project["requires-python"] == f">={told[0]}"
    assert job["steps"][-1]["env"]["PYTHON"] == "python${{ matrix.python }}"
