"""What keeps a child's number, name and words from those who are not to see them.

Text is sealed with AES-256-GCM under one of several keys: the first seals, all open, so that keys can be changed
without a stop. A number is found again by a keyed hash; a phone is not a child, and a pseudonym says nothing of either.
"""

import base64
import binascii
import hashlib
import hmac
import os
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from config.numbers import is_number
from helpline.errors import Invalid, Unavailable

# A sealed blob: form (1 byte), which key (4), nonce (12), ciphertext, tag (16).
_FORM = b"\x01"
_NONCE = 12
_HEAD = 1 + 4 + _NONCE
_KEY = 32


class Unreadable(Unavailable):
    """A sealed blob that cannot be opened now.

    Codes: ``seal_key_missing`` (sealed with a key that is not configured: add it), ``seal_broken`` (altered, or cut).
    """


class Vault:
    """Seals and opens text, and hashes numbers.

    ``keys``: one or more of `generate_key`; ``hash_key``: any secret text, never changed once numbers were stored.
    ``country_code``: digits such as "260", so that a number in national form is the same as in international form.
    Raises `Invalid` ("seal_key", "hash_key") for a key that cannot be used.
    """

    def __init__(
        self,
        keys: Sequence[str],
        hash_key: str,
        *,
        country_code: str = "",
        nonce: Callable[[int], bytes] = os.urandom,
    ) -> None:
        if not keys:
            raise Invalid("seal_key", "no key is configured")
        if not hash_key:
            raise Invalid("hash_key", "no hash key is configured")
        material = [_material(key) for key in keys]
        self._first = _mark(material[0])
        self._ciphers = {_mark(key): AESGCM(key) for key in material}
        self._hash_key = hash_key.encode()
        self._country_code = country_code
        self._nonce = nonce

    @property
    def country_code(self) -> str:
        """Digits such as "260"; empty when numbers are left as they are."""
        return self._country_code

    def seal(self, text: str) -> bytes:
        """Any text, NUL and lone surrogates too. The same text never gives the same bytes twice."""
        return self.seal_bytes(text.encode("utf-8", "surrogatepass"))

    def open(self, blob: bytes) -> str:
        """Raises `Unreadable`."""
        return self.open_bytes(blob).decode("utf-8", "surrogatepass")

    def seal_bytes(self, content: bytes) -> bytes:
        head = _FORM + self._first + self._nonce(_NONCE)
        return head + self._ciphers[self._first].encrypt(head[-_NONCE:], content, head)

    def open_bytes(self, blob: bytes) -> bytes:
        """Raises `Unreadable`."""
        head = bytes(blob[:_HEAD])
        if len(head) < _HEAD or head[:1] != _FORM:
            raise Unreadable("seal_broken", "a sealed text is damaged")
        cipher = self._ciphers.get(head[1:5])
        if cipher is None:
            raise Unreadable("seal_key_missing", "a text was sealed with a key that is not configured")
        try:
            return cipher.decrypt(head[-_NONCE:], bytes(blob[_HEAD:]), head)
        except InvalidTag:
            raise Unreadable("seal_broken", "a sealed text is damaged") from None

    def needs_resealing(self, blob: bytes) -> bool:
        """Whether it was sealed with another key than the first, which seals now."""
        return blob[1:5] != self._first

    def reseal(self, blob: bytes) -> bytes:
        """The same content under the first key. Raises `Unreadable`."""
        return self.seal_bytes(self.open_bytes(blob))

    def hash_number(self, number: str) -> str:
        """64 hex digits by which a number is known, however it is spelled. Raises `Invalid` ("number_empty").

        A number that was withheld is nobody's: it must not come here.
        """
        same = normalise_number(number, self._country_code)
        if not same:
            raise Invalid("number_empty", "there is no number to hash")
        return hmac.new(self._hash_key, same.encode(), hashlib.sha256).hexdigest()

    def hash_word(self, kind: str, word: str) -> str:
        """32 hex digits by which a word of a record is found again; each ``kind`` has a key of its own."""
        key = hmac.new(self._hash_key, f"helpline index of {kind}\0".encode(), hashlib.sha256).digest()
        return hmac.new(key, word.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def generate_key() -> str:
    """A new key for `Vault`: 32 random bytes in URL-safe base64 (44 characters)."""
    return base64.urlsafe_b64encode(os.urandom(_KEY)).decode()


def normalise_number(number: str, country_code: str = "") -> str:
    """One spelling for a number: "+" and digits, or the bare digits of a national or short one.

    Takes spaces, hyphens, dots, brackets, "00", ``tel:``, ``sip:user@host;user=phone``, a display name, and the digits
    of any script. A user that is no number stays "user@host" in small letters. Empty when nothing is left.
    With ``country_code``, a national number ("0...") and one without its "+" are written internationally.
    """
    if not number.isascii():
        number = "".join(_plain(letter) for letter in unicodedata.normalize("NFKC", number))
    text = number.strip()
    if bracketed := re.search(r"<([^<>]*)>", text):
        text = bracketed[1]
    text, _, host = re.sub(r"^(?:sips?|tel):", "", text, flags=re.IGNORECASE).partition("@")
    user = unquote(text.partition(";")[0])
    digits = re.sub(r"[\s().\-/]", "", user)
    if not re.fullmatch(r"\+?[0-9]+", digits):
        host = re.split(r"[;:?]", host)[0]
        return "@".join(part.strip().lower() for part in (user, host) if part.strip())
    return _international(digits, country_code)


def telephone(text: str, country_code: str = "") -> str | None:
    """A number that can be called, in its one spelling (see `normalise_number`); None for anything else."""
    same = normalise_number(text, country_code)
    return same if is_number(same) else None


def pseudonym(chance: random.Random) -> str:
    """A name for a contact that can be said aloud and remembered, such as "Kwi-4821"; derived from nothing."""
    return f"{chance.choice(_SYLLABLES)}-{chance.randrange(1000, 10_000)}"


def redact(text: str) -> str:
    """The text without what looks like a number (four digits or more, of any script) or a mail address."""
    return _NUMBER.sub("[number]", _ADDRESS.sub("[address]", text))


_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_NUMBER = re.compile(r"\+?\d(?:[\s().\-/]{0,3}\d){3,}")

_STARTS = ("B", "D", "Dz", "G", "H", "K", "Kw", "L", "M", "Mw", "N", "Nd", "R", "S", "T", "Tw", "V", "W", "Y", "Z")
_SYLLABLES = tuple(
    start + vowel
    for start in _STARTS
    for vowel in ("a", "e", "i", "o", "u")
    if (start, vowel) not in {("Kw", "u"), ("Mw", "u"), ("Tw", "u"), ("Tw", "a"), ("W", "u"), ("Y", "i")}
)


def _material(key: str) -> bytes:
    try:
        content = base64.b64decode(key.strip() + "=" * (-len(key.strip()) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if len(content) != _KEY:
        raise Invalid("seal_key", "a key is not 32 bytes in URL-safe base64")
    return content


def _mark(key: bytes) -> bytes:
    return hashlib.sha256(b"helpline seal key\0" + key).digest()[:4]


def _plain(letter: str) -> str:
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    # Marks of direction come along when a number is copied out of Arabic text.
    return "" if unicodedata.category(letter) == "Cf" else letter


def _international(digits: str, country_code: str) -> str:
    if digits.startswith("+"):
        return digits
    if digits.startswith("00") and len(digits) > 8:
        return "+" + digits[2:]
    if country_code and digits.startswith("0") and len(digits) > 7:
        return f"+{country_code}{digits[1:]}"
    if country_code and digits.startswith(country_code) and len(digits) > len(country_code) + 7:
        return "+" + digits
    return digits
