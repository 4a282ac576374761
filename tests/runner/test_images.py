"""The base image: made once, keyed by its inputs, with the certificates and libraries that tools need."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from runner import SandboxUnavailable, Settings, ensure_base_image, open_runner
from runner.images import base_image
from tests.waiting import patience

from .conftest import Run, containers, job

pytestmark = pytest.mark.engine
PEM = "-----BEGIN CERTIFICATE-----\nnot a real one, {}\n-----END CERTIFICATE-----\n"


@pytest.fixture
def with_ca(settings: Settings, tmp_path: Path, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings with a CA bundle that no image knows yet; the images made for it are removed."""
    bundle = tmp_path / "ca.pem"
    bundle.write_text(PEM.format(uuid.uuid4().hex))
    before = {one.id for one in engine.images.list()}
    changed = replace(settings, owner=f"test-{uuid.uuid4().hex}", ca_bundle=bundle)
    yield changed
    made = base_image.find_image(changed)
    if made is not None and made not in before:
        engine.images.remove(made, force=True)
    assert containers(engine, changed.owner) == []


def test_the_second_time_there_is_nothing_to_do(settings: Settings) -> None:
    said: list[str] = []
    began = time.monotonic()
    ensure_base_image(settings, said.append)
    assert time.monotonic() - began < patience(0.3)
    assert said == []


def test_a_changed_ca_bundle_adds_one_layer_and_its_certificates_to_the_images_own(with_ca: Settings) -> None:
    said: list[str] = []
    ensure_base_image(with_ca, said.append)
    assert said == ["base image: adding the harness"]
    runner = open_runner(with_ca)
    outcome = runner.run(job("import os\ndef main():\n with open(os.environ['SSL_CERT_FILE']) as f: return f.read()"))
    runner.close()
    assert outcome.result is not None
    assert with_ca.ca_bundle is not None
    found = json.loads(outcome.result)
    assert found.endswith(with_ca.ca_bundle.read_text())
    assert found.count("BEGIN CERTIFICATE") > 50


def test_an_image_that_was_not_made_yet_is_said_to_be_missing(with_ca: Settings) -> None:
    runner = open_runner(with_ca)
    assert "toolcrib image" in runner.health().reason
    with pytest.raises(SandboxUnavailable, match="image is missing"):
        runner.run(job("def main(): return 1"))
    runner.close()


def test_a_ca_bundle_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match=r"gone\.pem"):
        ensure_base_image(replace(settings, ca_bundle=tmp_path / "gone.pem"), print)


def test_a_changed_harness_is_another_image(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert base_image.find_image(settings) is not None
    monkeypatch.setattr(base_image, "read_harness_files", lambda: {"main.py": b"changed"})
    assert base_image.find_image(settings) is None


def test_a_process_keeps_its_image_while_its_checkout_is_updated(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = base_image.find_image(settings)
    assert made is not None
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "main.py").write_text("changed")
    (tmp_path / "base-requirements.txt").write_text("changed")
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    assert base_image.find_image(settings) == made


def test_tools_have_their_libraries(run: Run) -> None:
    source = "import httpx, jsonschema, requests, yaml\ndef main(): return yaml.safe_load('[1]')"
    assert run(source).result == b"[1]"
