"""What an import needs: nothing, because Python has the module, or a distribution from the package index.

Known from data that comes with the code, never from what is installed on this machine or from asking an index.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

# Sandboxes run Python 3.11 or 3.12, the service whatever its machine has: what differs between them is said here.
_REMOVED = {
    "ConfigParser": "use configparser",
    "HTMLParser": "use html.parser",
    "Queue": "use queue",
    "StringIO": "use io",
    "Tkinter": "a sandbox has no screen",
    "asynchat": "use asyncio, or list pyasynchat as a dependency",
    "asyncore": "use asyncio, or list pyasyncore as a dependency",
    "distutils": "use shutil, subprocess, sysconfig or packaging for what it did",
    "imp": "use importlib",
    "commands": "use subprocess",
    "cPickle": "use pickle",
    "cStringIO": "use io",
    "httplib": "use http.client",
    "smtpd": "list aiosmtpd as a dependency and use that",
    "urllib2": "use urllib.request",
    "urlparse": "use urllib.parse",
}
_REMOVED_LATER = frozenset(
    {"_crypt", "aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib", "nis"}
    | {"nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"}
)
_ADDED_LATER = frozenset({"annotationlib", "compression"})
_API_VERSION = re.compile(r"_v\d\w*$")  # google.cloud.vision_v1p1beta1
_MOST_PARTS = 8
BASE_MODULES: Final = frozenset(
    {"anyio", "attr", "attrs", "certifi", "charset_normalizer", "h11", "httpcore", "httpx", "idna", "jsonschema"}
    | {"requests", "urllib3", "yaml"}
)
"""What every sandbox has besides the standard library, whichever way its root was made."""


def is_standard_library(module: str) -> bool:
    """Whether every Python that a sandbox may have (3.11 and 3.12) brings this module. ``module`` may be dotted."""
    top = module.partition(".")[0]
    known = top in sys.stdlib_module_names or top in _REMOVED_LATER or top == "__main__"
    return known and top not in _REMOVED and top not in _ADDED_LATER


def find_distribution(module: str) -> str | None:
    """The distribution, as its project writes it, that brings a module; None where that is not known.

    ``module`` is a name as in an import statement (``yaml``, ``google.cloud.storage``). Part of a name that many share
    is not enough: ``google`` alone is None. So for ``from google.cloud import storage`` ask with the last name, too.
    """
    parts = module.split(".")[:_MOST_PARTS]
    names = _load_names()
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in names.of_modules:
            return names.of_modules[name]
        if length > 1 and parts[0] in names.shared:
            found = names.by_spelling.get(_squeeze(_API_VERSION.sub("", name)))
            if found is not None:
                return found
    return None


def find_removal_advice(module: str) -> str | None:
    """What to use in place of a module that older Pythons had, as the end of a sentence; None for any other."""
    return _REMOVED.get(module.partition(".")[0])


def is_known_distribution(name: str) -> bool:
    """Whether it is known which modules a distribution brings."""
    return _squeeze(name) in _load_names().by_spelling


def list_brought(distribution: str) -> tuple[str, ...]:
    """The distributions that come with one as its own dependencies, as far as people import those without saying so."""
    return _load_names().brought.get(_squeeze(distribution), ())


@dataclass(frozen=True, slots=True)
class _Names:
    of_modules: Mapping[str, str]  # module -> distribution
    by_spelling: Mapping[str, str]  # squeezed name -> distribution
    shared: frozenset[str]  # folders that many distributions share
    brought: Mapping[str, tuple[str, ...]]  # squeezed name -> its dependencies, and theirs


@cache
def _load_names() -> _Names:
    text = (resources.files("registry") / "import_names.txt").read_text("utf-8")
    of_modules: dict[str, str] = {}
    by_spelling: dict[str, str] = {}
    brought: dict[str, tuple[str, ...]] = {}
    shared: set[str] = set()
    for line in text.splitlines():
        name, *modules = line.split(" ")
        if name == "*":
            shared.update(modules)
        elif name == "+":
            brought[_squeeze(modules[0])] = tuple(modules[1:])
        elif name != "#":
            by_spelling[_squeeze(name)] = name
            for module in modules or (re.sub(r"[-.]+", "_", name).lower(),):
                of_modules[module] = name
    return _Names(of_modules, by_spelling, frozenset(shared), brought)


def _squeeze(name: str) -> str:
    """A name without what an index and an import write differently: google.cloud.x_y and google-cloud-x-y are one."""
    return re.sub(r"[-_.]+", "", name).lower()
