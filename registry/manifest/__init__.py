"""The only YAML loader and the only check of a tool's folder: bytes in, a manifest and every finding out."""

from __future__ import annotations

from registry.manifest.check import check_folder
from registry.manifest.shape import tool_schema

__all__ = ["check_folder", "tool_schema"]
