"""Tools from an OpenAPI document: one for each operation that is chosen; and how programs of tools are written.

Versions 2.0 (Swagger), 3.0, 3.1 and 3.2, in JSON or YAML, from a file or from the web. Nothing but the document is ever
fetched: a reference that leads out of it is told.
"""

from __future__ import annotations

from .api_document import ApiDocument, read_api_document, read_document
from .api_operation import OperationEntry, list_operations, list_outside_paths
from .authentication import Authentication, Credential, make_authentication
from .operation_choice import OperationChoice, choose_operations, describe_operations
from .operation_tool import OperationWishes, make_operation_tool
from .program_literals import write_literal

__all__ = [
    "ApiDocument",
    "Authentication",
    "Credential",
    "OperationChoice",
    "OperationEntry",
    "OperationWishes",
    "choose_operations",
    "describe_operations",
    "list_operations",
    "list_outside_paths",
    "make_authentication",
    "make_operation_tool",
    "read_api_document",
    "read_document",
    "write_literal",
]
