"""Where each keyword of a schema came from, also where schemas were put together from several."""

from __future__ import annotations

from registry.jsonschemas import Path, walk_subschemas
from registry.model import Json

from .inlined_schema import InlinedSchema


class KeywordOrigins:
    """The places of the schemas of one prepared schema, and of those that are made from them."""

    def __init__(self, ready: InlinedSchema) -> None:
        self._ready = ready
        self._alive: list[dict[str, Json]] = []  # an id is only its object's while the object lives
        self._paths: dict[int, Path] = {id(node): path for path, node in walk_subschemas(ready.schema)}
        self._keywords: dict[tuple[int, str], tuple[Path, ...]] = {}

    def of(self, node: dict[str, Json], keyword: str | None = None) -> tuple[str, ...]:
        """The pointers of a keyword (several, where it was made from several), or of the schema itself."""
        return tuple(dict.fromkeys(self._ready.place(path) for path in self._at(node, keyword)))

    def holding(self, node: dict[str, Json], keyword: str, item: Json) -> tuple[str, ...]:
        """The pointers of a keyword whose value is a list: those of the lists that have ``item``."""
        paths = [path for path in self._at(node, keyword) if item in self._list(path)]
        return tuple(dict.fromkeys(map(self._ready.place, paths))) or self.of(node, keyword)

    def made(self, node: dict[str, Json], *parts: dict[str, Json]) -> dict[str, Json]:
        """Note that ``node`` was made from ``parts``, the first of which stands where ``node`` is to be looked for."""
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
