# /// script
# requires-python = ">=3.11"
# dependencies = ["dnspython>=2.6"]
# ///
"""Ask DNS for one type of record. A script: arguments on standard input, the result on standard output."""

from __future__ import annotations

import ipaddress
import json
import sys

try:
    import dns.exception
    import dns.name
    import dns.resolver
    import dns.reversename
except ImportError as error:
    raise ImportError("dns_records needs the package dnspython, which this image does not hold.") from error

LIFETIME_SECONDS = 5
MAX_RECORDS = 100


def question(name: str, record_type: str) -> dns.name.Name:
    """The name to ask for; the reverse name where an address is given for PTR."""
    if record_type == "PTR":
        try:
            return dns.reversename.from_address(name)
        except dns.exception.SyntaxError:
            pass  # already a name
    try:
        return dns.name.from_text(name)
    except dns.exception.DNSException as error:
        raise ValueError(f"{name[:80]!r} is not a domain name: {error}") from None


def resolver(server: str | None, port: int) -> dns.resolver.Resolver:
    """The machine's resolver, or one that asks only ``server``."""
    if server is None:
        return dns.resolver.Resolver()
    try:
        address = ipaddress.ip_address(server)
    except ValueError:
        raise ValueError(f"server must be an IP address, not {server!r}; resolve it with dns_lookup first.") from None
    asked = dns.resolver.Resolver(configure=False)
    asked.nameservers = [str(address)]
    asked.port = port
    return asked


def look_up(name: str, type: str = "A", server: str | None = None, port: int = 53) -> dict:
    """The records of ``name``; raises RuntimeError where no name server gives an answer."""
    asked_for = question(name, type)
    said = {"name": name, "type": type, "ttl_seconds": None, "records": [], "truncated": False}
    try:
        answer = resolver(server, port).resolve(asked_for, type, lifetime=LIFETIME_SECONDS, search=False)
    except dns.resolver.NXDOMAIN:
        return {**said, "status": "no_such_name"}
    except dns.resolver.NoAnswer:
        return {**said, "status": "no_such_type"}
    except (dns.exception.DNSException, OSError) as error:
        raise RuntimeError(f"No name server gave an answer for {name} {type}: {error}") from None
    records = sorted(record.to_text() for record in answer)
    return {
        **said,
        "status": "found",
        "ttl_seconds": answer.rrset.ttl,
        "records": [record[:4000] for record in records[:MAX_RECORDS]],
        "truncated": len(records) > MAX_RECORDS,
    }


json.dump(look_up(**json.load(sys.stdin)), sys.stdout)
