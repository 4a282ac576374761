"""Callers beside each other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.report.case import Case, Options
from tests.report.station import ANY, OFFLINE, make_station_repo, serve_station

_MANY = 100
_SLEEPS = "import time\n\n\ndef main():\n    time.sleep(0.3)\n    return {}\n"


def crowd_out(options: Options) -> str:
    """One caller has a hundred calls waiting; another has one. Who goes first is measured, not judged."""
    repo = make_station_repo(options.folder)
    repo.tool("sleeps", main=_SLEEPS, parameters=ANY, returns="{}", runtime=OFFLINE)
    repo.commit("sleeps")
    with serve_station(repo, options.folder, max_concurrent="4", max_queued="200") as station:

        def call(caller: str) -> tuple[float, str]:
            body = {"arguments": {}, "caller_id": caller}
            began = time.monotonic()
            answer = station.running.post("/api/v1/llm/tools/sleeps/invoke", body)
            assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:200]}"
            assert answer.json()["status"] == "success", answer.text[:200]
            return time.monotonic() - began, answer.json()["execution_id"]

        with ThreadPoolExecutor(_MANY + 1) as callers:
            began = time.monotonic()
            many = [callers.submit(call, "many") for _ in range(_MANY)]
            time.sleep(1.0)
            alone = callers.submit(call, "one")
            ended = [one.result() for one in many]
            total = time.monotonic() - began
            took, execution = alone.result()
        station.once_on_record([execution, *(one for _, one in ended)])
        return f"the single call took {took:.1f} s, the hundred {total:.1f} s; {station.hold()}"


CASES = (Case("fairness", "one caller's hundred calls, another's single one", crowd_out),)
