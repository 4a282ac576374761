"""The user ids of containers: each has one that no other container of the engine has at the same time.

The kernel counts inotify instances, POSIX message queues, pages in pipes and pending signals by user id, over all
containers: whoever shares an id with another sandbox can take all of them. The engine itself keeps the ids apart, also
those of other services that use it: an id is part of its container's name, and each name exists once. A name is free
again when nothing is left of its container.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path

from .docker_client import ask_engine

WIDE = range(0x7000_0000, 0x7800_0000)
"""Ids that nobody has: neither people and services, nor users' own containers (/etc/subuid), nor those of systemd."""
NARROW = range(20_000, 60_000)
"""Where an engine has 65,536 ids, all of them its own: rootless, with userns-remap, or itself in a container."""
_INFO_SECONDS = 10.0
_OWN_IDS = ("name=userns", "name=rootless")


def draw_user_id() -> int:
    """An id that very probably no container has now: the engine will tell. Raises SandboxUnavailable."""
    ids = list_usable_ids()
    return ids[secrets.randbelow(len(ids))]  # no secret: it is only seldom another's


def name_container(user_id: int) -> str:
    """The name of the container whose processes have this id."""
    return f"toolcrib-user-{user_id}"


@cache
def list_usable_ids() -> range:
    """The ids that the engine can give to a container's processes. Raises SandboxUnavailable."""
    answer = ask_engine("GET", "/info", seconds=_INFO_SECONDS)
    options = answer.json().get("SecurityOptions") or () if answer is not None else ()
    mapped = any(option.startswith(_OWN_IDS) for option in options)
    return NARROW if mapped or not _exist_here(WIDE) else WIDE


def _exist_here(ids: range) -> bool:
    """Whether this process's user namespace, mostly the engine's as well, has these ids."""
    rows = [list(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(first <= ids.start and ids.stop <= first + count for first, _, count in rows)
