"""Resolve a host name with the system's resolver, within a deadline."""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import threading

TIMEOUT_SECONDS = 10
_FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


def main(host: str, family: str = "any") -> dict:
    """The addresses of ``host``; raises ValueError for a bad name, RuntimeError where it cannot be resolved."""
    _check(host)
    found = _within_deadline(host, _FAMILIES[family])
    addresses = {ipaddress.ip_address(entry[4][0].partition("%")[0]) for entry in found}
    canonical = next((entry[3] for entry in found if entry[3]), host)
    ordered = sorted(addresses, key=lambda address: (address.version, int(address)))
    return {"host": host, "canonical_name": canonical.rstrip("."), "addresses": [str(address) for address in ordered]}


def _check(host: str) -> None:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise ValueError(f"{host!r} is not a host name: leave out the scheme, the port and the path.") from None
    elif not all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split(".")):
        raise ValueError(
            f"{host[:80]!r} is not a host name: give labels of letters, digits and hyphens joined by single dots, "
            "without scheme, port or path."
        )


def _within_deadline(host: str, family: int) -> list:
    """getaddrinfo knows no timeout, so it runs in a thread that is left behind when it takes too long."""
    answers: queue.SimpleQueue = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers.put(socket.getaddrinfo(host, None, family, socket.SOCK_STREAM, flags=socket.AI_CANONNAME))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        answer = answers.get(timeout=TIMEOUT_SECONDS)
    except queue.Empty:
        raise RuntimeError(f"The resolver gave no answer for {host} within {TIMEOUT_SECONDS} s.") from None
    if isinstance(answer, UnicodeError):
        raise ValueError(f"{host[:80]!r} cannot be written as a DNS name.")
    if isinstance(answer, OSError):
        raise RuntimeError(f"{host} does not resolve: {answer.strerror or answer}.")
    return answer
