"""Remotes that mean harm, and the hook by which a host tells of a push."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.git_daemon import git_daemon
from tests.report.case import Case, Options
from tests.report.station import Station, make_station_repo, serve_station
from tests.repositories import MAIN, Repo, make_repo
from tests.waiting import eventually, patience

_KEY = "0123456789abcdef-hook"
_HOOK = "/api/v1/hooks/push"
_PEAK_MB = 192
_BOMB_MB = 400
_LEVELS = 6
_ROUNDS = 12


@dataclass(slots=True)
class Exchange:
    """A station whose remote is served by Git's own daemon, and a colleague's clone of it."""

    station: Station
    upstream: Repo
    colleague: Repo

    def remote(self) -> dict[str, Any]:
        """How the service stands with the remote."""
        found: dict[str, Any] = self.station.running.get("/api/v1/repository").json()["remote"]
        return found

    def told(self) -> Any:
        """What changes with every exchange: when it was done, or what went wrong."""
        remote = self.remote()
        return remote["synced_at"], remote["last_error"]

    def tell(self) -> None:
        """Tell the service of a push, and wait until it has exchanged, or says why it cannot."""
        before = self.told()
        assert self.post(b"{}", _sign(b"{}")).status_code == 202
        eventually(lambda: self.told() != before, 60, "the service does not exchange")

    def post(self, body: bytes, signature: str | None) -> httpx.Response:
        """What a host sends after a push."""
        headers = {"Content-Type": "application/json"} | ({"X-Hub-Signature-256": signature} if signature else {})
        url = f"http://127.0.0.1:{self.station.running.port}{_HOOK}"
        return httpx.post(url, content=body, headers=headers, timeout=patience(60))


def _sign(body: bytes, key: str = _KEY) -> str:
    return f"sha256={hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}"


@contextmanager
def _exchanging(folder: Path, fetch_seconds: int = 0) -> Iterator[Exchange]:
    upstream = make_repo(folder / "remotes/upstream.git", "--bare")
    repo = make_station_repo(folder)
    key_file = folder / "hook.key"
    key_file.write_text(_KEY + "\n")
    with git_daemon(upstream.path.parent) as address:
        repo.git("remote", "add", "origin", address + "upstream.git")
        repo.git("push", "-q", str(upstream.path), "main")
        repo.git("clone", "-q", "-b", "main", str(upstream.path), str(folder / "colleague"))
        every = str(fetch_seconds)
        with serve_station(repo, folder, fetch_seconds=every, push_secret_file=str(key_file)) as station:
            exchange = Exchange(station, upstream, Repo(folder / "colleague"))
            eventually(lambda: exchange.remote()["synced_at"], 30, "the service never exchanges")
            yield exchange


def follow_pack_bomb(options: Options) -> str:
    """A push of half a megabyte that is 400 MB when it is unpacked."""
    with _exchanging(options.folder) as exchange:
        _forget_peaks(exchange.station)
        with (exchange.colleague.path / "huge.bin").open("wb") as opened:
            opened.truncate(_BOMB_MB * 1024 * 1024)
        exchange.colleague.commit("huge")
        exchange.colleague.git("push", "-q")
        return _bounded(exchange)


def follow_tree_bomb(options: Options) -> str:
    """A push of a few hundred bytes that is a million files, among the tools and beside them."""
    with _exchanging(options.folder) as exchange:
        _forget_peaks(exchange.station)
        colleague = exchange.colleague
        colleague.write("beside/one", "x")
        colleague.git("add", "-A")
        tree = _bomb(colleague)
        for path in ("beside", "tools/bomb"):
            colleague.git("rm", "-r", "-q", "--cached", "--ignore-unmatch", path)
        top = _tree_with(colleague, tree)
        commit = colleague.git("commit-tree", top, "-p", "HEAD", "-m", "bomb")
        colleague.git("push", "-q", "origin", f"{commit}:refs/heads/main")
        return _bounded(exchange)


def _bomb(repo: Repo) -> str:
    blob = repo.git("rev-parse", ":beside/one")
    tree = _make_tree(repo, [f"100644 blob {blob}\tf{number}" for number in range(10)])
    for _ in range(_LEVELS - 1):
        tree = _make_tree(repo, [f"040000 tree {tree}\td{number}" for number in range(10)])
    return tree


def _tree_with(repo: Repo, bomb: str) -> str:
    tools = _make_tree(repo, [*repo.git("ls-tree", "HEAD:tools").splitlines(), f"040000 tree {bomb}\tbomb"])
    entries = [line for line in repo.git("ls-tree", "HEAD").splitlines() if not line.endswith("\ttools")]
    return _make_tree(repo, [*entries, f"040000 tree {tools}\ttools", f"040000 tree {bomb}\tbeside"])


def _make_tree(repo: Repo, lines: list[str]) -> str:
    listed = repo.write("../tree.txt", "\n".join(lines) + "\n")
    return repo.git("-c", "alias.tree=!git mktree <" + str(listed.resolve()), "tree")


def _bounded(exchange: Exchange) -> str:
    exchange.tell()
    for _ in range(10):
        assert exchange.station.running.get("/api/v1/tools/edited").status_code == 200
    station = exchange.station
    grown = _peak_growth(station)
    assert grown <= _PEAK_MB, f"a worker took {grown} MiB to look at what was pushed"
    remote = exchange.remote()
    at = station.repo.git("rev-parse", "HEAD")
    assert at == station.revision or remote["last_error"] is None, "half followed"
    said = remote["last_error"] or "followed"
    return f"at most {grown} MiB; {said[:150]}; {station.hold(revision=at)}"


def _forget_peaks(station: Station) -> None:
    for process in station.before:
        Path(f"/proc/{process}/clear_refs").write_text("5")


def _peak_growth(station: Station) -> int:
    def peak(process: int) -> int:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024

    return max(peak(process) - was.memory_mb for process, was in station.before.items())


def meet_odd_refs(options: Options) -> str:
    """Branches and tags of every shape that Git takes, among them proposals' and a branch named like an option."""
    odd = ["toolcrib/'; touch pwned", "toolcrib/edited-00000000", "toolcrib/ü\u202e", "a" * 200, "HEAD", "toolcrib/-x"]
    with _exchanging(options.folder) as exchange:
        head = exchange.colleague.git("rev-parse", "HEAD")
        taken = 0
        for name in odd:
            for kind in ("heads", "tags"):
                exchange.upstream.git("update-ref", f"refs/{kind}/{name.replace(' ', '$IFS')}", head)
                taken += 1
        for number in range(2000):
            loose = exchange.upstream.path / f"refs/heads/toolcrib/many-{number:08x}"
            loose.write_text(head + "\n")
        exchange.tell()
        assert exchange.remote()["last_error"] is None, exchange.remote()["last_error"]
        exchange.colleague.write("tools/edited/notes.md", "after\n")
        revision = exchange.colleague.commit("after")
        exchange.colleague.git("push", "-q", "origin", "HEAD:refs/heads/main")
        exchange.tell()
        eventually(lambda: exchange.station.repo.git("rev-parse", "HEAD") == revision, 30, "not followed")
        assert not list(options.folder.rglob("pwned*"))
        return f"{taken} odd and 2,000 more refs; {exchange.station.hold(revision=revision)}"


def be_force_pushed(options: Options) -> str:
    """Others rewrite the remote's branch while edits are committed and pushed."""
    with _exchanging(options.folder, fetch_seconds=1) as exchange:
        station, acknowledged, ended = exchange.station, [], threading.Event()

        def edit() -> None:
            number = 0
            while not ended.is_set():
                number += 1
                answer = _edit(station, f"{MAIN}# {number}\n")
                if answer.status_code == 200:
                    acknowledged.append(answer.json()["revision"])
                assert answer.status_code < 500 or answer.status_code == 503, answer.text[:300]

        editor = threading.Thread(target=edit)
        editor.start()
        try:
            for number in range(_ROUNDS):
                _rewrite(exchange, number)
        finally:
            ended.set()
            editor.join()
        exchange.tell()
        head = station.repo.git("rev-parse", "HEAD")
        lost = [one for one in acknowledged if not _is_known(station.repo, one)]
        assert not lost, f"{len(lost)} acknowledged edits are in no history of the branch"
        settled = station.repo.git("rev-parse", "HEAD")
        said = exchange.remote()["last_error"] or "in step"
        assert head == settled or said, "moves by itself"
        return f"{len(acknowledged)} edits, {_ROUNDS} rewrites, {said[:120]}; {station.hold(revision=settled)}"


def _edit(station: Station, main: str) -> httpx.Response:
    with station.running.connection() as connection:
        tag = connection.get("/api/v1/tools/edited").headers["ETag"]
        files = {"tool.yaml": (station.repo.path / "tools/edited/tool.yaml").read_text(), "main.py": main}
        return connection.put("/api/v1/tools/edited", json={"files": files}, headers={"If-Match": tag})


def _rewrite(exchange: Exchange, number: int) -> None:
    colleague = exchange.colleague
    colleague.git("fetch", "-q", "origin")
    if number % 3 == 2:  # throw away the newest commit of the remote
        colleague.git("reset", "-q", "--hard", "origin/main~1")
    else:
        colleague.git("reset", "-q", "--hard", "origin/main")
    colleague.write("notes.md", f"{number}\n")
    colleague.git("add", "-A")
    amend = ["--amend"] if number % 3 == 1 else []
    colleague.git("commit", "-q", "--allow-empty", *amend, "-m", f"rewrite {number}")
    colleague.git("push", "-q", "--force", "origin", "HEAD:refs/heads/main", check=False)


def _is_known(repo: Repo, revision: str) -> bool:
    """Whether the branch, or what it has been (its reflog), contains this commit."""
    known = repo.git("log", "--walk-reflogs", "--format=%H", "main").splitlines()
    return revision in known or repo.git("merge-base", "--is-ancestor", revision, "main", check=False) == ""


def bear_the_hook(options: Options) -> str:
    """The push hook unsigned, wrongly signed, replayed a hundred times, with huge and odd bodies."""
    with _exchanging(options.folder) as exchange:
        wrong = [None, "", "sha256=", "sha256=" + "0" * 64, _sign(b"{}", "another"), "sha1=" + "0" * 40, "sha256=é"]
        for signature in wrong:
            try:
                status = exchange.post(b"{}", signature).status_code
            except UnicodeEncodeError:
                continue
            assert status == 401, f"signature {signature!r} is answered {status}"
        statuses = {exchange.post(b"[]", _sign(b"[]")).status_code for _ in range(100)}
        assert statuses == {202}, f"replayed: {statuses}"
        for megabytes in (2, 64):
            huge = b"x" * (megabytes * 1024 * 1024)
            try:
                status = exchange.post(huge, _sign(huge)).status_code
            except httpx.TransportError:
                status = 413  # it hung up before it had read everything
            assert status == 413, f"{megabytes} MB are answered {status}"
        return f"{len(wrong)} refused, 100 replays taken, 64 MB refused; {exchange.station.hold()}"


CASES = (
    Case("pack-bomb", "a push that unpacks to 400 MB", follow_pack_bomb),
    Case("tree-bomb", "a push of a few trees that are a million files", follow_tree_bomb),
    Case("odd-refs", "a remote with hostile and with 2,000 refs", meet_odd_refs),
    Case("force-push", "the remote's branch rewritten beside an editor", be_force_pushed),
    Case("push-hook", "the push hook unsigned, replayed, huge", bear_the_hook),
)
