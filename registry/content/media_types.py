"""What kind of file something is, by its first bytes or its name. No table of the machine is read."""

from __future__ import annotations

from collections.abc import Mapping

_BY_ENDING: Mapping[str, str] = {
    "csv": "text/csv", "tsv": "text/tab-separated-values", "txt": "text/plain", "log": "text/plain",
    "md": "text/markdown", "html": "text/html", "htm": "text/html", "css": "text/css", "ics": "text/calendar",
    "json": "application/json", "jsonl": "application/x-ndjson", "geojson": "application/geo+json",
    "xml": "application/xml", "yaml": "application/yaml", "yml": "application/yaml", "pdf": "application/pdf",
    "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp", "bmp": "image/bmp", "tiff": "image/tiff", "tif": "image/tiff", "ico": "image/x-icon",
    "mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg", "mp4": "video/mp4", "webm": "video/webm",
    "zip": "application/zip", "gz": "application/gzip", "tar": "application/x-tar",
    "parquet": "application/vnd.apache.parquet", "sqlite": "application/vnd.sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}  # fmt: skip

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Pictures of pixels, as browsers and most models take them."""


def guess_media_type(name: str, *, is_text: bool) -> str:
    """The media type that a file's name stands for."""
    ending = name.rpartition(".")[2].lower()
    return _BY_ENDING.get(ending, "text/plain" if is_text else "application/octet-stream")


def find_picture_type(beginning: bytes) -> str | None:
    """The media type of a picture of pixels that every model takes, by its first bytes; None of anything else."""
    if beginning.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if beginning.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if beginning.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    return None
