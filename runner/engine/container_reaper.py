"""The removal of containers, and of those that a crash left behind."""

from __future__ import annotations

import json
import time

from runner.model import SandboxUnavailable, Settings

from . import docker_client
from .docker_library import load_docker

_REMOVAL_SECONDS = 10.0
_GOING_SECONDS = 2.0
_LOOK_SECONDS = 0.005
_IDLE_STATES = {"created", "exited", "dead"}
"""A sandbox is in one of these for less than a second, unless whoever made it is gone or the engine failed."""


def reap_containers(settings: Settings, seen_idle: frozenset[str] = frozenset()) -> frozenset[str]:
    """Remove this owner's containers that are past their deadline; others', and younger ones, are not touched.

    Those that do not run are returned: given back at the next call, they are removed then, also one that the engine did
    not let go now. (They may be about to be started.) Without an engine there is nothing to reap and nothing is raised.
    """
    try:
        found = _containers(f"{docker_client.OWNER_LABEL}={settings.owner}")
        idle = {one for one, state, _ in found if state in _IDLE_STATES}
    except SandboxUnavailable:
        return frozenset()
    for one, _, labels in found:
        if docker_client.is_past_deadline(labels.get(docker_client.DEADLINE_LABEL, "")) or one in idle & seen_idle:
            try:
                remove_container(one)
            except docker_client.EngineSilent:
                return frozenset()  # it would be waited for once more for each of the others
            except SandboxUnavailable:
                continue  # one that the engine does not let go keeps none of the others
    return frozenset(idle)


def remove_unstarted(maker: str, seconds: float = _REMOVAL_SECONDS) -> None:
    """Remove what a runner that is gone, or ends, has made and not started: its connection cannot end that.

    ``seconds`` is how long the engine may take for each answer. Raises SandboxUnavailable.
    """
    for one, state, _ in _containers(f"{docker_client.MAKER_LABEL}={maker}", seconds):
        if state in _IDLE_STATES:
            remove_container(one, seconds)


def _containers(label: str, seconds: float = _REMOVAL_SECONDS) -> list[tuple[str, str, dict[str, str]]]:
    """The id, the state and the labels of each container with a label. Raises SandboxUnavailable."""
    wanted = {"all": 1, "filters": json.dumps({"label": [label]})}
    answer = docker_client.ask_engine("GET", "/containers/json", seconds=seconds, params=wanted)
    found = answer.json() if answer is not None else []
    return [(one["Id"], one["State"], one["Labels"] or {}) for one in found]


def remove_container(container: str, seconds: float = _REMOVAL_SECONDS) -> None:
    """Remove one container, running or not, and come back when none of its processes is left.

    It may be gone already, or be going. Raises SandboxUnavailable.
    """
    load_docker()
    import docker.errors  # noqa: PLC0415

    try:
        docker_client.ask_engine("DELETE", f"/containers/{container}", seconds=seconds, params={"force": 1, "v": 1})
    except SandboxUnavailable as error:
        cause = error.__cause__
        if not isinstance(cause, docker.errors.APIError) or cause.status_code != 409:  # noqa: PLR2004 -- Conflict
            raise
        _await_going(container)


def _await_going(container: str) -> None:
    """Wait until a container is gone that somebody else, the engine too, removes at this moment."""
    until = time.monotonic() + _GOING_SECONDS
    while docker_client.ask_engine("GET", f"/containers/{container}/json") is not None:
        if time.monotonic() > until:
            raise SandboxUnavailable(f"The Docker engine does not get rid of the container {container}.")
        time.sleep(_LOOK_SECONDS)
