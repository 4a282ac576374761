"""What a script reads from its environment: secrets, settings without which it does not work, and others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from registry.secret_names import is_reserved_name

from .constant_values import UNKNOWN, evaluate
from .docstrings import words_of
from .module_names import ModuleNames
from .parameters import Parameter, make_name

_SECRET_WORDS: Final = re.compile(
    r"(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASS|PWD|PASSPHRASE|CREDENTIALS?|KEY|KEYS|APIKEY|DSN|WEBHOOK|AUTH|COOKIE|PAT)"
    r"(_|$)|TOKEN|SECRET|PASSWORD|APIKEY|WEBHOOK|DATABASE_URL|CONNECTION_STRING|MONGO_URI|REDIS_URL"
)
_NOT_SECRET: Final = re.compile(r"KEYBOARD|KEYWORD|PUBLIC_KEY|TOKENIZERS|MAX_TOKENS|AUTHOR|PWD$")
_ADDRESS_WORDS: Final = re.compile(
    r"(^|_)(URL|URI|HOST|HOSTNAME|ENDPOINT|SERVER|DOMAIN|BASE|ADDRESS|TENANT|INSTANCE)(_|$)"
)
_SECRET_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
_GETTERS: Final = {
    "os.getenv",
    "os.environ.get",
    "os.environ.pop",
    "os.environ.setdefault",
    "os.environb.get",
    "decouple.config",
    "environ.get",
}


@dataclass(frozen=True, slots=True)
class EnvironmentReads:
    """``secrets`` are for the server's file, ``parameters`` for whoever calls, ``kept`` have a default of the script's.

    ``unfit`` are names that no secret can have, ``unknown`` says that a name is known only when the script runs.
    """

    secrets: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    kept: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    name: str
    needed: bool
    default: Any


def read_environment(modules: Iterable[ModuleNames]) -> EnvironmentReads:
    """Everything that a script and its helpers read. An address beside a secret is a secret, too.

    Otherwise whoever calls the tool could have the secret sent anywhere.
    """
    reads: dict[str, _Read] = {}
    unknown = False
    for names in modules:
        set_here = _set_names(names)
        for name, needed, default in _all_reads(names):
            if name is None:
                unknown = True
            elif name not in set_here and not is_reserved_name(name):
                known = reads.get(name, _Read(name, needed=False, default=UNKNOWN))
                kept = known.default if known.default is not UNKNOWN else default
                reads[name] = _Read(name, needed or known.needed, kept)
    secret = {name for name in reads if _looks_secret(name)}
    if secret:
        secret |= {name for name, one in reads.items() if _ADDRESS_WORDS.search(name) and one.default is UNKNOWN}
    defaulted = {name for name, one in reads.items() if name not in secret and one.default is not UNKNOWN}
    fit = {name for name in secret if _SECRET_NAME.match(name)}
    parameters = [_parameter(one) for name, one in reads.items() if name not in secret | defaulted]
    return EnvironmentReads(
        tuple(name for name in reads if name in fit)[:20],
        tuple(parameters),
        tuple(name for name in reads if name in defaulted),
        tuple(sorted(secret - fit)),
        unknown,
    )


def _looks_secret(name: str) -> bool:
    return bool(_SECRET_WORDS.search(name.upper())) and not _NOT_SECRET.search(name.upper())


def _parameter(one: _Read) -> Parameter:
    return Parameter(
        name=make_name(one.name),
        giving="environment",
        schema={"type": "string"},
        description=f"{words_of(one.name)} (the script reads it from {one.name}).",
        required=one.needed,
        source=one.name,
    )


def _all_reads(names: ModuleNames) -> list[tuple[str | None, bool, Any]]:
    """Name (None: not known), whether it must be there, and the default (UNKNOWN: none)."""
    found: list[tuple[str | None, bool, Any]] = []
    for node in ast.walk(names.tree):
        if isinstance(node, ast.Subscript) and names.full_name(node.value) == "os.environ":
            if isinstance(node.ctx, ast.Load):
                found.append((_name(node.slice, names), True, UNKNOWN))
        elif isinstance(node, ast.Call) and names.full_name(node.func) in _GETTERS and node.args:
            given = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "default")]
            default = evaluate(given[0], names) if given else UNKNOWN
            # `os.getenv("X") or "y"` has a default as well, and None is none.
            default = UNKNOWN if default is None or default == "" else "" if given and default is UNKNOWN else default
            found.append((_name(node.args[0], names), "decouple" in names.full_name(node.func) and not given, default))
    with_other = {
        id(one.values[0]) for one in ast.walk(names.tree) if isinstance(one, ast.BoolOp) and isinstance(one.op, ast.Or)
    }
    calls = [node for node in ast.walk(names.tree) if id(node) in with_other and isinstance(node, ast.Call)]
    for call in calls:
        if names.full_name(call.func) in _GETTERS and call.args:
            found.append((_name(call.args[0], names), False, ""))
    return found


def _name(node: ast.expr, names: ModuleNames) -> str | None:
    value = evaluate(node, names)
    return value if isinstance(value, str) and value else None


def _set_names(names: ModuleNames) -> set[str]:
    """Variables that the script sets itself."""
    return {
        name
        for node in ast.walk(names.tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and names.full_name(node.value) == "os.environ"
        and (name := _name(node.slice, names)) is not None
    }
