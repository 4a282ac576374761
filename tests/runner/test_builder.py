"""Images with tools' dependencies: locked, from wheels alone, built once, kept within a bound; failures in words."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

from runner import ImageNotReady, ImageState, Needs, Runner, Settings, ensure_base_image, open_runner
from runner.images import base_image, build_state, dependency_layer, image_build, package_resolver
from runner.images import image_queue as builder_module
from tests.package_index import Index, images_of, remove_images, wheel
from tests.waiting import eventually, patience

from .conftest import build_containers, job

pytestmark = pytest.mark.engine
quiet: list[str] = []


@pytest.fixture
def own(building: Settings) -> Settings:
    return building


@pytest.fixture
def runner(own: Settings) -> Iterator[Runner]:
    opened = open_runner(own)
    yield opened
    opened.close()


def build(runner: Runner, *dependencies: str) -> ImageState:
    return runner.build(dependencies, quiet.append)


def told(runner: Runner, source: str, *dependencies: str) -> Any:
    outcome = runner.run(job(source, dependencies=dependencies))
    assert outcome.result is not None, outcome
    return json.loads(outcome.result)


VERSION = "import one\ndef main(): return one.version"


def the_key(own: Settings) -> str:
    assert own.images_dir is not None
    [key] = [path.name for path in own.images_dir.iterdir() if path.is_dir()]
    return key


def test_a_tool_has_what_it_depends_on_and_what_that_depends_on(runner: Runner, index: Index) -> None:
    index.offer("one", requires=("two>=1",))
    index.offer("two", "1.5")
    said: list[str] = []
    assert runner.build(("One",), said.append).state == "ready"
    assert said == ["dependencies: installing One"]
    assert told(runner, "import one, two\ndef main(): return [one.version, two.version]", "One") == ["1.0", "1.5"]
    assert runner.build(("one",), said.append).state == "ready"
    assert len(said) == 1, "another spelling of the same set is the same image"


def test_a_real_package_from_this_machines_own_index(own: Settings) -> None:
    import os

    runner = open_runner(replace(own, build_environment=dict(os.environ)))
    try:
        assert build(runner, "jmespath>=1.0.1").state == "ready"
        assert (
            told(runner, "import jmespath\ndef main(): return jmespath.search('a', {'a': 1})", "jmespath>=1.0.1") == 1
        )
    finally:
        runner.close()


def test_the_address_and_the_password_of_an_index_are_used_and_kept_nowhere(
    own: Settings, index: Index, tmp_path: Path, engine: docker.DockerClient
) -> None:
    index.offer("one")
    address = index.address.replace("://", "://me:hunter2@")
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {address}\n")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    runner = open_runner(replace(own, build_environment=environment))
    try:
        assert build(runner, "one").state == "ready"
        assert "hunter2" not in build(runner, "one", "missing").log
    finally:
        runner.close()
    assert any(index.authorized)
    assert own.images_dir is not None
    for path in own.images_dir.rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes()
    for path in own.images_dir.rglob("requirements.txt"):
        assert "://" not in path.read_text()
    [name] = images_of(own.images_dir)
    image = engine.images.get(name)
    assert "hunter2" not in json.dumps([image.attrs, image.history()])
    archive = b"".join(image.save())
    assert b"hunter2" not in archive
    assert index.address.encode() not in archive


def test_a_file_that_is_not_the_one_of_the_index_is_refused(runner: Runner, index: Index) -> None:
    index.offer("one")
    index.digests["one-1.0-py3-none-any.whl"] = "0" * 64
    state = build(runner, "one")
    assert (state.state, state.fault) == ("failed", "dependencies-altered")
    assert "Hash mismatch" in state.message


def test_a_file_that_is_not_the_one_that_was_locked_is_refused(runner: Runner, own: Settings, index: Index) -> None:
    index.offer("one", body="first = True\n")
    assert build(runner, "one").state == "ready"
    assert own.images_dir is not None
    remove_images(own.images_dir)
    index.offer("one", body="import os  # another file of the same name and version\n")
    state = build(runner, "one")
    assert (state.state, state.fault) == ("failed", "dependencies-altered")
    assert build(runner, "one").state == "failed", "asking again does not help"
    assert images_of(own.images_dir) == []


def test_only_wheels_are_installed(runner: Runner, index: Index, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    setup = "from setuptools import setup\nsetup(name='one', version='1.0')"
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in {
            "setup.py": f"open({str(tmp_path / 'ran')!r}, 'w')\n{setup}",
            "PKG-INFO": "Metadata-Version: 2.1\nName: one\nVersion: 1.0\n",
        }.items():
            member = tarfile.TarInfo(f"one-1.0/{path}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    index.add(("one-1.0.tar.gz", buffer.getvalue()))
    state = build(runner, "one")
    assert state.state == "failed"
    assert "Only wheels are installed" in state.message
    assert not (tmp_path / "ran").exists()


def test_what_cannot_be_resolved_is_told_in_the_resolvers_words(runner: Runner, index: Index) -> None:
    index.offer("one")
    state = build(runner, "one>=2")
    assert (state.state, state.fault) == ("failed", "dependencies-unresolvable")
    assert "only one==1.0 is available and you require one>=2" in state.message
    assert "only one==1.0 is available" in state.log
    with pytest.raises(ImageNotReady, match=r"only one==1\.0 is available") as refused:
        runner.run(job(VERSION, dependencies=("one>=2",)))
    assert refused.value.image.state == "failed"


def test_an_index_that_is_down_is_tried_again_soon_and_what_cannot_be_had_later(
    own: Settings, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_state, "_FIRST_RETRY_SECONDS", 0.5)
    index.offer("one")
    index.down = True
    runner = open_runner(replace(own, builds=True))
    try:
        runner.prepare((), [Needs(("one",)), Needs(("other",))])
        eventually(lambda: runner.image_state(("one",)).state == "failed")
        assert runner.image_state(("one",)).fault == "dependencies-unreachable"
        index.down = False
        eventually(lambda: runner.image_state(("one",)).state == "ready")
        eventually(lambda: runner.image_state(("other",)).fault == "dependencies-unresolvable")
        asked = len(index.asked)
        index.offer("other")
        eventually(lambda: runner.image_state(("other",)).state == "failed")
        assert told(runner, VERSION, "one") == "1.0"
        assert len(index.asked) == asked
        runner.prepare((), [Needs(("one",)), Needs(("other",), saved="again")])
        eventually(lambda: runner.image_state(("other",)).state == "ready")
    finally:
        runner.close()


CHILD = """
import json, sys
from pathlib import Path
from runner import Settings, open_runner
values = json.loads(sys.argv[1])
runner = open_runner(Settings(**{**values, "images_dir": Path(values["images_dir"]), "builds": False}))
print(runner.build(("one",), lambda text: None).state, flush=True)
runner.close()
"""


def child(own: Settings) -> subprocess.Popen[str]:
    """Another process of the service, which builds."""
    values = {"owner": own.owner, "images_dir": str(own.images_dir), "build_environment": dict(own.build_environment)}
    command = [sys.executable, "-c", CHILD, json.dumps(values)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def downloads(index: Index) -> int:
    return sum(path.startswith("/files/") and path.endswith(".whl") for path in index.asked)


def test_of_several_processes_one_builds_and_the_others_wait_for_it(own: Settings, index: Index) -> None:
    index.offer("one")
    index.hold()
    children = [child(own), child(own)]
    assert index.reached.wait(30)
    with pytest.raises(subprocess.TimeoutExpired):
        children[0].wait(1.5)
    assert index.asked == ["/simple/one/"], "the other one does not resolve the same"
    index.let_go()
    assert [one.communicate(timeout=600)[0] for one in children] == ["ready\n", "ready\n"]
    assert own.images_dir is not None
    assert len(images_of(own.images_dir)) == 1
    assert index.asked.count("/simple/one/") <= 2, "once to lock, once to fetch"


def test_what_a_killed_builder_left_is_taken_over(
    own: Settings, index: Index, engine: docker.DockerClient, runner: Runner
) -> None:
    index.offer("one")
    index.hold()
    killed = child(own)
    assert index.reached.wait(30)
    killed.kill()
    killed.communicate()
    index.let_go()
    key = the_key(own)
    engine.api.create_container(str(base_image.find_image(own)), ["x"], labels={"toolcrib.build": key})
    assert len(build_containers(engine, key)) == 1
    assert build(runner, "one").state == "ready"
    assert build_containers(engine, key) == []


def test_an_image_that_is_gone_is_built_again_with_the_very_same_packages(
    runner: Runner, own: Settings, index: Index
) -> None:
    index.offer("one", "1.0")
    assert build(runner, "one").state == "ready"
    assert told(runner, VERSION, "one") == "1.0"
    index.offer("one", "2.0")
    assert own.images_dir is not None
    remove_images(own.images_dir)
    with pytest.raises(ImageNotReady) as missing:
        runner.run(job(VERSION, dependencies=("one",)))
    assert missing.value.image.state == "building"
    assert build(runner, "one").state == "ready"
    assert told(runner, VERSION, "one") == "1.0"
    remove_images(own.images_dir)
    del index.files["one"]["one-1.0-py3-none-any.whl"]
    assert build(runner, "one").state == "ready"
    assert told(runner, VERSION, "one") == "2.0", "what cannot be had any more is resolved anew"


def test_another_base_means_another_image(
    own: Settings, index: Index, tmp_path: Path, engine: docker.DockerClient
) -> None:
    index.offer("one", "1.0")
    bundle = tmp_path / "ca.pem"
    bundle.write_text(f"-----BEGIN CERTIFICATE-----\n{uuid.uuid4().hex}\n-----END CERTIFICATE-----\n")
    changed = replace(own, ca_bundle=bundle)
    runner = open_runner(own)
    assert build(runner, "one").state == "ready"
    runner.close()
    index.offer("one", "2.0")
    base = ensure_base_image(changed, quiet.append)
    runner = open_runner(changed)
    try:
        with pytest.raises(ImageNotReady):
            runner.run(job(VERSION, dependencies=("one",)))
        assert build(runner, "one").state == "ready"
        assert told(runner, VERSION, "one") == "2.0"
    finally:
        runner.close()
        assert own.images_dir is not None
        remove_images(own.images_dir)
        engine.images.remove(base, force=True)


def test_images_go_by_last_use_and_never_those_in_use_or_of_others(
    own: Settings, index: Index, tmp_path: Path, engine: docker.DockerClient
) -> None:
    for name in ("one", "two", "three", "four"):
        index.add(wheel(name, "1.0", {f"{name}.py": "version = 1", f"{name}.bin": bytes(600 * 1024)}))
    others = replace(own, images_dir=tmp_path / "others")
    strict = replace(own, images_mb=2)
    of_others, runner = open_runner(others), open_runner(strict)
    try:
        build(of_others, "one")
        for name in ("one", "two", "three"):
            assert build(runner, name).state == "ready"
        assert own.images_dir is not None
        there = dependency_layer.list_layers(build_state.name_store(own.images_dir))
        assert len(there) == 3
        told(runner, "def main(): return 1", "one")  # the one that was built first was used last
        in_use = builder_module.ImageQueue(own, lambda: base_image.find_image(own)).image_for(("two",))
        held = engine.api.create_container(in_use, ["x"])["Id"]
        try:
            assert build(runner, "four").state == "ready"
        finally:
            engine.api.remove_container(held)
        left = {name: builder_ready(own, name) for name in ("one", "two", "three", "four")}
        assert left == {"one": True, "two": True, "three": False, "four": True}
        assert len(images_of(tmp_path / "others")) == 1
    finally:
        of_others.close()
        runner.close()
        remove_images(tmp_path / "others")


def builder_ready(own: Settings, name: str) -> bool:
    try:
        return bool(builder_module.ImageQueue(own, lambda: base_image.find_image(own)).image_for((name,)))
    except ImageNotReady:
        return False


def test_when_there_is_no_room_an_image_is_built_when_it_is_asked_for(own: Settings, index: Index) -> None:
    for name in ("one", "two"):
        index.add(wheel(name, "1.0", {f"{name}.py": "version = 1", f"{name}.bin": bytes(1100 * 1024)}))
    runner = open_runner(replace(own, images_mb=1, builds=True))
    try:
        runner.prepare((), [Needs(("one",)), Needs(("two",))])
        eventually(lambda: runner.image_state(("one",)).state == "ready")
        with pytest.raises(ImageNotReady):
            runner.run(job("def main(): return 1", dependencies=("two",)))
        eventually(lambda: runner.image_state(("two",)).state == "ready")
        eventually(lambda: runner.image_state(("one",)).state == "building")
        assert told(runner, "def main(): return 1", "two") == 1
    finally:
        runner.close()


@pytest.mark.parametrize(
    "path", ["../escaped.py", "/tmp/{unique}/escaped.py", "one-1.0.data/data/../../../../escaped.py"]
)
def test_a_wheel_cannot_write_outside_of_its_folder(
    runner: Runner, own: Settings, index: Index, tmp_path: Path, path: str
) -> None:
    hostile = path.format(unique=tmp_path.name)
    index.add(wheel("one", "1.0", {"one.py": "version = 'hostile'", hostile: "escaped"}))
    build(runner, "one")
    assert not Path(f"/tmp/{tmp_path.name}").exists()
    assert [found for found in tmp_path.rglob("escaped.py") if "site" not in found.parts] == []
    if build(runner, "one").state == "ready":
        source = "import os\ndef main(): return [path for path, _, names in os.walk('/') if 'escaped.py' in names]"
        assert all(found.startswith("/opt/toolcrib/site") for found in told(runner, source, "one"))


def test_a_link_in_a_wheel_leads_nowhere(runner: Runner, index: Index, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the host")
    index.add(wheel("one", "1.0", {"one.py": "version = 1", "leak": str(secret)}, links=("leak",)))
    build(runner, "one")
    if build(runner, "one").state == "ready":
        source = "def main():\n try:\n  return open('/opt/toolcrib/site/leak').read()\n except OSError: return ''"
        assert "of the host" not in told(runner, source, "one")


def test_links_and_pipes_are_left_out_when_a_folder_is_packed(tmp_path: Path) -> None:
    import os

    site = tmp_path / "site"
    (site / "sub").mkdir(parents=True)
    (site / "sub" / "file.py").write_text("x = 1")
    (site / "link").symlink_to("/etc/passwd")
    (site / "folder").symlink_to("/etc")
    os.mkfifo(site / "pipe")
    left_out = dependency_layer._pack(site, tmp_path / "site.tar")
    assert sorted(left_out) == ["./folder", "./link", "./pipe"]
    with tarfile.open(tmp_path / "site.tar") as packed:
        assert packed.getnames() == ["opt/toolcrib/site", "opt/toolcrib/site/sub", "opt/toolcrib/site/sub/file.py"]


def test_what_unpacks_to_too_much_is_stopped(
    runner: Runner, own: Settings, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_resolver, "MOST_BYTES", 8 * 1024 * 1024)
    index.add(wheel("one", "1.0", {"one.py": "version = 1", "bomb": bytes(64 * 1024 * 1024)}))
    assert len(index.files["one"]["one-1.0-py3-none-any.whl"]) < 200_000
    state = build(runner, "one")
    assert (state.state, state.fault) == ("failed", "dependencies-too-large")


def test_no_code_of_a_package_runs_before_a_tool_imports_it(runner: Runner, index: Index) -> None:
    trap = "import os, sys; os.environ['TRAPPED'] = '1'; sys.trapped = True\n"
    index.add(
        wheel(
            "one", "1.0", {"one.py": "version = 1", "one.pth": trap, "sitecustomize.py": trap, "json/__init__.py": trap}
        )
    )
    assert build(runner, "one").state == "ready"
    assert told(runner, "import sys, json\ndef main(): return [hasattr(sys, 'trapped'), json.__file__]", "one") == [
        False,
        json_of_the_standard_library(runner),
    ]


def json_of_the_standard_library(runner: Runner) -> str:
    return str(json.loads(runner.run(job("import json\ndef main(): return json.__file__")).result or b"null"))


def test_a_package_comes_before_the_roots_library_of_that_name_and_is_compiled(runner: Runner, index: Index) -> None:
    index.add(wheel("pyyaml", "99.0", {"yaml/__init__.py": "version = 'own'"}))
    assert build(runner, "PyYAML>=7").state == "ready"
    source = "import os, yaml\ndef main(): return [yaml.version, os.path.exists(yaml.__cached__)]"
    assert told(runner, source, "PyYAML>=7") == ["own", True]
    assert json.loads(runner.run(job("import yaml\ndef main(): return yaml.safe_load('1')")).result or b"0") == 1


def test_the_end_of_the_service_ends_a_build(own: Settings, index: Index) -> None:
    index.offer("one")
    index.hold()
    runner = open_runner(replace(own, builds=True))
    runner.prepare((), [Needs(("one",))])
    assert index.reached.wait(30)
    eventually(lambda: "wanted for Python" in runner.image_state(("one",)).log)
    began = time.monotonic()
    runner.close()
    assert time.monotonic() - began < patience(5)
    assert not any(thread.name in {"toolcrib-builder", "toolcrib-build"} for thread in threading.enumerate())


def test_a_full_disk_is_told_and_tried_again_soon(
    runner: Runner, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(image_build, "find_package_sources", full)
    state = build(runner, "one")
    assert state.fault == "dependencies-not-built"
    assert "No space left on device" in state.message


def test_sandboxes_with_packages_wait_once_they_are_asked_for(own: Settings, index: Index) -> None:
    index.offer("one", body="import sys\n")
    runner = open_runner(replace(own, warm=4))
    try:
        runner.prepare((), [Needs(("one",), modules=("one",))])
        assert build(runner, "one").state == "ready"
        eventually(lambda: runner.health().sandboxes.get("waiting") == 4)
        source = "import sys\nahead = 'one' in sys.modules\ndef main(): return ahead"
        first = job(source, dependencies=("one",), imports=("one",))
        assert runner.run(first).status == "success"
        eventually(lambda: runner.health().sandboxes.get("waiting", 0) > 4)
        again = job(source, dependencies=("one",), imports=("one",))
        assert runner.run(again).result == b"true"
    finally:
        runner.close()


def test_without_a_folder_no_dependencies_can_be_had(settings: Settings) -> None:
    from runner import SandboxUnavailable

    runner = open_runner(settings)
    try:
        with pytest.raises(SandboxUnavailable, match="no folder"):
            runner.run(job(VERSION, dependencies=("one",)))
    finally:
        runner.close()


def test_a_wheel_that_is_no_archive_is_told(runner: Runner, index: Index) -> None:
    name, data = wheel("one", "1.0", {"one.py": "version = 1"})
    assert zipfile.is_zipfile(io.BytesIO(data))
    index.add((name, data[: len(data) // 2]))
    state = build(runner, "one")
    assert state.state == "failed"
    assert state.message
