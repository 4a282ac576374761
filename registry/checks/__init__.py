"""What `toolcrib check` does, except for printing: folders, changed tools, examples, and reports in every format."""

from __future__ import annotations

from .branch_changes import BranchChanges, read_branch_changes
from .check_summary import write_markdown
from .checked_paths import CheckedPaths
from .example_runs import find_example_difference, find_failed_examples
from .finding_reports import (
    LocatedFinding,
    fit_one_line,
    format_excerpt,
    format_github_line,
    format_text_line,
    report_json,
    report_sarif,
)
from .folder_checks import check_paths

__all__ = [
    "BranchChanges",
    "CheckedPaths",
    "LocatedFinding",
    "check_paths",
    "find_example_difference",
    "find_failed_examples",
    "fit_one_line",
    "format_excerpt",
    "format_github_line",
    "format_text_line",
    "read_branch_changes",
    "report_json",
    "report_sarif",
    "write_markdown",
]
