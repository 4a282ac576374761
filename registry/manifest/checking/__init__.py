"""All rules for a tool's folder or a toolset's file, and the findings that say where a rule is broken."""

from __future__ import annotations

from .finding_report import MANIFEST_FILE, FindingReport, Path, locate_pointers, split_fault_pointer
from .folder_check import check_folder
from .manifest_reading import read_shared_names
from .manifest_shape import SCHEMA_FILE, find_schema_at, load_tool_schema
from .package_check import PACKAGE_FILE, attach_packages, check_package, link_packages, mark_unused_packages
from .python_source import MainDef, read_source
from .toolset_check import MAX_TOOLSETS, check_toolset, load_toolset_schema, make_unread_toolset

__all__ = [
    "MANIFEST_FILE",
    "MAX_TOOLSETS",
    "PACKAGE_FILE",
    "SCHEMA_FILE",
    "FindingReport",
    "MainDef",
    "Path",
    "attach_packages",
    "check_folder",
    "check_package",
    "check_toolset",
    "find_schema_at",
    "link_packages",
    "load_tool_schema",
    "load_toolset_schema",
    "locate_pointers",
    "make_unread_toolset",
    "mark_unused_packages",
    "read_shared_names",
    "read_source",
    "split_fault_pointer",
]
