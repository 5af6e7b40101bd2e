"""Where the house may send to: the places that an operator has named, and nothing else.

A place is written `host`, `host:port` or `http://host:port`; without a scheme it is https. A host with an address of a
private network needs that network beside it, as in `primero.lan=10.20.0.0/16`, so that no name can be turned to
another machine of that network's neighbours. Pure.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from config.modes import Wrong, is_loopback
from config.secrets import weakness

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SHORTEST_SECRET = 32
"""Characters of a secret that signs webhooks."""

_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_FORM = "Write it as primero.example.org, http://primero.lan:3000=10.20.0.0/16 or 192.0.2.7:8443"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Place:
    """Scheme, host (lower case, ASCII, or an address without brackets) and port that requests may go to.

    ``networks``: what the host may resolve to though it is not public.
    """

    scheme: str
    host: str
    port: int
    networks: tuple[Network, ...] = ()


def place(text: str) -> Place:
    """Raises ValueError that says what is wrong and how to write it; it does not repeat what was written."""
    where, has_networks, named = text.strip().lower().partition("=")
    scheme, has_scheme, rest = where.partition("://")
    if not has_scheme:
        scheme, rest = "https", where
    if scheme not in _PORTS:
        raise ValueError(f"is neither https nor http. {_FORM}")
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"is no host. {_FORM}") from None
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"holds more than a host and a port. {_FORM}")
    host = _ascii(host)
    if not _is_address(host) and not _HOST.fullmatch(host):
        raise ValueError(f"is no host. {_FORM}")
    if _is_address(host):
        host = str(ipaddress.ip_address(host))
        named = named if has_networks else host
    try:
        networks = tuple(ipaddress.ip_network(one.strip()) for one in named.split("+") if one.strip())
    except ValueError:
        raise ValueError(f"names what is no network. {_FORM}") from None
    return Place(scheme, host, port or _PORTS[scheme], networks)


def named_secrets(entries: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Secrets by the name of the account, in their order; of two, both sign. Raises ValueError without the values."""
    found: dict[str, tuple[str, ...]] = {}
    for number, entry in enumerate(entries, 1):
        name, has_secret, secret = entry.partition("=")
        if not has_secret or not _NAME.fullmatch(name.strip()) or not secret.strip():
            raise ValueError(f"number {number} is no name and secret. Write it as safe_house=SECRET")
        found[name.strip()] = (*found.get(name.strip(), ()), secret.strip())
    return found


def outgoing_faults(values: Mapping[str, Any], *, demonstration: bool) -> Iterator[Wrong]:
    """What is wrong with where we send to. ``values``: the settings, plain, secrets in clear."""
    places = [place(one) for one in values["outgoing_allowed"]]
    if demonstration and not all(is_loopback(one.host) for one in places):
        problem = "names another computer, and a demonstration sends what is invented to nobody"
        yield ("outgoing_allowed",), problem, "Name 127.0.0.1 only, or set mode to production"
    for name, secrets in named_secrets(values["webhook_secrets"]).items():
        for weak in filter(None, (weakness(secret, SHORTEST_SECRET) for secret in secrets)):
            yield ("webhook_secrets",), f"a secret of {name} {weak}", "Make one with `python -m helpline keys new`"
        if len(secrets) > 2:
            yield ("webhook_secrets",), f"{name} has more than two secrets", "Keep the newest two"
    yield from _primero(values["primero"], places)


def _primero(primero: Mapping[str, Any], places: Sequence[Place]) -> Iterator[Wrong]:
    if not primero["url"]:
        return
    try:
        parts = urlsplit(primero["url"])
        asked = (parts.scheme, _ascii((parts.hostname or "").lower()), parts.port or _PORTS.get(parts.scheme, 0))
    except ValueError:
        yield ("primero", "url"), "is no address", "Write it as https://primero.example.org"
        return
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment or parts.username is not None:
        yield ("primero", "url"), "is no address of a Primero", "Write it as https://primero.example.org"
    elif asked not in [(one.scheme, one.host, one.port) for one in places]:
        remedy = "Add its host to outgoing_allowed; with http:// before it, if it has no https"
        yield ("primero", "url"), "is not among the places that may be sent to", remedy
    if not primero["username"]:
        yield ("primero", "username"), "is empty", "Write the name of our account there"
    if not primero["password"]:
        yield ("primero", "password"), "is empty", "Write that account's password"


def _ascii(host: str) -> str:
    """A name as it is asked for, without the dot at its end. Raises ValueError when it cannot be."""
    bare = host.rstrip(".")
    if bare.isascii():
        return bare
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(f"is no host. {_FORM}") from None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
