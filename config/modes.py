"""What each mode demands beyond the form of its settings. Pure: takes plain values, returns what is wrong.

A rule's answer is (path of the setting, what is wrong, how to mend it); no answer holds a value.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from config.secrets import key_weakness, weakness

PRACTICE_CARRIER = "http://127.0.0.1:8117"
"""Where the practice carrier listens unless it is told otherwise."""

Wrong = tuple[tuple[str, ...], str, str]

_SHORTEST_TOKEN = 32  # the carrier's tokens are 32 hexadecimal digits
_SHORTEST_HASH_KEY = 32
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_NEW_KEY = "Make one with `python -m helpline keys new`"


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach the host. A name is trusted only when it is `localhost`."""
    bare = host.strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def own_address(host: str, port: int) -> str:
    """Where a server is reached that nothing stands in front of."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def demonstration_faults(values: Mapping[str, Any]) -> list[Wrong]:
    """A demonstration stays on this computer: its passwords are published."""
    found: list[Wrong] = []
    if not is_loopback(values["host"]):
        found.append(
            (
                ("host",),
                "is not this computer alone, and a demonstration's passwords are published",
                "Set it to 127.0.0.1, or set mode to production",
            )
        )
    addresses = {("public_url",): values["public_url"], ("twilio", "api_base_url"): values["twilio"]["api_base_url"]}
    for path, url in addresses.items():
        if found and url == own_address(values["host"], values["port"]):
            continue  # it follows the host, and is mended with it
        problem = _url_problem(url, ("http", "https"))
        if problem:
            found.append((path, problem, "Write it as http://127.0.0.1:8116"))
        elif not is_loopback(urlsplit(url).hostname or ""):
            found.append(
                (
                    path,
                    "is a public address, which a demonstration refuses",
                    "Leave it empty, or set mode to production",
                )
            )
    return found


def production_faults(values: Mapping[str, Any], made: Mapping[str, str]) -> list[Wrong]:
    """``made``: the secrets that a demonstration made in the same data folder, each of them refused."""
    return [
        *_public_url(values["public_url"]),
        *_api_base_url(values["twilio"]["api_base_url"]),
        *_keys(values["keys"], set(made.values())),
        *_secrets(values, set(made.values())),
    ]


def _public_url(url: str) -> Iterator[Wrong]:
    remedy = "Write the https address that the carrier and the staff use, as https://helpline.example.org"
    if not url:
        yield ("public_url",), "is empty", remedy
        return
    # By http only for a trial on this very machine: nobody else can listen there.
    problem = _url_problem(url, ("http", "https"))
    if problem is None and not is_loopback(urlsplit(url).hostname or ""):
        problem = _url_problem(url, ("https",))
    if problem:
        yield ("public_url",), problem, remedy


def _api_base_url(url: str) -> Iterator[Wrong]:
    if not url:
        return
    problem = _url_problem(url, ("http", "https"))
    remedy = "Leave it empty for the carrier's own"
    if problem:
        yield ("twilio", "api_base_url"), problem, remedy
    elif urlsplit(url).scheme == "http" and not is_loopback(urlsplit(url).hostname or ""):
        yield ("twilio", "api_base_url"), "would send the token unencrypted", f"{remedy}, or use https"


def _url_problem(url: str, schemes: tuple[str, ...]) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in schemes or not parts.hostname:
        return f"does not begin with {' or '.join(f'{scheme}://' for scheme in schemes)} and a host"
    if parts.query or parts.fragment or parts.username is not None or any(letter.isspace() for letter in url.strip()):
        return "holds more than scheme, host, port and path"
    return None


def _keys(keys: tuple[str, ...], refused: set[str]) -> Iterator[Wrong]:
    if not keys:
        yield ("keys",), "is empty", _NEW_KEY
    for place, key in enumerate(keys):
        weak = _of_the_demonstration(key, refused) or key_weakness(key)
        if weak:
            yield ("keys",), f"number {place + 1} {weak}", _NEW_KEY
    if len(set(keys)) < len(keys):
        yield ("keys",), "names a key twice", "Remove the repetition"


def _secrets(values: Mapping[str, Any], refused: set[str]) -> Iterator[Wrong]:
    twilio = values["twilio"]
    if not _ACCOUNT.fullmatch(twilio["account_sid"]) or twilio["account_sid"] in refused:
        remedy = "Copy it from the carrier's console: AC and 32 digits"
        yield ("twilio", "account_sid"), "is no account of the carrier", remedy
    weak = _of_the_demonstration(twilio["auth_token"], refused) or weakness(twilio["auth_token"], _SHORTEST_TOKEN)
    if weak:
        yield ("twilio", "auth_token"), weak, "Copy it from the carrier's console"
    following = twilio["auth_token_next"]
    weak = following and (_of_the_demonstration(following, refused) or weakness(following, _SHORTEST_TOKEN))
    if weak:
        yield ("twilio", "auth_token_next"), weak, "Copy it from the carrier's console, or leave it empty"
    weak = _of_the_demonstration(values["hash_key"], refused) or weakness(values["hash_key"], _SHORTEST_HASH_KEY)
    if not weak and values["hash_key"] in {*values["keys"], twilio["auth_token"], following}:
        weak = "is another secret's value too"
    if weak:
        yield ("hash_key",), weak, _NEW_KEY


def _of_the_demonstration(secret: str, refused: set[str]) -> str | None:
    return "is the demonstration's" if secret and secret in refused else None
