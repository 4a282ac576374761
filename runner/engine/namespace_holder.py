"""The holder of a network namespace: a container that keeps it between the sandboxes, and says what is left in it.

What a namespace holds beside processes is the kernel's: sockets that wait for their peer (TIME_WAIT, FIN_WAIT), bound
ports, sockets that lie in another socket, flow labels, neighbours. Only who is inside sees it, and nobody of a tool may
be asked. The holder is inside, runs a few lines of ours, and shares neither processes, nor a file system, nor a user id
with what joins it: no tool can reach it, and what it reads the kernel writes.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator

from runner.model import SandboxUnavailable, Settings

from .container import Container
from .container_streams import StreamBroken

_MEMORY_MB = 16
_LONGEST_SECONDS = 2 * 3600.0
_LOOK_SECONDS = 5.0
_ANSWER = b"N"
# Of each table that lists what is there: the columns that say which it is. The others change by themselves.
_INET = (1, 2, 9)  # both addresses, inode
_LISTS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6"), _INET),
    "unix": (6, 7),  # inode, name
    "packet": (8,),
    "netlink": (1, 2, 9),  # protocol, port, inode
    "sctp/eps": (5, 7),
    "sctp/assocs": (10, 11, 12),
    "ip6_flowlabel": (0,),
    "arp": (0,),
    "route": (1, 2),
}
# Of each table that only counts: the columns with numbers; the first one says of what. TCP's lists are not read, since
# that takes as long as all the others: the kernel walks through the connections of the whole machine. How many there
# are, open or waiting after their end, it counts for each namespace.
_COUNTS: dict[str, tuple[int, ...]] = {
    "sockstat": (2, 6),  # in use; of TCP, besides, in TIME_WAIT
    "sockstat6": (2,),
    "protocols": (2,),  # every protocol that the kernel knows, also those that have no list
}
_MOST_COUNTED = 1000


def _octal(shift: int) -> str:
    """One byte of ``$size``, for a shell's printf."""
    return "\\\\" + "".join(f"$((size >> {shift + bits} & {most}))" for bits, most in ((6, 3), (3, 7), (0, 7)))


# For each line that comes in, one frame (see harness/wire.py) goes out: a letter, the length, and the tables, each line
# with its table's name before it. It ends with its standard input, and needs a hundredth of what a harness does.
_PROGRAM = "sh"
_SCRIPT = f"""LC_ALL=C
while read -r _; do
  found=$(grep -sH '' {" ".join(f"/proc/net/{table}" for table in (*_LISTS, *_COUNTS))})
  size=${{#found}}
  printf "{_ANSWER.decode()}\\\\000{_octal(16)}{_octal(8)}{_octal(0)}%s" "$found"
done"""
# A connection that was closed here first waits a minute for what its peer may still send: with that, no namespace would
# be lent twice in a minute. The peers' names would also stay, in what the kernel remembers of how fast they were.
_SYSCTLS = {"net.ipv4.tcp_max_tw_buckets": "0", "net.ipv4.tcp_no_metrics_save": "1", "net.ipv4.tcp_fastopen": "0"}


class Holder(Container):
    """A started holder. For use by one thread at a time. Raises SandboxUnavailable when it cannot be made."""

    def __init__(self, settings: Settings, image: str, *, network: bool) -> None:
        """Make a namespace and keep it: on the sandboxes' bridge, or with nothing but a loopback."""
        super().__init__(
            settings,
            image,
            memory_mb=_MEMORY_MB,
            network=network,
            arguments=("-c", _SCRIPT),
            program=_PROGRAM,
            longest_seconds=_LONGEST_SECONDS,
            sysctls=_SYSCTLS,
        )
        try:
            self._at_first = self._read_rows()
        except BaseException:
            self.remove()
            raise

    def list_leftovers(self) -> list[str]:
        """What there is in the namespace that was not there at first, in the kernel's words.

        Raises SandboxUnavailable when that cannot be found out.
        """
        return sorted(self._read_rows() - self._at_first)

    def _read_rows(self) -> frozenset[str]:
        deadline = time.monotonic() + _LOOK_SECONDS
        attached = self._attached
        try:
            if attached is None:
                raise SandboxUnavailable("A network namespace is gone.")
            attached.send(b"\n", deadline)
            frame = attached.frame(deadline)
        except (OSError, StreamBroken) as error:  # TimeoutError among them
            raise SandboxUnavailable(f"A network namespace cannot be looked at: {error or 'no answer'}") from error
        if frame is None or frame[0] != _ANSWER or b"/proc/net/unix:" not in frame[1]:
            raise SandboxUnavailable("A network namespace cannot be looked at: does the base image have sh and grep?")
        return read_rows(frame[1].decode(errors="replace"))


def read_rows(text: str) -> frozenset[str]:
    """What the lines of the tables say is there, a row for each thing: of what is only counted, one for each number.

    The bridge's own address as a neighbour is not among them: every tool that uses the network has that one.
    """
    found: set[str] = set()
    gateways: set[str] = set()
    for line in text.splitlines():
        path, _, rest = line.partition(":")
        table, fields = path.removeprefix("/proc/net/"), rest.split()
        if table in _COUNTS:
            found |= {f"{table} {row}" for row in _count(fields, _COUNTS[table])}
            continue
        row = " ".join(fields[column] for column in _LISTS.get(table, range(len(fields))) if column < len(fields))
        found.add(f"{table} {row}")
        if table == "route" and fields[1:2] == ["00000000"]:
            gateways.add(f"arp {socket.inet_ntoa(struct.pack('<I', int(fields[2], 16)))}")
    return frozenset(found - gateways)


def _count(fields: list[str], columns: tuple[int, ...]) -> Iterator[str]:
    for column in columns:
        if column < len(fields) and fields[column].isdigit():
            for number in range(min(int(fields[column]), _MOST_COUNTED)):
                yield f"{fields[0]} {fields[column - 1]} {number + 1}"
