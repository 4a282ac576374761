"""What ``toolcrib doctor`` examines, except for printing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from registry.audit import Audit
from registry.config import Config, name_instance
from registry.errors import ToolcribError
from registry.gitrepo import open_repository, run_git
from registry.secrets import Secrets
from registry.service import make_runner_settings, open_state, prepare_database
from runner import SandboxUnavailable, list_missing_libraries, prove_limits

from .startup_checks import describe_owner, describe_signing


@dataclass(frozen=True, slots=True)
class ExaminedLine:
    """One examined subject: whether it is as it must be, what was expected, and what was found."""

    subject: str
    ok: bool
    found: str
    asked: str | None = None


def examine_setup(config: Config) -> Iterator[ExaminedLine]:
    """Examine Git, the repository, the audit, the secrets, the engine, in a probe sandbox every limit, and what its
    image has for wheels."""
    yield _tried("git", lambda: run_git(config.repo, "version").decode().strip())
    yield _tried("repository", lambda: _repository(config))
    yield _tried("owner", lambda: _owner(config))
    yield _tried("signing", lambda: _signing(config))
    yield _tried("audit", lambda: _audit(config))
    yield _tried("secrets", lambda: _secrets(config))
    try:
        for line in prove_limits(make_runner_settings(config)):
            yield ExaminedLine(line.setting, line.ok, line.found, line.asked)
        missing = list_missing_libraries(make_runner_settings(config))
        found = f"missing {', '.join(missing)}" if missing else "all there"
        yield ExaminedLine("libraries for wheels", not missing, found, "what manylinux lets a wheel assume")
    except SandboxUnavailable as error:
        yield ExaminedLine("sandbox", ok=False, found=str(error))


def _tried(subject: str, look: Callable[[], str]) -> ExaminedLine:
    try:
        return ExaminedLine(subject, ok=True, found=look())
    except ToolcribError as error:
        return ExaminedLine(subject, ok=False, found=str(error))


def _repository(config: Config) -> str:
    repository = open_repository(config)
    catalog = open_state(config, repository).current()
    return f"{len(catalog.tools)} tools at {catalog.revision} of {repository.served_ref()}"


def _owner(config: Config) -> str:
    return "; ".join(describe_owner(open_repository(config))) or "the repository is the service's own user's"


def _signing(config: Config) -> str:
    told = "; ".join(describe_signing(open_repository(config)))
    return told or ("the key signs" if config.signing_key else "commits are not signed")


def _secrets(config: Config) -> str:
    catalog = open_state(config, open_repository(config)).current()
    return Secrets(config.secrets_file).check(catalog.tools.values())


def _audit(config: Config) -> str:
    audit = Audit(prepare_database(config, open_repository(config)), name_instance(config))
    try:
        audit.check()
    finally:
        audit.close()
    return "the database takes records"
