"""The origin of each keyword of a schema in the author's schema, even after several schemas were merged."""

from __future__ import annotations

from registry.jsonschemas import Path, walk_subschemas
from registry.model import Json

from .inlined_schema import InlinedSchema


class KeywordOrigins:
    """The origins of the parts of one inlined schema, and of schemas that are made from them."""

    def __init__(self, ready: InlinedSchema) -> None:
        self._ready = ready
        self._alive: list[dict[str, Json]] = []  # keeps the objects, because the id of a dead one can be reused
        self._paths: dict[int, Path] = {id(node): path for path, node in walk_subschemas(ready.schema)}
        self._keywords: dict[tuple[int, str], tuple[Path, ...]] = {}

    def of(self, node: dict[str, Json], keyword: str | None = None) -> tuple[str, ...]:
        """The pointers to a keyword (several if it was merged from several), or to the schema itself."""
        return tuple(dict.fromkeys(self._ready.place(path) for path in self._at(node, keyword)))

    def of_item(self, node: dict[str, Json], keyword: str, item: Json) -> tuple[str, ...]:
        """The pointers to a keyword whose value is a list, of those lists only that contain ``item``."""
        paths = [path for path in self._at(node, keyword) if item in self._list(path)]
        return tuple(dict.fromkeys(map(self._ready.place, paths))) or self.of(node, keyword)

    def record(self, node: dict[str, Json], *parts: dict[str, Json]) -> dict[str, Json]:
        """Record that ``node`` was made from ``parts``; the position of the first part becomes that of ``node``."""
        self._alive.append(node)
        self._paths[id(node)] = self._paths.get(id(parts[0]), ())
        for keyword in node:
            holders = [part for part in parts if keyword in part]
            paths = [path for part in holders for path in self._at(part, keyword)]
            self._keywords[id(node), keyword] = tuple(dict.fromkeys(paths))
        return node

    def _at(self, node: dict[str, Json], keyword: str | None) -> tuple[Path, ...]:
        path = self._paths.get(id(node), ())
        if keyword is None:
            return (path,)
        return self._keywords.get((id(node), keyword)) or ((*path, keyword),)

    def _list(self, path: Path) -> list[Json]:
        node: Json = self._ready.schema
        for step in path:
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                return []
        return node if isinstance(node, list) else []
