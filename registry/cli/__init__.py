"""The command ``toolcrib``: the functions of the service, for a terminal. Only this module decides exit codes.

0: done; 1: findings, or a tool that failed; 2: a wrong call or set-up; 3: a fault of this program; 130: interrupted.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from registry.config import forget_git_environment
from registry.errors import ToolcribError
from registry.log import log

from .check_command import check
from .exit_codes import EXIT_BUG, EXIT_USAGE, say
from .export_command import export
from .fmt_command import fmt
from .import_command import import_tools
from .lock_command import lock
from .mcp_command import mcp
from .new_command import new
from .serve_commands import doctor, image, init, openapi, serve
from .tool_commands import invoke, list_tools, try_tool


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="toolcrib")
def command() -> None:
    """Serve, check and run the tools of a Git repository.

    A tool is a folder tools/<name>/ with tool.yaml and main.py. Start with

    \b
      toolcrib init DIR          make a new repository of tools
      toolcrib new NAME          begin a tool in it
      toolcrib import PATH       make tools of scripts that you have
      toolcrib try NAME          run it as it is now, and see what it prints
      toolcrib check             say what is wrong with the tools here
      toolcrib serve             offer them to people and models
      toolcrib mcp               offer them to the program that starts this
      toolcrib invoke NAME       run one in a throwaway container
    """


for _one in (serve, mcp, init, new, import_tools, try_tool, check, fmt, lock, list_tools, invoke, export):
    command.add_command(_one)
for _one in (image, openapi, doctor):
    command.add_command(_one)


def main() -> NoReturn:
    """The entry of the command ``toolcrib``."""
    forget_git_environment()
    try:
        status = command.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except ToolcribError as error:
        say(f"toolcrib: {error}")
        for fault in error.faults:
            say(f"  {fault.pointer or '/'}: {fault.message}")
        sys.exit(EXIT_USAGE)
    except Exception:
        log.exception("toolcrib has a fault; please report it with the lines below")
        sys.exit(EXIT_BUG)
