"""The built page: where its files are, and what its document may do."""

from __future__ import annotations

from registry.package_files import PAGE

BUILT = PAGE
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
"""What the page's document may do, as far as a document can say so of itself."""
