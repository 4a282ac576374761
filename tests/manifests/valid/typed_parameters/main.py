from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, TypedDict
from uuid import UUID


class Colour(Enum):
    RED = "red"


@dataclass
class Item:
    name: str
    day: date


class Filter(TypedDict, total=False):
    since: datetime


def main(
    items: list[Item],
    day: Annotated[date, "a day"],
    colour: Colour = Colour.RED,
    only: Filter | None = None,
    path: Path = Path("/tmp"),
    id: UUID | None = None,
    data: bytes = b"",
):
    yield {"items": items, "day": day, "colour": colour, "only": only, "path": path, "id": id, "data": data}
