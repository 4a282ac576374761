"""Sign a commit with the service's own key, as ``git commit -S`` would (gpg.format ssh or openpgp).

The repository's settings (``gpg.program``, ``user.signingKey``) name programs and keys, so they have no say: the key is
a setting of the service, and the programs are ``ssh-keygen`` and ``gpg``.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from registry.errors import ConfigError, GitFailed

SigningKey = Path | str
"""The file of an ssh private key, or the fingerprint of a key in the keyring of the service's user."""
_HEADERS = {"sha1": "gpgsig", "sha256": "gpgsig-sha256"}
_TIMEOUT_SECONDS = 20.0
_PROBE = b"a text to sign\n"


def sign_commit(commit: bytes, key: SigningKey, object_format: str) -> bytes:
    """The commit with its signature as the last header. Raises GitFailed, with the program's own words."""
    head, _, message = commit.partition(b"\n\n")
    lines = _sign(commit, key).rstrip(b"\n").split(b"\n")
    # Further lines of a header begin with a blank (gitformat-signature).
    header = f"{_HEADERS[object_format]} ".encode() + b"\n ".join(lines)
    return head + b"\n" + header + b"\n\n" + message


def check_signing_key(key: SigningKey) -> None:
    """Sign a text. Raises ConfigError where the key cannot be used."""
    try:
        _sign(_PROBE, key)
    except GitFailed as error:
        raise ConfigError(f"TOOLCRIB_SIGNING_KEY cannot be used: {error}") from None


def _sign(content: bytes, key: SigningKey) -> bytes:
    if isinstance(key, Path):
        command = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", str(key)]
    else:
        command = ["gpg", "--batch", "--no-tty", "--armor", "--detach-sign", "--local-user", f"{key}!"]
    try:
        # A session of its own has no terminal, so nothing is asked there; an endless question ends with the time.
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False, start_new_session=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitFailed(f"{command[0]} cannot sign: {error}") from None
    if done.returncode != 0 or not done.stdout.startswith(b"-----BEGIN "):
        said = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise GitFailed(f"{command[0]} cannot sign: {said or 'it said nothing'}")
    return done.stdout
