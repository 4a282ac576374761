"""Compute the facts of an IP network."""

from __future__ import annotations

import ipaddress
from itertools import islice

MAX_SUBNETS = 256

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def main(network: str, contains: list[str] | None = None, new_prefix: int | None = None) -> dict:
    """The facts of ``network``; raises ValueError for what is no network or cannot be divided so."""
    parsed = _network(network)
    first, last, broadcast = _hosts(parsed)
    prefix = parsed.prefixlen if new_prefix is None else new_prefix
    if not parsed.prefixlen <= prefix <= parsed.max_prefixlen:
        raise ValueError(f"new_prefix must lie between {parsed.prefixlen} and {parsed.max_prefixlen} for {parsed}.")
    divided = (
        [] if new_prefix is None else [str(part) for part in islice(parsed.subnets(new_prefix=prefix), MAX_SUBNETS)]
    )
    return {
        "network": str(parsed),
        "version": parsed.version,
        "netmask": str(parsed.netmask),
        "first_host": str(first),
        "last_host": str(last),
        "broadcast": broadcast,
        "addresses": str(parsed.num_addresses),
        "private": parsed.is_private,
        "contains": {text: _inside(_network(text), parsed) for text in contains or []},
        "subnets": divided,
        "subnet_count": "0" if new_prefix is None else str(2 ** (prefix - parsed.prefixlen)),
    }


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not an address or a network such as 10.20.0.0/22 or 2001:db8::/48.") from None


def _hosts(network: Network) -> tuple[object, object, str | None]:
    """First and last host and the broadcast address; /31 (RFC 3021) and /32 have no broadcast address."""
    first, last = network.network_address, network.broadcast_address
    if network.version == 6:
        return first, last, None
    if network.num_addresses <= 2:
        return first, last, None
    return first + 1, last - 1, str(last)


def _inside(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)
