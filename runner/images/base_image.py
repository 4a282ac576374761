"""The image that sandboxes start from: a root with Python and a few libraries, and over it one layer of our own.

The tag of each is a digest of all that goes into it, so nothing is built twice, and a changed harness or CA bundle
costs only the last layer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from runner import sandbox_limits
from runner.engine import find_image_id, get_client, translate_errors, write_files
from runner.model import Settings

from . import base_root
from .build_container import be_patient, make_unstarted, run_to_end

Say = Callable[[str], None]

_REPOSITORY = "toolcrib-sandbox"
_HOME = "/opt/toolcrib"
# Not /tool: the engine makes the mount point, and would copy an existing folder's owner and mode onto the tmpfs.
_FOLDERS = (_HOME, f"{_HOME}/harness")
_PROGRAM = f"{_HOME}/start.py"
CHANGES = (
    # A file, not the folder: to run a folder, Python imports what no sandbox needs.
    f'ENTRYPOINT ["python3", "-I", "-B", "-X", "utf8", "{_PROGRAM}"]',
    "CMD []",
    f"USER {sandbox_limits.IMAGE_USER}",
    "WORKDIR /",
    "LABEL toolcrib.image=sandbox",
)
SITE = sandbox_limits.SITE
"""Where the packages are that a set of tools needs besides the root's libraries (:mod:`.dependency_layer`)."""
# They come before the root's libraries and after the standard library, as in any installation.
_INSERT = f"sys.path.insert([one.endswith('-packages') for one in [*sys.path, '-packages']].index(True), {SITE!r})"
_START = f'''"""What a sandbox starts."""

import os
import sys

if os.path.isdir("{SITE}"):
    {_INSERT}
sys.path.insert(0, "{_HOME}")

from harness.main import main

main()
'''.encode()
# The same for every interpreter that a tool starts: PYTHONPATH would come before the standard library, and -I would not
# read it. Not in process 1: a start of Python imports what it finds of some names (sitecustomize, and whatever other
# .pth files say), and there it must be nothing of a package.
_PATH_LINE = f"import os, sys; {_PROGRAM!r} in sys.orig_argv or os.path.isdir({SITE!r}) and {_INSERT}\n"
# Byte code that is never checked against its source: nobody can write either. Without it every sandbox would compile.
_FINISH = f"""\
import compileall, pathlib, py_compile, site, sys
folder = pathlib.Path(site.getsitepackages()[0])
folder.mkdir(parents=True, exist_ok=True)
(folder / "toolcrib.pth").write_text({_PATH_LINE!r})
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
sys.exit(not compileall.compile_dir({_HOME!r}, quiet=1, invalidation_mode=mode))
"""
_COMMAND = ["python3", "-I", "-c", _FINISH]


def ensure_base_image(settings: Settings, say: Say) -> str:
    """The id of the sandboxes' image; makes it where it is missing or its inputs changed, telling progress to ``say``.

    Raises SandboxUnavailable with a sentence that says what is missing. With nothing to do, takes milliseconds.
    """
    found = find_image(settings)
    if found is not None:
        return found
    root = base_root.ensure_root(settings, say)
    say("base image: adding the harness")
    with make_unstarted(root, {"Entrypoint": _COMMAND, "User": "0:0", "NetworkDisabled": True}) as container:
        files = {f"{_HOME}/harness/{name}": data for name, data in read_harness_files().items()}
        files |= {_PROGRAM: _START, sandbox_limits.CA_FILE: base_root.read_certificates(settings, container)}
        write_files(container, files, folders=_FOLDERS)
        with translate_errors(), be_patient():
            run_to_end(container, "The harness could not be put into the image")
            made = get_client().commit(container, _REPOSITORY, tag=_tag(settings), changes=list(CHANGES))
            return str(made["Id"])


def find_image(settings: Settings, **how_long: float) -> str | None:
    """The id of the sandboxes' image as the settings want it, or None where it has to be made first.

    ``how_long`` are the ``seconds`` of :func:`runner.engine.find_image_id`.
    """
    return find_image_id(f"{_REPOSITORY}:{_tag(settings)}", **how_long)


@cache
def read_harness_files() -> Mapping[str, bytes]:
    """The harness's modules: names and bytes, as they were when this process first asked.

    A running service keeps its image, and the harness that its own code speaks to, while its checkout is updated.
    """
    folder = resources.files("runner") / "harness"
    return MappingProxyType({one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(".py")})


def _tag(settings: Settings) -> str:
    digest = hashlib.sha256()
    own = base_root.read_own_certificates(settings)
    files = [part for name, data in sorted(read_harness_files().items()) for part in (name.encode(), data)]
    folders = [folder.encode() for folder in _FOLDERS]
    changes = [change.encode() for change in CHANGES]
    root = (settings.base_image.encode(), base_root.read_requirements(), *base_root.RECIPE)
    for part in (*root, own, _START, " ".join(_COMMAND).encode(), *files, *changes, *folders):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:24]
