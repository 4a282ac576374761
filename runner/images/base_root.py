"""The root under the sandboxes' image, made one of two ways: from a Python image and pip, or from Debian's packages."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path

from runner import sandbox_limits
from runner.engine import find_image_id, get_client, read_file, translate_errors, write_files
from runner.model import SandboxUnavailable, Settings

from . import system_libraries
from .build_container import BUILD_SECONDS, be_patient, make_for_root, run_and_commit

Say = Callable[[str], None]

_PULL_QUIET_SECONDS = 20.0
_REPOSITORY = "toolcrib-root"
PACKAGES = (
    "python3",
    "python3-requests",
    "python3-httpx",
    "python3-yaml",
    "python3-jsonschema",
    "ca-certificates",
    # Time zones, and the names of protocols and ports: Python's official images have both.
    "tzdata",
    "netbase",
    # `python`, which scripts call as often as `python3`.
    "python-is-python3",
    *system_libraries.PACKAGES,
)
_SUITE = "bookworm"
_FROM_PACKAGES = (_SUITE.encode(), " ".join(PACKAGES).encode(), system_libraries.HOOK.encode())
RECIPE = (*_FROM_PACKAGES, system_libraries.INSTALL)
"""What a root is made of, besides the image that settings name and the locked libraries."""
_PIP_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_RETRIES",
    "PIP_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
_PIP = ("python3", "-m", "pip", "install", "--no-cache-dir", "--no-input", "--require-hashes", "--requirement")
_LOG_LINES = 5
_MOST_CA_BYTES = 4 * 1024 * 1024


@cache
def read_requirements() -> bytes:
    """The locked libraries that every tool may use, as they were when this process first asked."""
    return (resources.files("runner") / "base-requirements.txt").read_bytes()


def ensure_root(settings: Settings, say: Say) -> str:
    """The id of a root image, made where there is none. Raises SandboxUnavailable when no way works."""
    pip_tag = _tag(settings.base_image.encode(), read_requirements(), system_libraries.INSTALL)
    debian_tag = _tag(*_FROM_PACKAGES)
    ready = find_image_id(pip_tag)
    if ready is not None:
        return ready
    base = find_image_id(settings.base_image)
    debian = find_image_id(debian_tag)
    if base is None and debian is not None:
        return debian  # made when the image could not be pulled: not tried again with every changed harness
    try:
        base = base or _pull(settings.base_image, say)
        return _install_libraries(settings, base, pip_tag, say)
    except SandboxUnavailable as error:
        say(f"base image: {error} -- taking a Debian root made from packages instead")
    return debian or _from_packages(settings, debian_tag, say)


def _tag(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return f"{_REPOSITORY}:{digest.hexdigest()[:24]}"


def _pull(name: str, say: Say) -> str:
    """Pull an image and give its id. Raises SandboxUnavailable, too when the registry is silent for too long."""
    say(f"base image: pulling {name}")
    heard = [time.monotonic()]
    ended: list[str] = []

    def pull() -> None:
        try:
            with translate_errors(), be_patient():
                for line in get_client().pull(name, stream=True, decode=True):
                    heard[0] = time.monotonic()
                    if "error" in line:
                        ended.append(str(line["error"]))
        except SandboxUnavailable as error:
            ended.append(str(error))

    # A thread, because the library gives no way to stop waiting for the first word of a pull.
    worker = threading.Thread(target=pull, name="toolcrib-pull", daemon=True)
    worker.start()
    while worker.is_alive() and time.monotonic() - heard[0] < _PULL_QUIET_SECONDS:
        worker.join(0.2)
    found = find_image_id(name)
    if found is None:
        why = ended[0] if ended else f"its registry was silent for {_PULL_QUIET_SECONDS:g} seconds"
        raise SandboxUnavailable(f"{name} cannot be pulled: {why}")
    return found


def _install_libraries(settings: Settings, base: str, tag: str, say: Say) -> str:
    """The id of an image with the shared libraries of wheels and the Python libraries of every tool.

    Without the former it gets no name, and so is made again with the next changed harness. Raises SandboxUnavailable.
    """
    name: str | None = tag
    say(f"base image: installing libraries into {settings.base_image}")
    try:
        base = system_libraries.add_libraries(base, settings.build_environment)
    except SandboxUnavailable as error:
        say(f"base image: {system_libraries.explain_lack(error)}")
        name = None
    lock, bundle = "/tmp/requirements.txt", "/tmp/ca-certificates.pem"  # noqa: S108 -- inside the container
    environment = {one: value for one, value in settings.build_environment.items() if one in _PIP_VARIABLES}
    environment["PIP_CERT"] = bundle
    with make_for_root(base, (*_PIP, lock), environment) as container:
        write_files(container, {lock: read_requirements(), bundle: read_certificates(settings, container)})
        trouble = f"The libraries could not be installed into {settings.base_image}"
        return run_and_commit(container, trouble, environment, name)


def read_own_certificates(settings: Settings) -> bytes:
    """The certificates (PEM) of the settings, b'' without. Raises SandboxUnavailable when the file cannot be read."""
    if settings.ca_bundle is None:
        return b""
    try:
        with settings.ca_bundle.open("rb") as file:
            return file.read(_MOST_CA_BYTES)
    except OSError as error:
        raise SandboxUnavailable(f"The CA bundle {settings.ca_bundle} cannot be read: {error.strerror}.") from error


def read_certificates(settings: Settings, container: str) -> bytes:
    """The certificates of a container's image, and those of the settings after them."""
    return read_file(container, sandbox_limits.CA_FILE) + b"\n" + read_own_certificates(settings)


def _from_packages(settings: Settings, tag: str, say: Say) -> str:
    program = shutil.which("mmdebstrap")
    if program is None:
        raise SandboxUnavailable(
            f"The base image cannot be made: {settings.base_image} cannot be pulled, and mmdebstrap, which makes one "
            "from Debian's packages, is not installed (sudo apt-get install mmdebstrap ca-certificates)."
        )
    with tempfile.TemporaryDirectory(prefix="toolcrib-root-") as folder:
        root = Path(folder) / "root.tar"
        contents = (f"--include={','.join(PACKAGES)}", f"--customize-hook={system_libraries.HOOK}")
        command = [program, "--quiet", "--variant=essential", *contents, _SUITE, str(root)]
        say("base image: fetching and unpacking packages (half a minute)")
        try:
            done = subprocess.run(command, check=False, capture_output=True, timeout=BUILD_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise SandboxUnavailable("mmdebstrap took too long: are Debian's package servers reachable?") from error
        if done.returncode != 0:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-_LOG_LINES:]
            raise SandboxUnavailable(f"mmdebstrap could not make a Debian root: {' / '.join(last)}")
        say("base image: importing the root")
        repository, _, name = tag.partition(":")
        with translate_errors(), be_patient():
            answer = get_client().import_image_from_file(str(root), repository=repository, tag=name)
    made = find_image_id(tag)
    if made is None:
        raise SandboxUnavailable(f"The Docker engine did not import the Debian root: {answer}")
    return made
