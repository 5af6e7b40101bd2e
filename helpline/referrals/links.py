"""A link to one referral, for one service, opened with a code that comes another way. Units of work.

The link alone opens nothing, and neither does the code. Of both the store holds hashes. The code can be tried few
times; then the link is shut until somebody gives it a new code.
"""

import base64
import hashlib
from dataclasses import dataclass

from helpline.clock import DAY, HOUR
from helpline.errors import Refused
from helpline.house import House
from helpline.referrals.lifecycle import OPEN
from helpline.store import alarms, audit, referrals
from helpline.store.db import Tx
from helpline.store.referrals import Link, Stored

LINK_FOR = 14 * DAY
VISIT_FOR = 2 * HOUR
TRIES = 5
CODE_LENGTH = 6  # digits


@dataclass(frozen=True, slots=True)
class Tried:
    """``visit``: the token for the browser that gave the right code; without one, ``left`` tries are left."""

    visit: str | None
    left: int


def make_link(tx: Tx, house: House, referral: Stored) -> tuple[str, str]:
    """A fresh link: its id, and the address to send. Earlier ones open nothing any more."""
    referrals.revoke_links(tx, referral.id)
    token = _token(house)
    id = referrals.add_link(tx, referral, token_hash(token), tx.now + LINK_FOR)
    return id, address_of(house, token)


def computer_token(house: House, referral: Stored) -> str:
    """The token of the link that goes to a service's own system: the same at every try, and stored nowhere."""
    halves = (house.vault.hash_word(f"referral link {half}", f"{referral.id}:{referral.way}") for half in "ab")
    return _written(bytes.fromhex("".join(halves)))


def make_computer_link(tx: Tx, house: House, referral: Stored) -> None:
    """The link that goes with a referral to a service's own system. Without a code yet."""
    referrals.revoke_links(tx, referral.id)
    referrals.add_link(tx, referral, token_hash(computer_token(house, referral)), tx.now + LINK_FOR)


def address_of(house: House, token: str) -> str:
    return f"{house.public_url}/link/{token}"


def give_code(tx: Tx, house: House, link_id: str) -> str:
    """A fresh code for a link, to be sent or said; the one before it is worth nothing now."""
    code = f"{house.chance.randrange(10**CODE_LENGTH):0{CODE_LENGTH}d}"
    referrals.give_code(tx, link_id, _code_hash(house, link_id, code))
    return code


def is_link(tx: Tx, token: str) -> Link:
    """The link of a token that is good now. Raises `Refused` ("link_over") for any other, whatever the reason."""
    link = referrals.link_by_token(tx, token_hash(token))
    if link is None or link.revoked_at is not None or link.expires_at <= tx.now:
        raise Refused("link_over", "This link is over. Call us for a new one.")
    return link


def open_link(tx: Tx, house: House, token: str, code: str) -> Tried:
    """Try a code. Raises `Refused` ("link_over")."""
    link = is_link(tx, token)
    if not _is_code(tx, house, link, code):
        return Tried(None, max(0, TRIES - link.tries - 1))
    visit = _token(house)
    referrals.opened(tx, link.id)
    referrals.begin_visit(tx, link, token_hash(visit), tx.now + VISIT_FOR)
    audit.add(tx, "service", "referral_opened", link.contact_id, link.referral_id, {"link": link.id})
    return Tried(visit, TRIES)


def visited(tx: Tx, visit: str) -> tuple[Link, Stored]:
    """What a browser has opened. Raises `Refused` ("visit_over")."""
    link = referrals.visit(tx, token_hash(visit))
    if link is None or link.revoked_at is not None:
        raise Refused("visit_over", "Open the link again.")
    return link, referrals.get(tx, link.referral_id)


def look(tx: Tx, link: Link, referral: Stored) -> None:
    """Somebody at the service sees the content now."""
    referrals.viewed(tx, referral, "link", link.id)
    audit.add(tx, "service", "referral_viewed", referral.contact_id, referral.id, {"how": "link"})


def call_in(tx: Tx, house: House, reference: str, code: str, by: str) -> Stored | None:
    """A service calls and says reference and code; one of ours (``by``) reads it out. None when they do not fit.

    The tries count, so that nobody finds a code by asking again and again.
    """
    referral = referrals.by_reference(tx, digits_of(reference))
    if referral is None:
        return None
    standing = [link for link in referrals.links_of(tx, referral.id) if link.revoked_at is None]
    standing = [link for link in standing if link.expires_at > tx.now]
    if not standing or not _is_code(tx, house, standing[0], digits_of(code)):
        audit.add(tx, by, "referral_code_wrong", referral.contact_id, referral.id)
        return None
    referrals.opened(tx, standing[0].id)
    referrals.viewed(tx, referral, "read_out", by)
    audit.add(tx, by, "referral_read_out", referral.contact_id, referral.id)
    return referral


def others_open(tx: Tx, referral: Stored) -> list[Stored]:
    """What the same service still has to do with, without the one that is open here."""
    return [one for one in referrals.open_at_service(tx, referral.service_id) if one.id != referral.id]


def still_open(referral: Stored) -> bool:
    return referral.state in OPEN


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def digits_of(said: str) -> str:
    """Reference and code as they are typed: with spaces or hyphens, in the digits of any script."""
    return "".join(str(int(letter)) for letter in said if letter.isdecimal())


def _is_code(tx: Tx, house: House, link: Link, code: str) -> bool:
    """A wrong one uses up a try; the last one shuts the link, and a person is told."""
    if link.tries >= TRIES:
        return False
    if link.code_hash and link.code_hash == _code_hash(house, link.id, digits_of(code)):
        return True
    referrals.tried(tx, link.id)
    audit.add(tx, "service", "referral_code_wrong", link.contact_id, link.referral_id, {"link": link.id})
    if link.tries + 1 >= TRIES:
        alarms.raise_alarm(tx, "referral_shut", f"referral_shut:{link.referral_id}", contact_id=link.contact_id)
    return False


def _code_hash(house: House, link_id: str, code: str) -> str:
    return house.vault.hash_word("referral code", f"{link_id}:{code}")


def _token(house: House) -> str:
    """256 bits."""
    return _written(house.chance.randbytes(32))


def _written(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).decode().rstrip("=")
