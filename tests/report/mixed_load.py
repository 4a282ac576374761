"""Everything at once, one call in a hundred of which is hostile."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2 as httpx

from tests.report.case import Case, Options
from tests.report.station import ANY, Station, make_station_repo, serve_station
from tests.repositories import MAIN

_CLIENTS = 6
_HOSTILE_SHARE = 0.01
_AT_LEAST = 3
"""Of each hostile script so many run, however short the load and slow the machine."""
_HOSTILE = {
    "forks": "import os\n\n\ndef main():\n    while True:\n        os.fork()\n",
    "hoards": "def main():\n    kept = []\n    while True:\n        kept.append(bytearray(10_000_000))\n",
    "floods": "def main():\n    while True:\n        print('x' * 100_000)\n",
    "aborts": "import os\n\n\ndef main():\n    os.abort()\n",
    "spins": "def main():\n    while True:\n        pass\n",
    "nests": "def main():\n    deep = []\n    for _ in range(900):\n        deep = [deep]\n    return deep\n",
}
_LIMIT = "{network: false, timeout_seconds: 3, memory_mb: 64}"


@dataclass
class Load:
    """What the clients of one load have been told. Each has a source of chance of its own, so the order is its own."""

    station: Station
    until: float
    executions: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def run(self, seed: int) -> None:
        """Ask for one thing after the other until the time is over."""
        chance = random.Random(seed)
        with self.station.running.connection() as connection:
            for name in list(_HOSTILE)[seed::_CLIENTS]:
                self._invoke(connection, name)
            while time.monotonic() < self.until:
                try:
                    self._one(connection, chance)
                except httpx.HTTPError as error:
                    self.faults.append(f"{type(error).__name__}: {error}")

    def _one(self, connection: httpx.Client, chance: random.Random) -> None:
        doing: list[Callable[[], None]] = [
            lambda: self._invoke(connection, "control"),
            lambda: self._invoke(connection, "control"),
            lambda: self._note("list", connection.get("/api/v1/llm/tools")),
            lambda: self._note("records", connection.get("/api/v1/executions?page_size=20")),
            lambda: self._note("tool", connection.get("/api/v1/tools/edited")),
            lambda: self._edit(connection, chance),
            lambda: self._note("refusal", connection.post("/api/v1/llm/tools/control/invoke", json=[1])),
        ]
        if chance.random() < _HOSTILE_SHARE:
            self._invoke(connection, chance.choice(list(_HOSTILE)))
        else:
            chance.choice(doing)()

    def _invoke(self, connection: httpx.Client, name: str) -> None:
        answer = connection.post(f"/api/v1/llm/tools/{name}/invoke", json={"arguments": {}})
        self._note("hostile" if name in _HOSTILE else "invoke", answer)
        if answer.status_code == 200:
            self.executions.append(answer.json()["execution_id"])
            self.ends[f"{name}: {answer.json()['status']}"] += 1

    def _edit(self, connection: httpx.Client, chance: random.Random) -> None:
        tag = connection.get("/api/v1/tools/edited").headers["ETag"]
        manifest = (self.station.repo.path / "tools/edited/tool.yaml").read_text()
        files = {"tool.yaml": manifest, "main.py": f"{MAIN}# {chance.random()}\n"}
        answer = connection.put("/api/v1/tools/edited", json={"files": files}, headers={"If-Match": tag})
        self._note("edit", answer)

    def _note(self, what: str, answer: httpx.Response) -> None:
        self.statuses[f"{what} {answer.status_code}"] += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            self.faults.append(f"{what}: {answer.status_code} {answer.text[:200]}")


def mix(options: Options) -> str:
    """Calls, lists, records, edits and refusals of six clients, and one call in a hundred is hostile."""
    repo = make_station_repo(options.folder)
    for name, main in _HOSTILE.items():
        repo.tool(name, main=main, parameters=ANY, returns="{}", runtime=_LIMIT)
    repo.commit("hostile")
    with serve_station(repo, options.folder) as station:
        load = Load(station, time.monotonic() + options.mixed_seconds)
        clients = [threading.Thread(target=load.run, args=(seed,)) for seed in range(_CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert not load.faults, f"{len(load.faults)} faults: {load.faults[:3]}"
        wrong = [end for end in load.ends if (end.endswith(": success")) != end.startswith(("control:", "nests:"))]
        wrong = [end for end in wrong if not end.startswith("nests:")]
        assert not wrong, f"ended otherwise than they must: {wrong}"
        station.once_on_record(load.executions)
        seen = station.hold(revision=repo.git("rev-parse", "main"))
        return f"{sum(load.statuses.values())} answers, {dict(sorted(load.statuses.items()))}; {seen}"


CASES = (Case("mixed-load", "a mixed load with 1 % hostile scripts", mix),)
