"""gunicorn's settings. Its own limits must be longer than a tool's 30 s, or it would kill what it waits for."""

from registry.config import Config

_config = Config.from_environment()

bind = f"[{_config.host}]:{_config.port}" if ":" in _config.host else f"{_config.host}:{_config.port}"
worker_class = "gthread"
workers = _config.workers
threads = _config.threads
timeout = 90
graceful_timeout = 45
keepalive = 75
# The app makes threads and connections, which do not survive a fork.
preload_app = False
control_socket_disable = True
loglevel = _config.log_level
