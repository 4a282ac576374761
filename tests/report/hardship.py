"""A machine that is not as it should be: its clock, its limits, its disk."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx2 as httpx

from tests.report.case import Case, NotTriedError, Options
from tests.report.station import ANY, OFFLINE, Station, make_station_repo, serve_station
from tests.repositories import Repo
from tests.services import free_port
from tests.waiting import eventually, patience

_TOOLCRIB = str(Path(sys.executable).with_name("toolcrib"))
_SLEEPS = "import time\n\n\ndef main(seconds=0):\n    time.sleep(seconds)\n    return {}\n"
_HOUR = 3600
_STEPS = (_HOUR, -_HOUR, 9 * 24 * _HOUR, 0, -2 * _HOUR, 3 * _HOUR)
_CLOCK_SEAM = """\
import time

_time, _time_ns = time.time, time.time_ns


def _offset():
    with open({clock!r}) as opened:
        return int(opened.read())


time.time = lambda: _time() + _offset()
time.time_ns = lambda: _time_ns() + _offset() * 10**9
"""
_DESCRIPTORS = 64
_CONNECTIONS = 100


def step_the_clock(options: Options) -> str:
    """What the service's processes read as the time of day moves by hours and days while tools run.

    A seam in Python: libfaketime breaks ``time.sleep``, and the machine's own clock is everybody's.
    """
    repo = _make_sleeping_repo(options.folder)
    clock = options.folder / "clock"
    clock.write_text("0")
    (options.folder / "seam").mkdir()
    (options.folder / "seam/sitecustomize.py").write_text(_CLOCK_SEAM.format(clock=str(clock)))
    command = ["env", f"PYTHONPATH={options.folder / 'seam'}", _TOOLCRIB, "serve"]
    with serve_station(repo, options.folder, command) as station, ThreadPoolExecutor(len(_STEPS)) as callers:
        calls = []
        for step in _STEPS:  # staggered, so that whoever looks for what is overdue every 30 s does so meanwhile
            calls.append(callers.submit(station.invoke, "sleeps", seconds=20))
            time.sleep(3)
            _move(clock, step)
            time.sleep(3)
        answers = [call.result().json() for call in calls]
        ends = [answer["status"] for answer in answers]
        reasons = [answer.get("error") or answer.get("detail") for answer in answers]
        assert set(ends) == {"success"}, f"{ends}: {reasons}"
        durations = [answer["duration_ms"] for answer in answers]
        assert all(19_900 <= one <= 20_000 + patience(5) * 1000 for one in durations), f"durations: {durations}"
        station.once_on_record([answer["execution_id"] for answer in answers])
        created = [record["created_at"] for record in station.records()]
        assert max(created)[:10] > min(created)[:10], "the seam moved no clock"
        return f"{len(_STEPS)} steps under {len(calls)} runs; {station.hold()}"


def _move(clock: Path, offset: int) -> None:
    new = clock.with_suffix(".new")
    new.write_text(str(offset))
    new.replace(clock)


def have_no_events(options: Options) -> str:
    """Not one inotify instance is to be had at the start; later there are some.

    The limit is that of a user namespace in which only this service is: the machine's own is everybody's.
    """
    limit = "/proc/sys/user/max_inotify_instances"
    tried = ["unshare", "--user", "--map-root-user", "sh", "-c", f"echo 0 >{limit}"]
    if subprocess.run(tried, capture_output=True, check=False).returncode:
        raise NotTriedError("no user namespace can be made here")
    repo = make_station_repo(options.folder)
    command = [*tried[:-1], f'echo 0 >{limit}; exec "$0" serve', _TOOLCRIB]
    with serve_station(repo, options.folder, command) as station:
        log = station.running.log.read_text()
        assert "no file events" in log, "the log does not say that there are no events"
        _write_draft(repo, "without")
        _is_shown(station, "without", 40)
        process = str(station.running.process.pid)
        raised = f"echo 64 >{limit}"
        subprocess.run(["nsenter", "--user", "--target", process, "sh", "-c", raised], check=True)
        eventually(lambda: _holds_inotify(station), 40, "no events are asked for again")
        _write_draft(repo, "with_events")
        began = time.monotonic()
        _is_shown(station, "with_events", 5)
        took = time.monotonic() - began
        repo.git("clean", "-q", "-f", "-d")
        return f"the check every 30 s went on, events came back ({took:.1f} s); {station.hold()}"


def _holds_inotify(station: Station) -> bool:
    links = [link for process in station.before for link in Path(f"/proc/{process}/fd").iterdir()]
    return any("inotify" in str(link.readlink()) for link in links if link.is_symlink())


def _write_draft(repo: Repo, name: str) -> None:
    repo.tool(name, status="draft")


def _is_shown(station: Station, name: str, seconds: float) -> None:
    path = f"/api/v1/tools/{name}"
    shown = "the working tree's change is not shown"
    eventually(lambda: station.running.get(path).status_code == 200, seconds, shown)


def corrupt_the_database(options: Options) -> str:
    """Garbage over the audit's database while the service runs, and at its next start."""
    repo = make_station_repo(options.folder)
    state = options.folder / "state"
    database = state / "audit.db"
    with serve_station(repo, options.folder) as station:
        garbage = b"\xa5" * max(database.stat().st_size, 65536)
        with database.open("r+b") as opened:
            opened.write(garbage)
        for file in (state / "audit.db-wal", state / "audit.db-shm"):
            if file.exists():
                with file.open("r+b") as opened:
                    opened.write(b"\xa5" * file.stat().st_size)
        statuses = {station.running.invoke("control").status_code for _ in range(8)}
        assert statuses <= {200, 503}, f"calls are answered {statuses}"
        for path, allowed in (("/livez", {200}), ("/api/v1/tools", {200}), ("/api/v1/executions", {200, 503})):
            answered = {station.running.get(path).status_code for _ in range(4)}
            assert answered <= allowed, f"{path} is answered {answered}"
    with database.open("r+b") as opened:
        opened.write(garbage)
    for file in (state / "audit.db-wal", state / "audit.db-shm"):
        file.unlink(missing_ok=True)
    said = _refused_start(repo, state)
    database.unlink()
    with serve_station(repo, options.folder) as station:
        return f"calls {sorted(statuses)}, start refused ({said}); without the file: {station.hold()}"


def _refused_start(repo: Repo, state: Path) -> str:
    environment = ["env", f"TOOLCRIB_REPO={repo.path}", f"TOOLCRIB_STATE_DIR={state}"]
    command = [*environment, f"TOOLCRIB_PORT={free_port()}", _TOOLCRIB, "serve"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience(60), check=False)
    assert done.returncode not in {0, -15}, "a service starts on a corrupt database"
    assert "Traceback" not in done.stderr, done.stderr[-1000:]
    said = done.stderr.strip().splitlines()[-1]
    assert "audit's database" in said, f"it does not say what is wrong: {said}"
    return said[:160]


def starve_of_descriptors(options: Options) -> str:
    """``ulimit -n 64``: it says so and ends, or it serves, with a hundred connections too."""
    repo = make_station_repo(options.folder)
    command = ["sh", "-c", f'ulimit -n {_DESCRIPTORS}; exec "$0" serve', _TOOLCRIB]
    try:
        with serve_station(repo, options.folder, command) as station, ExitStack() as opened:
            for _ in range(_CONNECTIONS):
                client = opened.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{station.running.port}"))
                try:
                    status = client.get("/livez", timeout=patience(5)).status_code
                except httpx.TransportError:
                    continue  # closed for another one
                assert status in {200, 503}, f"/livez is answered {status}"
            statuses = {station.running.invoke("control").status_code for _ in range(4)}
            assert statuses <= {200, 503}, f"calls are answered {statuses}"
            opened.close()
            return f"served; calls beside {_CONNECTIONS} connections: {sorted(statuses)}; {station.hold()}"
    except AssertionError as error:
        if not str(error).startswith("the service ended") or "descriptors" not in str(error):
            raise
        return f"refused to start: {str(error).strip().splitlines()[-1][-160:]}"


def _make_sleeping_repo(folder: Path) -> Repo:
    repo = make_station_repo(folder)
    repo.tool("sleeps", main=_SLEEPS, parameters=ANY, returns="{}", runtime=OFFLINE)
    repo.commit("sleeps")
    return repo


CASES = (
    Case("clock", "the clock steps by hours and days under runs", step_the_clock),
    Case("inotify", "no inotify instance is to be had", have_no_events),
    Case("corrupt-database", "garbage in the audit's database", corrupt_the_database),
    Case("descriptors", f"ulimit -n {_DESCRIPTORS}", starve_of_descriptors),
)
