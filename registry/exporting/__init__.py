"""An export: the page and all read-only answers of the API, as files that any static host can serve."""

from .export_contents import list_export_files
from .export_folder import EXPORT_FILE, refuse_unfit_folder, write_export
from .page_documents import PageDocuments

__all__ = ["EXPORT_FILE", "PageDocuments", "list_export_files", "refuse_unfit_folder", "write_export"]
