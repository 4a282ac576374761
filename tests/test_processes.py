"""A run of tests that is killed leaves no service behind, and so nothing that a service keeps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.processes import ENDS_WITH_US
from tests.waiting import eventually

STARTS = f"""
import subprocess, time
print(subprocess.Popen({[*ENDS_WITH_US, "sleep", "300"]}).pid, flush=True)
time.sleep(300)
"""


def test_what_tests_start_ends_with_a_run_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        started = Path(f"/proc/{int(run.stdout.readline())}/comm")
        eventually(lambda: started.read_text() == "sleep\n")
        run.kill()
    eventually(lambda: not started.exists())
