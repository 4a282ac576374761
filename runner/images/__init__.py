"""The image under a sandbox: the base root, the layer with a tool's dependencies, and the queue that builds them."""

from __future__ import annotations

from .base_image import ensure_base_image, find_image
from .image_queue import ImageQueue, Say
from .system_libraries import LIBRARIES

__all__ = [
    "LIBRARIES",
    "ImageQueue",
    "Say",
    "ensure_base_image",
    "find_image",
]
