"""What ``docs/mcp.md`` shows is what the service answers."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.http.mcp_services import BOTH
from tests.repositories import Repo
from tests.services import serving

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/mcp.md").read_text()


def examples() -> list[tuple[list[str], Any]]:
    """Every command with the answer that is shown below it."""
    found = re.findall(r"^\$ (curl .*)\n(\{.*\})$", DOCUMENT, re.MULTILINE)
    return [(shlex.split(command), json.loads(answer)) for command, answer in found]


def same_everywhere(answer: Any) -> Any:
    """An answer without what is another each time."""
    record = answer.get("result", {}).get("_meta", {}).get("toolcrib/execution", {})
    for name in ("id", "revision", "version", "duration_ms"):
        record.pop(name, None)
    return answer


@pytest.mark.engine
def test_every_answer_in_the_document_is_what_is_answered(repo: Repo, tmp_path: Path, engine_owner: str) -> None:
    for name in ("tools", "toolsets"):
        shutil.copytree(ROOT / name, repo.path / name, ignore=shutil.ignore_patterns("__pycache__"))
    repo.commit()
    assert len(examples()) == DOCUMENT.count("$ curl") > 4
    with serving(repo.path, tmp_path, instance=engine_owner, warm="1") as running:
        for (_, _, address, *options), shown in examples():
            url = f"http://{address.replace(':8080', f':{running.port}')}"
            headers = dict(options[at + 1].split(": ", 1) for at, one in enumerate(options) if one == "-H")
            body = options[options.index("-d") + 1]
            answer = httpx.post(url, content=body, headers={"Accept": BOTH, **headers}, timeout=600).json()
            assert same_everywhere(answer) == same_everywhere(shown)


def test_the_configurations_in_the_document_are_json() -> None:
    blocks = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    servers = [json.loads(block)["mcpServers"]["toolcrib"] for block in blocks]
    assert [sorted(server) for server in servers] == [["headers", "type", "url"], ["args", "command", "env"]]
