"""Files that go into and out of containers that do not run, as the Engine wants them: in tar archives."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

from . import docker_client
from .docker_library import load_docker


def write_files(container: str, files: Mapping[str, bytes], folders: tuple[str, ...] = ()) -> None:
    """Put files (absolute path: bytes) into a container, readable by all; ``folders`` are made first."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in folders:
            folder = tarfile.TarInfo(path.lstrip("/"))
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
        for path, data in sorted(files.items()):
            file = tarfile.TarInfo(path.lstrip("/"))
            file.size, file.mode = len(data), 0o644
            archive.addfile(file, io.BytesIO(data))
    with docker_client.translate_errors():
        docker_client.get_client().put_archive(container, "/", buffer.getvalue())


def read_file(container: str, path: str) -> bytes:
    """The bytes of one file of a container, b'' where there is none."""
    load_docker()
    import docker.errors  # noqa: PLC0415

    with docker_client.translate_errors():
        try:
            stream, _ = docker_client.get_client().get_archive(container, path)
        except docker.errors.NotFound:
            return b""
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file is not None:
                    return file.read()
    return b""
