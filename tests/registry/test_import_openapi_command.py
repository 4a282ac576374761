"""`toolcrib import --openapi` with the real command, a real web server, and a real sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.audit import migrate_database
from registry.config import Config
from registry.executions import Call
from registry.gitrepo import open_repository
from registry.service import Service, find_database_url, open_service
from tests.api_server import Answers, ApiServer, Asked, run_api_server
from tests.registry.test_check_command import toolcrib
from tests.registry.test_import_openapi import DOCUMENTS, large_document
from tests.repositories import Repo
from tests.tools.test_examples_in_the_sandbox import find_gateway

PETS = (DOCUMENTS / "pets_3_0.json").read_bytes()


def serve_document(api: ApiServer, data: bytes) -> str:
    """Have the server answer with a document at one address, and at another send there."""

    def decide(asked: Asked) -> Answers:
        if asked.target == "/moved.json":
            return Answers(302, b"", headers={"Location": "/docs/api.json"})
        if asked.target == "/evil.json":
            return Answers(302, b"", headers={"Location": "file:///etc/hostname"})
        if asked.target == "/docs/api.json":
            return Answers(body=data)
        if asked.target.endswith("/photo"):
            return Answers(body=b"\x89PNG", mime="image/png")
        return Answers(body=json.dumps({"path": asked.target, "key": asked.headers.get("api_key")}).encode())

    api.decide = decide
    return f"{api.address}/docs/api.json"


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with run_api_server() as server:
        yield server


def test_chosen_operations_of_a_document_on_the_web_become_sound_folders(repo: Repo, api: ApiServer) -> None:
    address = serve_document(api, PETS).replace("/docs/api.json", "/moved.json")
    done = toolcrib("import", "--openapi", address, "--tag", "pet", "--method", "get", cwd=repo.path)
    assert done.returncode == 0, done.stderr
    names = ["find_pets_by_status", "get_pet_by_id", "get_photo"]
    assert sorted(Path(line).name for line in done.stdout.splitlines()) == names
    assert "Needs PET_SHOP_API_KEY in the secrets file: the header api_key." in done.stderr
    assert f'server="{api.address}/api/v3"' in (repo.path / "tools/get_photo/main.py").read_text()
    checked = toolcrib("check", cwd=repo.path)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout
    assert [asked.target for asked in api.asked] == ["/moved.json", "/docs/api.json"], "no operation was called"
    again = toolcrib("import", "--openapi", address, "--operation", "getPhoto", cwd=repo.path)
    assert again.returncode == 1
    assert "is there already" in again.stderr


def test_what_is_true_of_most_tools_is_said_once(repo: Repo, tmp_path: Path) -> None:
    operations = {f"/x{number}": {"get": {"summary": f"Gets number {number}"}} for number in range(5)}
    document = {"openapi": "3.1.0", "info": {}, "servers": [{"url": "https://a.example"}], "paths": operations}
    (tmp_path / "api.json").write_text(json.dumps(document))
    done = toolcrib("import", "--openapi", str(tmp_path / "api.json"), cwd=repo.path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("It is called without credentials") == 1
    assert "5 of 5 tools: It is called without credentials; --auth bearer" in done.stderr


def test_a_shared_package_that_is_there_is_kept_and_told(repo: Repo, api: ApiServer) -> None:
    kept = repo.write(
        "tools/_shared/openapi_call/__init__.py", "def call(operation, arguments): ...\nOperation = print\n"
    )
    done = toolcrib(
        "import",
        "--openapi",
        serve_document(api, PETS),
        "--operation",
        "deletePet",
        "--operation",
        "addPet",
        cwd=repo.path,
    )
    assert done.stderr.count(f"{kept.parent} is kept as it is") == 1
    assert "Operation = print" in kept.read_text()
    assert (repo.path / "tools/_shared/http_exchange/__init__.py").is_file()


def test_a_large_document_wants_a_choice_and_a_dry_run_lists_it(repo: Repo, tmp_path: Path) -> None:
    document = tmp_path / "large.json"
    document.write_text(json.dumps({**large_document(60), "servers": [{"url": "https://large.example"}]}))
    done = toolcrib("import", "--openapi", document, cwd=repo.path)
    assert done.returncode == 2
    assert "The document has 60 operations; choose with --tag" in done.stderr
    assert "  6  tag 9\n" in done.stderr
    listed = toolcrib("import", "--openapi", document, "--dry-run", cwd=repo.path)
    assert listed.returncode == 0
    assert len(listed.stdout.splitlines()) == 60
    assert "POST    /things7/{id}  op7  [tag 7]\n" in listed.stdout
    preview = toolcrib("import", "--openapi", document, "--operation", "op7", "--dry-run", cwd=repo.path)
    assert "name: op7\n" in preview.stdout
    assert not (repo.path / "tools").exists(), "nothing was written"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--openapi", "missing.json"], "missing.json cannot be read"),
        (["--openapi", "ftp://127.0.0.1/x"], "no http or https address"),
        (["--openapi", "file:///etc/passwd"], "no http or https address"),
        (["--openapi", "{api}/evil.json"], "evil.json was answered 302"),
        (["--openapi", "{api}/nothing-there"], "no OpenAPI document"),
        (["--openapi", "x.json", "script.py"], "a document is named by its option alone"),
        (["--openapi", "x.json", "--name", "x"], "--name and --function are of a script"),
        (["--mcp", "npx -y server"], "A sandbox has no other programs"),
        (["--mcp", "{api}/mcp", "--tag", "x"], "--tag: not with --mcp"),
        (["--mcp", "{api}/mcp", "--auth", "bearer", "--prefix", "far"], "put FAR_TOKEN into the environment"),
        (["--mcp", "{api}/docs/api.json"], "was asked for its tools"),
        (["--tag", "pet", "script.py"], "--tag: not with a script"),
        (["--openapi", str(DOCUMENTS / "pets_3_0.json")], "give it with --server"),
        (["--openapi", str(DOCUMENTS / "pets_3_0.json"), "--server", "localhost:80"], "is no http or https address"),
    ],
)
def test_what_cannot_be_imported_is_told_and_nothing_is_written(
    repo: Repo, api: ApiServer, words: list[str], said: str
) -> None:
    serve_document(api, PETS)
    done = toolcrib("import", *(word.replace("{api}", api.address) for word in words), cwd=repo.path)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert done.stderr.count(said) == 1, "once, however many operations"
    assert "Traceback" not in done.stderr
    assert not (repo.path / "tools").exists()


@pytest.mark.engine
def test_an_imported_tool_calls_its_api_from_the_sandbox_with_its_secret(
    repo: Repo, tmp_path: Path, engine_owner: str
) -> None:
    repo.tool("greet")
    repo.commit()
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text('PET_SHOP_API_KEY: {value: "s3cret-key", tools: [get_pet_by_id]}\n')
    secrets.chmod(0o600)
    settings = {
        "REPO": repo.path,
        "STATE_DIR": tmp_path,
        "INSTANCE": engine_owner,
        "WATCH": "off",
        "SECRETS_FILE": secrets,
    }
    config = Config.from_environment({f"TOOLCRIB_{name}": str(value) for name, value in settings.items()})
    migrate_database(find_database_url(config, open_repository(config)))
    service = open_service(config)
    try:
        assert invoke(service, "greet", {"name": "Ada"}).success, "the first sandbox makes the bridge"
        with run_api_server(find_gateway()) as api:
            done = toolcrib("import", "--openapi", serve_document(api, PETS), "--all", cwd=repo.path)
            assert done.returncode == 0, done.stderr
            repo.commit()
            found = invoke(service, "get_pet_by_id", {"petId": 7})
            assert found.success, found.error
            assert found.result == {"path": "/api/v3/pet/7", "key": "[redacted]"}
            assert api.last.headers["api_key"] == "s3cret-key"
            photo = invoke(service, "get_photo", {"petId": 7})
            assert photo.success, photo.error
    finally:
        service.close()


def invoke(service: Service, name: str, arguments: dict[str, Any]) -> Any:
    catalog = service.state.current()
    return service.executions.invoke(catalog, Call(catalog.find(name), arguments))
