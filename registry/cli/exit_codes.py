"""The exit codes of commands, and what a command prints for people beside its result."""

from __future__ import annotations

import click

EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_BUG = 3


def count_noun(number: int, noun: str) -> str:
    """``1 tool``, ``2 tools``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def say(text: str) -> None:
    """Print a line for people on standard error; standard output is for the result."""
    click.echo(text, err=True)
