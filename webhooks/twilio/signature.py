"""Whether Twilio sent this. Pure.

The signature is computed by Twilio's library, over the public URL as configured and the path and query as they were
received. Its ``validate`` is not used: it parses the URL anew at every request, always computes two signatures, fails
on a JSON body without a hash, and lets an empty token validate.
"""

import hmac
from collections.abc import Iterator, Mapping
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator

_DEFAULT_PORTS = {"https": 443, "http": 80}


class Signatures:
    """Checks against every token that is valid now. With none, nothing is valid."""

    def __init__(self, auth_tokens: tuple[str, ...], public_url: str) -> None:
        self._validators = tuple(RequestValidator(token) for token in auth_tokens if token.strip())
        self._bases = (public_url, *_other_spellings(public_url))

    def of_form(self, target: str, form: Mapping[str, str], signature: str) -> bool:
        """``form`` may be a MultiDict; a repeated key counts with each of its different values."""
        return any(self._matches(computed, signature) for computed in self._computed(target, form))

    def of_json(self, target: str, body: bytes, signature: str) -> bool:
        """A JSON body is signed by its hash (``bodySHA256``) in the URL; without one nothing binds it."""
        stated = parse_qs(urlsplit(target).query).get("bodySHA256", [])
        if len(stated) != 1 or not self._matches(sha256(body).hexdigest(), stated[0].lower()):
            return False
        return self.of_form(target, {}, signature)

    def _computed(self, target: str, form: Mapping[str, str]) -> Iterator[str]:
        # Whether Twilio signs the URL with or without its port is not consistent, says its library.
        for base in self._bases:
            for validator in self._validators:
                yield validator.compute_signature(base + target, form)

    @staticmethod
    def _matches(computed: str, given: str) -> bool:
        return hmac.compare_digest(computed.encode(), given.encode("utf-8", "surrogatepass"))


def _other_spellings(public_url: str) -> tuple[str, ...]:
    """The same address with its port spelled out, or without it where it is the default one."""
    parts = urlsplit(public_url)
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None:
        return ()
    if parts.port is None:
        return (parts._replace(netloc=f"{parts.netloc}:{default}").geturl(),)
    return (parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl(),)
