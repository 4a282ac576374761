"""The catalog: the immutable set of all tools at one revision. Built here, looked up here, searched and paged here."""

from .build import CheckCache, build_catalog
from .catalog import Catalog, Category, Contents
from .images import with_images
from .query import RELEVANCE, SORTS, Page, Query, answering, categories, select, tags
from .terms import TermCache
from .toolsets import checked_against, included, read_toolset

__all__ = [
    "RELEVANCE",
    "SORTS",
    "Catalog",
    "Category",
    "CheckCache",
    "Contents",
    "Page",
    "Query",
    "TermCache",
    "answering",
    "build_catalog",
    "categories",
    "checked_against",
    "included",
    "read_toolset",
    "select",
    "tags",
    "with_images",
]
