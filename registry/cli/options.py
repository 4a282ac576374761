"""A command's settings: its options, then the environment."""

from __future__ import annotations

import os
from typing import Any

import click

from registry.config import Config
from registry.log import log

REPO = click.option("--repo", metavar="DIR", help="The Git repository [default: this folder's, or TOOLCRIB_REPO].")


def apply_options(options: dict[str, Any]) -> Config:
    """The settings, in which options override the environment. Options are put into the environment, so that worker
    processes read the same."""
    for name, value in options.items():
        if value is not None:
            os.environ[f"TOOLCRIB_{name.upper()}"] = str(value)
    config = Config.from_environment()
    # A service's log messages would be in the way of a command's own output.
    log.configure("warning" if config.log_level == "info" else config.log_level)
    return config
