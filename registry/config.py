"""The settings: the only reader of the environment.

Every setting is one row of :data:`SETTINGS`; docs/settings.md lists the same rows, and a
test compares them. A wrong value is a :class:`~registry.errors.ConfigError` that names the variable.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from . import setting_texts
from .errors import ConfigError
from .model import Coercion


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its default as text, how its text is read, and its meaning in one sentence."""

    variable: str
    default: str
    read: Callable[[str], Any]
    meaning: str


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting of the service, read once. ``None`` means "not set" and is explained at its setting."""

    repo: Path
    tools_dir: str
    branch: str | None
    uncommitted: str
    watch: str
    host: str
    port: int
    allowed_hosts: tuple[str, ...]
    token: str | None
    workers: int
    threads: int
    state_dir: Path | None
    database_url: str | None
    instance: str
    max_concurrent: int
    max_queued: int
    max_memory_mb: int
    warm: int
    preimport_mb: int
    egress: Literal["open", "public"]
    images_mb: int
    base_image: str
    ca_bundle: Path | None
    runtime: str | None
    secrets_file: Path | None
    remote: str | None
    fetch_seconds: int
    push_secret_file: Path | None
    edit_mode: Literal["direct", "branch"]
    try_edits: Literal["on", "off"] | None
    arguments: Coercion
    pull_request_url: str | None
    signing_key: Path | str | None
    log_level: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read all settings. Raises one ConfigError that names every wrong value."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        faults: list[str] = []
        for field, setting in SETTINGS.items():
            # An empty variable means "not set": `VAR= command` and compose files make such variables.
            text = environ.get(setting.variable, "") or setting.default
            try:
                values[field] = setting.read(text)
            except ValueError as error:
                faults.append(f"{setting.variable}={text!r}: {error}")
        if faults:
            raise ConfigError("; ".join(faults))
        return cls(**values)

    def paths(self) -> dict[str, str]:
        """The variables that hold paths, with absolute paths, for a process with another working directory."""
        given = {SETTINGS[field.name].variable: getattr(self, field.name) for field in fields(self)}
        return {variable: str(value) for variable, value in given.items() if isinstance(value, Path)}

    @property
    def tries(self) -> bool:
        """Whether edits are tried before they are committed. By default not when they wait for a review."""
        return (self.try_edits or ("on" if self.edit_mode == "direct" else "off")) == "on"

    def served_at(self) -> str:
        """The address that people open, for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def read_host_environment() -> Mapping[str, str]:
    """The environment as it is; it names the machine's package index and proxy."""
    return dict(os.environ)


def list_unknown_settings(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The TOOLCRIB_* variables that are not settings. They are only worth a warning: Kubernetes sets some by itself."""
    known = {setting.variable for setting in SETTINGS.values()}
    return sorted(name for name in environ if name.startswith("TOOLCRIB_") and name not in known)


def forget_git_environment(environ: Any = os.environ) -> None:
    """Remove the GIT_* variables of a hook or a shell: they would make our Git use another repository.

    Variables that only name certificates to trust stay.
    """
    for name in [name for name in environ if name.startswith("GIT_") and not name.startswith("GIT_SSL_")]:
        del environ[name]


SETTINGS: dict[str, Setting] = {
    "repo": Setting(
        "TOOLCRIB_REPO", ".", setting_texts.read_path, "The Git repository to serve, bare or with a working tree."
    ),
    "tools_dir": Setting(
        "TOOLCRIB_TOOLS_DIR", "tools", setting_texts.read_folder_name, "The folder of the repository that holds tools."
    ),
    "branch": Setting(
        "TOOLCRIB_BRANCH",
        "",
        setting_texts.read_optional(setting_texts.read_branch),
        "The branch to serve. Not set: whatever HEAD names.",
    ),
    "uncommitted": Setting(
        "TOOLCRIB_UNCOMMITTED",
        "show",
        setting_texts.read_choice("show", "ignore"),
        "Whether tools that differ in the working tree are shown over the committed ones: `show` or `ignore`.",
    ),
    "watch": Setting(
        "TOOLCRIB_WATCH",
        "auto",
        setting_texts.read_choice("auto", "poll", "off"),
        "How the working tree is watched: `auto` (the system's events), `poll` (for network file systems), "
        "`off` (only the check every 30 s).",
    ),
    "host": Setting("TOOLCRIB_HOST", "127.0.0.1", str, "The address to listen on."),
    "port": Setting("TOOLCRIB_PORT", "8080", setting_texts.read_integer(1, 65535), "The TCP port to listen on."),
    "allowed_hosts": Setting(
        "TOOLCRIB_ALLOWED_HOSTS",
        "",
        setting_texts.read_host_names,
        "Further host names (comma-separated, without port) by which the service may be addressed, beside "
        "localhost and the address it listens on. Every other `Host` is refused.",
    ),
    "token": Setting(
        "TOOLCRIB_TOKEN",
        "",
        setting_texts.read_optional(str),
        "When set, changes and invokes need `Authorization: Bearer <token>`.",
    ),
    "workers": Setting("TOOLCRIB_WORKERS", "2", setting_texts.read_integer(1, 64), "Worker processes of the service."),
    "threads": Setting(
        "TOOLCRIB_THREADS",
        "64",
        setting_texts.read_integer(1, 1000),
        "Threads of each worker, at least; more are made where more calls may run and wait.",
    ),
    "state_dir": Setting(
        "TOOLCRIB_STATE_DIR",
        "",
        setting_texts.read_optional(setting_texts.read_path),
        "Where the service keeps its own files. Not set: the folder `toolcrib` inside the repository's Git directory.",
    ),
    "database_url": Setting(
        "TOOLCRIB_DATABASE_URL",
        "",
        setting_texts.read_optional(str),
        "The audit's database, as an SQLAlchemy URL. Not set: the SQLite file `audit.db` in the state directory.",
    ),
    "instance": Setting(
        "TOOLCRIB_INSTANCE",
        "",
        setting_texts.read_instance,
        "The name of this service on its machine: containers and records that carry this name belong to it. "
        "Not set: `<machine>:<port>`.",
    ),
    "max_concurrent": Setting(
        "TOOLCRIB_MAX_CONCURRENT", "100", setting_texts.read_integer(1, 1000), "Tools running at once, all workers."
    ),
    "max_queued": Setting(
        "TOOLCRIB_MAX_QUEUED",
        "200",
        setting_texts.read_integer(0, 10_000),
        "Invokes waiting for a run slot, all workers; the next gets a 429.",
    ),
    "max_memory_mb": Setting(
        "TOOLCRIB_MAX_MEMORY_MB",
        "1024",
        setting_texts.read_integer(32, 1_048_576),
        "The most memory that a tool may ask for, in MiB.",
    ),
    "warm": Setting(
        "TOOLCRIB_WARM",
        "8",
        setting_texts.read_integer(0, 1000),
        "Sandboxes that wait ahead of need, all workers, at least; more wait while more are in use. 0: every call "
        "makes its own, which takes some 0.3 s longer.",
    ),
    "preimport_mb": Setting(
        "TOOLCRIB_PREIMPORT_MB",
        "64",
        setting_texts.read_integer(0, 1024),
        "The memory, in MiB, up to which a waiting sandbox imports ahead the libraries that tools use.",
    ),
    "egress": Setting(
        "TOOLCRIB_EGRESS",
        "open",
        setting_texts.read_choice("open", "public"),
        "What tools with network may reach: `open` (whatever this machine can reach) or `public` (only public "
        "addresses; needs root).",
    ),
    "images_mb": Setting(
        "TOOLCRIB_IMAGES_MB",
        "4096",
        setting_texts.read_integer(1, 1_048_576),
        "The disk, in MiB, that the dependencies of tools may take together; the least recently used images "
        "are removed first.",
    ),
    "base_image": Setting(
        "TOOLCRIB_BASE_IMAGE",
        "python:3.12-slim",
        str,
        "The image that sandboxes are made from. Where it cannot be pulled, a Debian root made from packages is used.",
    ),
    "ca_bundle": Setting(
        "TOOLCRIB_CA_BUNDLE",
        "",
        setting_texts.read_optional(setting_texts.read_file),
        "A PEM file with further certificates that tools trust (for networks with an inspecting proxy).",
    ),
    "runtime": Setting(
        "TOOLCRIB_RUNTIME",
        "",
        setting_texts.read_optional(str),
        "The engine's runtime for sandboxes, such as `runsc`. Not set: its default.",
    ),
    "secrets_file": Setting(
        "TOOLCRIB_SECRETS_FILE",
        "",
        setting_texts.read_optional(setting_texts.read_path),
        "The YAML file with the secrets that tools are granted, readable by its owner only. Not set: there are none.",
    ),
    "remote": Setting(
        "TOOLCRIB_REMOTE",
        "",
        setting_texts.read_optional(setting_texts.read_remote),
        "The remote that edits are pushed to and others' commits come from. Not set: `origin`, where there is one. "
        "`none`: no remote.",
    ),
    "fetch_seconds": Setting(
        "TOOLCRIB_FETCH_SECONDS",
        "60",
        setting_texts.read_integer(0, 86_400),
        "How often the remote is fetched from, in seconds. 0: only at the start, after edits and after a webhook.",
    ),
    "push_secret_file": Setting(
        "TOOLCRIB_PUSH_SECRET_FILE",
        "",
        setting_texts.read_optional(setting_texts.read_path),
        "The file with the secret that signs `POST /api/v1/hooks/push`. Not set: the hook is off.",
    ),
    "edit_mode": Setting(
        "TOOLCRIB_EDIT_MODE",
        "direct",
        setting_texts.read_choice("direct", "branch"),
        "Where edits are committed: `direct` (the served branch) or `branch` (each on one of its own, for a pull "
        "request).",
    ),
    "try_edits": Setting(
        "TOOLCRIB_TRY",
        "",
        setting_texts.read_optional(setting_texts.read_choice("on", "off")),
        "Whether an edit may be run before it is committed: `on` or `off`. Not set: `on`, but `off` where "
        "`TOOLCRIB_EDIT_MODE` is `branch`.",
    ),
    "arguments": Setting(
        "TOOLCRIB_ARGUMENTS",
        "lossless",
        setting_texts.read_choice("lossless", "strict"),
        "How arguments are taken where a tool does not say it: `lossless` (a text that the schema refuses is read as "
        "the JSON that it holds, where the schema takes that) or `strict` (texts stay texts).",
    ),
    "pull_request_url": Setting(
        "TOOLCRIB_PULL_REQUEST_URL",
        "",
        setting_texts.read_optional(setting_texts.read_pull_request_url),
        "Where a pull request is opened: `github`, `gitlab`, `gitea`, or an address with `{branch}`, `{base}` and "
        "`{web}` (the repository's page) in it. Not set: derived from the remote's address.",
    ),
    "signing_key": Setting(
        "TOOLCRIB_SIGNING_KEY",
        "",
        setting_texts.read_optional(setting_texts.read_signing_key),
        "The key that signs the service's commits: the path of an ssh private key without passphrase, or `openpgp:` "
        "and the fingerprint of a key in the keyring of the service's user. Not set: they are not signed.",
    ),
    "log_level": Setting(
        "TOOLCRIB_LOG_LEVEL",
        "info",
        setting_texts.read_choice("debug", "info", "warning", "error"),
        "The lowest level that is logged.",
    ),
}

if {field.name for field in fields(Config)} != set(SETTINGS):  # a setting without a reader would be a silent default
    raise AssertionError("Config and SETTINGS differ")


def name_instance(config: Config) -> str:
    """The name that owns this service's containers and records."""
    return config.instance or f"{socket.gethostname()}:{config.port}"
