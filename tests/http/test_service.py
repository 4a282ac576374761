"""The service as it is shipped: real gunicorn with its own configuration, a real repository, a real engine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from registry.http.contract.body_shapes import get_validator
from tests.repositories import MAIN, Repo
from tests.services import Running, Served, free_port, serving, serving_tools
from tests.waiting import eventually, patience

ANY = "{type: object, properties: {}, additionalProperties: true}"
SCRIPT = """\
import json, sys

given = json.load(sys.stdin)
print("a line of log", file=sys.stderr)
json.dump({"greeting": "hello " + given["name"]}, sys.stdout)
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_tools(plant, tmp_path_factory.mktemp("service"), warm="2") as served:
        yield served


@pytest.fixture
def service(shared: Served) -> Iterator[Running]:
    """The service, on its repository as it was at first."""
    yield shared.running
    shared.restore()


def plant(repo: Repo) -> None:
    """Tools that end in every way."""
    repo.tool("greet")
    repo.tool("greet_script", main=SCRIPT)
    repo.tool(
        "slow", main="import time\ndef main():\n    time.sleep(60)\n", parameters=ANY, runtime="{timeout_seconds: 1}"
    )
    repo.tool("raises", main="def main():\n    raise ValueError('no such thing')\n", parameters=ANY)
    repo.tool("exits", main="import sys\nsys.exit(3)\n", parameters=ANY)
    repo.tool("endless", main="def main():\n    while True:\n        print('x' * 1000)\n", parameters=ANY)
    repo.tool("wrong", main="def main():\n    return {'greeting': 7}\n", parameters=ANY)
    repo.tool(
        "secretive",
        main="def main(password):\n    return {'greeting': 'ok'}\n",
        parameters="{type: object, properties: {password: {type: string, description: A word., writeOnly: true}}, "
        "required: [password]}",
    )


@pytest.mark.engine
def test_the_whole_line_from_a_folder_to_a_recorded_call(service: Running) -> None:
    ends = {
        "greet": ("success", None),
        "greet_script": ("success", None),
        "raises": ("failed", "script_error"),
        "exits": ("failed", "exit"),
        "slow": ("timeout", "timeout"),
        "endless": ("failed", "output_limit"),
        "wrong": ("failed", "invalid_result"),
    }
    for name, (status, kind) in ends.items():
        arguments = {"name": "Ada"} if name.startswith("greet") else {}
        answer = service.invoke(name, **arguments)
        assert answer.status_code == 200
        body = answer.json()
        assert get_validator("InvokeAnswer").faults(body) == ()
        assert (body["status"], (body["error"] or {}).get("kind")) == (status, kind), body
        assert body["success"] == (status == "success")
        record = service.get(f"/api/v1/executions/{body['execution_id']}").json()
        assert get_validator("Execution").faults(record) == ()
        assert (record["status"], record["tool"], record["result"]) == (status, name, body["result"])
    assert service.invoke("greet", name="Ada", times=2).json()["result"] == {"greeting": "hello Ada hello Ada"}
    assert service.invoke("greet_script", name="Ada").json()["stderr"] == "a line of log\n"
    page = service.get("/api/v1/executions?status=timeout").json()
    assert get_validator("ExecutionPage").faults(page) == ()
    assert {one["tool"] for one in page["items"]} == {"slow"}


@pytest.mark.engine
def test_a_caller_may_shorten_the_limit_and_name_itself(service: Running) -> None:
    url = f"http://127.0.0.1:{service.port}/api/v1/llm/tools/slow/invoke"
    body = {"arguments": {}, "timeout_seconds": 0.3, "caller_id": "agent 7", "trace_id": "t-1"}
    answer = httpx.post(url, json=body, timeout=600).json()
    assert answer["status"] == "timeout"
    assert 250 <= answer["duration_ms"] <= patience(900)
    [found] = service.get("/api/v1/executions?caller_id=agent+7&trace_id=t-1").json()["items"]
    assert found["id"] == answer["execution_id"]


@pytest.mark.engine
def test_what_is_marked_write_only_is_not_on_record(service: Running) -> None:
    execution = service.invoke("secretive", password="hunter2").json()["execution_id"]
    record = service.get(f"/api/v1/executions/{execution}")
    assert record.json()["arguments"] == {"password": "[redacted]"}
    assert "hunter2" not in record.text
    assert "hunter2" not in service.log.read_text()


@pytest.mark.engine
def test_a_message_that_cannot_be_written_down_does_not_make_a_refusal_of_a_run(
    service: Running, shared: Served
) -> None:
    repo = shared.repo
    repo.tool("unsayable", main="def main():\n    raise ValueError('bad \\ud800')\n", parameters=ANY)
    repo.commit()
    answer = service.invoke("unsayable")
    assert (answer.status_code, answer.json()["status"]) == (200, "failed")
    assert service.get(f"/api/v1/executions/{answer.json()['execution_id']}").json()["status"] == "failed"


@pytest.mark.engine
def test_a_second_start_changes_nothing_for_the_first(service: Running, shared: Served) -> None:
    location = service.post("/api/v1/tools/slow/execute", {"arguments": {}}).headers["Location"]
    toolcrib = str(Path(sys.executable).with_name("toolcrib"))
    environment = {"PATH": "/usr/bin:/bin", "TOOLCRIB_INSTANCE": shared.owner, "TOOLCRIB_REPO": str(shared.repo.path)}
    done = subprocess.run([toolcrib, "serve"], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    assert "serves this repository already" in done.stderr
    eventually(lambda: service.get(location).json()["status"] == "timeout")


@pytest.mark.engine
def test_calls_at_once_all_end_and_each_is_on_record_once(service: Running) -> None:
    answers: list[dict[str, object]] = []
    before = service.get("/api/v1/executions?tool=greet&status=success").json()["total"]

    def call(number: int) -> None:
        answers.append(service.invoke("greet", name=f"n{number}").json())

    threads = [threading.Thread(target=call, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {json.dumps(one["result"]) for one in answers} == {f'{{"greeting": "hello n{n}"}}' for n in range(12)}
    assert service.get("/api/v1/executions?tool=greet&status=success").json()["total"] == before + 12


@pytest.mark.engine
def test_an_uncommitted_change_is_what_runs(service: Running, shared: Served) -> None:
    shared.repo.write("tools/greet/main.py", MAIN.replace("hello", "good day"))
    eventually(lambda: service.get("/api/v1/tools/greet").json()["uncommitted"], 20)
    eventually(lambda: service.invoke("greet", name="Ada").json()["result"] == {"greeting": "good day Ada"}, 20)


@pytest.mark.engine
def test_the_command_line_invokes_the_same_way(repo: Repo, engine_owner: str) -> None:
    repo.tool("greet")
    repo.tool("raises", main="def main():\n    raise ValueError('no such thing')\n", parameters=ANY)
    repo.commit()
    toolcrib = str(Path(sys.executable).with_name("toolcrib"))
    environment = {
        "PATH": "/usr/bin:/bin:/usr/sbin",
        "TOOLCRIB_REPO": str(repo.path),
        "TOOLCRIB_INSTANCE": engine_owner,
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([toolcrib, *words], capture_output=True, text=True, check=False, env=environment)

    done = run("invoke", "greet", "--arguments", '{"name": "Ada"}')
    assert (done.returncode, json.loads(done.stdout)) == (0, {"greeting": "hello Ada"}), done.stderr
    failed = run("invoke", "raises")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "no such thing" in failed.stderr
    refused = run("invoke", "greet", "--arguments", '{"name": 1, "times": 99}')
    assert refused.returncode == 2
    assert "/name" in refused.stderr
    assert "/times" in refused.stderr
    unknown = run("invoke", "greeet")
    assert (unknown.returncode, "did you mean greet?" in unknown.stderr) == (2, True), unknown.stderr


@pytest.mark.service
def test_a_folder_appears_within_a_second_and_a_commit_in_the_next_answer(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.commit()
    with serving(repo.path, tmp_path, workers="3") as service:
        for number in range(5):
            repo.tool(f"tool_{number}")
            revision = repo.commit()
            # Each answer may come from another worker; none may be behind.
            for _ in range(6):
                answer = service.get("/api/v1/tools").json()
                assert (answer["revision"], answer["total"]) == (revision, number + 2)
        repo.tool("dropped_in")
        began = time.monotonic()
        eventually(lambda: all(service.get("/api/v1/tools/dropped_in").status_code == 200 for _ in range(6)), 20)
        print(f"seen by every worker after {time.monotonic() - began:.2f} s")
        repo.write("tools/broken/tool.yaml", "name: [\n")
        eventually(lambda: service.get("/api/v1/tools/broken").status_code == 200, 20)
        assert service.get("/api/v1/tools/broken").json()["findings"]
        assert len(service.get("/api/v1/llm/tools").json()["tools"]) == 7


@pytest.mark.service
def test_without_an_engine_everything_but_invoking_works(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.commit()
    environment_socket = f"unix://{tmp_path}/no-engine.sock"
    command = [
        "env", f"DOCKER_HOST={environment_socket}", str(Path(sys.executable).with_name("toolcrib")), "serve",
    ]  # fmt: skip
    with serving(repo.path, tmp_path, command) as service:
        assert len(service.get("/api/v1/llm/tools").json()["tools"]) == 1
        began = time.monotonic()
        answer = service.invoke("greet", name="Ada")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert int(answer.headers["retry-after"]) == 5
        assert answer.json()["detail"].endswith("Nothing ran; try again in 5 s."), "words that a model can use"
        assert "docker info" not in answer.text
        assert time.monotonic() - began < patience(10)
        begun = service.post("/api/v1/tools/greet/execute", {"arguments": {"name": "Ada"}})
        assert (begun.status_code, begun.json()["detail"]) == (503, answer.json()["detail"])
        ready = service.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert "docker info" in ready.json()["checks"]["sandbox"]["detail"], "words for who runs the service"
        assert get_validator("Health").faults(ready.json()) == ()
        invoking = service.get("/readyz?for=invoke")
        assert (invoking.status_code, invoking.json()["status"]) == (503, "failing")
        assert get_validator("Health").faults(invoking.json()) == ()
        assert service.get("/readyz?for=read").status_code == 200
        assert service.get("/api/v1/executions").json()["total"] == 0, "what did not run is not on record"
        assert service.get("/livez").json() == {"status": "ok"}


@pytest.mark.engine
def test_where_public_egress_cannot_be_had_tools_with_network_are_refused_and_others_run(
    repo: Repo, tmp_path: Path, engine_owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.tool("greet")
    repo.tool("offline", runtime="{network: false}")
    repo.commit()
    # As iptables answers to who is not root.
    program = tmp_path / "bin" / "iptables-save"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'Permission denied (you must be root)' >&2\nexit 4\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    with serving(repo.path, tmp_path, egress="public", instance=engine_owner, warm="2") as service:
        ready = service.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert service.get("/readyz?for=invoke").status_code == 200, "some tools can run"
        assert "start it as root" in ready.json()["checks"]["sandbox"]["detail"]
        answer = service.invoke("greet", name="Ada")
        assert answer.status_code == 503
        assert "you must be root" in answer.json()["detail"]
        later = service.post("/api/v1/tools/greet/execute", {"arguments": {"name": "Ada"}})
        assert later.status_code == 503
        assert service.get("/api/v1/executions").json()["total"] == 0
        assert service.invoke("offline", name="Ada").json()["result"] == {"greeting": "hello Ada"}
    command = [str(Path(sys.executable).with_name("toolcrib")), "doctor"]
    environment = {**os.environ, "TOOLCRIB_REPO": str(repo.path), "TOOLCRIB_EGRESS": "public"}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    line = next(line for line in told.stdout.splitlines() if "egress" in line.split()[:2])
    assert line.startswith("FAIL")
    assert "asked public" in line
    assert "start it as root" in line


@pytest.mark.service
def test_endless_and_oversized_bodies_are_refused_by_the_real_server(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.commit()
    with serving(repo.path, tmp_path) as service:
        chunked = ("Transfer-Encoding: chunked", b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        announced = ("Content-Length: 99999999", b" " * 65536)
        whole = b" " * (1024 * 1024 - 1) + b"{}"
        for framing, body in (
            ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(whole), whole)),
            (f"Content-Length: {len(whole)}", whole),
        ):
            with socket.create_connection(("127.0.0.1", service.port), timeout=600) as connection:
                head = "POST /api/v1/llm/tools/greet/invoke HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                connection.sendall(f"{head}Content-Type: application/json\r\n{framing}\r\n\r\n".encode() + body)
                assert b" 413 " in connection.recv(4096).split(b"\r\n")[0], framing
        for framing, piece in (chunked, announced):
            with socket.create_connection(("127.0.0.1", service.port), timeout=600) as connection:
                head = "POST /api/v1/llm/tools/greet/invoke HTTP/1.1\r\nHost: localhost\r\n"
                connection.sendall(f"{head}Content-Type: application/json\r\n{framing}\r\n\r\n".encode())
                sent = 0
                try:
                    while sent < 64 * len(piece):  # far over the bound, and the end never comes
                        connection.sendall(piece)
                        sent += len(piece)
                    answer = connection.recv(4096)
                except (BrokenPipeError, ConnectionResetError):
                    answer = b"closed"
                assert answer == b"closed" or b" 413 " in answer.split(b"\r\n")[0], answer
        assert service.get("/livez").status_code == 200


@pytest.mark.service
def test_nothing_is_imported_from_the_folder_that_is_served(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = "import pathlib\npathlib.Path(__file__).with_name('imported').touch()\nraise SystemExit('trapped')\n"
    for name in ("registry", "runner", "flask", "gunicorn", "json", "yaml", "git", "docker", "click"):
        repo.write(f"{name}/__init__.py", trap)
        repo.write(f"{name}.py", trap)
    repo.tool("greet")
    monkeypatch.chdir(repo.path)
    with serving(Path(), tmp_path) as service:
        assert service.get("/api/v1/tools").json()["total"] == 1
    assert list(repo.path.rglob("imported")) == []


def test_a_port_that_is_taken_ends_the_command_with_a_message(repo: Repo, tmp_path: Path) -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        toolcrib = str(Path(sys.executable).with_name("toolcrib"))
        done = subprocess.run(
            [toolcrib, "serve", "--repo", str(repo.path), "--port", str(port)],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
    assert done.returncode != 0
    assert "in use" in done.stderr.lower()
