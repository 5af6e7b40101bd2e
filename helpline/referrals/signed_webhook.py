"""A referral as a signed webhook: what is posted, how it is signed, and what the answers mean.

The receiver's side of it is described in docs/webhooks-out.md.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from helpline.clock import MINUTE, SECOND, Clock
from helpline.referrals.http_client import Answer, OutgoingHttp
from helpline.referrals.port import NOBODY_ELSE, Delivered, DeliveryTrouble, Outgoing, Seen, Turn

SIGNATURE = "Helpline-Signature"
IDEMPOTENCY_KEY = "Helpline-Idempotency-Key"
TOLERANCE = 5 * MINUTE
"""How old a signature may be for a receiver (µs). Each try is signed anew, with its own time."""


def body_of(referral: Outgoing) -> bytes:
    """What is posted: UTF-8 JSON, byte for byte the same at every try."""
    said = {
        "type": "referral",
        "id": referral.id,
        "sent_at": referral.sent_at // SECOND,
        "acknowledge_by": referral.due_at // SECOND,
        "language": referral.language,
        "concern": referral.concern,
        "override": referral.override,
        "content": dict(referral.content),
        "answer": {"link": referral.link, "until": referral.link_until // SECOND} if referral.link else None,
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def signature(secret: str, at: int, body: bytes) -> str:
    """HMAC-SHA256, in hexadecimal digits, of the time in seconds since 1970, a full stop, and the body's bytes."""
    return hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()


def signed_headers(secrets: Sequence[str], now: int, body: bytes, key: str) -> dict[str, str]:
    """The headers of one try. ``now`` in µs. With two secrets there are two signatures; one that holds is enough."""
    at = now // SECOND
    signatures = [f"v1={signature(secret, at, body)}" for secret in secrets]
    return {
        "Content-Type": "application/json; charset=utf-8",
        IDEMPOTENCY_KEY: key,
        SIGNATURE: ",".join([f"t={at}", *signatures]),
    }


def is_signed(header: str, secrets: Sequence[str], now: int, body: bytes) -> bool:
    """What a receiver does with the signature: one of its secrets, and a time near ``now`` (µs) in either direction."""
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    given = [value for name, _, value in parts if name.strip() == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit()) or len(times[0]) > 12:
        return False
    if abs(now - int(times[0]) * SECOND) > TOLERANCE:
        return False
    expected = [signature(secret, int(times[0]), body) for secret in secrets if secret]
    return any(hmac.compare_digest(one.encode(), two.encode()) for one in given for two in expected)


def taken(answer: Answer) -> None:
    """2xx: they have it. Raises `DeliveryTrouble` for every other answer."""
    status = answer.status
    if 200 <= status < 300:
        return
    if status == 410:
        raise DeliveryTrouble("gone", retry=False)
    if status in (401, 403):
        raise DeliveryTrouble("unauthorised", retry=False)
    if status == 429 or status == 503:
        raise DeliveryTrouble("busy", retry=True, after=answer.after)
    if status in (408, 425) or status >= 500:
        raise DeliveryTrouble("their_fault", retry=True, unknown=True, after=answer.after)
    raise DeliveryTrouble("redirected" if status < 400 else "invalid", retry=False)


class SignedWebhook:
    """Posts referrals to the addresses of services. ``secrets``: by the account that a service's entry names."""

    def __init__(self, http: OutgoingHttp, secrets: Mapping[str, Sequence[str]], clock: Clock) -> None:
        self._http, self._secrets, self._clock = http, dict(secrets), clock

    async def deliver(self, referral: Outgoing, turn: Turn = NOBODY_ELSE) -> Delivered:
        """Raises `DeliveryTrouble`. The receiver knows it by its key, and nobody has to wait for a turn."""
        secrets = self._secrets.get(referral.settings.get("account", ""))
        if not secrets:
            raise DeliveryTrouble("no_secret", retry=False)
        body = body_of(referral)
        headers = signed_headers(secrets, self._clock.now(), body, referral.id)
        taken(await self._http.send("POST", referral.settings.get("url", ""), headers, body, read=False))
        return Delivered()

    async def poll(self, referral: Outgoing) -> Seen | None:
        """A webhook cannot be asked: the service answers by its link."""
        return None
