"""An engine that stops, is killed and comes back under load. It is one of this case's own, never the machine's."""

from __future__ import annotations

import signal
import sys
import threading
from collections import Counter
from pathlib import Path

from runner import Settings, ensure_base_image
from tests.own_engine import missing_daemon, own_engine
from tests.report.case import Case, NotTriedError, Options
from tests.report.station import Station, make_station_repo, serve_station
from tests.waiting import eventually

_CLIENTS = 4


def lose_the_engine(options: Options) -> str:
    """dockerd is killed, stopped and started again while four clients call."""
    if missing := missing_daemon():
        raise NotTriedError(missing)
    image = ensure_base_image(Settings(owner="report"), lambda _: None)
    repo = make_station_repo(options.folder)
    with own_engine() as engine:
        engine.take_image(image)
        toolcrib = str(Path(sys.executable).with_name("toolcrib"))
        command = ["env", f"DOCKER_HOST={engine.address}", toolcrib, "serve"]
        with serve_station(repo, options.folder, command, engine=engine) as station:
            executions: list[str] = []
            statuses: Counter[str] = Counter()
            ended = threading.Event()
            clients = [
                threading.Thread(target=_call, args=(station, ended, executions, statuses)) for _ in range(_CLIENTS)
            ]
            for client in clients:
                client.start()
            try:
                for number in (signal.SIGTERM, signal.SIGKILL):
                    _work(executions, 8)
                    engine.stop(number)
                    eventually(lambda: station.running.get("/livez").status_code == 200, 5)
                    engine.start()
                _work(executions, 4)
            finally:
                ended.set()
                for client in clients:
                    client.join()
            assert set(statuses) <= {"200 success", "200 interrupted", "503"}, f"answers: {dict(statuses)}"
            station.once_on_record(executions)
            return f"{dict(sorted(statuses.items()))}; {station.hold()}"


def _work(executions: list[str], more: int) -> None:
    wanted = len(executions) + more
    eventually(lambda: len(executions) >= wanted, 60, "nothing runs any more")


def _call(station: Station, ended: threading.Event, executions: list[str], statuses: Counter[str]) -> None:
    while not ended.is_set():
        answer = station.running.invoke("control")
        end = ""
        if answer.status_code == 200:
            found = answer.json()
            executions.append(found["execution_id"])
            end = f" {found['error']['kind'] if found['error'] else found['status']}"
        statuses[f"{answer.status_code}{end}"] += 1
        ended.wait(0.05)


CASES = (Case("engine", "an engine of its own is stopped and killed under load", lose_the_engine),)
