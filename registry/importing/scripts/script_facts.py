"""What is known of a script before it is decided what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from .data_files import DataFiles, collect_data
from .environment_reading import EnvironmentReads, read_environment
from .file_uses import find_file_uses
from .missing_files import list_missing_files
from .module_names import ModuleNames
from .own_modules import OwnModules, collect_modules
from .path_calls import PathUse
from .script_source import ScriptSource
from .third_party import ThirdParty, find_third_party


@dataclass(frozen=True)
class ScriptFacts:
    """What is known of a script whichever entry is made a tool of."""

    source: ScriptSource
    own: OwnModules

    @classmethod
    def of(cls, source: ScriptSource) -> ScriptFacts:
        """Read everything beside the script that it uses."""
        return cls(source, collect_modules(source))

    @property
    def names(self) -> ModuleNames:
        """The script's own names."""
        return self.own.names[self.own.module]

    @cached_property
    def all_names(self) -> list[ModuleNames]:
        """The script's names, and those of its helpers."""
        return [self.names, *(one for name, one in self.own.names.items() if name != self.own.module)]

    @cached_property
    def third_party(self) -> ThirdParty:
        """What comes from the package index."""
        return find_third_party({self.own.module: self.source, **self.own.sources}, self.all_names)

    @cached_property
    def environment(self) -> EnvironmentReads:
        """What it reads from its environment."""
        return read_environment(self.all_names)

    @cached_property
    def data(self) -> DataFiles:
        """The data files beside it that it names."""
        return collect_data(self.source, self.own)

    @cached_property
    def missing_files(self) -> list[str]:
        """The files beside it that it reads, and that are not there."""
        return list_missing_files(self.all_names, self.source.path)

    @cached_property
    def uses(self) -> Mapping[str, PathUse]:
        """What it does with paths."""
        return find_file_uses(self.all_names)
