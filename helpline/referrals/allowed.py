"""Which place a request may go to, and which address behind it may be connected to. Pure.

The host must be one that the operator named, and the address that is connected to must be public, or be in a network
that was named beside the host. The tables are IANA's registries of special-purpose addresses (RFC 6890).
"""

import ipaddress
from collections.abc import Iterable

from yarl import URL

from config.outgoing import Network, Place
from helpline.errors import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _networks(*written: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(one) for one in written)


NEVER = _networks(
    "0.0.0.0/8",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "192.0.0.192/32",
    "224.0.0.0/4",
    "255.255.255.255/32",
    "::/128",
    "fd00:ec2::254/128",
    "fe80::/10",
    "ff00::/8",
)
"""Of no machine, of many at once, or where a cloud hands out a machine's own credentials: refused though configured."""

SPECIAL = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
)
"""Not of the public internet, or tunnels to what is not."""

_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotAllowed(Refused):
    """The address is not one of the places that may be sent to."""

    def __init__(self) -> None:
        super().__init__("not_allowed", "The address is not among the places that may be sent to (outgoing_allowed).")


def place_of(places: Iterable[Place], url: URL) -> Place:
    """The place that this URL is at. Raises `NotAllowed`."""
    if url.user is None and url.password is None and url.raw_host:
        asked = (url.scheme, url.raw_host.rstrip(".").lower(), url.port)
        for place in places:
            if (place.scheme, place.host, place.port) == asked:
                return place
    raise NotAllowed


def is_allowed(places: Iterable[Place], url: str) -> bool:
    """Whether a URL as it was written leads to one of the places."""
    try:
        place_of(places, URL(url))
    except (NotAllowed, ValueError):
        return False
    return True


def may_connect(address: str, networks: Iterable[Network] = ()) -> bool:
    """Whether this address may be connected to. ``networks``: those allowed though they are not public."""
    try:
        meant = _behind(ipaddress.ip_address(address))
    except ValueError:
        return False
    if _within(meant, NEVER):
        return False
    return _within(meant, networks) or _is_public(meant)


def _behind(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where a machine or a gateway takes it for that."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: Address) -> bool:
    if _within(address, SPECIAL) or not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    # 2000::/3 holds no link, site or unique local address, no loopback, no NAT64 of one's own (64:ff9b:1::/48);
    # what says it carries an IPv4 address (ISATAP, RFC 5214) may lead to a private one.
    return address in _GLOBAL_V6 and (int(address) >> 32 & 0xFFFF_FFFF) not in (0x0000_5EFE, 0x0200_5EFE)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
