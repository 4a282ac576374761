"""Where this machine gets packages from: pip's settings, and uv's own, in the words of uv.

uv does not read pip.conf, and pip is what people configure. Everything goes into the environment, not on the command
line: an index's address can hold a password, and command lines are for everybody to see.
"""

from __future__ import annotations

import ast
import re
import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PIP_SECONDS = 30.0
_LINE = re.compile(r"(?P<section>:env:|[a-z-]+)\.(?P<key>[^=]+)=(?P<value>.*)")
# In the order in which pip lets them win.
_SECTIONS = ("global", "install", ":env:")
# What uv may be told by the environment: where packages come from and how they are reached, never where they go.
_KEPT = re.compile(
    r"PATH|HOME|USER|LOGNAME|NETRC|XDG_[A-Z_]+|SSL_(CERT_FILE|CERT_DIR|CLIENT_CERT)|(?i:(https?|all|no)_proxy)"
    r"|UV_((DEFAULT_|EXTRA_)?INDEX(_URL|_STRATEGY|_.+_(USERNAME|PASSWORD))?|FIND_LINKS|KEYRING_PROVIDER|INSECURE_HOST"
    r"|HTTP_[A-Z_]+|CONFIG_FILE|NO_CONFIG|CREDENTIALS_DIR|SYSTEM_CERTS|CONSTRAINT|EXCLUDE_NEWER|PRERELEASE)"
)
_OWN_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")


@dataclass(frozen=True, slots=True)
class PackageSources:
    """What tells uv where packages come from: its environment, and the one thing that can only be an option."""

    environment: Mapping[str, str]
    options: tuple[str, ...] = ()


def find_package_sources(environment: Mapping[str, str], ca_bundle: Path | None, folder: Path) -> PackageSources:
    """Where packages come from, by the environment of this machine. What has to be a file is put into ``folder``."""
    made = {name: value for name, value in environment.items() if _KEPT.fullmatch(name)}
    pip = read_pip_settings(environment)
    if not any(name in made for name in _OWN_INDEXES):
        made |= _indexes(pip)
    for name, keys in _SAID_ONCE.items():
        value = next((pip[key] for key in keys if pip.get(key)), None)
        if value is not None and name not in made:
            made[name] = value
    if pip.get("pre", "").lower() in _TRUE:
        made.setdefault("UV_PRERELEASE", "allow")
    if "proxy" in pip:
        made = {"HTTP_PROXY": pip["proxy"], "HTTPS_PROXY": pip["proxy"]} | made
    made.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")  # to pip, all indexes are one
    options = ("--no-index",) if pip.get("no-index", "").lower() in _TRUE else ()
    return PackageSources(made | _certificates(made, pip, ca_bundle, folder), options)


_TRUE = {"1", "true", "yes", "on"}
_SAID_ONCE = {
    "UV_INSECURE_HOST": ("trusted-host",),
    "UV_CONSTRAINT": ("constraint",),
    "UV_HTTP_TIMEOUT": ("timeout", "default-timeout"),
    "UV_HTTP_RETRIES": ("retries",),
    "SSL_CLIENT_CERT": ("client-cert",),
}


def _indexes(pip: Mapping[str, str]) -> dict[str, str]:
    made = {}
    if pip.get("index-url"):
        made["UV_DEFAULT_INDEX"] = pip["index-url"]
    if pip.get("extra-index-url"):
        made["UV_INDEX"] = " ".join(pip["extra-index-url"].split())
    if pip.get("find-links"):
        made["UV_FIND_LINKS"] = ",".join(pip["find-links"].split())
    return made


def _certificates(
    made: Mapping[str, str], pip: Mapping[str, str], ca_bundle: Path | None, folder: Path
) -> dict[str, str]:
    """Which certificates to trust: pip's, or the environment's, or the system's; the service's own beside them."""
    named = pip.get("cert") or made.get("SSL_CERT_FILE")
    if ca_bundle is None:
        return {"SSL_CERT_FILE": named} if named else {"UV_SYSTEM_CERTS": "1"}
    system = named or ssl.get_default_verify_paths().cafile
    parts = [Path(path).read_bytes() for path in (system, ca_bundle) if path and Path(path).is_file()]
    together = folder / "certificates.pem"
    together.write_bytes(b"\n".join(parts))
    return {"SSL_CERT_FILE": str(together)}


def read_pip_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What pip would do without any option, as pip itself tells; nothing where there is no pip."""
    by_section: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in _ask_pip(environment, "list").splitlines():
        found = _LINE.fullmatch(line)
        if found is None or found["section"] not in by_section:
            continue
        settings, key = by_section[found["section"]], found["key"].replace("_", "-")
        # Several files say it: the list has them by their names, and only pip knows which one wins.
        told_before = key in settings
        settings[key] = _winning_value(environment, found) if told_before else _literal(found["value"])
    return {key: value for section in _SECTIONS for key, value in by_section[section].items()}


def _winning_value(environment: Mapping[str, str], found: re.Match[str]) -> str:
    return _ask_pip(environment, "get", f"{found['section']}.{found['key']}").removesuffix("\n")


def _ask_pip(environment: Mapping[str, str], *words: str) -> str:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "pip", "config", *words],
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=_PIP_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _literal(text: str) -> str:
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text
