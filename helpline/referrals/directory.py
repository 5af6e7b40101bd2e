"""The directory of services: kept, searched, looked at again when it is stale. Units of work."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.services import EVERYWHERE, Service, ServiceKind, Services, Way, service_faults
from helpline.clock import SECOND
from helpline.errors import Invalid
from helpline.house import House
from helpline.store import alarms, audit, deadlines
from helpline.store import services as stored
from helpline.store.db import Tx
from helpline.store.services import Stored

STALE = "service_stale"
"""The kind of the deadline, and of the alarm that comes of it."""

STAND_IN_LONGEST = 92
"""Days. Who is away for longer is no longer the officer, and the entry is changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A service with what the database knows of it. ``changed_at`` in µs."""

    id: str
    service: Service
    version: int
    changed_at: int
    changed_by: str


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who takes an officer's place. Dates as 2027-01-18, both within."""

    id: str
    name: str
    email: str
    phone: str
    from_on: str
    until_on: str
    confirmed: bool

    def ways(self) -> tuple[Way, ...]:
        given = (("email", self.email), ("sms", self.phone))
        return tuple(Way.model_validate({"channel": channel, "to": to}) for channel, to in given if to)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for; what is empty is not asked. ``words``: all of them somewhere in the entry."""

    concern: str = ""
    province: str = ""
    district: str = ""
    language: str = ""
    kind: str = ""
    country: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many entries a file has brought. Those that it does not name are left as they are."""

    added: int
    changed: int
    same: int


def kinds(house: House) -> dict[str, ServiceKind]:
    return house.directory.services.kinds


def everything(tx: Tx, house: House) -> list[Entry]:
    """All entries by name, paused ones too."""
    return [_entry(house, row) for row in stored.everything(tx)]


def get(tx: Tx, house: House, id: str) -> Entry:
    """Raises `Invalid` ("service_unknown")."""
    return _entry(house, stored.get(tx, id))


def by_code(tx: Tx, house: House, code: str) -> Entry | None:
    row = stored.by_code(tx, code)
    return None if row is None else _entry(house, row)


def keep(tx: Tx, house: House, service: Service, by: str, version: int | None = None) -> str:
    """Add an entry, or change the one of this code whose ``version`` somebody has looked at; gives its id.

    Raises `Invalid` ("service_kind", "service_code_taken") or `Conflict` ("service_changed").
    """
    if service.kind not in kinds(house):
        raise Invalid("service_kind", "There is no such kind of service.")
    known = stored.by_code(tx, service.code)
    if known is None:
        id = stored.add(tx, _values(house, service), by)
        audit.add(tx, by, "service_added", subject_id=id)
    elif version is None:
        raise Invalid("service_code_taken", "Another entry has this code.")
    else:
        id = known.id
        stored.change(tx, id, version, _values(house, service), by)
        audit.add(tx, by, "service_changed", subject_id=id, detail={"state": service.state})
    _watch(tx, id, service)
    return id


def load(tx: Tx, house: House, file: Services, by: str) -> Loaded:
    """Bring the entries of a file in; one that is there already gets what the file says."""
    added = changed = same = 0
    for service in file.service:
        known = by_code(tx, house, service.code)
        if known is None:
            keep(tx, house, service, by)
            added += 1
        elif known.service != service:
            keep(tx, house, service, by, known.version)
            changed += 1
        else:
            same += 1
    return Loaded(added, changed, same)


def invent(tx: Tx, house: House) -> int:
    """Bring in the demonstration's entries that are missing and fit, verified today; gives how many."""
    known = house.directory
    invented = [one for one in known.services.service if one.demonstration and not stored.by_code(tx, one.code)]
    missing = [
        one
        for one in invented
        if not service_faults("", Services(service=(one,)), known.services.kinds, known.places, known.languages)
    ]
    for one in missing:
        keep(tx, house, one.model_copy(update={"verified_on": today_at(one.timezone, tx.now)}), "system")
    return len(missing)


def verified(tx: Tx, house: House, id: str, by: str, version: int) -> None:
    """Somebody has asked today, and all of it is so. Raises `Conflict` ("service_changed")."""
    entry = get(tx, house, id)
    service = entry.service.model_copy(update={"verified_on": today_at(entry.service.timezone, tx.now)})
    stored.change(tx, id, version, _values(house, service), by)
    audit.add(tx, by, "service_verified", subject_id=id)
    _watch(tx, id, service)


def stale(tx: Tx, house: House, service_id: str) -> None:
    """The deadline: nobody has asked for long whether the entry is so."""
    alarms.raise_alarm(tx, STALE, f"{STALE}:{service_id}")


def search(entries: Iterable[Entry], wanted: Wanted, house: House) -> list[Entry]:
    """Those that fit all of what is wanted. Pure."""
    words = wanted.words.casefold().split()
    own = house.directory.places.country
    return [entry for entry in entries if _fits(entry.service, wanted, own) and _holds(entry.service, words, house)]


def text_for(service: Service, language: str | None) -> tuple[str, str] | None:
    """What a child is told of it: (language, text) in its own language, else in the entry's; None without any."""
    for code in (language, service.language, *service.texts):
        if code and service.texts.get(code):
            return code, service.texts[code]
    return None


def today_at(timezone: str, now: int) -> date:
    return datetime.fromtimestamp(now // SECOND, UTC).astimezone(ZoneInfo(timezone)).date()


def midnight(day: date, timezone: str) -> int:
    """The beginning of a civil day in µs UTC."""
    return int(datetime.combine(day, time(), ZoneInfo(timezone)).timestamp()) * SECOND


# Who stands in


def name_stand_in(
    tx: Tx, house: House, service_id: str, name: str, email: str, phone: str, from_on: date, until_on: date
) -> str:
    """An officer who goes on leave names another. Nothing goes there before one of ours has confirmed it.

    Raises `Invalid` ("stand_in_incomplete", "stand_in_dates", "stand_in_address").
    """
    name, email, phone = name.strip(), email.strip(), phone.strip()
    if not name or len(name) > 160 or not (email or phone):
        raise Invalid("stand_in_incomplete", "Give a name, and an address or a number.")
    if until_on < from_on or until_on - from_on > timedelta(days=STAND_IN_LONGEST):
        raise Invalid("stand_in_dates", f"From a day to a later one, at most {STAND_IN_LONGEST} days.")
    try:
        StandIn("", name, email, phone, "", "", confirmed=False).ways()
    except ValueError:
        raise Invalid("stand_in_address", "The address or the number cannot be used.") from None
    sealed = house.vault.seal(json.dumps({"name": name, "email": email, "phone": phone}))
    id = stored.name_stand_in(tx, service_id, sealed, from_on.isoformat(), until_on.isoformat())
    audit.add(tx, "service", "stand_in_named", subject_id=service_id)
    alarms.raise_alarm(tx, "stand_in_named", f"stand_in:{id}")
    return id


def confirm_stand_in(tx: Tx, id: str, by: str) -> None:
    """Raises `Conflict` ("stand_in_over")."""
    stored.confirm_stand_in(tx, id, by)
    audit.add(tx, by, "stand_in_confirmed", subject_id=id)
    alarms.close_topic(tx, f"stand_in:{id}")


def remove_stand_in(tx: Tx, id: str, by: str) -> None:
    """Raises `Conflict` ("stand_in_over")."""
    stored.remove_stand_in(tx, id)
    audit.add(tx, by, "stand_in_removed", subject_id=id)
    alarms.close_topic(tx, f"stand_in:{id}")


def stand_ins_of(tx: Tx, house: House, entry: Entry) -> list[StandIn]:
    """Those that are not over, the latest named first."""
    today = today_at(entry.service.timezone, tx.now).isoformat()
    return [_stand_in(house, one) for one in stored.stand_ins_of(tx, entry.id, today)]


def ways_of(tx: Tx, house: House, entry: Entry) -> tuple[Way, ...]:
    """How to reach it now, the first to be tried first: who stands in today, then the entry's own."""
    today = today_at(entry.service.timezone, tx.now).isoformat()
    standing = [one for one in stand_ins_of(tx, house, entry) if one.confirmed and one.from_on <= today <= one.until_on]
    return (*(way for one in standing[:1] for way in one.ways()), *entry.service.contacts)


def _stand_in(house: House, row: stored.StandIn) -> StandIn:
    named = json.loads(house.vault.open(row.named_enc))
    return StandIn(row.id, **named, from_on=row.from_on, until_on=row.until_on, confirmed=row.confirmed_at is not None)


# Rows and entries


def _entry(house: House, row: Stored) -> Entry:
    service = Service(
        code=row.code,
        name=row.name,
        kind=row.kind,
        concerns=tuple(row.concerns.split()),
        places=tuple(row.places.split()),
        languages=tuple(row.languages.split()),
        language=row.language,
        timezone=row.timezone,
        hours=json.loads(row.hours_json),
        country=row.country,
        legal_basis=row.legal_basis,
        organisation=row.organisation,
        aliases=tuple(json.loads(row.aliases_json)),
        enforcement=row.enforcement,
        contacts=tuple(json.loads(house.vault.open(row.contacts_enc))),
        person=house.vault.open(row.person_enc) if row.person_enc is not None else "",
        texts=json.loads(row.texts_json),
        verified_on=date.fromisoformat(row.verified_on),
        stale_days=row.stale_days,
        state="paused" if row.state == "paused" else "open",
        demonstration=row.demonstration,
    )
    return Entry(row.id, service, row.version, row.changed_at, row.changed_by)


def _values(house: House, service: Service) -> dict[str, object]:
    seal = house.vault.seal
    plain = service.model_dump(mode="json")
    as_it_is = ("code", "name", "kind", "language", "timezone", "country", "legal_basis", "organisation")
    return {
        **{name: plain[name] for name in as_it_is},
        **{name: " ".join(plain[name]) for name in ("concerns", "places", "languages")},
        "hours_json": json.dumps(plain["hours"]),
        "aliases_json": json.dumps(plain["aliases"], ensure_ascii=False),
        "enforcement": service.enforcement,
        "contacts_enc": seal(json.dumps(plain["contacts"])),
        "person_enc": seal(service.person) if service.person else None,
        "texts_json": json.dumps(plain["texts"], ensure_ascii=False),
        "verified_on": plain["verified_on"],
        "stale_days": service.stale_days,
        "state": service.state,
        "demonstration": service.demonstration,
    }


def _watch(tx: Tx, id: str, service: Service) -> None:
    """Somebody is reminded when the entry is stale; one that was stale and has been looked at is no alarm any more."""
    deadlines.clear(tx, id)
    if service.stale_on > today_at(service.timezone, tx.now):
        alarms.close_topic(tx, f"{STALE}:{id}")
    deadlines.add(tx, STALE, id, max(tx.now, midnight(service.stale_on, service.timezone)))


def _fits(service: Service, wanted: Wanted, own_country: str) -> bool:
    """A place is one of our own country's: "*" of another country's service is that country."""
    concern = not wanted.concern or wanted.concern in service.concerns or EVERYWHERE in service.concerns
    language = not wanted.language or wanted.language in service.languages
    kind = not wanted.kind or wanted.kind == service.kind
    country = not wanted.country or wanted.country == service.country
    here = not wanted.province or service.country == own_country
    served = here and _serves(service, wanted.province, wanted.district)
    return concern and language and kind and country and served


def _serves(service: Service, province: str, district: str) -> bool:
    if not province:
        return True
    whole = {EVERYWHERE, province}
    if district:
        return any(place in whole or place == f"{province}/{district}" for place in service.places)
    return any(place in whole or place.startswith(f"{province}/") for place in service.places)


def _holds(service: Service, words: list[str], house: House) -> bool:
    kind = kinds(house).get(service.kind)
    said = (
        *(service.name, service.organisation, *service.aliases, *service.texts.values()),
        kind.label if kind else "",
        *(name for place in service.places for name in _place_names(place, house)),
    )
    text = " ".join(said).casefold()
    return all(word in text for word in words)


def _place_names(place: str, house: House) -> tuple[str, ...]:
    """Of a district its own and its province's."""
    code, _, district = place.partition("/")
    province = house.directory.places.by_code.get(code)
    if province is None:
        return ()
    return (province.label, *(one.label for one in province.districts if one.code == district))
