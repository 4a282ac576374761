"""A whole service in a command's own process, for as long as the command needs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from registry.config import Config, name_instance
from registry.gitrepo import open_repository
from registry.service import Service, open_service, prepare_database


@contextmanager
def open_command_service(config: Config, command: str, *, builds: bool = False) -> Iterator[Service]:
    """Open a service that is on records as this process of ``toolcrib command``, and close it afterwards.

    ``builds``: whether it builds images with dependencies by itself. Raises ConfigError, Unavailable.
    """
    prepare_database(config, open_repository(config))
    service = open_service(config, builds=builds, instance=f"{name_instance(config)}/{command}-{os.getpid()}")
    try:
        yield service
    finally:
        service.close()
