"""Looks a host up."""
import socket

PORT = 443


def _clean(host):
    return host.strip()


def lookup(host):
    return socket.gethostbyname(_clean(host))


def show(thing):
    print(thing)
