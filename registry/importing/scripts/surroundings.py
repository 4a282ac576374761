"""What a script expects around it that a sandbox does not have, and what that means for the tool."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from .constant_values import evaluate
from .module_names import ModuleNames

_NETWORK: Final = frozenset(
    {
        "socket",
        "ssl",
        "http",
        "urllib",
        "urllib3",
        "requests",
        "httpx",
        "aiohttp",
        "smtplib",
        "ftplib",
        "imaplib",
        "poplib",
    }
    | {
        "telnetlib",
        "xmlrpc",
        "asyncssh",
        "paramiko",
        "dns",
        "websocket",
        "websockets",
        "boto3",
        "botocore",
        "slack_sdk",
    }
    | {
        "google",
        "googleapiclient",
        "azure",
        "openai",
        "anthropic",
        "psycopg2",
        "psycopg",
        "pymysql",
        "pymongo",
        "redis",
    }
    | {
        "kubernetes",
        "docker",
        "github",
        "gitlab",
        "jira",
        "feedparser",
        "whois",
        "ping3",
        "nmap",
        "ldap3",
        "sqlalchemy",
    }
    | {"telegram", "twilio", "stripe", "elasticsearch", "kafka", "pika", "grpc", "tweepy", "yfinance", "ntplib", "hvac"}
)
_DISPLAY: Final = frozenset(
    {"tkinter", "turtle", "pyautogui", "pygame", "PyQt5", "PyQt6", "PySide6", "wx", "kivy", "curses", "pynput"}
)
_WINDOWS: Final = frozenset(
    {"winreg", "win32api", "win32com", "win32con", "winsound", "msvcrt", "pythoncom", "_winapi"}
)
_SERVERS: Final = re.compile(r"\.(serve_forever|run_forever|run_pending|start_polling|mainloop)$|^uvicorn\.run$")
_PROGRAMS: Final = frozenset(
    {
        "python",
        "python3",
        "sh",
        "bash",
        "ls",
        "cat",
        "df",
        "du",
        "echo",
        "sort",
        "uniq",
        "uname",
        "date",
        "hostname",
        "id",
    }
    | {
        "head",
        "tail",
        "wc",
        "grep",
        "sed",
        "find",
        "env",
        "true",
        "false",
        "tar",
        "gzip",
        "cp",
        "mv",
        "rm",
        "mkdir",
        "tr",
    }
    | {
        "cut",
        "xargs",
        "nproc",
        "stat",
        "whoami",
        "sleep",
        "seq",
        "sha256sum",
        "md5sum",
        "base64",
        "awk",
        "printf",
        "pwd",
    }
)
_RUNNING: Final = frozenset(
    {"subprocess.run", "subprocess.check_output", "subprocess.check_call", "subprocess.call", "subprocess.Popen"}
    | {"subprocess.getoutput", "os.system", "os.popen", "asyncio.create_subprocess_exec", "shutil.which"}
)
_MEMORY: Final = frozenset(
    {"pandas", "numpy", "matplotlib", "scipy", "sklearn", "polars", "pyarrow", "cv2", "PIL", "seaborn", "plotly"}
)
_ABSOLUTE: Final = re.compile(r"^/(var|etc|home|root|opt|srv|mnt|data|Users|usr/local)/\S*\w")
_WITH_ADDRESS: Final = frozenset({"pandas", "subprocess", "polars", "os"})
"""What talks to others where the script has an address."""
_WAY: Final = re.compile(r"^(https?|ftp|wss?)://(?!localhost|127\.)")


def needs_network(names: Iterable[ModuleNames], modules: frozenset[str]) -> bool:
    """Whether a script or its helpers talk to others."""
    for one in names:
        tops = {full.partition(".")[0] for full in one.imports.values()} | modules
        addressed = tops & _WITH_ADDRESS and any(
            isinstance(node, ast.Constant) and isinstance(node.value, str) and _WAY.match(node.value)
            for node in ast.walk(one.tree)
        )
        if tops & _NETWORK or addressed:
            return True
    return False


def needs_memory(modules: frozenset[str]) -> bool:
    """Whether what the script imports takes more than the memory that a tool has by default."""
    return bool(modules & _MEMORY)


def list_obstacles(names: Iterable[ModuleNames]) -> Iterator[str]:
    """A sentence for each thing that a sandbox does not have."""
    found: dict[str, None] = {}
    for one in names:
        tops = {full.partition(".")[0] for full in one.imports.values()}
        for module in sorted(tops & _DISPLAY):
            found[f"it imports {module}, which needs a screen: a sandbox has none"] = None
        for module in sorted(tops & _WINDOWS):
            found[f"it imports {module}, which only Windows has"] = None
        for node in ast.walk(one.tree):
            if isinstance(node, ast.Call):
                for sentence in _of_call(node, one):
                    found[sentence] = None
    yield from found


def _of_call(node: ast.Call, names: ModuleNames) -> Iterator[str]:
    full = names.full_name(node.func)
    if _SERVERS.search(full):
        yield f"it calls {full}, which does not end by itself: a tool has 30 seconds"
    if full in _RUNNING and node.args and (program := _program(node.args[0], names)):
        yield f"it runs {program}, which the sandbox does not have"
    if full in {"open", "pathlib.Path", "sqlite3.connect", "logging.FileHandler"} and node.args:
        path = evaluate(node.args[0], names)
        if isinstance(path, str) and _ABSOLUTE.match(path):
            yield f"it opens {path}, which is not there in a sandbox"
    if full == "logging.basicConfig":
        path = next((evaluate(one.value, names) for one in node.keywords if one.arg == "filename"), None)
        if isinstance(path, str) and _ABSOLUTE.match(path):
            yield f"it logs to {path}, which cannot be written in a sandbox"


def _program(node: ast.expr, names: ModuleNames) -> str:
    """The name of a program that a sandbox does not have; "" for others, and where it is not known."""
    first = node.elts[0] if isinstance(node, ast.List | ast.Tuple) and node.elts else node
    value = evaluate(first, names)
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(first, ast.JoinedStr) and first.values and isinstance(first.values[0], ast.Constant):
        value = first.values[0].value
    if not isinstance(value, str) or not value.strip():
        return ""
    program = value.split()[0].rpartition("/")[2]
    return "" if program in _PROGRAMS or not re.fullmatch(r"[\w.+-]+", program) else program
