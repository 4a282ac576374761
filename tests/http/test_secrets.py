"""Secrets over the whole line: what a tool does with one, no answer, no record, no log and no process shows."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from registry.cli.examination import ExaminedLine, examine_setup
from registry.config import Config
from registry.http.contract.body_shapes import get_validator
from registry.secrets import REDACTED, Redactor, secret_grants
from tests.http.conftest import app_client
from tests.http.mcp_services import Talk, messages
from tests.http.test_unattended import execute, follow, logged
from tests.repositories import Repo
from tests.services import Running, Served, serving_tools
from tests.waiting import patience

ANY = "{type: object, properties: {}, additionalProperties: true}"
VALUE = f'p4ss/w+rd"{uuid.uuid4().hex}=&ü'
LEAKY = """\
import base64, json, os, sys, time
from urllib.parse import quote

def main(way="", **given):
    value = os.environ["API_TOKEN"]
    encoded = base64.b64encode(b"user:" + value.encode()).decode()
    if way == "print":
        print(value, encoded, quote(value), json.dumps({"a": value}), repr(value), given)
    if way == "split":
        for stream in (sys.stdout, sys.stderr):
            for piece in ("begin ", value[:20], value[20:], " end\\n"):
                stream.write(piece)
                stream.flush()
                time.sleep(0.4)
    if way == "bytes":
        for byte in value.encode():
            os.write(1, bytes([byte]))
    if way == "raise":
        raise ValueError(f"cannot use {value}") from KeyError(encoded)
    if way == "exit":
        sys.exit(f"cannot use {value}")
    if way == "flood":
        print("x" * (256 * 1024 - 30) + value * 100)
    if way == "long":
        return {"text": "x" * 90 + value + "y" * 300, "other": object()}
    if way == "deep":
        return {"k" * 190: {value: {"m" * 190: {"n" * 250: object()}}}}
    if way == "nan":
        return {value: float("nan"), "other": object()}
    if way == "sleep":
        time.sleep(3)
    return {"greeting": "ok", value: [1, {"x" + value: encoded}], "given": given}
"""
STRICT = "import os\ndef main():\n    return {'greeting': 7, os.environ['API_TOKEN']: os.environ['API_TOKEN']}\n"
TWICE = """\
import json, os
key = json.dumps(os.environ["API_TOKEN"])
print("{" + key + ": 1, " + key + ": 2}")
"""
WAYS = ("print", "split", "bytes", "raise", "exit", "flood", "nan", "long", "deep", "return")
FORMS = {
    VALUE.encode(),
    json.dumps(VALUE)[1:-1].encode(),
    json.dumps(VALUE, ensure_ascii=False)[1:-1].encode(),
    quote(VALUE).encode(),
    base64.b64encode(b"user:" + VALUE.encode()).rstrip(b"=")[8:-1],
    VALUE[10:20].encode(),  # within what no escaping changes, and before where the tool splits it
}


def plant(repo: Repo) -> None:
    """Tools that are careless with a secret, or get none."""
    runtime = "{secrets: [API_TOKEN]}"
    repo.tool("leaky", main=LEAKY, parameters=ANY, returns="{type: object}", runtime=runtime)
    closed = "{type: object, properties: {greeting: {type: string}}, additionalProperties: false}"
    repo.tool("strict", main=STRICT, parameters=ANY, returns=closed, runtime=runtime)
    repo.tool("twice", main=TWICE, parameters=ANY, runtime=runtime)
    repo.tool("other", parameters=ANY, main="def main(**given): return {'greeting': 'ok'}", runtime=runtime)
    repo.tool("plain", parameters=ANY, main="import os\ndef main(): return {'names': sorted(os.environ)}\n")


@pytest.fixture
def secrets_file(repo: Repo, tmp_path: Path) -> Path:
    plant(repo)
    repo.commit()
    return granting(tmp_path)


def granting(folder: Path) -> Path:
    """A secrets file that grants the secret to some of these tools."""
    file = folder / "secrets.yaml"
    file.touch(0o600)
    file.write_text(f"API_TOKEN: {{value: {json.dumps(VALUE)}, tools: [leaky, strict, twice, plain]}}\n")
    return file


def found_in(shown: bytes) -> set[bytes]:
    return {form for form in FORMS if form in shown}


def kept(folder: Path) -> bytes:
    """Every byte that the service keeps: the database and what lies beside it."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def leaks(client: FlaskClient) -> dict[str, bytes]:
    """What every way to be careless with a secret answers, by its name."""
    answers = {}
    for name, way in [*(("leaky", way) for way in WAYS), ("strict", ""), ("twice", "")]:
        arguments = {"way": way, "echo": VALUE} if name == "leaky" else {}
        body = {"arguments": arguments, "caller_id": f"agent {VALUE}"}
        until = time.monotonic() + patience(60)
        # A busy machine may be late with a sandbox; then nothing ran.
        while (answer := client.post(f"/api/v1/llm/tools/{name}/invoke", json=body)).status_code == 503:
            assert time.monotonic() < until, answer.text
        assert answer.status_code == 200, answer.text
        assert get_validator("InvokeAnswer").faults(answer.get_json()) == ()
        record = client.get(f"/api/v1/executions/{answer.get_json()['execution_id']}")
        answers[way or name] = answer.data + record.data
    return answers


@pytest.mark.engine
def test_no_answer_and_no_record_shows_a_value(
    repo: Repo, tmp_path: Path, engine_owner: str, secrets_file: Path
) -> None:
    state = tmp_path / "state"
    with app_client(repo.path, secrets_file=str(secrets_file), instance=engine_owner, state_dir=str(state)) as client:
        answers = leaks(client)
        assert {way: found_in(shown) for way, shown in answers.items()} == {way: set() for way in answers}
        assert all(REDACTED.encode() in shown for shown in answers.values())
        assert found_in(kept(state)) == set()
        result = client.post("/api/v1/llm/tools/leaky/invoke", json={"arguments": {"way": "x"}}).get_json()["result"]
        assert result[REDACTED][0] == 1, "only the value is hidden"


@pytest.mark.engine
def test_with_redaction_switched_off_the_same_search_finds_the_value_everywhere(
    repo: Repo, tmp_path: Path, engine_owner: str, secrets_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_grants, "Redactor", lambda values=(): Redactor())
    state = tmp_path / "state"
    with app_client(repo.path, secrets_file=str(secrets_file), instance=engine_owner, state_dir=str(state)) as client:
        assert all(map(found_in, leaks(client).values()))
        assert VALUE.encode() in kept(state)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("secrets")
    settings = {"secrets_file": str(granting(folder)), "state_dir": str(folder / "state"), "log_level": "debug"}
    with serving_tools(plant, folder, warm="2", **settings) as started:
        yield started


@pytest.fixture
def service(served: Served) -> Running:
    return served.running


@pytest.mark.engine
def test_no_live_log_shows_the_beginning_of_a_value_and_what_was_shown_stays(service: Running) -> None:
    location = execute(service, "leaky", way="split")
    events: list[tuple[str, str, Any]] = follow(service, location)
    record = service.get(location)
    for stream in ("stdout", "stderr"):
        assert logged(events, stream) == record.json()[stream] == f"begin {REDACTED} end\n"
    assert found_in(json.dumps(events, ensure_ascii=False).encode() + record.content) == set()
    assert next(data["text"] for name, _, data in events if name == "log") == "begin ", "what is no secret comes live"
    assert found_in(kept(service.log.parent / "state") + service.log.read_bytes()) == set()


@pytest.mark.engine
def test_no_progress_and_no_result_of_mcp_shows_a_value(service: Running) -> None:
    talk = Talk(f"http://127.0.0.1:{service.port}/mcp")
    for way in ("print", "split", "bytes", "raise", "exit"):
        call = {"name": "leaky", "arguments": {"way": way}, "_meta": {"progressToken": way}}
        answer = talk.stateless("tools/call", call)
        assert found_in(answer.content) == set(), way
        *progress, last = messages(answer)
        assert "toolcrib/execution" in last["result"]["_meta"], "it ran"
        if way == "split":
            assert f"begin {REDACTED} end" in [line["params"]["message"] for line in progress]


@pytest.mark.engine
def test_no_process_of_the_machine_shows_a_value(service: Running) -> None:
    location = execute(service, "leaky", way="sleep")
    until = time.monotonic() + patience(20)
    while service.get(location).json()["status"] == "pending":
        assert time.monotonic() < until
    for file in [*Path("/proc").glob("[0-9]*/environ"), *Path("/proc").glob("[0-9]*/cmdline")]:
        with suppress(OSError):
            assert found_in(file.read_bytes()) == set(), file
    assert service.get(location).json()["status"] == "running", "it was looked at while the tool had the secret"
    assert service.post(f"{location}/cancel", None).status_code == 202


@pytest.mark.engine
def test_a_tool_without_its_secret_is_refused_before_anything_starts(service: Running) -> None:
    secrets_file = service.log.parent / "secrets.yaml"
    refused = [service.invoke("other"), service.post("/api/v1/tools/other/execute", {"arguments": {}})]
    for answer in refused:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        problem = answer.json()
        assert get_validator("Problem").faults(problem) == ()
        assert problem["type"] == "urn:toolcrib:problem:secret-missing"
        [fault] = problem["errors"]
        assert (fault["pointer"], fault["code"]) == ("/runtime/secrets/0", "secret-missing")
        assert "API_TOKEN: it is not granted to this tool" in problem["detail"]
    assert service.get("/api/v1/executions?tool=other").json()["total"] == 0, "nothing ran, nothing is on record"
    names = service.invoke("plain").json()["result"]["names"]
    assert "API_TOKEN" not in names, "granted, but not declared"
    granted = secrets_file.read_text()
    secrets_file.write_text(granted.replace("leaky,", "leaky, other,"))
    assert service.invoke("other").json()["success"], "a grant needs no restart"
    secrets_file.write_text(granted)


def test_a_tool_shows_which_secrets_it_gets_and_readyz_why_not(repo: Repo, secrets_file: Path) -> None:
    with app_client(repo.path, secrets_file=str(secrets_file)) as client:

        def shown(name: str) -> tuple[object, str]:
            answer = client.get(f"/api/v1/tools/{name}")
            assert get_validator("Tool").faults(answer.get_json()) == ()
            return answer.get_json()["secrets"], answer.headers["ETag"]

        granted, tag = shown("leaky")
        assert granted == [{"name": "API_TOKEN", "granted": True}]
        assert shown("other")[0] == [{"name": "API_TOKEN", "granted": False}]
        assert shown("plain")[0] == []
        check = client.get("/readyz").get_json()["checks"]["secrets"]
        assert check == {"ok": True, "detail": "1 in the secrets file; not granted: other (API_TOKEN)"}
        secrets_file.chmod(0o644)
        assert shown("leaky")[0] == [{"name": "API_TOKEN", "granted": False}]
        assert shown("leaky")[1] != tag
        ready = client.get("/readyz")
        assert (ready.status_code, ready.get_json()["status"]) == (200, "degraded")
        assert "chmod 600" in ready.get_json()["checks"]["secrets"]["detail"]


def test_doctor_says_what_is_wrong_with_the_secrets_and_no_value(repo: Repo, secrets_file: Path) -> None:
    def told() -> ExaminedLine:
        config = Config.from_environment({"TOOLCRIB_REPO": str(repo.path), "TOOLCRIB_SECRETS_FILE": str(secrets_file)})
        return next(line for line in examine_setup(config) if line.subject == "secrets")

    assert told() == ExaminedLine("secrets", ok=True, found="1 in the secrets file; not granted: other (API_TOKEN)")
    secrets_file.write_text(f"API_TOKEN: {json.dumps(VALUE)}\nB: {{}}\n")
    assert not told().ok
    assert told().found.startswith("TOOLCRIB_SECRETS_FILE: 1:12: A secret is a mapping")
    assert "2:1:" in told().found, "every fault at once"
    assert found_in(told().found.encode()) == set()
