"""The computers of other organisations that referrals go to, as this deployment has them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog

from config.outgoing import named_secrets, place
from config.settings import Settings
from helpline.check import Configuration
from helpline.clock import Clock
from helpline.ending import end
from helpline.referrals.http_client import OutgoingHttp
from helpline.referrals.port import Adapter, Adapters, DeliveryTrouble
from helpline.referrals.primero import Account, Primero
from helpline.referrals.primero_mapping import Report, report
from helpline.referrals.signed_webhook import SignedWebhook

log = structlog.get_logger()


@asynccontextmanager
async def adapters(configuration: Configuration, clock: Clock) -> AsyncIterator[Adapters]:
    """The adapters by channel, as long as the block lasts. A Primero that cannot be asked now holds nothing up."""
    http = outgoing_http(configuration.settings)
    found: dict[str, Adapter] = {"webhook": SignedWebhook(http, webhook_secrets(configuration.settings), clock)}
    primero = primero_of(configuration, http, clock)
    asked = None
    if primero is not None:
        found["primero"] = primero
        asked = asyncio.create_task(_asked(primero, configuration))
    try:
        yield found
    finally:
        if asked is not None:
            await end([asked])
        await http.close()


def outgoing_http(settings: Settings) -> OutgoingHttp:
    """The client, which goes to the places of ``outgoing_allowed`` and nowhere else."""
    return OutgoingHttp([place(one) for one in settings.outgoing_allowed], timeout_s=settings.primero.timeout_s)


def webhook_secrets(settings: Settings) -> dict[str, tuple[str, ...]]:
    """By account."""
    return named_secrets([one.get_secret_value() for one in settings.webhook_secrets])


def primero_of(configuration: Configuration, http: OutgoingHttp, clock: Clock) -> Primero | None:
    """The Primero of this deployment, None if it has none."""
    settings = configuration.settings.primero
    if not settings.url:
        return None
    account = Account(
        settings.url, settings.username, settings.password.get_secret_value(), settings.codes, _names(configuration)
    )
    return Primero(http, account, clock)


async def matches(primero: Primero, configuration: Configuration) -> Report:
    """What of this deployment's codes has a match in its Primero. Raises `DeliveryTrouble`."""
    own = configuration.settings.primero.codes
    return report(await primero.lookups(), own, _names(configuration), _codes(configuration))


async def _asked(primero: Primero, configuration: Configuration) -> None:
    """Load the lookups at the start and say what has no match; the next referral tries again what fails now."""
    try:
        found = await matches(primero, configuration)
    except DeliveryTrouble as trouble:
        log.warning("primero_not_asked", code=trouble.code)
        return
    log.info("primero_asked", count=found.matched)
    if found.missing or found.own:
        log.warning("primero_unmatched", count=found.missing + len(found.own))


def _names(configuration: Configuration) -> Mapping[str, Mapping[str, Sequence[str]]]:
    directory = configuration.directory
    terms = {"concern": directory.concerns.kind, "gender": directory.taxonomy.genders}
    return {
        "language": {one.code: (one.name, one.iso639_3, one.endonym) for one in configuration.languages},
        **{field: {term.code: (term.label,) for term in several} for field, several in terms.items()},
    }


def _codes(configuration: Configuration) -> Mapping[str, Iterable[str]]:
    """A concern about one of our own goes to nobody outside."""
    directory = configuration.directory
    return {
        "concern": [one.code for one in directory.concerns.kind if not one.private],
        "gender": [one.code for one in directory.taxonomy.genders],
        "circumstances": [one.code for one in directory.taxonomy.circumstances],
        "language": [one.code for one in configuration.languages],
    }
