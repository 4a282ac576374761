"""The shipped tools do in the sandbox what their examples say, and reach servers on the network from there."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from registry.audit import Execution, migrate_database
from registry.catalog import Catalog
from registry.checks.folder_checks import check_paths
from registry.config import Config
from registry.executions import Call
from registry.gitrepo import open_repository
from registry.model import Example, Tool
from registry.service import Service, find_database_url, open_service
from tests.package_index import remove_images

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.parent.name for path in ROOT.glob("tools/*/tool.yaml"))


@pytest.fixture
def service(tmp_path: Path, engine_owner: str) -> Iterator[Service]:
    settings = {"REPO": ROOT, "STATE_DIR": tmp_path, "INSTANCE": engine_owner, "WATCH": "off"}
    environment = {f"TOOLCRIB_{name}": str(value) for name, value in settings.items()}
    if "TOOLCRIB_CA_BUNDLE" in os.environ:
        environment["TOOLCRIB_CA_BUNDLE"] = os.environ["TOOLCRIB_CA_BUNDLE"]
    config = Config.from_environment(environment)
    migrate_database(find_database_url(config, open_repository(config)))
    opened = open_service(config)
    yield opened
    opened.close()
    remove_images(tmp_path / "images")


def invoke(service: Service, tool: Tool, arguments: Any) -> Execution:
    return service.executions.invoke(service.state.current(), Call(tool, arguments))


def test_the_shipped_tools_have_no_finding() -> None:
    assert [one.findings for one in check_paths([ROOT / "tools"]) if one.findings] == []
    assert len(NAMES) >= 12


@pytest.mark.engine
@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_true_in_the_sandbox(service: Service, name: str) -> None:
    catalog: Catalog = service.state.current()
    tool = catalog.find(name)
    assert tool.manifest.examples, "a tool without an example proves nothing"
    if not tool.invocable:
        assert tool.manifest.runtime.secrets, "only what misses a secret may be shipped as a draft"
        return
    if tool.manifest.runtime.dependencies:
        assert service.runner.build(tool.manifest.runtime.dependencies, print).state == "ready"
    for example in tool.manifest.examples:
        check(invoke(service, tool, example.arguments), example, tool)


def check(found: Execution, example: Example, tool: Tool) -> None:
    if example.expects == "error":
        assert (found.error or {}).get("kind") == example.expected, found
        return
    assert found.success, f"{example.name}: {found.error}"
    if example.expects == "result":
        assert found.result == example.expected, example.name
    elif example.expects == "matches":
        jsonschema.Draft202012Validator(example.expected).validate(found.result)


def find_gateway() -> str:
    """The host's address on the sandboxes' own bridge: the one that a sandbox and a test both reach."""
    listed = subprocess.run(["docker", "network", "inspect", "toolcrib"], capture_output=True, text=True, check=True)
    gateway: str = json.loads(listed.stdout)[0]["IPAM"]["Config"][0]["Gateway"]
    return gateway


@contextmanager
def server_on_the_bridge() -> Iterator[str]:
    """A web server on the gateway of the sandboxes' own bridge."""
    gateway = find_gateway()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"path": self.path}).encode())

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with http.server.ThreadingHTTPServer((gateway, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"{gateway}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.engine
def test_the_network_reaches_a_server_unless_the_tool_goes_without(service: Service) -> None:
    catalog = service.state.current()
    # The first sandbox with a network makes the bridge.
    refused = invoke(service, catalog.find("tcp_check"), {"host": "localhost", "ports": [1]})
    assert refused.result["ports"][0]["state"] == "refused"
    with server_on_the_bridge() as address:
        host, _, port = address.partition(":")
        answer = invoke(service, catalog.find("http_request"), {"url": f"http://{address}/some/path"})
        assert answer.success, answer.error
        assert "/some/path" in json.dumps(answer.result)
        assert invoke(service, catalog.find("tcp_check"), {"host": host, "ports": [int(port)]}).result["all_open"]
