"""The one Docker client of this process, and what its uses share: time limits, and words for what went wrong."""

from __future__ import annotations

import os
import pwd
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.model import EngineUnavailable, SandboxUnavailable

from .docker_library import load_docker

if TYPE_CHECKING:
    import docker
    import requests

OWNER_LABEL = "toolcrib.owner"
DEADLINE_LABEL = "toolcrib.deadline"
EXECUTION_LABEL = "toolcrib.execution"
MAKER_LABEL = "toolcrib.maker"
_SILENT = "The Docker engine does not answer: restart it, or wait for it."
_LOCAL = "unix:///var/run/docker.sock"
_PROMPT_SECONDS = 0.8
_CALL_SECONDS = 10
_CONNECTIONS = 64
_lock = threading.Lock()
_clients: dict[int, docker.APIClient] = {}


class EngineSilent(EngineUnavailable):
    """The engine took too long to answer: it hangs, or it is busy."""


class EngineAway(EngineUnavailable):
    """Nobody listens for requests to the engine, or whoever did hung up."""


def get_client(seconds: float = _PROMPT_SECONDS) -> docker.APIClient:
    """This process's client, made at first use (a fork makes its own), which may take so long.

    The engine is found as the ``docker`` command finds it: DOCKER_HOST and its kin, else the local socket. Raises
    SandboxUnavailable.
    """
    load_docker()
    import docker.utils  # noqa: PLC0415

    with _lock:
        found = _clients.get(os.getpid())
        if found is None:
            with translate_errors():
                # The version is taken from the server, by a call that must not wait for an engine that hangs.
                found = docker.APIClient(
                    **docker.utils.kwargs_from_env(),
                    version="auto",
                    timeout=seconds,  # type: ignore[arg-type]  # requests takes any number
                    max_pool_size=_CONNECTIONS,
                )
            found.timeout = _CALL_SECONDS
            _clients[os.getpid()] = found
        return found


def ping_engine(seconds: float = _PROMPT_SECONDS) -> str:
    """The engine's version, asked for now. Raises SandboxUnavailable when it does not answer in this time."""
    # Not /version: for that the engine starts two programs, which on a busy machine takes long.
    answer = ask_engine("GET", "/_ping", seconds=seconds)
    told = answer.headers.get("Server", "") if answer is not None else ""
    return told.partition(" ")[0].rpartition("/")[2] or "unknown"


def find_image_id(name: str, seconds: float = _PROMPT_SECONDS) -> str | None:
    """The id of a local image, or None. Raises SandboxUnavailable when the engine does not answer in this time."""
    answer = ask_engine("GET", f"/images/{name}/json", seconds=seconds)
    return str(answer.json()["Id"]) if answer is not None else None


def ask_engine(method: str, path: str, *, seconds: float = _PROMPT_SECONDS, **what: Any) -> requests.Response | None:
    """A request that does not wait as long as making containers may take; None for what is not there.

    ``what`` are the words of requests: ``params``, ``json``. Raises SandboxUnavailable.
    """
    load_docker()
    import docker.errors  # noqa: PLC0415
    import requests  # noqa: PLC0415

    api = get_client(seconds)
    with translate_errors():
        answer = api.request(method, f"{api.base_url}/v{api.api_version}{path}", timeout=seconds, **what)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        try:
            answer.raise_for_status()
        except requests.HTTPError as error:
            docker.errors.create_api_error_from_http_exception(error)  # raises it
        return answer


def is_remote_engine() -> bool:
    """Whether the engine is reached over a network: DOCKER_HOST names another machine, as far as can be told."""
    return not find_address().startswith("unix:")


def find_address() -> str:
    """Where the engine is, as DOCKER_HOST says it: ``unix:///var/run/docker.sock`` or ``tcp://host:port``."""
    load_docker()
    import docker.utils  # noqa: PLC0415

    return str(docker.utils.kwargs_from_env().get("base_url") or _LOCAL)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn whatever the Docker library raises into SandboxUnavailable, with a sentence that says what to do."""
    load_docker()
    import docker.errors  # noqa: PLC0415
    import requests  # noqa: PLC0415
    import urllib3  # noqa: PLC0415

    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise SandboxUnavailable("The sandboxes' image is missing: make it with `toolcrib image`.") from error
    except docker.errors.APIError as error:
        raise SandboxUnavailable(f"The Docker engine refused: {error.explanation or error}") from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise EngineSilent(_SILENT) from error
    except (docker.errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if "timed out" in str(error):
            raise EngineSilent(_SILENT) from error
        if "Permission denied" in str(error):
            raise EngineAway(
                f"The Docker engine cannot be used: the user {_find_user()} may not open {_find_socket()}, which the "
                f"group {_find_socket_group()} may. Add the user to that group and log in again, or set DOCKER_HOST "
                "to an engine that it may use."
            ) from error
        raise EngineAway(
            f"The Docker engine is not running at {_find_socket()}: install or start it (`docker info` tells more)."
        ) from error


def _find_user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _find_socket() -> str:
    """The address that was tried; as the user wrote it where it cannot be read."""
    import docker.errors  # noqa: PLC0415

    try:
        return find_address()
    except (docker.errors.DockerException, ValueError):
        return os.environ.get("DOCKER_HOST", _LOCAL)


def _find_socket_group() -> str:
    path = Path(_find_socket().removeprefix("unix://"))
    found = "that owns it"
    with suppress(OSError, KeyError):  # in a folder that may not be read, or without a name
        found = str(path.stat().st_gid)
        found = path.group()
    return found


def make_labels(owner: str, seconds: float, execution: str | None = None, maker: str = "") -> dict[str, str]:
    """The labels of a container that nobody needs ``seconds`` from now."""
    labels = {
        OWNER_LABEL: owner,
        MAKER_LABEL: maker,
        DEADLINE_LABEL: f"{_boot_id()}:{_boot_seconds() + seconds:.3f}",
    }
    return labels if execution is None else {**labels, EXECUTION_LABEL: execution}


def is_past_deadline(label: str) -> bool:
    """Whether the deadline of a container's label is over, or from before the machine's last start."""
    boot, _, deadline = label.partition(":")
    try:
        return boot != _boot_id() or float(deadline) < _boot_seconds()
    except ValueError:
        return True


def _boot_seconds() -> float:
    # Not the wall clock: moving that by an hour must neither end what runs nor keep what is left over.
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
