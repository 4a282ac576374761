"""gunicorn's settings. Its own limits must be longer than a tool's 30 s, or it would kill what it waits for."""

from typing import Any

from registry.config import Config
from registry.errors import ToolcribError
from registry.gitrepo import open_repository
from registry.http.requests import STREAMS_AT_MOST
from registry.http.responses import FOLLOWERS_AT_MOST
from registry.service import close_interrupted, find_database_url, make_runner_settings

# Threads that are left for reading and for health when as many calls run and wait, and as many listen, as may.
_RESERVED_THREADS = STREAMS_AT_MOST + 16
# Connections that wait for their next request, or whose request is still on its way; these take no thread.
_IDLE_CONNECTIONS = 1000

_config = Config.from_environment()
_share = make_runner_settings(_config, workers=_config.workers)
_database = find_database_url(_config, open_repository(_config))

bind = f"[{_config.host}]:{_config.port}" if ":" in _config.host else f"{_config.host}:{_config.port}"
worker_class = "registry.http.server.gunicorn_worker.Worker"
workers = _config.workers
# A call holds its thread while it waits for a place. With fewer threads than calls that may wait, the next would wait
# for a thread, as would everything else, and nobody would hear that the service is busy. Threads are made when needed.
threads = max(_config.threads, _share.max_concurrent + _share.max_queued + _RESERVED_THREADS)
worker_connections = threads + _IDLE_CONNECTIONS + FOLLOWERS_AT_MOST
timeout = 90
graceful_timeout = 45
keepalive = 75
limit_request_line = 8190
# Nobody in front is believed: by default a header from this machine may move the path or pretend that there is TLS.
forwarded_allow_ips = ""
forwarder_headers = ""
# The app makes threads and connections, which do not survive a fork.
preload_app = False
control_socket_disable = True
loglevel = _config.log_level


def child_exit(server: Any, worker: Any) -> None:
    """Close what a killed worker left open: whoever follows its executions must not wait for ever."""
    try:
        close_interrupted(_config, _database, worker=worker.pid)
    except ToolcribError as error:
        server.log.warning("the records of worker %s are left open: %s", worker.pid, error)
