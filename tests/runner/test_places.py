"""Places shared by processes: never more than there are, none lost with a killed process, and a count of all."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from runner import AllPlacesTaken, SandboxUnavailable
from runner.waiting.pool_size import PoolSize
from runner.waiting.run_slots import RunSlots
from runner.waiting.shared_load import SharedLoad
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
HOLDER = """\
import sys
from pathlib import Path
from runner.waiting.run_slots import RunSlots
from runner.waiting.shared_load import SharedLoad
slots, load = RunSlots(3, 0, Path(sys.argv[1])), SharedLoad(Path(sys.argv[2]))
load.tell(2)
with slots.taken(), slots.taken():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_hold_no_more_places_than_there_are_and_a_killed_one_gives_its_back(tmp_path: Path) -> None:
    mine = RunSlots(3, 0, tmp_path / "places")
    crowd = SharedLoad(tmp_path / "crowd")
    crowd.tell(1)
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "places"), str(tmp_path / "crowd")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert crowd.total() == 3
        with mine.taken(), pytest.raises(AllPlacesTaken), mine.taken():
            pass
        other.kill()
        other.wait()
        with ExitStack() as held:
            for _ in range(3):
                held.enter_context(mine.taken())
    # The seat of a process that is gone is given to the next, with nothing in it.
    assert SharedLoad(tmp_path / "crowd").total() == 1


def test_who_waits_gets_the_place_that_another_process_gives_back(tmp_path: Path) -> None:
    mine, theirs = RunSlots(1, 1, tmp_path / "places"), RunSlots(1, 1, tmp_path / "places")
    got = threading.Event()

    def wait() -> None:
        with theirs.taken():
            got.set()

    with ThreadPoolExecutor(1) as threads, mine.taken():
        threads.submit(wait)
        eventually(lambda: len(theirs._line) == 1)
        assert not got.wait(0.1)
    assert got.is_set()


def test_without_a_file_each_has_places_of_its_own() -> None:
    one, other = RunSlots(1, 0), RunSlots(1, 0)
    with one.taken(), other.taken():
        pass


def test_closing_sends_away_who_waits_and_knows_when_all_have_left(tmp_path: Path) -> None:
    places = RunSlots(1, 5, tmp_path / "places")
    refused = []

    def wait() -> None:
        try:
            with places.taken():
                pass
        except SandboxUnavailable as error:
            refused.append(str(error))

    with ThreadPoolExecutor(3) as threads:
        with places.taken():
            for _ in range(3):
                threads.submit(wait)
            eventually(lambda: len(places._line) == 3)
            places.close()
            assert not places.left(0.05)
        assert places.left(5)
    assert refused == ["The service is stopping."] * 3


def test_a_process_that_gets_few_of_the_calls_keeps_as_much_ready_as_if_they_came_evenly() -> None:
    few = PoolSize(most=100)
    for _ in range(20):
        few.begin()
    for _ in range(20):
        few.end()
    assert few.target() == 25
    assert few.target(times=2.5) == 62
