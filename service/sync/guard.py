"""Connections to public addresses only: judged is the address that the socket has reached, before a byte is sent.

A name that resolves differently the second time it is asked for changes nothing here.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable

import httpcore


class PrivateAddress(Exception):
    """The destination is not marked internal, and leads to a private, loopback or otherwise special address."""


class PublicOnly(httpcore.SyncBackend):
    """The network under the client. Raises PrivateAddress in the place of a connection."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        if not is_public(stream.get_extra_info("server_addr")[0]):
            stream.close()
            raise PrivateAddress
        return stream


def public_pool(context: ssl.SSLContext) -> httpcore.ConnectionPool:
    """A connection pool that cannot reach into the network it stands in."""
    return httpcore.ConnectionPool(ssl_context=context, max_connections=100, network_backend=PublicOnly())


def is_public(address: str) -> bool:
    """``address`` is a literal one, with a scope (``%eth0``) or without."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast
