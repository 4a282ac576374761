"""An export: the page and every answer that only reads, as files that any static host can serve."""

from .contents import contents
from .documents import Documents
from .folder import EXPORT_FILE, Written, refuse_unfit, write_export

__all__ = ["EXPORT_FILE", "Documents", "Written", "contents", "refuse_unfit", "write_export"]
