"""What the settings of the mail server must hold beyond their form. Pure; no answer holds a value."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from config.modes import Wrong, is_loopback

_SENDER = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def mail_faults(values: Mapping[str, Any]) -> list[Wrong]:
    """Nothing is asked of the rest while no host is set."""
    return list(_faults(values["smtp"])) if values["smtp"]["host"] else []


def _faults(smtp: Mapping[str, Any]) -> Iterator[Wrong]:
    if not _SENDER.fullmatch(smtp["sender"]):
        yield ("smtp", "sender"), "is no address of letters, digits and one @", "Write it as helpline@example.org"
    if smtp["security"] == "none" and not is_loopback(smtp["host"]):
        remedy = "Set it to starttls or tls, or use a mail server on this computer"
        yield ("smtp", "security"), "would send words and password unencrypted", remedy
    if bool(smtp["username"]) != bool(smtp["password"]):
        missing = "password" if smtp["username"] else "username"
        yield ("smtp", missing), "is empty, and the other of the two is not", "Set both, or neither"
