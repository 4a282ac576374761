"""What a tool can import, besides what every sandbox has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from registry.import_names import is_known_distribution, list_brought

_IMPORTABLE = re.compile(r"(?:\.[\w-]+)?\.(?:py|so|pyc)\Z")


@dataclass(frozen=True)
class ToolModules:
    """What a tool can import: ``paths`` are its files, ``shared`` the packages laid beside them.

    ``dependencies`` are PEP 508 requirements; ``in_block`` tells that they stand in a PEP 723 block.
    ``searches_elsewhere`` tells that the code changes ``sys.path``.
    """

    paths: tuple[str, ...]
    dependencies: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    in_block: bool = False
    searches_elsewhere: bool = False
    _declared: set[str] = field(init=False, default_factory=set)
    _own: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._own.update(self.shared)
        for path in self.paths:
            *folders, name = path.split("/")
            modules = [*folders, _IMPORTABLE.sub("", name)] if folders or _IMPORTABLE.search(name) else []
            self._own.update(modules if self.searches_elsewhere else modules[:1])
        for text in self.dependencies:
            try:
                self._declared.add(canonicalize_name(Requirement(text).name))
            except InvalidRequirement:
                self._declared.add("")  # a finding of its own; it may bring anything

    def holds(self, module: str) -> bool:
        """Whether a module is one of the tool's own files, or of a shared package."""
        return module.partition(".")[0] in self._own

    def declares(self, distribution: str) -> bool:
        """Whether a distribution is among the dependencies, by its canonical name."""
        return distribution in self._declared

    def may_bring(self, distribution: str | None, module: str) -> bool:
        """Whether something that is declared brings a module, or may do so for all that is known here."""
        wanted = {canonicalize_name(name) for name in (distribution, module.partition(".")[0]) if name}
        if wanted & self._declared or any(not is_known_distribution(name) for name in self._declared):
            return True
        brought = {canonicalize_name(name) for one in self._declared for name in list_brought(one)}
        return bool(wanted & brought)
