"""Every process of a service says that it lives; a run whose record was closed meanwhile does not end a second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.audit.audit_store import Audit
from registry.audit.instances import close_lost_records, read_signs
from tests.http.workers import all_workers
from tests.repositories import Repo
from tests.services import patiently, serving
from tests.waiting import eventually

SLEEPS = "import time\n\n\ndef main():\n    time.sleep(4)\n    return {}\n"
ANY = "{type: object, properties: {}, additionalProperties: true}"


def test_every_worker_says_that_it_lives_until_the_service_ends(repo: Repo, tmp_path: Path) -> None:
    repo.tool("greet")
    repo.commit()
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    with serving(repo.path, tmp_path, workers="2", database_url=url, instance="pod") as service:
        audit = Audit(url, "looks")
        names = {f"pod/worker-{worker}" for worker in all_workers(service, 2)}
        eventually(lambda: set(read_signs(audit.database)) == names)
        first = read_signs(audit.database)
        eventually(lambda: all(read_signs(audit.database)[name] > first[name] for name in names))
    assert read_signs(audit.database) == {}
    audit.close()


@pytest.mark.engine
def test_an_execution_whose_record_was_closed_meanwhile_has_that_one_end(
    repo: Repo, tmp_path: Path, engine_owner: str
) -> None:
    repo.tool("sleeps", main=SLEEPS, parameters=ANY, returns="{}", runtime="{network: false}")
    repo.commit()
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    with serving(repo.path, tmp_path, workers="1", database_url=url, instance=engine_owner, warm="1") as service:
        begun = patiently(lambda: service.post("/api/v1/tools/sleeps/execute", {"arguments": {}}))
        where = begun.headers["Location"]
        eventually(lambda: service.get(where).json()["status"] == "running")
        [worker] = all_workers(service, 1)
        other, name = Audit(url, "other"), f"{engine_owner}/worker-{worker}"
        # As if it had been stopped for minutes: to the others it is lost, and then it goes on.
        assert eventually(lambda: close_lost_records(other.database, name, read_signs(other.database)[name])) == 1
        closed = service.get(where).json()
        assert (closed["status"], closed["error"]["kind"]) == ("failed", "interrupted")
        eventually(lambda: "the record was closed before its execution ended" in service.log.read_text())
        assert service.get(where).json() == closed
        assert service.get("/api/v1/executions").json()["total"] == 1
        eventually(lambda: name in read_signs(other.database))
        other.close()
