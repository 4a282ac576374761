"""What expensive arguments cost a running service, and who waits meanwhile: nobody."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.costly_checks import MAKERS
from tests.repositories import Repo
from tests.services import Running, serving

Json = Any
# Idle machines need 0.3 CPU-s and 0.1 s; these are for one whose cores are shared by thirty.
SECONDS, WAITED, MIB = 1.5, 2.0, 64
TICKS = os.sysconf("SC_CLK_TCK")
WANTED = {
    "alternatives_of_a_large_array": 400,
    "alternatives_that_repeat_themselves": 400,
    "alternatives_that_double_at_sixty_levels": 400,
    "many_constants_of_many_items": 400,
    "one_wrong_among_two_hundred_thousand": 400,
    "fractions_among_fractions": 400,
    "a_large_value_under_two_hundred_alternatives": 503,
    "two_hundred_thousand_items": 503,
}
"""How each is answered where there is no engine: refused, or accepted and then not run."""


class Workers:
    """The processes of a service, and what they used."""

    def __init__(self, service: Running) -> None:
        children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text()
        self.ids = [service.process.pid, *map(int, children.split())]

    def seconds(self) -> float:
        """CPU seconds of all so far."""
        fields = (Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split() for one in self.ids)
        return sum(int(field[11]) + int(field[12]) for field in fields) / TICKS

    def memory(self, kind: str) -> dict[int, float]:
        """MiB of each: VmRSS is now, VmHWM the most since it was forgotten."""
        found = {}
        for one in self.ids:
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
            found[one] = next(int(line.split()[1]) for line in lines if line.startswith(kind)) / 1024
        return found

    def forget_most(self) -> None:
        """What was the most until now counts no more."""
        for one in self.ids:
            Path(f"/proc/{one}/clear_refs").write_text("5")


@contextmanager
def asked_for_health(service: Running) -> Iterator[list[float]]:
    """How long each question whether it lives waited, asked all the time."""
    waited: list[float] = []
    begun, done = threading.Event(), threading.Event()

    def ask() -> None:
        with service.connection() as connection:
            while not done.is_set():
                began = time.monotonic()
                assert connection.get("/livez").status_code == 200
                waited.append(time.monotonic() - began)
                begun.set()
                done.wait(0.01)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        assert begun.wait(60)
        yield waited
    finally:
        done.set()
        asking.join()


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    """A body for each tool that is named like its case."""
    made = {maker.__name__: maker() for maker in MAKERS if maker.__name__ in WANTED}
    return {
        name: json.dumps({"arguments": {"v": one.value}}, separators=(",", ":")).encode() for name, one in made.items()
    }


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    from tests.repositories import make_repo

    folder = tmp_path_factory.mktemp("costly")
    repo: Repo = make_repo(folder / "repo")
    for maker in MAKERS:
        if maker.__name__ in WANTED:
            schema = dict(maker().schema)
            parameters = {"type": "object", "$defs": schema.pop("$defs", {}), "properties": {"v": schema}}
            repo.tool(maker.__name__, main="def main(v=None):\n    return {}\n", parameters=json.dumps(parameters))
    repo.commit()
    command = [
        "env", f"DOCKER_HOST=unix://{folder}/no-engine.sock", str(Path(sys.executable).with_name("toolcrib")), "serve",
    ]  # fmt: skip
    with serving(repo.path, folder, command) as running:
        running.get("/api/v1/llm/tools")
        yield running


@pytest.mark.parametrize("name", WANTED)
def test_no_call_costs_more_than_is_allowed_and_nobody_waits(
    name: str, service: Running, bodies: dict[str, bytes]
) -> None:
    url = f"http://127.0.0.1:{service.port}/api/v1/llm/tools/{name}/invoke"
    headers = {"Content-Type": "application/json"}
    assert len(bodies[name]) <= 1 << 20
    httpx.post(url, content=b'{"arguments": {}}', headers=headers, timeout=60)
    workers = Workers(service)
    workers.forget_most()
    before, seconds = workers.memory("VmRSS"), workers.seconds()
    with asked_for_health(service) as waited:
        asked = len(waited)
        answer = httpx.post(url, content=bodies[name], headers=headers, timeout=60)
    longest = max(waited[asked:], default=0.0)  # none: it was answered between two questions
    used = workers.seconds() - seconds
    most = {one: mib - before[one] for one, mib in workers.memory("VmHWM").items()}

    assert answer.status_code == WANTED[name]
    print(name, f"{used:.2f} CPU-s, {max(most.values()):.0f} MiB, /livez waited {longest:.3f} s")
    assert used < SECONDS
    assert max(most.values()) < MIB
    assert longest < WAITED
    if answer.status_code == 400:
        errors = answer.json()["errors"]
        assert 1 <= len(errors) <= 100
        assert all(error["pointer"].startswith("/v") or error["code"] == "too-costly" for error in errors)


def test_a_list_of_numbers_in_place_of_calls_is_refused_for_little(service: Running) -> None:
    url = f"http://127.0.0.1:{service.port}/api/v1/llm/calls"
    body = b'{"calls": [' + b"1," * 100_000 + b"1]}"
    workers = Workers(service)
    seconds = workers.seconds()
    answer = httpx.post(url, content=body, headers={"Content-Type": "application/json"}, timeout=60)

    assert answer.status_code == 400
    assert workers.seconds() - seconds < SECONDS
    assert answer.json()["errors"][0]["pointer"] == "/calls/0"
    assert len(answer.json()["errors"]) <= 100


def test_the_calls_of_one_request_share_what_it_may_cost(service: Running) -> None:
    """128 calls that each would cost a whole allowance."""
    url = f"http://127.0.0.1:{service.port}/api/v1/llm/calls"
    arguments = json.dumps({"v": [999] * 1_500})
    function = {"name": "many_constants_of_many_items", "arguments": arguments}
    calls = [{"id": f"c{number}", "type": "function", "function": function} for number in range(128)]
    workers = Workers(service)
    seconds = workers.seconds()
    answer = httpx.post(url, json={"calls": calls}, timeout=60)

    assert answer.status_code == 200
    assert len(answer.json()["executions"]) == 128
    assert workers.seconds() - seconds < 2 * SECONDS
