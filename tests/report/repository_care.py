"""What administrators do to a repository while it is served."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tests.report.case import Case, Options
from tests.report.station import Station, make_station_repo, serve_station
from tests.repositories import MAIN
from tests.waiting import patience

_EDITORS = 3
_EDITS = 12


def collect_garbage(options: Options) -> str:
    """``git gc --prune=now``, ``repack -a -d``, ``pack-refs`` and ``prune`` in turn, beside editors."""
    repo = make_station_repo(options.folder)
    for number in range(_EDITORS):
        repo.tool(f"edited_{number}")
    repo.commit("more")
    with serve_station(repo, options.folder) as station:
        ended = threading.Event()
        rounds = 0

        def care() -> None:
            nonlocal rounds
            commands = (("gc", "-q", "--prune=now"), ("repack", "-a", "-d", "-q"), ("pack-refs", "--all"))
            for command in itertools.cycle(commands):
                if ended.is_set():
                    return
                repo.git(*command, check=False)
                rounds += 1

        carer = threading.Thread(target=care)
        carer.start()
        try:
            with ThreadPoolExecutor(_EDITORS) as editors:
                ends = list(editors.map(lambda number: _edit_often(station, f"edited_{number}"), range(_EDITORS)))
        finally:
            ended.set()
            carer.join(patience(60))
        revisions = [revision for found, _ in ends for revision in found]
        refused = [said for _, found in ends for said in found]
        assert all(said.startswith(("412", "503")) for said in refused), f"edits were refused: {refused[:3]}"
        lost = _EDITORS * _EDITS - len(revisions)
        assert not lost, f"{lost} edits never went through: {refused[-3:]}"
        history = set(repo.git("rev-list", "main").splitlines())
        assert set(revisions) <= history, "an acknowledged edit is not in the branch"
        seen = f"{len(revisions)} edits and {len(refused)} tries more, beside {rounds} commands"
        return f"{seen}; {station.hold(revision=repo.git('rev-parse', 'main'))}"


def _edit_often(station: Station, name: str) -> tuple[list[str], list[str]]:
    revisions: list[str] = []
    refused: list[str] = []
    manifest = (station.repo.path / f"tools/{name}/tool.yaml").read_text()
    with station.running.connection() as connection:
        number, until = 0, time.monotonic() + patience(60)
        while number < _EDITS and time.monotonic() < until:
            tag = connection.get(f"/api/v1/tools/{name}").headers["ETag"]
            files = {"tool.yaml": manifest, "main.py": f"{MAIN}# {number}\n"}
            answer = connection.put(f"/api/v1/tools/{name}", json={"files": files}, headers={"If-Match": tag})
            if answer.status_code == 200:
                number += 1
                revisions.append(answer.json()["revision"])
            else:  # what is pruned under an edit may refuse it; the next try goes through
                refused.append(f"{answer.status_code}: {answer.json()['detail']}")
    return revisions, refused


CASES = (Case("git-gc", "git gc, repack and pack-refs beside three editors", collect_garbage),)
