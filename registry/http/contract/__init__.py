"""What routes take and give, said once: their descriptions, the shapes and the sizes of bodies, files in JSON."""

from __future__ import annotations

from .body_limits import MAX_BODY_BYTES, TOO_LARGE, find_body_limit
from .body_shapes import load_components, read_shape
from .file_texts import read_files, render_files
from .route_description import (
    QueryParameter,
    RouteDescription,
    choice_parameter,
    describe_route,
    integer_parameter,
    required_text_parameter,
    text_parameter,
    time_parameter,
    version_parameter,
    words_parameter,
)

__all__ = [
    "MAX_BODY_BYTES",
    "TOO_LARGE",
    "QueryParameter",
    "RouteDescription",
    "choice_parameter",
    "describe_route",
    "find_body_limit",
    "integer_parameter",
    "load_components",
    "read_files",
    "read_shape",
    "render_files",
    "required_text_parameter",
    "text_parameter",
    "time_parameter",
    "version_parameter",
    "words_parameter",
]
