"""Wheels that manylinux allows run, in either root: every library is there that they may assume."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from runner import Settings, ensure_base_image, list_missing_libraries, open_runner
from runner.images import LIBRARIES, base_root, system_libraries
from runner.images.build_container import make_unstarted
from tests.package_index import Index, remove_images, wheel

from .conftest import await_none, job

pytestmark = pytest.mark.engine
CA_FILE = Path("/etc/ssl/certs/ca-certificates.crt")
PACKAGES = ("numpy", "pandas")
COUNT = """
import os
import numpy as np, pandas as pd

def main():
    square = np.ones((200, 200)) @ np.ones((200, 200))
    frame = pd.DataFrame({"day": pd.to_datetime(["2026-11-28", "2026-11-29"]), "count": [1, 2]})
    threads = len(os.listdir("/proc/self/task"))
    return [float(square[0, 0]), int(frame["count"].sum()), str(frame["day"].max().date()), threads]
"""


@pytest.fixture(scope="session")
def python_image(settings: Settings) -> str:
    """What stands in for Python's official image, which cannot be pulled everywhere: a Debian with apt and pip.

    Made once for this machine, as the base image is.
    """
    program = shutil.which("mmdebstrap")
    if program is None:
        pytest.skip("no mmdebstrap, which would make a stand-in for Python's official image")
    # Neither has the official image.
    hook = 'rm "$1"/usr/lib/python3.*/EXTERNALLY-MANAGED "$1"/usr/lib/python3.*/sitecustomize.py'
    recipe = ["--variant=apt", "--include=python3,python3-pip,ca-certificates", f"--customize-hook={hook}", "bookworm"]
    name = f"toolcrib-test-python:{hashlib.sha256(repr(recipe).encode()).hexdigest()[:12]}"
    lock = Path("/tmp") / f"toolcrib-test-python-{os.getuid()}.lock"
    with lock.open("w") as held, contextlib.closing(docker.from_env()) as engine:
        fcntl.flock(held, fcntl.LOCK_EX)
        if engine.images.list(name):
            return name
        root = lock.with_suffix(".tar")
        try:
            subprocess.run([program, "--quiet", *recipe, str(root)], check=True, timeout=900)
            repository, _, tag = name.partition(":")
            engine.api.import_image_from_file(str(root), repository=repository, tag=tag)
        finally:
            root.unlink(missing_ok=True)
    return name


def on_python_image(settings: Settings, python_image: str) -> Settings:
    """Settings with the base image that is made from that one."""
    bundle = CA_FILE if CA_FILE.exists() else None
    made = replace(settings, base_image=python_image, ca_bundle=bundle)
    said: list[str] = []
    ensure_base_image(replace(made, build_environment=dict(os.environ)), said.append)
    assert not any("going on without" in line or "instead" in line for line in said), said
    return made


@pytest.fixture(params=["as it is made here", "from an image with apt and pip"])
def rooted(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, engine: docker.DockerClient
) -> Iterator[Settings]:
    """Settings with each root, whose packages come from this machine's own index."""
    made = replace(
        settings,
        owner=f"test-{uuid.uuid4().hex}",
        images_dir=tmp_path / "images",
        build_environment=dict(os.environ),
        builds=False,
    )
    if request.param != "as it is made here":
        made = on_python_image(made, request.getfixturevalue("python_image"))
    yield made
    await_none(engine, made.owner)
    remove_images(tmp_path / "images")


def test_every_library_that_a_wheel_may_assume_is_there_and_numpy_and_pandas_run(rooted: Settings) -> None:
    assert list_missing_libraries(rooted) == []
    runner = open_runner(rooted)
    try:
        state = runner.build(PACKAGES, lambda _: None)
        assert (state.state, state.failed_imports) == ("ready", ()), state
        assert "imported: numpy, pandas" in state.log
        outcome = runner.run(job(COUNT, dependencies=PACKAGES, memory_mb=256))
        assert outcome.result is not None, outcome
        # One thread for each library, however many processors the machine has: there may be 64 in all.
        assert json.loads(outcome.result) == [200.0, 3, "2026-11-29", 1]
    finally:
        runner.close()


def test_nothing_of_a_package_runs_in_process_1_whatever_a_start_of_python_imports(
    building: Settings, index: Index, python_image: str
) -> None:
    """What begins on its own in each interpreter: sitecustomize, and what setuptools' own .pth file names."""
    trap = "import os\nif os.getpid() == 1: os._exit(9)\n"
    names = ("sitecustomize.py", "usercustomize.py", "_distutils_hack/__init__.py")
    index.add(wheel("one", "1.0", {"one.py": "", **dict.fromkeys(names, trap)}))
    runner = open_runner(on_python_image(building, python_image))
    try:
        assert runner.build(("one",), lambda _: None).state == "ready"
        source = "import subprocess\ndef main(): return subprocess.check_output(['python3', '-c', LOOK], text=True)\n"
        look = "import sys; print('_distutils_hack' in sys.modules, sys.modules['sitecustomize'].__file__, end='')"
        outcome = runner.run(job(f"{source}LOOK = {look!r}", dependencies=("one",)))
        assert outcome.result == b'"True /opt/toolcrib/site/sitecustomize.py"', "or the trap is in nobody's way"
    finally:
        runner.close()


def test_a_root_without_these_libraries_is_seen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.library_probe.LIBRARIES", (*LIBRARIES, "libabsent.so.9"))
    assert list_missing_libraries(settings) == ["libabsent.so.9"]


def test_an_image_without_apt_goes_on_without_the_libraries_and_says_so(
    settings: Settings, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another distribution's; pip, which the root need not have, is stood in for."""
    said: list[str] = []
    root = base_root.ensure_root(settings, said.append)
    monkeypatch.setattr(base_root, "_PIP", ("/bin/true",))
    monkeypatch.setattr(system_libraries, "INSTALL", system_libraries.INSTALL.replace(b"apt-get", b"no-apt-get"))
    tag = f"toolcrib-root:test-{uuid.uuid4().hex[:8]}"
    made = base_root._install_libraries(settings, root, tag, said.append)
    try:
        assert any("it has no no-apt-get" in line and "going on without them" in line for line in said)
        assert engine.images.list(tag) == [], "the next time it is tried again"
        with make_unstarted(made):
            pass
    finally:
        engine.images.remove(made, force=True)
