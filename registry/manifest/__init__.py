"""The only YAML reader, the only writer, and the only check of a tool's folder: bytes in, a manifest and findings out.

``read_yaml`` and ``Report`` are the way to read another YAML file as strictly, with a place for every finding.
"""

from __future__ import annotations

from .amend import adapted, amended, renamed
from .check import check_folder
from .folder_rules import FOLDER_NAME, MAX_FILE_BYTES, MAX_FILES, MAX_FOLDER_BYTES, badly_named, passed_over, printable
from .report import MANIFEST_FILE, Report, path_of, places_in
from .secret_names import reserved
from .shape import SCHEMA_FILE, tool_schema
from .source import MainDef, read_source
from .tidy import tidied
from .toolset import MAX_TOOLSETS, check_toolset, toolset_schema, unread_toolset
from .writing import canonical
from .yaml_text import read as read_yaml

__all__ = [
    "FOLDER_NAME",
    "MANIFEST_FILE",
    "MAX_FILES",
    "MAX_FILE_BYTES",
    "MAX_FOLDER_BYTES",
    "MAX_TOOLSETS",
    "SCHEMA_FILE",
    "MainDef",
    "Report",
    "adapted",
    "amended",
    "badly_named",
    "canonical",
    "check_folder",
    "check_toolset",
    "passed_over",
    "path_of",
    "places_in",
    "printable",
    "read_source",
    "read_yaml",
    "renamed",
    "reserved",
    "tidied",
    "tool_schema",
    "toolset_schema",
    "unread_toolset",
]
