"""A service is told that something waits for it: by a notice with a link, and a code by another way; or its own system
gets the referral itself. Units of work. No notice says anything of a child or of what it is about.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from config.services import Way
from helpline.clock import SECOND
from helpline.house import House
from helpline.notices import Notice, send
from helpline.referrals import links
from helpline.referrals.directory import Entry, ways_of
from helpline.store import contacts, effects, referrals
from helpline.store.db import Tx
from helpline.store.referrals import Stored

NOTICE = "referral_notice"
CODE = "referral_code"
DELIVER = "referral_deliver"
COMPUTERS = ("primero", "webhook")
LINKED = ("webhook",)
"""Systems that cannot be asked what became of it: a link goes with it, so that a person there can say so."""

_CODE_BY = {
    "email": ("sms", "voice"),
    "sms": ("email", "voice"),
    "voice": ("sms", "email"),
    "webhook": ("sms", "email", "voice"),
}
"""By which other way the code goes."""


def tell(tx: Tx, house: House, referral: Stored, entry: Entry) -> None:
    """By the way that the referral is at. Without another way for the code, one of ours says it on the phone."""
    ways = ways_of(tx, house, entry)
    way = ways[referral.way]
    if way.channel in COMPUTERS:
        if way.channel in LINKED:
            links.make_computer_link(tx, house, referral)
        effects.add(tx, DELIVER, None, referral.id)
        return
    link_id, address = links.make_link(tx, house, referral)
    code = links.give_code(tx, house, link_id)
    words = _Words(tx, house, referral, entry)
    other = code_way(ways, way)
    if way.channel == "voice":
        said = "" if other is not None else words.say("code_said", code=" ".join(code))
        _notify(tx, house, referral, way, NOTICE, words, body=f"{words.say('call')} {said}".strip(), ask_key="1")
    elif way.channel == "sms":
        reply = f"{house.chance.randrange(10_000):04d}"
        _notify(
            tx, house, referral, way, NOTICE, words, body=words.say("sms", address=address, reply=reply), reply=reply
        )
    else:
        _notify(tx, house, referral, way, NOTICE, words, body=words.say("mail", address=address))
    if other is not None:
        _tell_code(tx, house, referral, other, words, code)


def tell_code(tx: Tx, house: House, referral: Stored, entry: Entry) -> None:
    """A service's own system has the link: the code for it goes by another way, if the service has one."""
    ways = ways_of(tx, house, entry)
    standing = [link for link in referrals.links_of(tx, referral.id) if link.revoked_at is None]
    other = code_way(ways, ways[referral.way]) if referral.way < len(ways) else None
    if standing and other is not None:
        code = links.give_code(tx, house, standing[0].id)
        _tell_code(tx, house, referral, other, _Words(tx, house, referral, entry), code)


def _tell_code(tx: Tx, house: House, referral: Stored, way: Way, words: "_Words", code: str) -> None:
    said = " ".join(code) if way.channel == "voice" else code
    _notify(tx, house, referral, way, CODE, words, body=words.say("code", code=said))


def code_way(ways: Sequence[Way], used: Way) -> Way | None:
    """The way for the code: never the channel that the link goes by. None: it is said on the phone by one of ours."""
    for channel in _CODE_BY.get(used.channel, ()):
        for way in ways:
            if way.channel == channel:
                return way
    return None


def _notify(
    tx: Tx,
    house: House,
    referral: Stored,
    way: Way,
    purpose: str,
    words: "_Words",
    *,
    body: str,
    ask_key: str | None = None,
    reply: str | None = None,
) -> None:
    send(
        tx,
        house,
        Notice(
            purpose,
            referral.id,
            way.channel,
            way.to,
            subject=words.say("subject") if way.channel == "email" else "",
            body=body,
            language=words.language,
            line=words.line,
            ask_key=ask_key,
            reply_code=reply,
        ),
    )


_TEXTS = {
    "en": {
        "subject": "{line}: something waits for you (reference {reference})",
        "mail": (
            "Something waits for you:\n\n{address}\n\nIt opens with a code that comes to you another way. Please open "
            "it by {by}.\n\nIf you cannot, call {number} and say the reference {reference} and the code."
        ),
        "sms": (
            "{line}: something waits for you at {address} (reference {reference}). Reply {reply} to say that you have "
            "it."
        ),
        "code": "{line}: the code for the reference {reference} is {code}. Give it to nobody else.",
        "call": "This is {line}. Something waits for you. Please call {number} and say the reference {spoken}.",
        "code_said": "The code is {code}.",
    },
    "fr": {
        "subject": "{line} : quelque chose vous attend (référence {reference})",
        "mail": (
            "Quelque chose vous attend :\n\n{address}\n\nLa page s'ouvre avec un code qui vous parvient par une autre "
            "voie. Merci de l'ouvrir avant le {by}.\n\nSi vous ne pouvez pas l'ouvrir, appelez le {number} et donnez "
            "la référence {reference} et le code."
        ),
        "sms": (
            "{line} : quelque chose vous attend sur {address} (référence {reference}). Répondez {reply} pour dire que "
            "vous l'avez reçu."
        ),
        "code": "{line} : le code pour la référence {reference} est {code}. Ne le donnez à personne d'autre.",
        "call": (
            "Ici {line}. Quelque chose vous attend. Merci d'appeler le {number} et de donner la référence {spoken}."
        ),
        "code_said": "Le code est {code}.",
    },
}


class _Words:
    """What a notice says, in the language in which the service reads if there is one of ours, else in English."""

    def __init__(self, tx: Tx, house: House, referral: Stored, entry: Entry) -> None:
        service = entry.service
        self.line = contacts.get(tx, referral.contact_id).line if referral.contact_id is not None else None
        line = house.line(self.line or next(iter(house.directory.lines)))
        self.language = service.language if service.language in _TEXTS else "en"
        due = datetime.fromtimestamp((referral.due_at or tx.now) // SECOND, UTC)
        self._values = {
            "line": line.name,
            "number": line.caller_id,
            "reference": referral.reference,
            "spoken": " ".join(referral.reference),
            "by": f"{due.astimezone(ZoneInfo(service.timezone)):%Y-%m-%d %H:%M}",
        }

    def say(self, what: str, **more: str) -> str:
        return _TEXTS[self.language][what].format(**self._values, **more)
