"""Lists of calls run at once, in bounded helpers, and never wait for one another."""

from __future__ import annotations

import threading

from registry.executions import ParallelCalls

WAIT_SECONDS = 30


def test_all_of_a_list_run_at_once_and_come_back_in_order() -> None:
    together = ParallelCalls(5)
    meeting = threading.Barrier(5)

    def task(number: int) -> int:
        meeting.wait(WAIT_SECONDS)  # passes only when five are here at once
        return number

    assert together.results([lambda n=n: task(n) for n in range(5)]) == [0, 1, 2, 3, 4]  # type: ignore[misc]


def test_a_single_call_takes_no_further_thread() -> None:
    here = threading.get_ident()
    assert ParallelCalls(4).results([threading.get_ident]) == [here]


def test_a_list_goes_on_alone_while_others_have_all_helpers() -> None:
    together = ParallelCalls(2)
    started, go_on = threading.Barrier(3), threading.Event()

    def held() -> bool:
        started.wait(WAIT_SECONDS)
        return go_on.wait(WAIT_SECONDS)

    found: list[list[bool]] = []
    first = threading.Thread(target=lambda: found.append(together.results([held, held])))
    first.start()
    started.wait(WAIT_SECONDS)
    here = threading.get_ident()
    assert together.results([threading.get_ident] * 3) == [here] * 3
    go_on.set()
    first.join()
    assert found == [[True, True]]
    meeting = threading.Barrier(2)
    assert len(together.results([lambda: meeting.wait(WAIT_SECONDS)] * 2)) == 2, "the helper is back"


def test_with_one_place_everything_runs_in_the_own_thread() -> None:
    here = threading.get_ident()
    assert ParallelCalls(1).results([threading.get_ident] * 3) == [here] * 3
