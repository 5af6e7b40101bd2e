"""Invented institutions and officers for a demonstration, plainly marked, and what its interpreters have signed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from config.secrets import DEMONSTRATION_PASSWORD
from helpline.clock import SECOND
from helpline.house import House
from helpline.interpreting import institutions, interpreters, officers, pins
from helpline.store import institutions as institution_rows
from helpline.store import interpreters as interpreter_rows
from helpline.store import officers as officer_rows
from helpline.store import roster
from helpline.store.db import Tx
from helpline.store.interpreters import Interpreter

PIN = "4711"
"""Of every invented institution, and of the interpreters who work by telephone. Published."""


@dataclass(frozen=True, slots=True)
class Asking:
    """An invented institution with one officer. ``telephone`` is a practice phone's."""

    number: str
    name: str
    kind: str
    district: str
    telephone: str
    officer: str
    alias: str
    may: tuple[str, ...] = institutions.MAY


INSTITUTIONS = (
    Asking("100116", "Demonstration High Court", "court", "lusaka", "+260950000021", "demo-court", "Demo Court Clerk"),
    Asking(
        "100117",
        "Demonstration Immigration Office",
        "immigration",
        "lusaka",
        "+260950000022",
        "demo-immigration",
        "Demo Immigration Officer",
    ),
    Asking(
        "100118",
        "Demonstration Prison",
        "prison",
        "lusaka",
        "+260950000023",
        "demo-prison",
        "Demo Prison Officer",
        ("request",),
    ),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is invented of an interpreter. ``ends_in``: days until the undertaking ends; None: it does not."""

    sign_in: str
    certified: tuple[str, ...]
    training: tuple[str, ...]
    number: str | None = None  # keyed in for duty by telephone
    ends_in: int | None = 400
    travels: tuple[str, ...] = ()


INTERPRETERS = (
    Known("demo-amina", ("so",), ("child_friendly", "trauma")),
    Known("demo-dawit", ("am",), ("court",), ends_in=20),
    Known("demo-esperance", ("fr", "sw"), ("child_friendly", "court"), travels=("copperbelt",)),
    Known("demo-yusuf", (), ("child_friendly",), number="20007"),
    Known("demo-selam", ("ti",), ("child_friendly", "court"), number="20009"),
    Known("demo-tesfay", (), ("medical",), number="20010"),
)


def seed(tx: Tx, house: House, hash_password: Callable[[str], str]) -> int:
    """Add what is missing, and say how many. What a person has changed since stays as it is."""
    missing = [one for one in INSTITUTIONS if institution_rows.numbered(tx, one.number) is None]
    hashed = hash_password(DEMONSTRATION_PASSWORD) if missing else ""
    for one in missing:
        _add(tx, house, one, hashed)
    today = datetime.fromtimestamp(tx.now / SECOND, UTC).date()
    unwritten = [(each, interpreter_rows.named(tx, each.sign_in)) for each in INTERPRETERS]
    written = [_write(tx, house, each, found, today) for each, found in unwritten if found is not None]
    return len(missing) + sum(written)


def _add(tx: Tx, house: House, one: Asking, hashed: str) -> None:
    by = roster.OPERATOR
    written = institutions.Written(
        one.name, one.kind, "Africa/Lusaka", one.may, "lusaka", one.district, one.number, demonstration=True
    )
    id = institutions.add(tx, house, by, written, house.chance)
    institutions.add_telephone(tx, house, by, id, one.telephone)
    pins.set_pin(tx, house, by, id, PIN)
    if officer_rows.named(tx, one.officer) is None:
        officer = officers.Written(
            one.officer, one.alias, f"{one.officer}@example.org", one.telephone, demonstration=True
        )
        officers.add(tx, house, by, id, officer, hashed, temporary=False)


def _write(tx: Tx, house: House, known: Known, found: Interpreter, today: date) -> bool:
    """Whether there was anything to write: it is invented only while nobody has written anything."""
    if found.disabled or found.details or "interpreter" not in found.roles:
        return False
    by, id = roster.OPERATOR, found.worker_id
    signed, ends = today - timedelta(days=200), known.ends_in
    interpreters.write(
        tx,
        house,
        by,
        id,
        interpreters.Written(
            spoken=interpreter_rows.languages(tx, [id]).get(id, ()),
            timezone="Africa/Lusaka",
            gender=found.gender,
            undertaking_on=signed.isoformat(),
            undertaking_until="" if ends is None else (today + timedelta(days=ends)).isoformat(),
            training=known.training,
            hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-17:00",)),
            province="lusaka",
            district="lusaka",
            travels=known.travels,
            by_phone=known.number is not None,
            email=f"{known.sign_in}@example.org",
        ),
    )
    for language in known.certified:
        body, until = "Demonstration Board of Interpreters", (today + timedelta(days=700)).isoformat()
        paper = interpreters.Paper(language, body, "DEMO-1", signed.isoformat(), until)
        interpreters.add_certificate(tx, house, by, id, paper)
    if known.number is not None:
        pins.set_worker_pin(tx, house, by, id, PIN, house.chance, known.number)
    return True


def present(tx: Tx) -> bool:
    """Whether an invented institution or officer still opens a door: a production must not start so."""
    if any(one.demonstration and not one.disabled for one in institution_rows.everyone(tx)):
        return True
    return any(not home.disabled for _, home in officer_rows.demonstration_officers(tx))
