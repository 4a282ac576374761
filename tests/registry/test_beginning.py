"""``toolcrib new``: a first tool.yaml from what main.py says, and nothing lost of what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.cli.new_tool import TEMPLATES, write_first_manifest
from registry.errors import InputRefused
from registry.manifest import read_yaml
from tests.registry.test_check_command import toolcrib
from tests.repositories import Repo

TYPED = b'''
import requests
from typing import Literal, Optional


def main(
    host: str,
    ports: list[int],
    kind: Literal["a", "b"] = "a",
    limit: int | None = None,
    ratio: "float" = 0.5,
    names: Optional[tuple[str, ...]] = None,
    *,
    deep: bool = False,
    options: dict,
    anything=None,
) -> dict:
    """Looks at a host.

    Use it for one host at a time.

    :param host: The host's name.
    :param ports: Which ports
        to look at.
    :returns: What was found.
    """
'''


def manifest_of(source: bytes) -> Any:
    document = read_yaml("tool.yaml", write_first_manifest("tried", source))
    assert not document.findings
    return document.value


def test_parameters_come_from_the_signature_and_the_docstring() -> None:
    manifest = manifest_of(TYPED)
    assert manifest["description"] == "Looks at a host.\n\nUse it for one host at a time."
    assert (manifest["status"], manifest["runtime"]["network"]) == ("draft", True)
    assert manifest["returns"] == {"type": "object", "description": "What was found."}
    parameters = manifest["parameters"]
    assert parameters["required"] == ["host", "ports", "options"]
    found = {
        name: {k: v for k, v in one.items() if k != "description"} for name, one in parameters["properties"].items()
    }
    assert found == {
        "host": {"type": "string"},
        "ports": {"type": "array", "items": {"type": "integer"}},
        "kind": {"enum": ["a", "b"], "default": "a"},
        "limit": {"type": "integer"},
        "ratio": {"type": "number", "default": 0.5},
        "names": {"type": "array", "items": {"type": "string"}},
        "deep": {"type": "boolean", "default": False},
        "options": {"type": "object"},
        "anything": {},
    }
    assert parameters["properties"]["ports"]["description"] == "Which ports to look at."
    assert parameters["properties"]["kind"]["description"].startswith("Say what kind is")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_readable_manifest_or_are_refused_with_a_sentence(source: bytes) -> None:
    try:
        text = write_first_manifest("tried", source)
    except InputRefused as error:
        text, refused = b"", str(error)
    else:
        refused = ""
    assert refused.startswith("main.py:") if refused else not read_yaml("tool.yaml", text).findings


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_begins_from_a_template_has_no_error_and_is_canonical(repo: Repo, template: str) -> None:
    done = toolcrib("new", "tried", "--from", template, cwd=repo.path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(repo.path / f"tools/tried/{name}") for name in ("main.py", "tool.yaml")]
    assert toolcrib("fmt", "--check", cwd=repo.path).returncode == 0
    manifest = repo.path / "tools/tried/tool.yaml"
    assert "status: draft" in manifest.read_text()
    if template != "script":  # what that does is true as it stands
        assert "warning [placeholder]" in done.stderr
        manifest.write_text(manifest.read_text().replace("status: draft\n", ""))
        assert "error [placeholder]" in toolcrib("check", manifest.parent).stdout


def test_a_main_that_is_there_is_kept_and_read(repo: Repo) -> None:
    repo.write("tools/mine/main.py", TYPED)
    assert toolcrib("new", "mine", cwd=repo.path / "tools").returncode == 0
    assert (repo.path / "tools/mine/main.py").read_bytes() == TYPED
    assert "host:" in (repo.path / "tools/mine/tool.yaml").read_text()


def test_what_cannot_begin_is_refused_and_nothing_is_written(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.write("tools/broken/main.py", "def main(:\n")
    before = sorted(path.name for path in repo.path.rglob("*") if ".git" not in path.parts)
    for name, said in (("greet", "is a tool already"), ("Bad-Name", "cannot name a tool"), ("broken", "main.py:1:10")):
        done = toolcrib("new", name, cwd=repo.path)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    assert sorted(path.name for path in repo.path.rglob("*") if ".git" not in path.parts) == before
