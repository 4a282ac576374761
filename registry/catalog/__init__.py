"""The catalog: the immutable set of all tools at one revision. Built here, looked up here, searched and paged here."""

from .build import CheckCache, build_catalog
from .catalog import Catalog, Category
from .query import SORTS, Page, Query, categories, select

__all__ = ["SORTS", "Catalog", "Category", "CheckCache", "Page", "Query", "build_catalog", "categories", "select"]
