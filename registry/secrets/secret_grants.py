"""Which tool gets which secret now. The file is read anew whenever it differs, so a change needs no restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from registry.errors import ConfigError, Fault, SecretMissing
from registry.log import log
from registry.model import Finding, Tool

from .redactor import Redactor
from .secrets_file import SETTING, SecretSource, SecretsReading, Unreadable, parse_secrets, read_secrets_file

_RETRY_SECONDS = 60
_REDACTORS_KEPT = 256


@dataclass(frozen=True, slots=True)
class GrantedSecrets:
    """What one call is handed: values by name for the tool's environment, and what hides just these."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    redactor: Redactor = field(default_factory=Redactor, repr=False)


_NOTHING = GrantedSecrets()


class Secrets:
    """The grants of one secrets file; without a file nothing is granted. For any number of threads."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: tuple[bytes | str, SecretsReading] = ("", SecretsReading())
        self._handed: dict[tuple[tuple[str, str], ...], GrantedSecrets] = {}

    def handed(self, tool: Tool) -> GrantedSecrets:
        """Every secret that the tool declares. Raises SecretMissing, naming each that it does not get, and why."""
        names = tool.manifest.runtime.secrets
        if not names:
            return _NOTHING
        reading = self._read()
        values: dict[str, str] = {}
        faults = []
        for index, name in enumerate(names):
            try:
                values[name] = _granted(reading, name, tool.name).read()
            except Unreadable as error:
                faults.append(Fault(f"/runtime/secrets/{index}", f"{name}: {error}", "secret-missing"))
        if faults:
            told = "; ".join(fault.message for fault in faults)
            raise SecretMissing(f"{tool.name} does not run without its secrets ({told})", _RETRY_SECONDS, faults)
        return self._kept(values)

    def granted(self, tool: Tool) -> dict[str, bool]:
        """Of each secret that the tool declares, by name, whether a call would get it now."""
        names = tool.manifest.runtime.secrets
        if not names:
            return {}
        reading = self._read()
        return {name: _would_get(reading, name, tool.name) for name in names}

    def check(self, tools: Iterable[Tool]) -> str:
        """How many secrets there are, and which of these tools lack some, in a sentence.

        Raises ConfigError with every fault of the file, and of the files it names.
        """
        reading = self._read()
        faults = [f"{one.line}:{one.column}: {one.message}" for one in reading.findings]
        for name, secret in reading.secrets.items():
            try:
                secret.read()
            except Unreadable as error:
                faults.append(f"{name}: {error}")
        if faults:
            raise ConfigError(f"{SETTING}: {'; '.join(faults)}")
        lacking = [
            f"{tool.name} ({', '.join(name for name, granted in grants.items() if not granted)})"
            for tool in tools
            if tool.invocable and not all((grants := self.granted(tool)).values())
        ]
        said = f"{SETTING} is not set" if self._path is None else f"{len(reading.secrets)} in the secrets file"
        return f"{said}; not granted: {', '.join(lacking)}" if lacking else said

    def _read(self) -> SecretsReading:
        """The file as it is now: parsed again only if its bytes differ (times and sizes can stay the same)."""
        if self._path is None:
            return SecretsReading()
        try:
            state: bytes | str = read_secrets_file(self._path)
        except Unreadable as error:
            state = str(error)
        known, reading = self._known
        if state == known:
            return reading
        if isinstance(state, bytes):
            reading = parse_secrets(state, self._path.parent)
        else:
            reading = SecretsReading(
                findings=(Finding(SETTING, 1, 1, "error", "secrets-unreadable", f"The file: {state}."),)
            )
        if reading.findings:
            told = [f"{one.line}:{one.column}: {one.message}" for one in reading.findings]
            log.warning("secrets file not usable: no tool gets a secret", faults=told)
        else:
            log.info("secrets file read", secrets=len(reading.secrets))
        self._known = (state, reading)
        return reading

    def _kept(self, values: Mapping[str, str]) -> GrantedSecrets:
        """Making a redactor takes longer than most calls: those of the values in use are kept."""
        key = tuple(values.items())
        found = self._handed.get(key)
        if found is None:
            found = GrantedSecrets(values, Redactor(values.values()))
            if len(self._handed) >= _REDACTORS_KEPT:
                self._handed = {}
            self._handed[key] = found
        return found


def _granted(reading: SecretsReading, name: str, tool: str) -> SecretSource:
    """Raises Unreadable. What is not there and what only others get is one answer: the second is nobody's business."""
    if reading.findings:
        raise Unreadable("the secrets file cannot be used now: /readyz and `toolcrib doctor` say why")
    secret = reading.secrets.get(name)
    if secret is None or tool not in secret.tools:
        raise Unreadable("it is not granted to this tool; whoever runs the service does that")
    return secret


def _would_get(reading: SecretsReading, name: str, tool: str) -> bool:
    try:
        _granted(reading, name, tool).read()
    except Unreadable:
        return False
    return True
