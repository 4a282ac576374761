"""The shared libraries that a wheel may take for granted, and how they come into a root.

A wheel for manylinux brings all the libraries it needs but those of a list (PEP 513 and its successors, kept by
auditwheel as policies). A small root has only some of the list. Without mention there: OpenMP's libgomp, which wheels
for LightGBM and a few others leave to the system all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from runner.engine import write_files
from runner.model import SandboxUnavailable

from .build_container import make_for_root, run_and_commit

LIBRARIES = (
    *("libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libutil.so.1", "libresolv.so.2"),
    *("libnsl.so.1", "libcrypt.so.1", "libanl.so.1", "libgcc_s.so.1", "libstdc++.so.6", "libatomic.so.1"),
    *("libz.so.1", "libexpat.so.1", "libglib-2.0.so.0", "libgobject-2.0.so.0", "libgthread-2.0.so.0"),
    *("libX11.so.6", "libXext.so.6", "libXrender.so.1", "libICE.so.6", "libSM.so.6", "libGL.so.1", "libgomp.so.1"),
)
"""What a wheel may need and need not bring. Not ncurses 5 of the first list: Debian has it no more, and no policy
since names it."""
PACKAGES = (
    *("libstdc++6", "libgomp1", "libatomic1", "zlib1g", "libexpat1", "libglib2.0-0"),
    *("libx11-6", "libxext6", "libxrender1", "libice6", "libsm6"),
)
"""Debian's packages with those that its minimal roots lack."""
UNPACKED = ("libgl1", "libglx0", "libglvnd0")
"""The same, but without what they depend on: drivers of graphics cards with a compiler, 150 MiB that no sandbox can
use. What only has to be there for a wheel to load is these three."""

_FOLDER = "/tmp/toolcrib-libraries"  # noqa: S108 -- inside the container
_PROXIES = ("http_proxy", "https_proxy", "no_proxy")
# Retried by hand rather than waited for: without this, each of apt's addresses would be tried for minutes.
_APT = "apt-get --quiet --option Acquire::Retries=1 --option Acquire::http::Timeout=20"
INSTALL = f"""\
set -eu
command -v apt-get >/dev/null || {{ echo "it has no apt-get"; exit 1; }}
export DEBIAN_FRONTEND=noninteractive
{_APT} update
{_APT} install --yes --no-install-recommends {" ".join(PACKAGES)}
cd {_FOLDER}
{_APT} download {" ".join(UNPACKED)}
for package in *.deb; do dpkg-deb --extract "$package" /; done
cd /
apt-get clean
rm -rf {_FOLDER} /var/lib/apt/lists/*
""".encode()
HOOK = (
    'mkdir "$1/unpacked" && cd "$1/unpacked" && '
    f'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --quiet download {" ".join(UNPACKED)} && '
    'for package in *.deb; do dpkg-deb --extract "$package" "$1"; done && cd / && rm -r "$1/unpacked"'
)
"""The same for mmdebstrap, which installs the packages itself: a command with the root's folder as ``$1``."""


def add_libraries(image: str, environment: Mapping[str, str]) -> str:
    """The id of an image with these libraries added to a Debian's, or to one made from it.

    Of ``environment`` the proxies are used. Raises SandboxUnavailable with what was said where they cannot be added.
    """
    told = {name.lower(): value for name, value in environment.items() if name.lower() in _PROXIES}
    script = f"{_FOLDER}/install.sh"
    with make_for_root(image, ("/bin/sh", script), told) as container:
        write_files(container, {script: INSTALL}, folders=(_FOLDER,))
        return run_and_commit(container, "The libraries that wheels may assume could not be installed", told)


def explain_lack(error: SandboxUnavailable) -> str:
    """What it means that they could not be added, for whoever runs the service."""
    return f"{error} -- going on without them: `toolcrib doctor` names what is missing"
