"""The removal of containers, and of those that a crash left behind."""

from __future__ import annotations

from . import engine
from .model import SandboxUnavailable, Settings


def reap(settings: Settings, seen_ended: frozenset[str] = frozenset()) -> frozenset[str]:
    """Remove this owner's containers that are past their deadline; others', and younger ones, are not touched.

    Those that have ended but are not past it are returned: given back at the next call, they are removed then. (Their
    run may be about to read their state.) Without an engine there is nothing to reap and nothing is raised.
    """
    try:
        with engine.translated():
            label = f"{engine.OWNER_LABEL}={settings.owner}"
            found = engine.client().containers(all=True, filters={"label": label})
        ended = {one["Id"] for one in found if one["State"] in {"exited", "dead"}}
        for one in found:
            past = engine.past_deadline(one["Labels"].get(engine.DEADLINE_LABEL, ""))
            if past or one["Id"] in ended & seen_ended:
                remove(one["Id"])
    except SandboxUnavailable:
        return frozenset()
    return frozenset(ended - seen_ended)


def remove(container: str) -> None:
    """Remove one container, running or not; it may be gone already, or be going. Raises SandboxUnavailable."""
    import docker.errors  # noqa: PLC0415 -- see engine.client()

    with engine.translated():
        try:
            engine.client().remove_container(container, force=True, v=True)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as error:
            if error.status_code != 409:  # noqa: PLR2004 -- Conflict: somebody else is removing it now
                raise
