"""The two commands: what is locked, what a second run does, what each script says where something is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

HOME = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-build.txt")
JUDGES = ("agents", "models", "mcp_new", "mcp_old", "conformance")
EVERY_LOCK = (*LOCKS, "requirements-node.txt", *(f"judges/{name}.txt" for name in JUDGES))
SCRIPTS = ("all", "engine", "image", "lock", "page", "venv")

# What the scripts may count on beside git and a shell: the essential packages of Debian.
ESSENTIAL = (
    "cat",
    "date",
    "dirname",
    "find",
    "flock",
    "git",
    "grep",
    "id",
    "mkdir",
    "mktemp",
    "rm",
    "sed",
    "sh",
    "sleep",
    "sort",
)


def locked(name: str) -> dict[str, tuple[Version, int]]:
    """Each package of one lock file: its version and the number of its hashes."""
    found: dict[str, tuple[Version, int]] = {}
    for block in re.split(r"^(?=[a-z0-9])", (HOME / "setup" / name).read_text(), flags=re.MULTILINE)[1:]:
        package, version = re.match(r"(\S+?)==([^\s;]+)", block).groups()  # type: ignore[union-attr]
        found[canonicalize_name(package)] = (Version(version), block.count("--hash=sha256:"))
    return found


def direct_requirements(extra: str | None) -> list[Requirement]:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    lines = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def run(
    command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=environment or {**os.environ}, text=True, capture_output=True, check=False, timeout=600
    )


def bare_environment(tools: Path, *names: str, **more: str) -> dict[str, str]:
    """An environment whose PATH holds the essential commands and those named, and nothing else."""
    tools.mkdir(exist_ok=True)
    for name in (*ESSENTIAL, *names):
        where = shutil.which(name)
        assert where, f"this machine has no {name}"
        (tools / name).symlink_to(where)
    engine = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
    return {"PATH": str(tools), "HOME": str(tools), **engine, **more}


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of this project's set-up, in a path with a space, without its environment."""
    place = tmp_path / "a checkout"
    place.mkdir()
    shutil.copytree(HOME / "setup", place / "setup")
    shutil.copytree(HOME / ".ci", place / ".ci")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(HOME / name, place)
    return place


@pytest.fixture
def poor_python(tmp_path: Path) -> Path:
    """A Python as Debian ships it: without ensurepip, and without pip."""
    made = run([sys.executable, "-m", "venv", "--without-pip", "poor"], tmp_path)
    assert made.returncode == 0, made.stderr
    packages = next((tmp_path / "poor/lib").iterdir()) / "site-packages"
    (packages / "no_ensurepip.pth").write_text("import sys; sys.modules['ensurepip'] = None\n")
    return tmp_path / "poor/bin/python"


@pytest.fixture
def set_up(checkout: Path) -> Path:
    """The checkout as set-up leaves it, but for the packages: they are borrowed from the environment of the tests."""
    assert run([sys.executable, "-m", "venv", "--without-pip", ".venv"], checkout).returncode == 0
    packages = next((checkout / ".venv/lib").iterdir()) / "site-packages"
    (packages / "borrowed.pth").write_text("".join(f"{path}\n" for path in sys.path if path.endswith("site-packages")))
    program(checkout / ".venv/bin/toolcrib", "exit 0")
    stamps = checkout / ".venv/.toolcrib"
    stamps.mkdir()
    (stamps / "place").write_text(f"{checkout}\n")
    for level, files in {
        "run": ("setup/requirements.txt", "setup/requirements-build.txt"),
        "dev": ("setup/requirements.txt", "setup/requirements-build.txt", "setup/requirements-dev.txt"),
        "project": ("pyproject.toml",),
    }.items():
        together = b"".join((checkout / name).read_bytes() for name in files)
        digest = subprocess.run(["git", "hash-object", "--stdin"], input=together, capture_output=True, check=True)
        (stamps / level).write_bytes(digest.stdout)
    return checkout


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, with its inode and the time of its last change."""
    found = {str(path.relative_to(folder)): path.lstat() for path in folder.rglob("*")}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in found.items() if "__pycache__" not in name}


# --- the locks


@pytest.mark.parametrize("name", EVERY_LOCK)
def test_lock_files_record_no_address(name: str) -> None:
    text = (HOME / "setup" / name).read_text()
    assert not re.search(r"://|--(index|extra-index|find-links|trusted-host)|@ ", text)


@pytest.mark.parametrize("name", EVERY_LOCK)
def test_every_locked_package_has_hashes(name: str) -> None:
    packages = locked(name)
    assert packages
    assert [package for package, (_, hashes) in packages.items() if hashes == 0] == []


@pytest.mark.parametrize(("extra", "name"), [(None, "requirements.txt"), ("dev", "requirements-dev.txt")])
def test_lock_files_are_in_step_with_pyproject(extra: str | None, name: str) -> None:
    packages = locked(name)
    for requirement in direct_requirements(extra):
        version, _ = packages[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), requirement


def test_the_build_backend_is_locked_at_the_version_that_pyproject_asks_for() -> None:
    packages = locked("requirements-build.txt")
    wanted = tomllib.loads((HOME / "pyproject.toml").read_text())["build-system"]["requires"]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(packages[canonicalize_name(requirement.name)][0])


def test_the_lock_files_agree_on_every_version() -> None:
    run_time, development, build = (locked(name) for name in LOCKS)
    assert set(run_time) <= set(development)
    for other in (run_time, build):
        shared = set(other) & set(development)
        assert {name: other[name][0] for name in shared} == {name: development[name][0] for name in shared}


# --- the virtual environment


@pytest.mark.parametrize("level", [[], ["dev"]])
def test_a_second_set_up_changes_nothing(set_up: Path, level: list[str]) -> None:
    before = snapshot(set_up)
    done = run(["setup/venv", *level], set_up)
    assert (done.returncode, done.stderr) == (0, "")
    assert "unchanged" in done.stdout
    assert snapshot(set_up) == before


def test_a_development_environment_serves_for_running(set_up: Path) -> None:
    (set_up / ".venv/.toolcrib/run").unlink()
    assert "unchanged" in run(["setup/venv"], set_up).stdout


def test_a_changed_lock_file_is_noticed(set_up: Path) -> None:
    lock = set_up / "setup/requirements.txt"
    lock.write_text(lock.read_text() + "# another\n")
    # No index and no files: what it would install cannot be found, so that nothing is fetched here.
    done = run(["setup/venv"], set_up, {**os.environ, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull})
    assert "dependencies: installing" in done.stdout


@pytest.mark.parametrize("fault", ["interrupted", "moved", "python gone"])
def test_an_environment_that_cannot_be_kept_is_made_anew(
    set_up: Path, tmp_path: Path, poor_python: Path, fault: str
) -> None:
    leftover = set_up / ".venv/leftover"
    leftover.touch()
    if fault == "interrupted":
        (set_up / ".venv/.toolcrib/unfinished").touch()
    elif fault == "moved":
        (set_up / ".venv/.toolcrib/place").write_text("/elsewhere\n")
    else:
        (set_up / ".venv/bin/python").unlink()
    # With this Python the ladder ends right after the old environment is cleared away.
    done = run(["setup/venv"], set_up, bare_environment(tmp_path / "bin", PYTHON=str(poor_python)))
    assert "virtual environment: making .venv" in done.stdout
    assert not leftover.exists()


def test_a_missing_python_is_named_in_one_line(checkout: Path, tmp_path: Path) -> None:
    done = run(["setup/venv"], checkout, bare_environment(tmp_path / "bin"))
    assert done.returncode != 0
    assert done.stderr.splitlines() == [
        "! Python 3.11 or newer is missing: install python3 (or name one with PYTHON=/path/to/python3)"
    ]
    assert not (checkout / ".venv").exists()


def test_a_python_that_was_named_is_never_replaced_by_another(checkout: Path, tmp_path: Path) -> None:
    environment = bare_environment(tmp_path / "bin", PYTHON=f"{tmp_path}/none")
    (tmp_path / "bin/python3").symlink_to(sys.executable)
    done = run(["setup/venv"], checkout, environment)
    assert done.stderr.splitlines() == [f"! PYTHON={tmp_path}/none is not a Python 3.11 or newer"]


def test_a_python_that_is_too_old_or_a_dead_shim_is_passed_over(checkout: Path, tmp_path: Path) -> None:
    environment = bare_environment(tmp_path / "bin")
    for name in ("python3.14", "python3"):
        program(tmp_path / "bin" / name, "echo 'no such version' >&2; exit 127")
    done = run(["setup/venv"], checkout, environment)
    assert "Python 3.11 or newer is missing" in done.stderr


def test_a_python_that_cannot_make_environments_names_the_package_to_install(
    checkout: Path, tmp_path: Path, poor_python: Path
) -> None:
    environment = bare_environment(tmp_path / "bin", PYTHON=str(poor_python))
    done = run(["setup/venv"], checkout, environment)
    package = f"python3.{sys.version_info.minor}-venv"
    assert done.returncode != 0
    assert done.stderr.count("\n") == 1
    assert f"sudo apt-get install {package}" in done.stderr
    assert (checkout / ".venv/.toolcrib/unfinished").exists()


# --- the engine


def without_engine(checkout: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run setup/engine where there is neither an engine's socket nor any process but its own."""
    unshare = shutil.which("unshare") or pytest.skip("needs unshare")
    hidden = [unshare, "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c"]
    mount = shutil.which("mount") or pytest.skip("needs mount")
    if run([*hidden, f"{mount} -t tmpfs none /run"], checkout).returncode != 0:
        pytest.skip("needs the right to make namespaces")
    environment.pop("DOCKER_HOST", None)
    return run([*hidden, f'{mount} -t tmpfs none /run && exec setup/engine "$@"'], checkout, environment)


def test_a_missing_engine_is_said_in_one_line_where_nothing_can_be_installed(set_up: Path, tmp_path: Path) -> None:
    done = without_engine(set_up, bare_environment(tmp_path / "bin"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "sudo apt-get install docker.io" in done.stderr


def test_nobody_but_root_installs_an_engine(set_up: Path, tmp_path: Path) -> None:
    environment = bare_environment(tmp_path / "bin")
    (tmp_path / "bin/id").unlink()
    program(tmp_path / "bin/id", "echo 1000")
    program(tmp_path / "bin/apt-get", f"touch '{tmp_path}/called'")
    done = without_engine(set_up, environment)
    assert done.returncode == 1
    assert "sudo apt-get install docker.io" in done.stderr
    assert not (tmp_path / "called").exists()


def test_an_engine_that_was_named_is_never_replaced_by_another(set_up: Path, tmp_path: Path) -> None:
    environment = bare_environment(tmp_path / "bin", DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    program(tmp_path / "bin/apt-get", f"touch '{tmp_path}/called'")
    done = run(["setup/engine"], set_up, environment)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"DOCKER_HOST=unix://{tmp_path}/none.sock" in done.stderr
    assert not (tmp_path / "called").exists()


def test_without_an_engine_set_up_goes_on_but_not_in_ci(set_up: Path, tmp_path: Path) -> None:
    environment = bare_environment(tmp_path / "bin", DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert run(["setup/all"], set_up, environment).returncode == 0
    refused = run(["setup/all"], set_up, {**environment, "CI": "true"})
    assert refused.returncode == 1
    assert "CI=true" in refused.stderr


def test_without_node_and_index_there_is_no_page_which_fails_only_in_ci(set_up: Path, tmp_path: Path) -> None:
    for folder in ("web", "schemas", "registry/http", "registry/views"):
        (set_up / folder).mkdir(parents=True)
    environment = bare_environment(tmp_path / "bin", PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
    done = run(["setup/page"], set_up, environment)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "page: not built: Node 20.19 or newer is missing" in done.stderr
    assert run(["setup/page"], set_up, {**environment, "CI": "true"}).returncode == 1


@pytest.mark.engine
def test_an_engine_that_answers_is_left_alone(set_up: Path, tmp_path: Path) -> None:
    environment = bare_environment(tmp_path / "bin")
    program(tmp_path / "bin/apt-get", f"touch '{tmp_path}/called'")
    done = run(["setup/engine"], set_up, environment)
    if done.returncode != 0 and os.environ.get("CI") != "true":
        pytest.skip("no engine answers")
    assert re.fullmatch(r"· engine: Docker \d+\S*\n", done.stdout)
    assert not (tmp_path / "called").exists()


# --- the commands


def ci(checkout: Path, tmp_path: Path, output: str, status: int) -> subprocess.CompletedProcess[str]:
    """Run .ci/run with a make that notes what it was asked for, says the given output and ends so."""
    environment = bare_environment(tmp_path / "bin", "bash", "tee", "tail")
    program(tmp_path / "bin/make", f'echo "$@" >>"{tmp_path}/asked"\nprintf \'{output}\'\nexit {status}')
    return run([".ci/run"], checkout, environment)


def test_ci_runs_make_test_and_ends_with_the_closing_line_of_pytest(checkout: Path, tmp_path: Path) -> None:
    closing = "=== 1 failed, 3 passed in 0.12s ==="
    done = ci(checkout, tmp_path, f"{closing}\\nmake: *** [test] Error 1\\n", 2)
    assert (tmp_path / "asked").read_text() == "test\n"
    assert done.stdout.splitlines()[-1] == closing
    assert done.returncode == 2


def test_ci_passes_only_where_make_does(checkout: Path, tmp_path: Path) -> None:
    assert ci(checkout, tmp_path, "=== 3 passed in 0.12s ===\\n", 0).stdout.count("passed") == 1


def test_ci_fails_where_no_test_was_found(checkout: Path, tmp_path: Path) -> None:
    assert ci(checkout, tmp_path, "=== no tests ran in 0.01s ===\\n", 5).returncode == 5


def test_every_target_of_the_makefile_has_a_line_of_help() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (HOME / "Makefile").read_text(), flags=re.MULTILINE))
    shown = run(["make", "--no-print-directory", "help"], HOME).stdout
    assert {"run", "test", "test-quick", "test-thorough", "bench", "lock", "check", "fmt", "clean"} <= targets
    assert targets == set(re.findall(r"^  make ([a-z-]+)  +\S", shown, flags=re.MULTILINE))


def test_make_run_hands_port_and_repository_over_as_they_are(set_up: Path, tmp_path: Path) -> None:
    for script in ("venv", "engine"):
        program(set_up / "setup" / script, "exit 0")
    program(set_up / ".venv/bin/toolcrib", f'[ "$1" != serve ] || printf "%s\\n" "$@" >"{tmp_path}/asked"')
    repository = "/srv/our $(tools) 'here'"
    done = run(["make", "run"], set_up, {**os.environ, "PORT": "9000", "REPO": repository})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "asked").read_text().splitlines() == ["serve", "--repo", repository, "--port", "9000"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_executable_and_stop_at_the_first_error(name: str) -> None:
    script = HOME / "setup" / name
    assert os.access(script, os.X_OK)
    assert "set -eu" in script.read_text().splitlines()


def test_scripts_pass_shellcheck() -> None:
    shellcheck = shutil.which("shellcheck") or pytest.skip("shellcheck is not installed")
    done = run([shellcheck, "-x", *(f"setup/{name}" for name in SCRIPTS), ".ci/run"], HOME)
    assert done.stdout == ""
