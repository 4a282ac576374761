import contextlib
import os
import sys
from typing import TYPE_CHECKING

try:
    import orjson
except ImportError:
    import ujson as orjson

with contextlib.suppress(ImportError):
    import rich

if TYPE_CHECKING:
    import pandas

if sys.version_info < (3, 11):
    import tomli

if os.name == "nt":
    import win32api


def main(host):
    return host


def by_hand():
    import click

    click.echo(main("a"))


if __name__ == "__main__":
    import typer

    by_hand()
