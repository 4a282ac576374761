"""Servers on 127.0.0.1 for the tools that talk to one."""

from __future__ import annotations

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A threading HTTP server while the block runs; gives its port. With ``context`` it speaks TLS."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that hang up are part of the tests
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(http.server.BaseHTTPRequestHandler):
    """A handler that logs nothing and answers with ``answer``."""

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def form(self) -> dict[str, str]:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        return {name: values[0] for name, values in parse_qs(body).items()}


def self_signed(folder: Path, *, days: int, name: str = "localhost") -> Path:
    """A PEM file with a key and a self-signed certificate for localhost and 127.0.0.1, made by the openssl command.

    It has been valid for 30 days and ends in ``days``, which may lie in the past. Only ``openssl ca`` takes dates.
    """
    pem, key, request = (folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
    now = datetime.now(UTC)
    begins, ends = (f"{now + timedelta(days=offset):%Y%m%d%H%M%SZ}" for offset in (-30, days))
    settings = folder / f"{name}.cnf"
    settings.write_text(_AUTHORITY.format(folder=folder, name=name))
    (folder / f"{name}.index").touch()
    (folder / f"{name}.serial").write_text("5EED\n")
    subject = f"/CN={name}/O=Example"
    made = (
        "openssl",
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        request,
        "-subj",
        subject,
    )
    subprocess.run([*made], check=True, capture_output=True)
    signed = ("openssl", "ca", "-batch", "-selfsign", "-config", settings, "-keyfile", key, "-in", request, "-out", pem)
    dates = ("-startdate", begins, "-enddate", ends, "-notext")
    subprocess.run([*signed, *dates], check=True, capture_output=True)
    pem.write_text(pem.read_text() + key.read_text())
    return pem


_AUTHORITY = """
[ca]
default_ca = this
[this]
database = {folder}/{name}.index
serial = {folder}/{name}.serial
new_certs_dir = {folder}
default_md = sha256
policy = any
x509_extensions = server
[any]
commonName = supplied
organizationName = supplied
[server]
basicConstraints = critical,CA:TRUE
subjectAltName = DNS:localhost,IP:127.0.0.1
"""


def server_context(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
