"""The rules for tool.yaml beyond its shape: its fields against the folder, the server and one another."""

from __future__ import annotations

from registry.folder_rules import make_printable
from registry.model import Json
from registry.secret_names import is_reserved_name

from .finding_report import FindingReport
from .manifest_shape import check_shape
from .placeholder_rules import check_placeholders
from .schema_rules import check_schemas

MIN_DESCRIPTION_LENGTH = 40


def check_manifest(value: Json, folder_name: str, max_memory_mb: int, report: FindingReport) -> None:
    """Report everything that is wrong with a read tool.yaml."""
    check_shape(value, report)
    if not isinstance(value, dict):
        return
    _check_name(value, folder_name, report)
    _check_status(value, report)
    description = value.get("description")
    if isinstance(description, str) and 0 < len(description) < MIN_DESCRIPTION_LENGTH:
        message = f"Only {len(description)} characters: say what the tool does, when to use it and when not."
        report.at(("description",), "description-short", message, "warning")
    runtime = value.get("runtime")
    memory = runtime.get("memory_mb") if isinstance(runtime, dict) else None
    if isinstance(memory, int | float) and not isinstance(memory, bool) and memory > max_memory_mb:
        path = ("runtime", "memory_mb")
        if not report.has_fault_at(path):
            report.at(path, "memory-too-large", f"This server gives a tool at most {max_memory_mb} MiB.")
    _check_secrets(runtime.get("secrets") if isinstance(runtime, dict) else None, report)
    check_placeholders(value, report)
    check_schemas(value, report)


def _check_name(value: dict[str, Json], folder_name: str, report: FindingReport) -> None:
    name = value.get("name")
    if isinstance(name, str) and name != folder_name and not report.has_fault_at(("name",)):
        message = f"The name {name[:64]} is not the folder's, {make_printable(folder_name)[:80]}; make them equal."
        report.at(("name",), "name-mismatch", message)


def _check_status(value: dict[str, Json], report: FindingReport) -> None:
    replacement = value.get("replaced_by")
    if replacement is None:
        return
    if value.get("status") != "deprecated":
        message = "replaced_by goes only with `status: deprecated`."
        report.at(("replaced_by",), "replaced-by-not-deprecated", message)
    if replacement == value.get("name"):
        report.at(("replaced_by",), "replaced-by-itself", "A tool cannot be replaced by itself.")


def _check_secrets(secrets: Json, report: FindingReport) -> None:
    for index, name in enumerate(secrets if isinstance(secrets, list) else ()):
        if isinstance(name, str) and is_reserved_name(name):
            message = (
                f"{name[:64]} means something else to Python, the loader or the sandbox; name the secret otherwise."
            )
            report.at(("runtime", "secrets", index), "secret-name-reserved", message)
