"""The only YAML reader, the only writer, and the only check of a tool's folder: bytes in, a manifest and findings out.

``read_yaml`` and ``Report`` are the way to read another YAML file as strictly, with a place for every finding.
"""

from __future__ import annotations

from registry.manifest.amend import adapted, amended, renamed
from registry.manifest.check import check_folder
from registry.manifest.report import MANIFEST_FILE, Report, path_of, places_in
from registry.manifest.shape import SCHEMA_FILE, tool_schema
from registry.manifest.tidy import tidied
from registry.manifest.toolset import check_toolset, toolset_schema, unread_toolset
from registry.manifest.writing import canonical
from registry.manifest.yaml_text import read as read_yaml

__all__ = [
    "MANIFEST_FILE",
    "SCHEMA_FILE",
    "Report",
    "adapted",
    "amended",
    "canonical",
    "check_folder",
    "check_toolset",
    "path_of",
    "places_in",
    "read_yaml",
    "renamed",
    "tidied",
    "tool_schema",
    "toolset_schema",
    "unread_toolset",
]
