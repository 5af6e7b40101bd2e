"""Which services fit a concern, in which order, and why; and why the others do not. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from config.services import EVERYWHERE, Service, ServiceKind, is_open
from helpline.referrals.matter import Answer, Matter, Override


class Near(StrEnum):
    """How near a service is to the child."""

    DISTRICT = "district"
    PROVINCE = "province"
    NATIONWIDE = "nationwide"
    SOMEWHERE = "somewhere"  # in its province, but the child's district is not known; or nothing is known
    ABROAD = "abroad"
    OTHER_COUNTRY = "other_country"  # than the child: its family, or who waits for it, is there


_NEARNESS = {near: place for place, near in enumerate(Near)}


class Barred(StrEnum):
    """Why a service is not proposed."""

    OTHER_CONCERN = "other_concern"
    ELSEWHERE = "elsewhere"
    PAUSED = "paused"
    HARM_BY = "harm_by"  # the organisation of who is said to have done harm
    ALREADY = "already"  # it has been asked and has not refused, or has refused


@dataclass(frozen=True, slots=True)
class Proposal:
    """One service that fits, and why. ``fenced``: enforcement; ``may_be_told``: a yes or an override is there.

    ``default``: the one that is chosen when nobody chooses another; at most one of a list has it.
    """

    service_id: str
    service: Service
    kind: ServiceKind
    near: Near
    open_now: bool
    speaks: bool  # the child's language, or it is not known
    told_first: bool  # its kind is among those that the concern names
    fenced: bool
    may_be_told: bool
    stale: bool
    default: bool = False


@dataclass(frozen=True, slots=True)
class Proposals:
    """``fitting`` in order, the default first if there is one. ``barred``: the others, by id, each with its reason."""

    fitting: tuple[Proposal, ...]
    barred: Mapping[str, Barred]

    @property
    def default(self) -> Proposal | None:
        return next((one for one in self.fitting if one.default), None)


def propose(
    matter: Matter,
    services: Iterable[tuple[str, Service]],
    kinds: Mapping[str, ServiceKind],
    *,
    now: int,
    today: date,
    country: str,
    override: Override | None = None,
    asked: frozenset[str] = frozenset(),
    within: str = "",
) -> Proposals:
    """``services``: (id, entry). ``country``: where the helpline is. ``asked``: ids that have this concern already.
    ``within``: the country whose services are looked for, if it is not the one in which the child is.

    Welfare and health come before enforcement, always. An enforcement service is the default only where nothing else
    fits and it may be told (the child's yes to authorities, or an override).
    """
    fitting: list[Proposal] = []
    barred: dict[str, Barred] = {}
    for id, service in services:
        near = how_near(service, matter, country, within)
        why = _barred(id, service, matter, near, asked)
        kind = kinds.get(service.kind)
        if why is not None or near is None or kind is None:
            barred[id] = why or Barred.OTHER_CONCERN
            continue
        fenced = is_fenced(service, kind)
        audience = audience_of(service, kind)
        fitting.append(
            Proposal(
                service_id=id,
                service=service,
                kind=kind,
                near=near,
                open_now=is_open(service.hours, service.timezone, now),
                speaks=matter.language is None or matter.language in service.languages,
                told_first=service.kind in matter.tell,
                fenced=fenced,
                may_be_told=override is not None or matter.consent.to(audience) is Answer.YES,
                stale=service.stale_on <= today,
            )
        )
    fitting.sort(key=lambda one: _order(one, matter))
    return Proposals(_with_default(fitting), barred)


def is_fenced(service: Service, kind: ServiceKind) -> bool:
    """Enforcement by its kind or by its own flag; no entry can take the fence of its kind away."""
    return kind.enforcement or service.enforcement


def audience_of(service: Service, kind: ServiceKind) -> str:
    """Which of the child's answers allows to tell it anything."""
    return "authorities" if is_fenced(service, kind) else kind.asks


def how_near(service: Service, matter: Matter, country: str, within: str = "") -> Near | None:
    """None when it is for other places. A matter without a country is in the helpline's own."""
    child_in = matter.country or country
    if service.country != (within or child_in):
        return None
    if service.country != child_in:
        return Near.OTHER_COUNTRY
    if service.country != country:
        return Near.ABROAD
    found = [near for place in service.places if (near := _near(place, matter)) is not None]
    return min(found, key=_NEARNESS.__getitem__, default=None)


def _near(place: str, matter: Matter) -> Near | None:
    if place == EVERYWHERE:
        return Near.NATIONWIDE
    province, _, district = place.partition("/")
    if not matter.province:
        return Near.SOMEWHERE
    if province != matter.province:
        return None
    if not district:
        return Near.PROVINCE
    if not matter.district:
        return Near.SOMEWHERE
    return Near.DISTRICT if district == matter.district else None


def same_organisation(service: Service, said: str) -> bool:
    """Whether the organisation that was named may be this service's, under any of its names.

    Compared without case, accents, punctuation and small words; one name within the other counts, because a referral
    to the wrong one harms more than one that is missing.
    """
    said_words = _words(said)
    if not said_words:
        return False
    for name in (service.organisation, *service.aliases, service.name):
        words = _words(name)
        if words and (_within(words, said_words) or _within(said_words, words)):
            return True
    return False


def _within(some: tuple[str, ...], all_of: tuple[str, ...]) -> bool:
    """Whether the words stand in the others, together and in their order; or the same letters, however spaced."""
    if "".join(some) == "".join(all_of):
        return True
    return any(all_of[at : at + len(some)] == some for at in range(len(all_of) - len(some) + 1))


_SMALL = frozenset({"the", "of", "and", "for", "a", "an", "de", "la", "le", "les", "du", "des", "et", "in", "at"})


def _words(name: str) -> tuple[str, ...]:
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", name).casefold() if not unicodedata.combining(letter)
    )
    plain = re.sub(r"(?<=\b\w)\.(?=\w\b)", "", plain)  # D.F.C. is DFC
    words = tuple(re.findall(r"\w+", plain.replace("_", " ")))
    return tuple(word for word in words if word not in _SMALL) or words


def _barred(id: str, service: Service, matter: Matter, near: Near | None, asked: frozenset[str]) -> Barred | None:
    if service.state == "paused":
        return Barred.PAUSED
    if matter.harm_by and same_organisation(service, matter.harm_by):
        return Barred.HARM_BY
    if matter.concern not in service.concerns and EVERYWHERE not in service.concerns:
        return Barred.OTHER_CONCERN
    if near is None:
        return Barred.ELSEWHERE
    return Barred.ALREADY if id in asked else None


def _order(one: Proposal, matter: Matter) -> tuple[object, ...]:
    """What is urgent goes to who is there now, before who is near; otherwise near goes before there."""
    told = matter.tell.index(one.service.kind) if one.told_first else len(matter.tell)
    near, closed = _NEARNESS[one.near], not one.open_now
    place = (closed, told, near) if matter.urgent else (told, near, closed)
    return (one.fenced, *place, not one.speaks, one.stale, one.service.name, one.service_id)


def _with_default(fitting: list[Proposal]) -> tuple[Proposal, ...]:
    """The first; but not enforcement where welfare or health is there, and nothing that may not be told."""
    if not fitting or (fitting[0].fenced and not fitting[0].may_be_told):
        return tuple(fitting)
    first, *others = fitting
    return (replace(first, default=True), *others)
