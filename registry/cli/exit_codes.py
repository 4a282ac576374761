"""What a command says to people beside its answer, and the status that it ends with."""

from __future__ import annotations

import click

EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_BUG = 3


def count_noun(number: int, noun: str) -> str:
    """``1 tool``, ``2 tools``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def say(text: str) -> None:
    """Tell people something; standard output is for what they asked for."""
    click.echo(text, err=True)
