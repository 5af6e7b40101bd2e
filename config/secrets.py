"""Which secrets are too weak to keep a child's words, and the demonstration's own, made on the spot.

The demonstration's secrets live in one file that only its owner reads; production refuses every one of them.
"""

import base64
import binascii
import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from config.faults import ConfigurationError, Fault, read_toml

DEMONSTRATION_PASSWORD = "practice-116-only"
"""Of all demonstration staff. Published, and shown on the start page of a demonstration only."""

WELL_KNOWN = frozenset(
    {
        "admin",
        "changeit",
        "changeme",
        "demo",
        "demonstration",
        "development",
        "example",
        "helpline",
        "letmein",
        "password",
        "practice",
        "qwerty",
        "secret",
        "test",
        "testing",
        "token",
        "twilio",
        "xxx",
        "your_auth_token",
        "your_key",
    }
)
"""What manuals and templates write where a secret belongs; compared without case, spaces, `-` and `_`."""

_PLAIN = re.compile(r"[\s_-]+")
_SEQUENCES = (
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "9876543210",
    "zyxwvutsrqponmlkjihgfedcba",
    "qwertyuiopasdfghjklzxcvbnm",
)
_FEWEST_LETTERS = 8  # 32 random hexadecimal digits have fewer with a probability below 1 in 10^7


def weakness(secret: str, shortest: int) -> str | None:
    """What is wrong with a secret of at least ``shortest`` characters; None when nothing is known against it."""
    plain = _PLAIN.sub("", secret).lower()
    if not plain:
        return "is empty"
    if _well_known(plain):
        return "is well known"
    if len(secret) < shortest:
        return f"is shorter than {shortest} characters"
    if _repeats(plain) or len(set(plain)) < _FEWEST_LETTERS or any(plain[:10] in one for one in _SEQUENCES):
        return "is a pattern that can be guessed"
    return None


def key_weakness(key: str) -> str | None:
    """The same for a key that encrypts: 32 bytes in URL-safe base64, as `keys new` prints them."""
    weak = weakness(key, shortest=1)
    if weak in ("is empty", "is well known"):
        return weak
    try:
        raw = base64.b64decode(key.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return "is not a key"
    if len(raw) != 32:
        return "is not a key of 32 bytes"
    if len(set(raw)) < _FEWEST_LETTERS or any(raw == raw[:size] * (32 // size) for size in (1, 2, 4, 8, 16)):
        return "is a pattern that can be guessed"
    return weak


def _well_known(plain: str) -> bool:
    known = {_PLAIN.sub("", word) for word in WELL_KNOWN} | {_PLAIN.sub("", DEMONSTRATION_PASSWORD)}
    return plain in known or any(plain.strip("0123456789!.") == word for word in known) or _period_in(plain, known)


def _period_in(plain: str, known: set[str]) -> bool:
    return any(
        len(plain) >= len(word) and plain == (word * (len(plain) // len(word) + 1))[: len(plain)] for word in known
    )


def _repeats(plain: str) -> bool:
    """Whether a unit of at most half of it is said again and again."""
    return any(
        plain == (plain[:size] * (len(plain) // size + 1))[: len(plain)] for size in range(1, len(plain) // 2 + 1)
    )


_FIELDS: Mapping[str, Callable[[], str]] = {
    "key": lambda: base64.urlsafe_b64encode(os.urandom(32)).decode("ascii"),
    "hash_key": lambda: secrets.token_hex(32),
    "account_sid": lambda: "AC" + secrets.token_hex(16),
    "auth_token": lambda: secrets.token_hex(16),
}


def key_file(data_dir: Path) -> Path:
    """Where a demonstration keeps the secrets that it made for itself."""
    return data_dir / "keys.toml"


def made_secrets(data_dir: Path) -> dict[str, str]:
    """The secrets that a demonstration made here before; empty when it has made none, or they cannot be read."""
    try:
        found = tomllib.loads(key_file(data_dir).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: str(found[name]) for name in _FIELDS if isinstance(found.get(name), str)}


def make_secrets(data_dir: Path) -> dict[str, str]:
    """Those that were made here before, else new ones, kept in a file that only its owner reads.

    Two processes that start at once end with the same secrets. Raises OSError when the folder cannot be written, and
    ConfigurationError when the file is there but not whole: it may hold the only key to the data beside it.
    """
    path = key_file(data_dir)
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _put(path)
    path.chmod(0o600)
    read_toml(path)
    found = made_secrets(data_dir)
    if len(found) < len(_FIELDS):
        remedy = "Restore it, or remove the data folder to begin anew: what it encrypted cannot be read without it."
        raise ConfigurationError([Fault(str(path), "-", "does not hold all secrets of this demonstration", remedy)])
    return found


def _put(path: Path) -> None:
    text = "# Made for this demonstration. A production start refuses these.\n"
    text += "".join(f'{name} = "{make()}"\n' for name, make in _FIELDS.items())
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first, and its secrets are the ones
    finally:
        draft.unlink()
