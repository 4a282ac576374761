"""A package index of the tests' own on loopback (PEP 503), and wheels made for it."""

from __future__ import annotations

import base64
import hashlib
import http.server
import io
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine import missing_engine


def wheel(
    name: str,
    version: str,
    files: Mapping[str, bytes | str],
    *,
    requires: tuple[str, ...] = (),
    links: tuple[str, ...] = (),
    executables: tuple[str, ...] = (),
) -> tuple[str, bytes]:
    """The file name and the bytes of a wheel. ``links`` are files that claim to be symbolic links."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
    content = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    content[f"{info}/METADATA"] = metadata.encode()
    content[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    lines = []
    for path, data in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(data)}\n")
    content[f"{info}/RECORD"] = ("".join(lines) + f"{info}/RECORD,,\n").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in content.items():
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o100755 if path in executables else 0o100644
            entry.external_attr = (0o120777 if path in links else mode) << 16
            archive.writestr(entry, data)
    return f"{name}-{version}-py3-none-any.whl", buffer.getvalue()


@dataclass
class Index:
    """A running index. ``asked`` are the paths of the requests, ``authorized`` what they brought to prove who asks."""

    address: str = ""
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    authorized: list[str] = field(default_factory=list)
    down: bool = False
    held: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held.set()

    def add(self, file: tuple[str, bytes]) -> None:
        """Offer a file."""
        self.files.setdefault(file[0].split("-")[0].replace("_", "-"), {})[file[0]] = file[1]

    def offer(self, name: str, version: str = "1.0", body: str = "", **more: object) -> None:
        """Offer a wheel with one module of the package's name."""
        self.add(wheel(name, version, {f"{name}.py": f"version = {version!r}\n{body}"}, **more))  # type: ignore[arg-type]

    def hold(self) -> None:
        """Answer nobody until :meth:`let_go`."""
        self.reached.clear()
        self.held.clear()

    def let_go(self) -> None:
        """Answer again."""
        self.held.set()

    def answer(self, path: str) -> bytes | None:
        """The bytes at an address, None where there is nothing."""
        parts = path.strip("/").split("/")
        if parts[0] == "simple" and len(parts) == 2 and parts[1] in self.files:
            digests = {name: hashlib.sha256(data).hexdigest() for name, data in self.files[parts[1]].items()}
            return "".join(
                f'<a href="/files/{parts[1]}/{name}#sha256={self.digests.get(name, digest)}">{name}</a>\n'
                for name, digest in digests.items()
            ).encode()
        if parts[0] == "files":
            return self.files.get(parts[1], {}).get(parts[2])
        return None


@contextmanager
def serving_index() -> Iterator[Index]:
    """An empty index on loopback."""
    index = Index()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.command == "GET":
                index.asked.append(self.path)
            index.authorized.append(self.headers.get("Authorization", ""))
            index.reached.set()
            index.held.wait(60)
            data = index.answer(self.path)
            status = 503 if index.down else 404 if data is None else 200
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if self.path.startswith("/simple") else "application/zip")
            body = data if status == 200 and data is not None else b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 -- the name is the standard library's

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # a client that was killed

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.address = f"http://127.0.0.1:{server.server_port}/simple"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield index
        finally:
            index.let_go()
            server.shutdown()
            thread.join()


def from_index(index: Index, home: Path) -> dict[str, str]:
    """An environment in which packages come from this index alone, whatever this machine's settings are."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": index.address,
        "PIP_RETRIES": "0",
    }


def images_of(images_dir: Path) -> list[str]:
    """The names of the images of a store."""
    name = images_dir / "name"
    if missing_engine() or not name.exists():
        return []
    command = ["docker", "image", "ls", "--filter", f"label=toolcrib.store={name.read_text()}"]
    listed = subprocess.run(
        [*command, "--format", "{{.Repository}}:{{.Tag}}"], capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


def remove_images(images_dir: Path) -> None:
    """Remove every image of a store; no container may be made from one any more."""
    names = images_of(images_dir)
    if names:
        subprocess.run(["docker", "rmi", *names], capture_output=True, check=True)
