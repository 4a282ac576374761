"""Which shared packages import one another in a circle: the strongly connected parts of who imports whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def find_circles(imports: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Each circle as a sorted list of at least two names. Takes time as the number of imports (Kosaraju)."""
    forward = {name: [one for one in imports[name] if one in imports and one != name] for name in imports}
    backward: dict[str, list[str]] = {name: [] for name in imports}
    for name, targets in forward.items():
        for target in targets:
            backward[target].append(name)
    order: list[str] = []
    seen: set[str] = set()
    for name in forward:
        order += _walk(name, forward, seen)
    seen.clear()
    parts = [sorted(_walk(name, backward, seen)) for name in reversed(order)]
    return sorted(part for part in parts if len(part) > 1)


def _walk(start: str, edges: Mapping[str, list[str]], seen: set[str]) -> list[str]:
    """What is reached from ``start`` and not in ``seen``, each after what is reached from it."""
    if start in seen:
        return []
    seen.add(start)
    finished: list[str] = []
    path = [(start, iter(edges[start]))]
    while path:
        name, left = path[-1]
        target = next((one for one in left if one not in seen), None)
        if target is None:
            finished.append(name)
            path.pop()
        else:
            seen.add(target)
            path.append((target, iter(edges[target])))
    return finished
