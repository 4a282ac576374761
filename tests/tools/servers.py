"""Servers on the loopback address for the tools that talk to one. Each ends with its ``with`` block."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = "127.0.0.1"
SLOW_SECONDS = 40


@dataclass(slots=True)
class Site:
    """What a web server answers, and what it was asked: (method, path, headers by lower-case name, body)."""

    pages: dict[str, tuple[int, dict[str, str], bytes]]
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        """The address of the site without a path."""
        return f"http://{HOST}:{self.port}"


@contextmanager
def website(pages: dict[str, tuple[int, dict[str, str], bytes]]) -> Iterator[Site]:
    """A web server with these pages. ``/drip`` gives a byte every 100 ms, ``/silent`` nothing, ``/loop`` redirects."""
    site = Site(pages)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.asked.append((self.command, self.path, headers, body))
            with suppress(OSError):
                _answer(self, site)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class names it so
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        site.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
    path = handler.path.partition("?")[0]
    if path == "/silent":
        site.ended.wait(SLOW_SECONDS)
        return
    if path == "/loop":
        path, page = "", (302, {"Location": f"/loop?{len(site.asked)}"}, b"")
    elif path == "/drip":
        page = (200, {"Content-Type": "text/html", "Content-Length": "1000000"}, b"")
    else:
        page = site.pages.get(path, (404, {"Content-Type": "text/plain"}, b"no such page"))
    status, headers, content = page
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    if "Content-Length" not in headers:
        handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    if path == "/drip":
        while not site.ended.wait(0.1):
            handler.wfile.write(b"x")
            handler.wfile.flush()
    elif handler.command != "HEAD":
        handler.wfile.write(content)


@contextmanager
def tls_server(certificate: Path, key: Path) -> Iterator[int]:
    """A server that shakes hands by TLS and closes; gives its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def greet(connection: socket.socket) -> None:
        connection.settimeout(10)
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with listening(greet) as port:
        yield port


@contextmanager
def mute_server() -> Iterator[int]:
    """A server that accepts connections and says nothing; gives its port."""
    ended = threading.Event()
    with listening(lambda _connection: ended.wait(SLOW_SECONDS)) as port:
        try:
            yield port
        finally:
            ended.set()


@contextmanager
def listening(talk) -> Iterator[int]:  # type: ignore[no-untyped-def]  # any callable of a socket
    """A server whose connections are handled by ``talk``, each in a thread."""
    listener = socket.create_server((HOST, 0))
    threads: list[threading.Thread] = []

    def handle(connection: socket.socket) -> None:
        with connection:
            talk(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=handle, args=(connection,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which close() alone does not
        listener.close()
        acceptor.join(5)


def make_certificate(folder: Path, names: str, days: int = 90) -> tuple[Path, Path]:
    """A self-signed certificate for ``names`` (as in ``DNS:localhost,IP:127.0.0.1``) and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-subj", "/CN=test certificate/O=Example", "-addext", f"subjectAltName={names}", "-days", str(days)]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate, key


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])
