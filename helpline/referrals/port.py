"""How a referral reaches a service's own computer: one port, with an adapter for each kind of system.

The effect is "referral_deliver" (`helpline.referrals.delivering`). It is tried again for two days, always with the same
`Outgoing.id`; an adapter may be called again for one that the other side has taken already, and must then find that
out and say so, never make a second one there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from helpline.clock import MINUTE
from helpline.referrals.lifecycle import Event
from webhooks.ports import CarrierTrouble

SETTLED = 2 * MINUTE
"""A request without an answer may still be carried out there for so long (µs): we look only then."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One referral, as it leaves the house.

    ``content``: exactly what is released and nothing else; its keys are those of `helpline.referrals.consent.FIELDS`,
    its values are text, whole numbers or lists of text, in our own codes.
    ``settings``: the service's entry for this channel in the directory, such as ``url``, ``transitioned_to``,
    ``service``. Secrets are not among them: they are in the settings of the house, under ``settings["account"]``.
    ``external``: what the other side called it at earlier tries, such as ``case`` and ``referral``.
    ``link``: where a person there answers, until ``link_until`` (µs), for a system that cannot tell; always the same.
    ``override``: the reason of a lawful override (a code) when it goes without the child's yes; None with it.
    """

    id: str  # a UUID, the same at every try: the idempotency key
    service_id: str
    channel: str  # primero | webhook
    settings: Mapping[str, str]
    content: Mapping[str, Any]
    language: str  # BCP-47, in which the service reads
    concern: str  # the kind of the concern, a code
    sent_at: int  # µs
    due_at: int  # µs: an acknowledgement is expected by then
    override: str | None = None
    link: str = ""
    link_until: int = 0
    external: Mapping[str, str] = field(default_factory=dict)
    unknown: bool = False  # an earlier try may have reached them: ask before doing it again


@dataclass(frozen=True, slots=True)
class Delivered:
    """It is with them. ``external``: ids to keep. ``lost``: fields that they did not take, to be seen by a person."""

    external: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What their system says has become of it. ``said``: their reason or remark, if they gave one."""

    event: Event  # DELIVERED | ACKNOWLEDGED | ACCEPTED | REFUSED | RECEIVED | WITHDRAWN
    said: str = ""


class DeliveryTrouble(CarrierTrouble):
    """It was not delivered. ``after`` (µs): not sooner than so long from now, as the other side asked (Retry-After).

    A refusal that a repetition cannot mend (``retry`` False, ``unknown`` False) fails the referral at once, with
    ``code``: "consent", "unauthorised", "not_allowed" (an address that is not on the list), "invalid", ...
    """

    def __init__(self, code: str, *, retry: bool, unknown: bool = False, after: int | None = None) -> None:
        super().__init__(code, retry=retry, unknown=unknown)
        self.after = after


class Turn(Protocol):
    """Who may make there what has no key of ours. One try at a time has it, in whichever process."""

    async def take(self) -> None:
        """Just before it is made. Raises `DeliveryTrouble` ("under_way") while another try may still be making it."""
        ...


class _NobodyElse:
    async def take(self) -> None:
        return None


NOBODY_ELSE: Turn = _NobodyElse()
"""Where there is one try only."""


class Adapter(Protocol):
    """One kind of system. Raises `DeliveryTrouble`; logs no content, no credentials and no address."""

    async def deliver(self, referral: Outgoing, turn: Turn = NOBODY_ELSE) -> Delivered: ...

    async def poll(self, referral: Outgoing) -> Seen | None:
        """What has become of it there, or None if nothing is new or the system cannot tell."""
        ...


Adapters = Mapping[str, Adapter]
"""By channel."""
