"""The catalog: the immutable set of all tools at one revision. It is built, looked up, searched and paged here."""

from .catalog import Catalog, Category, Contents
from .catalog_build import CheckCache, build_catalog
from .catalog_query import RELEVANCE, SORTS, ToolPage, ToolQuery, count_categories, count_tags, rank_tools, select_tools
from .image_overlay import overlay_images
from .tool_terms import TermCache
from .toolset_members import check_members, is_included, read_toolset

__all__ = [
    "RELEVANCE",
    "SORTS",
    "Catalog",
    "Category",
    "CheckCache",
    "Contents",
    "TermCache",
    "ToolPage",
    "ToolQuery",
    "build_catalog",
    "check_members",
    "count_categories",
    "count_tags",
    "is_included",
    "overlay_images",
    "rank_tools",
    "read_toolset",
    "select_tools",
]
