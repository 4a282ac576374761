"""A container that something is built in: made, filled, run once to its end, committed and removed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from runner.engine import get_client, make_labels, translate_errors
from runner.model import SandboxUnavailable

BUILD_SECONDS = 900.0
_BUILD_CALL_SECONDS = 600
_LOG_LINES = 5


@contextlib.contextmanager
def be_patient() -> Iterator[None]:
    """Let the client's calls take as long as building takes. For the process that builds, which serves nobody."""
    api = get_client()
    usual, api.timeout = api.timeout, _BUILD_CALL_SECONDS
    try:
        yield
    finally:
        api.timeout = usual


@contextlib.contextmanager
def make_unstarted(image: str, config: Mapping[str, object] | None = None) -> Iterator[str]:
    """A new container, not started, removed at the end: to add files to and commit."""
    labels = make_labels("toolcrib-build", BUILD_SECONDS)
    with translate_errors(), be_patient():
        wanted = {"Image": image, "Entrypoint": ["/bin/true"], "Cmd": [], **(config or {}), "Labels": labels}
        container = get_client().create_container_from_config(wanted)["Id"]  # type: ignore[no-untyped-call]
    try:
        yield container
    finally:
        with contextlib.suppress(SandboxUnavailable), translate_errors():
            get_client().remove_container(container, force=True, v=True)


@contextlib.contextmanager
def make_for_root(image: str, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """A new container, not started, that would run a command as root with the network; removed at the end."""
    variables = [f"{name}={value}" for name, value in environment.items()]
    config = {"Image": image, "User": "0:0", "Entrypoint": list(command), "Cmd": [], "Env": variables}
    with make_unstarted(image, config) as container:
        yield container


def run_to_end(container: str, trouble: str) -> None:
    """Start a container and wait until it has done its work. Raises SandboxUnavailable with what it said, if it failed.

    Inside :func:`~runner.engine.translate_errors` and :func:`be_patient`.
    """
    api = get_client()
    api.start(container)
    if api.wait(container, timeout=_BUILD_CALL_SECONDS)["StatusCode"] != 0:
        log = api.logs(container, tail=_LOG_LINES).decode(errors="replace").strip()
        raise SandboxUnavailable(f"{trouble}: {log}")


def run_and_commit(container: str, trouble: str, environment: Mapping[str, str], tag: str | None = None) -> str:
    """Run a container to its end and make an image of it, without the environment it ran in; the image's id.

    An index's address can hold a password. Raises SandboxUnavailable.
    """
    repository, _, name = tag.partition(":") if tag is not None else (None, None, None)
    with translate_errors(), be_patient():
        run_to_end(container, trouble)
        changes = [f"ENV {variable}=" for variable in environment]
        return str(get_client().commit(container, repository, tag=name, changes=changes)["Id"])
