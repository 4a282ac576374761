"""One container as all of ours are: hardened, attached, ended by the end of its connection, used once and removed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self

from runner import sandbox_limits
from runner.model import SandboxUnavailable, Settings

from . import bridge_network, docker_client, user_ids
from .container_reaper import remove_container
from .container_streams import ContainerStreams
from .docker_library import load_docker

_RESIZE_SECONDS = 2.0
_TRIES = 8
_DEADLINE_SECONDS = 60.0
"""How long after its use should have ended the reaper may take a container."""


class Container:
    """A started container. Use as a context manager: leaving it removes it.

    Raises SandboxUnavailable when it cannot be made; then nothing is left of it.
    """

    def __init__(
        self,
        settings: Settings,
        image: str,
        *,
        memory_mb: int,
        network: bool | str,
        arguments: Sequence[str] = (),
        program: str | None = None,
        execution: str | None = None,
        longest_seconds: float = 0.0,
        sysctls: Mapping[str, str] | None = None,
    ) -> None:
        """Make and start it, with ``arguments`` for the image's own program, or for another.

        ``network`` is False for none, True for a namespace of its own on the sandboxes' bridge, or the Engine's words
        for whose to join. ``longest_seconds`` is how long it may wait before it is used. ``sysctls`` are the
        kernel's settings for its own namespace.
        """
        api = docker_client.get_client()
        self.memory_mb = memory_mb
        self._lock = threading.Lock()
        self._attached: ContainerStreams | None = None
        self._id: str | None = None
        try:
            with docker_client.translate_errors():
                limited = self._limit(settings, network, dict(sysctls or {}))
                labels = docker_client.make_labels(
                    settings.owner, longest_seconds + _DEADLINE_SECONDS, execution, settings.maker
                )
                config = {**_FIXED, "Image": image, "Cmd": list(arguments), "Labels": labels, "HostConfig": limited}
                if program is not None:
                    config["Entrypoint"] = [program]
                if not limited["NetworkMode"].startswith("container:"):  # joining a network means taking its host name
                    config["Hostname"] = "sandbox"
                self._id = _create(config)
                streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
                # Before the start: with no log kept, what is written before would be lost.
                self._attached = ContainerStreams(api.attach_socket(self._id, params=streams))
                api.start(self._id)
        except BaseException:
            self.remove()
            raise

    def _limit(self, settings: Settings, network: bool | str, sysctls: dict[str, str]) -> dict[str, Any]:
        """The HostConfig: every limit, and whose network it joins."""
        mode = network if isinstance(network, str) else "none"
        if network is True:
            mode = bridge_network.ensure_network(settings)
        limited = sandbox_limits.make_host_config(settings, memory_mb=self.memory_mb, network=mode)
        return limited | {"Sysctls": sysctls} if sysctls else limited

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    @property
    def id(self) -> str | None:
        """The container's id; None once it is removed."""
        return self._id

    @property
    def alive(self) -> bool:
        """Whether it still waits, as far as its connection tells."""
        attached = self._attached
        return attached is not None and not attached.ended()

    def resize(self, memory_mb: int) -> None:
        """Give it another memory limit. Raises SandboxUnavailable, too where it uses more already."""
        if memory_mb == self.memory_mb:
            return
        size = {"Memory": memory_mb * sandbox_limits.MIB, "MemorySwap": memory_mb * sandbox_limits.MIB}
        if (
            docker_client.ask_engine("POST", f"/containers/{self._id}/update", seconds=_RESIZE_SECONDS, json=size)
            is None
        ):
            raise SandboxUnavailable("A waiting sandbox has ended.")
        self.memory_mb = memory_mb

    def kill(self) -> None:
        """Kill through the Engine, from any thread; does not wait for an engine that hangs."""
        with contextlib.suppress(SandboxUnavailable):
            docker_client.ask_engine("POST", f"/containers/{self._id}/kill")

    def let_go(self) -> None:
        """Close the connection: what runs inside ends soon after."""
        with self._lock:
            attached, self._attached = self._attached, None
        if attached is not None:
            attached.close()

    def remove(self) -> bool:
        """Remove the container, running or not; whether it is certain that none of its processes is left.

        Where the engine fails, it still ends with its connection, and the engine removes what has ended.
        """
        with self._lock:
            container, self._id = self._id, None
        try:
            if container is not None:
                # Before the connection ends: then the engine would remove it at the same time, and be asked in vain.
                remove_container(container)
        except SandboxUnavailable:
            return False
        finally:
            self.let_go()
        return True


def _create(config: dict[str, Any]) -> str:
    """Create a container whose user id no other has, and give its id.

    Inside :func:`~runner.engine.translate_errors`.
    """
    load_docker()
    import docker.errors  # noqa: PLC0415

    for left in reversed(range(_TRIES)):
        user = user_ids.draw_user_id()
        config["User"] = f"{user}:{user}"
        try:
            made = docker_client.get_client().create_container_from_config(  # type: ignore[no-untyped-call]
                config, name=user_ids.name_container(user)
            )
            return str(made["Id"])
        except docker.errors.APIError as error:
            if error.status_code != 409 or not left:  # noqa: PLR2004 -- Conflict: another container has that name
                raise
    raise AssertionError  # the last turn returns or raises


_FIXED: dict[str, Any] = {
    "Env": [f"{name}={value}" for name, value in sandbox_limits.ENVIRONMENT.items()],
    "OpenStdin": True,
    # The end of the service's connection is the end of standard input, and that ends what runs inside.
    "StdinOnce": True,
    "AttachStdin": True,
    "AttachStdout": True,
    "AttachStderr": True,
    "Tty": False,
}
