"""Connections to public addresses only: judged is the address that the socket has reached, before a byte is sent.

A name that resolves differently the second time it is asked for changes nothing here.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable

import httpcore

COMPATIBLE = ipaddress.IPv6Network("::/96")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


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
    inner = _inside(found) if isinstance(found, ipaddress.IPv6Address) else None
    found = found if inner is None else inner
    return found.is_global and not found.is_multicast and not getattr(found, "is_site_local", False)


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address to which a translator on the way would lead: mapped, compatible, 6to4 or NAT64."""
    if address in COMPATIBLE or address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
