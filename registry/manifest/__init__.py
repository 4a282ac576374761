"""The only YAML reader, the only writer, and the only check of a tool's folder: bytes in, a manifest and findings out.

``read_yaml`` and ``FindingReport`` read any other YAML file as strictly, with a position for every finding.
"""

from __future__ import annotations

from registry.manifest.changing import amend_text, rename_in_text, tidy_text, write_canonical
from registry.manifest.checking import (
    MANIFEST_FILE,
    MAX_TOOLSETS,
    PACKAGE_FILE,
    SCHEMA_FILE,
    FindingReport,
    MainDef,
    attach_packages,
    check_folder,
    check_package,
    check_toolset,
    link_packages,
    load_tool_schema,
    load_toolset_schema,
    locate_pointers,
    make_unread_toolset,
    mark_unused_packages,
    read_shared_names,
    read_source,
    split_fault_pointer,
)
from registry.manifest.yaml import read_foreign_yaml, read_yaml

__all__ = [
    "MANIFEST_FILE",
    "MAX_TOOLSETS",
    "PACKAGE_FILE",
    "SCHEMA_FILE",
    "FindingReport",
    "MainDef",
    "amend_text",
    "attach_packages",
    "check_folder",
    "check_package",
    "check_toolset",
    "link_packages",
    "load_tool_schema",
    "load_toolset_schema",
    "locate_pointers",
    "make_unread_toolset",
    "mark_unused_packages",
    "read_foreign_yaml",
    "read_shared_names",
    "read_source",
    "read_yaml",
    "rename_in_text",
    "split_fault_pointer",
    "tidy_text",
    "write_canonical",
]
