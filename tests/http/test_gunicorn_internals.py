"""What the worker takes for granted of gunicorn, name by name.

None of it is public, so a release may change it at will. Whoever raises the bound in ``pyproject.toml`` reads here what
went away; the tests of the server say whether what is still there does the same.
"""

from __future__ import annotations

import ast
import inspect
import logging
import os
import socket
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.http import errors, wsgi  # type: ignore[import-untyped]
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]
from gunicorn.util import http_date  # type: ignore[import-untyped]
from gunicorn.workers.base import Worker as AnyWorker  # type: ignore[import-untyped]
from gunicorn.workers.gthread import PollableMethodQueue, TConn, ThreadWorker  # type: ignore[import-untyped]
from packaging.requirements import Requirement

from registry.http.responses import HandOver
from registry.http.server import early_refusals, gunicorn_worker
from registry.http.server.gunicorn_worker import Connection, Worker

ROOT = Path(__file__).parents[2]

# Methods of gunicorn's that ours stand in for, or call, with their parameters.
METHODS: dict[Any, dict[str, tuple[str, ...]]] = {
    ThreadWorker: {
        "__init__": ("args", "kwargs"),
        "init_process": (),
        "handle_exit": ("sig", "frame"),
        "accept": ("listener",),
        "on_client_socket_readable": ("conn", "client"),
        "finish_request": ("conn", "fs"),
        "murder_pending": (),
        "_cap_keepalive": ("deadline",),
        "handle_request": ("req", "conn"),
        "handle_error": ("req", "client", "addr", "exc"),
        "enqueue_req": ("conn",),
        "load_wsgi": (),
        "run": (),
    },
    TConn: {
        "__init__": ("cfg", "sock", "client", "server"),
        "init": (),
        "set_timeout": (),
        "close": ("graceful",),
    },
    PollableMethodQueue: {"defer": ("callback", "args")},
    RequestParser: {"__init__": ("cfg", "source", "source_addr"), "finish_body": ("deadline", "max_bytes")},
}
# What ours read or set of gunicorn's objects, beside those methods.
WORKER = {"alive", "cfg", "keepalived_conns", "method_queue", "nr_conns", "poller", "worker_connections"}
CONNECTION = {"cfg", "client", "initialized", "parser", "sock", "timeout"}
REQUEST = {"body", "headers", "_expected_100_continue"}
OWN = {"arrival", "closing", "handed_over", "until", "_arriving_bytes", "_over", "_swept_at", "_waiting"}
# What gunicorn's own code must go on to use, or ours is never asked.
USES: dict[Any, set[str]] = {
    ThreadWorker.run: {"poller", "nr_conns", "worker_connections", "murder_pending", "_cap_keepalive"},
    ThreadWorker.set_accept_enabled: {"poller", "accept"},
    ThreadWorker.wait_for_and_dispatch_events: {"poller", "select", "data", "fileobj"},
    ThreadWorker.enqueue_req: {"tpool", "handle", "method_queue", "finish_request"},
    ThreadWorker.murder_keepalived: {"keepalived_conns", "timeout", "poller", "nr_conns", "close"},
    ThreadWorker.handle: {"initialized", "init", "is_http2", "parser", "handle_request", "handle_error"},
    ThreadWorker.handle_request: {"alive", "keepalived_conns", "wsgi"},
    AnyWorker.init_process: {"load_wsgi", "init_signals", "run"},
    AnyWorker.load_wsgi: {"wsgi"},
    AnyWorker.init_signals: {"handle_exit"},
    wsgi.create: {"_expected_100_continue"},
}


def test_the_bound_in_the_project_ends_where_the_internals_were_not_looked_at() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [wanted] = [one for one in map(Requirement, project["dependencies"]) if one.name == "gunicorn"]
    assert version("gunicorn") in wanted.specifier
    assert f"{int(version('gunicorn').partition('.')[0]) + 1}.0" not in wanted.specifier


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner, names in METHODS.items() for name in names],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_a_method_that_ours_builds_on_takes_what_it_took(owner: Any, name: str) -> None:
    found = getattr(owner, name, None)
    assert found is not None, f"gunicorn's {owner.__name__} has no {name} any more"
    assert tuple(inspect.signature(found).parameters)[1:] == METHODS[owner][name]


@pytest.mark.parametrize(("ours", "theirs"), [(Worker, ThreadWorker), (Connection, TConn)])
def test_ours_stands_in_for_the_methods_named_here_and_for_no_other_by_accident(ours: type, theirs: type) -> None:
    shared = {name for name in vars(ours) if callable(vars(ours)[name]) and hasattr(theirs, name)}
    assert shared - METHODS[theirs].keys() == set(), "gunicorn has a method now whose name is one of ours"


def test_no_attribute_of_ours_has_a_name_of_gunicorns(worker: Worker, connection: Connection) -> None:
    theirs = ThreadWorker(1, worker.ppid, [], None, 30, worker.cfg, None)
    theirs.tmp.close()
    assert vars(theirs).keys() & OWN == set()
    assert vars(TConn(connection.cfg, connection.sock, None, None)).keys() & OWN == set()


@pytest.mark.parametrize("used_by", USES, ids=lambda one: one.__qualname__)
def test_gunicorn_asks_ours_where_it_did(used_by: Any) -> None:
    assert USES[used_by] - names_in(used_by.__code__) == set()


def test_worker_and_connection_have_each_attribute_that_ours_uses(worker: Worker, connection: Connection) -> None:
    assert [name for name in sorted(WORKER) if not hasattr(worker, name)] == []
    assert [name for name in sorted(CONNECTION) if not hasattr(connection, name)] == []
    assert (worker.nr_conns, worker.alive) == (0, True)
    worker.keepalived_conns.append(connection)
    worker.keepalived_conns.remove(connection)


def test_no_attribute_of_gunicorns_is_used_that_is_not_named_here() -> None:
    of_connections = attributes_used("connection") | attributes_used("conn") | attributes_used("self", "Connection")
    assert of_connections - OWN - vars(Connection).keys() == CONNECTION | {"close", "set_timeout"}
    assert attributes_used("self", "Worker") - OWN - vars(Worker).keys() == WORKER | {"enqueue_req", "wsgi"}
    assert attributes_used("req") == REQUEST


def test_the_parser_takes_the_bytes_that_have_arrived_and_asks_for_more(connection: Connection) -> None:
    connection.arrival.add(b"POST /a?b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi")
    connection.init()
    request = next(connection.parser)
    assert (request.path, request.body.read(), request._expected_100_continue) == ("/a", b"hi", True)
    assert ("CONTENT-LENGTH", "2") in request.headers
    assert connection.parser.finish_body(deadline=0.0) is True
    assert wsgi.default_environ(request, connection.sock, connection.cfg)["gunicorn.socket"] is connection.sock
    with pytest.raises(early_refusals.UnfinishedError):
        next(connection.parser)


def test_what_the_app_raises_before_it_answers_reaches_ours_as_it_is(worker: Worker, connection: Connection) -> None:
    begun: list[socket.socket] = []

    def app(_environ: Any, _start_response: Any) -> Any:
        raise HandOver(lambda sock, _done: begun.append(sock))

    worker.wsgi = app
    connection.arrival.add(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    connection.init()
    assert worker.handle_request(next(connection.parser), connection) is False
    assert (connection.handed_over, begun) == (True, [connection.sock])


def test_a_refusal_is_one_of_the_parsers_own_and_can_be_made_without_a_cause() -> None:
    named = {*early_refusals._REFUSALS, *early_refusals._OWN_FAULTS}
    assert all(issubclass(one, errors.ParseException) for one in named)
    assert isinstance(errors.LimitRequestHeaders(""), errors.ParseException)
    assert http_date().endswith(" GMT")


def test_every_setting_of_ours_is_one_that_gunicorn_knows() -> None:
    """It skips a name that it does not know, without a word."""
    module = ast.parse((ROOT / "registry/http/server/gunicorn_conf.py").read_text())
    assigned = {ast.unparse(node.targets[0]) for node in module.body if isinstance(node, ast.Assign)}
    hooks = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
    settings = {name for name in assigned | hooks if not name.startswith("_")}
    assert {"worker_class", "graceful_timeout", "forwarded_allow_ips", "child_exit"} <= settings
    assert settings - Config().settings.keys() == set()


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(
        age=1, ppid=os.getpid(), sockets=[], app=None, timeout=30, cfg=Config(), log=logging.getLogger("gunicorn.error")
    )
    yield made
    made.tmp.close()


@pytest.fixture
def connection() -> Iterator[Connection]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))


def names_in(code: CodeType) -> set[str]:
    """The names that a function uses, with those of the functions inside of it."""
    inner = [names_in(one) for one in code.co_consts if isinstance(one, CodeType)]
    return set(code.co_names).union(*inner)


def attributes_used(variable: str, class_name: str | None = None) -> set[str]:
    """The attributes that the worker's module reads, sets or calls of a variable, in one class or anywhere."""
    tree: ast.AST = ast.parse(inspect.getsource(gunicorn_worker))
    if class_name:
        [tree] = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == class_name]
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == variable
    }
