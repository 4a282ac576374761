"""The settings that a command goes by: its options over the environment."""

from __future__ import annotations

import os
from typing import Any

import click

from registry.config import Config
from registry.log import log

REPO = click.option("--repo", metavar="DIR", help="The Git repository [default: this folder's, or TOOLCRIB_REPO].")


def configure(options: dict[str, Any]) -> Config:
    """The settings: options over the environment. They are put there, so that worker processes read the same."""
    for name, value in options.items():
        if value is not None:
            os.environ[f"TOOLCRIB_{name.upper()}"] = str(value)
    config = Config.from_environment()
    # What a service logs is in the way of a command's own words.
    log.configure("warning" if config.log_level == "info" else config.log_level)
    return config
