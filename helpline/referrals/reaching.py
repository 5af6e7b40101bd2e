"""Whether the ways to a service, as its entry names them, can be used with the settings of this deployment. Pure."""

from dataclasses import dataclass

from yarl import URL

from config.outgoing import named_secrets, place
from config.services import Service, Way
from config.settings import Settings
from helpline.referrals.allowed import is_allowed

REMEDIES = {
    "not_allowed": "is at a place that may not be sent to: add its host to outgoing_allowed.",
    "no_secret": "names no account that has a secret: add it to webhook_secrets, or mend account=.",
    "no_primero": "is a Primero, and none is set up: set HELPLINE_PRIMERO__URL and its account.",
    "other_primero": "is another Primero than the one that is set up.",
    "no_recipient": "names nobody there: add transitioned_to=.",
    "no_mail": "is an email address, and no mail server is set up: set HELPLINE_SMTP__HOST.",
}


@dataclass(frozen=True, slots=True)
class Unready:
    """A way that cannot be used: its place in the entry, from 1, and why, one of `REMEDIES`."""

    place: int
    channel: str
    code: str


def unready(service: Service, settings: Settings) -> tuple[Unready, ...]:
    """In the order of the entry; the first reason of each way."""
    found = ((number, way, _why(way, settings)) for number, way in enumerate(service.contacts, 1))
    return tuple(Unready(number, way.channel, code) for number, way, code in found if code)


def _why(way: Way, settings: Settings) -> str:
    if way.channel == "email":
        return "" if settings.smtp.host else "no_mail"
    if way.channel == "webhook":
        secrets = named_secrets([one.get_secret_value() for one in settings.webhook_secrets])
        if not is_allowed([place(one) for one in settings.outgoing_allowed], way.to):
            return "not_allowed"
        return "" if way.settings.get("account") in secrets else "no_secret"
    if way.channel == "primero":
        if not settings.primero.url:
            return "no_primero"
        if not _same(way.to, settings.primero.url):
            return "other_primero"
        return "" if way.settings.get("transitioned_to") else "no_recipient"
    return ""


def _same(one: str, other: str) -> bool:
    try:
        return URL(one.rstrip("/")) == URL(other.rstrip("/"))
    except ValueError:
        return False
