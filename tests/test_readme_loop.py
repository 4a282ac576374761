"""The README works as it is printed: its commands, and its loop with the real openai package and a stand-in model."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.package_index import remove_images
from tests.services import serving

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@contextmanager
def model(asked: list[dict[str, Any]]) -> Iterator[str]:
    """Answers chat completions as a model would: first it calls a tool, then it says what the tool said."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(request)
            last = request["messages"][-1]
            if last["role"] == "tool":
                message: dict[str, Any] = {"role": "assistant", "content": f"It is {last['content']}"}
            else:
                function = {"name": "calculate", "arguments": '{"expression": "2 ** 10 / 3"}'}
                calls = [{"id": "call_1", "type": "function", "function": function}]
                message = {"role": "assistant", "content": None, "tool_calls": calls}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            body = json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.engine
def test_the_loop_of_the_readme_finds_calls_and_answers_and_its_commands_print_what_is_shown(
    tmp_path: Path, engine_owner: str
) -> None:
    [program] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    asked: list[dict[str, Any]] = []
    with serving(ROOT, tmp_path, instance=engine_owner, state_dir=str(tmp_path)) as service, model(asked) as address:
        program = program.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{service.port}")
        environment = os.environ | {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": address}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False, timeout=600
        )
        offered = service.get("/api/v1/llm/tools").json()["tools"]
        shown = [(command, run_shown(command, service.port)) for command, _ in commands()]
    remove_images(tmp_path / "images")
    assert done.returncode == 0, done.stderr
    assert "341.33" in done.stdout
    assert asked[0]["tools"] == offered
    assert len(shown) == README.count("$ curl") > 2
    for (_, printed), (command, found) in zip(commands(), shown, strict=True):
        assert same_everywhere(found) == same_everywhere(printed), command


def commands() -> list[tuple[str, str]]:
    """Every curl of the README with the one line that is printed below it."""
    return re.findall(r"^\$ (curl (?:.*\n)(?: {4}.*\n)*)(\{.*)$", README, re.MULTILINE)


def run_shown(command: str, port: int) -> str:
    """What a command of the README prints, asked of the service at this port."""
    here = command.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{port}")
    done = subprocess.run(["bash", "-c", here], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def same_everywhere(line: str) -> str:
    """A printed line without what is another each time."""
    line = re.sub(r'"(execution_id|revision)":"[0-9a-f]+"', r'"\1":"…"', line)
    return re.sub(r'"(duration_ms|queue_ms|version)":[0-9.]+', r'"\1":0', line)
