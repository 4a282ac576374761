"""The images with tools' packages: a layer over the sandboxes' image, made without running anything of the packages."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from runner import sandbox_limits
from runner.engine import ask_engine, load_docker, make_labels, remove_container
from runner.model import SandboxUnavailable, Settings

from . import base_image

_REPOSITORY = "toolcrib-packages"
_STORE_LABEL = "toolcrib.store"
_KEY_LABEL = "toolcrib.key"
_SIZE_LABEL = "toolcrib.bytes"
_BUILD_LABEL = "toolcrib.build"
_LIST_SECONDS = 3.0
_LONG_SECONDS = 600.0
_COMPILE_SECONDS = 180.0
_COMPILE_MB = 512
_USER_ID = int(sandbox_limits.IMAGE_USER.partition(":")[0])
_COMMANDS = f"{base_image.SITE}/bin"
_MOST_COMMAND_BYTES = 64 * 1024
# How an installer begins a command that is written in Python: with this machine's interpreter, a long path in sh.
_FIRST_LINES = re.compile(rb"#![^\n]*\bpython[^/\n]*\n|#!/bin/sh\n'''exec' [^\n]*\n' '''\n")
_OWN_FIRST_LINE = b"#!/usr/bin/env python3\n"
# A sandbox can write no byte-code: without it every call would compile what it imports. No package is imported here
# (-S: no .pth either), and hashes are not looked at, so that no date can make the byte-code stale.
_COMPILE = ["python3", "-I", "-S", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", base_image.SITE]


@dataclass(frozen=True, slots=True)
class DependencyLayer:
    """One image with packages: its id, the key of its set, and the bytes of its packages."""

    image: str
    key: str
    size: int
    created: float


def list_layers(store: str) -> dict[str, DependencyLayer]:
    """The images of a store, by key. Raises SandboxUnavailable."""
    filters = json.dumps({"label": [f"{_STORE_LABEL}={store}"]})
    answer = ask_engine("GET", "/images/json", seconds=_LIST_SECONDS, params={"filters": filters})
    found = {}
    for one in answer.json() if answer is not None else ():
        labels = one["Labels"] or {}
        # A tag is what keeps it: one without is a build that was replaced.
        key = labels.get(_KEY_LABEL, "")
        if f"{_REPOSITORY}:{key}" in (one["RepoTags"] or ()):
            found[key] = DependencyLayer(one["Id"], key, int(labels.get(_SIZE_LABEL, 0)), float(one["Created"]))
    return found


def make_layer(settings: Settings, store: str, key: str, base: str, site: Path) -> tuple[str, list[str]]:
    """The id of a new image: ``base`` with the files below ``site``; and what of them was left out.

    Raises SandboxUnavailable.
    """
    remove_leftovers(key)
    archive = site.with_name("site.tar")
    left_out = _pack(site, archive)
    with _container(settings, key, base) as container:
        with archive.open("rb") as file:
            ask_engine(
                "PUT", f"/containers/{container}/archive", seconds=_LONG_SECONDS, params={"path": "/"}, data=file
            )
        _compile(container)
        labels = {_STORE_LABEL: store, _KEY_LABEL: key, _SIZE_LABEL: archive.stat().st_size, _BUILD_LABEL: "done"}
        changes = [*base_image.CHANGES, *(f"LABEL {name}={value}" for name, value in labels.items())]
        asked = {"container": container, "repo": _REPOSITORY, "tag": key, "changes": changes}
        made = ask_engine("POST", "/commit", seconds=_LONG_SECONDS, params=asked, json={})
    if made is None:
        raise SandboxUnavailable("The container of a build was removed by somebody.")
    return str(made.json()["Id"]), left_out


def remove_layer(layer: DependencyLayer) -> bool:
    """Remove an image; False where a container, running or not, is still made from it. Raises SandboxUnavailable."""
    load_docker()
    import docker.errors  # noqa: PLC0415

    try:
        ask_engine("DELETE", f"/images/{_REPOSITORY}:{layer.key}", seconds=_LONG_SECONDS)
    except SandboxUnavailable as error:
        if isinstance(error.__cause__, docker.errors.APIError) and error.__cause__.status_code == 409:  # noqa: PLR2004 -- Conflict
            return False
        raise
    return True


def remove_leftovers(key: str) -> None:
    """Remove the container of a build that a crash interrupted; for whoever alone builds this key."""
    filters = json.dumps({"label": [f"{_BUILD_LABEL}={key}"]})
    answer = ask_engine("GET", "/containers/json", params={"all": 1, "filters": filters})
    for one in answer.json() if answer is not None else ():
        remove_container(one["Id"])


def _pack(site: Path, archive: Path) -> list[str]:
    """Put the regular files below ``site`` into an archive; the paths of everything else are returned."""
    left_out: list[str] = []
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as packed:
        _add_folder(packed, base_image.SITE)
        for path, folders, names in os.walk(site):
            inside = os.path.relpath(path, site)
            target = base_image.SITE if inside == "." else f"{base_image.SITE}/{inside}"
            for name in list(folders):
                if os.path.islink(os.path.join(path, name)):  # noqa: PTH114, PTH118 -- as names came from the walk
                    left_out.append(f"{inside}/{name}")
                    folders.remove(name)
                else:
                    _add_folder(packed, f"{target}/{name}")
            left_out += [
                f"{inside}/{name}" for name in names if not _add_file(packed, Path(path) / name, f"{target}/{name}")
            ]
    return left_out


def _add_folder(packed: tarfile.TarFile, target: str) -> None:
    folder = tarfile.TarInfo(target.lstrip("/"))
    folder.type, folder.mode = tarfile.DIRTYPE, 0o755
    folder.uid = folder.gid = _USER_ID
    packed.addfile(folder)


def _add_file(packed: tarfile.TarFile, path: Path, target: str) -> bool:
    """Add one file, if it is a regular one: no link is followed, whatever became of the path since it was listed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return False
        member = tarfile.TarInfo(target.lstrip("/"))
        member.size, member.mode = found.st_size, 0o755 if found.st_mode & stat.S_IXUSR else 0o644
        member.uid = member.gid = _USER_ID
        content: IO[bytes] = file
        if target.rpartition("/")[0] == _COMMANDS and found.st_size <= _MOST_COMMAND_BYTES:
            data = _for_the_image(file.read(_MOST_COMMAND_BYTES))
            member.size, content = len(data), io.BytesIO(data)
        packed.addfile(member, content)
    return True


def _for_the_image(command: bytes) -> bytes:
    """A command that begins with the image's interpreter, where it is one in Python; others as they are."""
    began = _FIRST_LINES.match(command)
    return command if began is None else _OWN_FIRST_LINE + command[began.end() :]


@contextlib.contextmanager
def _container(settings: Settings, key: str, base: str) -> Iterator[str]:
    """A container that would compile the packages, limited as a sandbox is but for its writable files; removed."""
    host = sandbox_limits.make_host_config(settings, memory_mb=_COMPILE_MB, network="none")
    # No tmpfs: its mount point would stay in the image, and give the sandbox's own the wrong owner.
    host |= {"AutoRemove": False, "ReadonlyRootfs": False, "Tmpfs": {}}
    # Not the owner's: the reaper takes what does not start for a while, and a large archive takes a while.
    labels = make_labels("toolcrib-build", 2 * _LONG_SECONDS) | {_BUILD_LABEL: key}
    config = {
        "Image": base,
        "Entrypoint": _COMPILE,
        "Cmd": [],
        "User": sandbox_limits.IMAGE_USER,
        "Labels": labels,
        "HostConfig": host,
    }
    made = ask_engine("POST", "/containers/create", seconds=_LONG_SECONDS, json=config)
    if made is None:
        raise SandboxUnavailable("The sandboxes' image is missing: make it with `toolcrib image`.")
    container = str(made.json()["Id"])
    try:
        yield container
    finally:
        with contextlib.suppress(SandboxUnavailable):
            remove_container(container)


def _compile(container: str) -> None:
    """Compile the packages inside. Where it takes too long, or a file is no Python of this version, so be it."""
    ask_engine("POST", f"/containers/{container}/start", seconds=_LONG_SECONDS)
    try:
        ask_engine("POST", f"/containers/{container}/wait", seconds=_COMPILE_SECONDS)
    except SandboxUnavailable:
        ask_engine("POST", f"/containers/{container}/kill")
