"""What people install is whole: the steps of our own workflow build the wheel and try it away from the checkout."""

from __future__ import annotations

import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from tests.pull_requests import ROOT, run_script, steps
from tests.repositories import Repo

CI = ".github/workflows/ci.yml"


@pytest.mark.service
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
    [wheel] = (tmp_path / "wheel").iterdir()
    inside = zipfile.ZipFile(wheel).namelist()
    tops = {path.partition("/")[0] for path in inside}
    assert tops == {"registry", "runner", f"toolcrib-{version('toolcrib')}.dist-info"}
    for folder, packed in (("schemas", "schemas"), ("web/dist", "page")):
        files = [file.relative_to(ROOT / folder) for file in (ROOT / folder).rglob("*") if file.is_file()]
        assert {f"registry/data/{packed}/{file.as_posix()}" for file in files} <= set(inside)


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
