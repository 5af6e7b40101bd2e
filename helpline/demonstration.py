"""Invented staff for a demonstration, plainly marked. All have one published password: see `PASSWORD`."""

from collections.abc import Callable
from dataclasses import dataclass

from config.secrets import DEMONSTRATION_PASSWORD as PASSWORD
from helpline.errors import Refused
from helpline.interpreting import demonstration as institutions
from helpline.privacy import Vault
from helpline.store import roster
from helpline.store.db import Tx

__all__ = ["PASSWORD", "STAFF", "Person", "must_be_gone", "present", "seed"]


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person. ``fluent`` and ``basic`` are languages; ``number`` is a practice phone's."""

    sign_in: str
    alias: str
    roles: tuple[str, ...]
    fluent: tuple[str, ...]
    basic: tuple[str, ...]
    gender: str
    number: str

    @property
    def spoken(self) -> tuple[tuple[str, str], ...]:
        return tuple((code, "fluent") for code in self.fluent) + tuple((code, "basic") for code in self.basic)


_COUNSELLOR = ("counsellor",)
_INTERPRETER = ("interpreter",)
_BOTH = ("counsellor", "interpreter")
_SUPERVISOR = ("counsellor", "supervisor")

STAFF = (
    Person("demo-amina", "Demo Amina (Somali, English)", _BOTH, ("so", "en"), ("sw",), "woman", "+260950000001"),
    Person(
        "demo-bwalya", "Demo Bwalya (Bemba, English)", _COUNSELLOR, ("bem", "en"), ("ny",), "woman", "+260950000002"
    ),
    Person(
        "demo-chanda", "Demo Chanda (Nyanja, Tonga)", _COUNSELLOR, ("ny", "toi", "en"), ("loz",), "man", "+260950000003"
    ),
    Person("demo-dawit", "Demo Dawit (Amharic, Tigrinya)", _BOTH, ("am", "ti"), ("en", "ar"), "man", "+260950000004"),
    Person(
        "demo-esperance",
        "Demo Espérance (French, Swahili)",
        _BOTH,
        ("fr", "sw"),
        ("en", "rw", "ln"),
        "woman",
        "+260950000005",
    ),
    Person(
        "demo-inonge",
        "Demo Inonge (Lozi, Luvale)",
        _COUNSELLOR,
        ("loz", "lue", "en"),
        ("lun", "kqn"),
        "woman",
        "+260950000006",
    ),
    Person(
        "demo-yusuf", "Demo Yusuf (Arabic, interpreter)", _INTERPRETER, ("ar", "en"), ("so",), "man", "+260950000007"
    ),
    Person(
        "demo-selam",
        "Demo Selam (Tigrinya, interpreter)",
        _INTERPRETER,
        ("ti", "en"),
        ("am",),
        "woman",
        "+260950000009",
    ),
    Person(
        "demo-tesfay",
        "Demo Tesfay (Tigrinya, interpreter)",
        _INTERPRETER,
        ("ti", "am"),
        ("en",),
        "man",
        "+260950000010",
    ),
    Person(
        "demo-supervisor", "Demo Supervisor (English)", _SUPERVISOR, ("en",), ("bem", "ny"), "woman", "+260950000008"
    ),
    Person("demo-coordinator", "Demo Coordinator", ("coordinator",), ("en",), (), "man", "+260950000011"),
)
"""Everyone. Aliases say that they are the demonstration's, and what they are for."""


def seed(tx: Tx, vault: Vault, new_id: Callable[[], str], hash_password: Callable[[str], str]) -> int:
    """Add whoever is missing, and say how many. A person whom the operator disabled stays disabled.

    ``hash_password`` is slow (argon2), so it is called once: the password is published, and one salt will do.
    """
    missing = [person for person in STAFF if not roster.is_known(tx, person.sign_in)]
    hashed = hash_password(PASSWORD) if missing else ""
    for person in missing:
        roster.add(
            tx,
            roster.NewWorker(
                sign_in=person.sign_in,
                alias=person.alias,
                roles=person.roles,
                spoken=person.spoken,
                password_hash=hashed,
                gender=person.gender,
                reach_enc=vault.seal(person.number),
                demonstration=True,
            ),
        )
    return len(missing)


def present(tx: Tx) -> bool:
    """Whether invented staff can still sign in: a production must not start so."""
    return any(person.demonstration and not person.disabled for person in roster.everyone(tx))


def must_be_gone(tx: Tx) -> None:
    """Raises `Refused` ("demonstration_staff_present", "demonstration_institutions_present") while anybody could sign
    in, or ask, with what is published.
    """
    if present(tx):
        raise Refused(
            "demonstration_staff_present",
            "Invented staff with a published password can still sign in. Take them off with `helpline staff disable`"
            " (`helpline staff list` marks them), or begin with an empty database.",
        )
    if institutions.present(tx):
        raise Refused(
            "demonstration_institutions_present",
            "Invented institutions with a published PIN and password can still ask. Take them off with"
            " `helpline institutions disable` (`helpline institutions list` marks them), or begin with an empty"
            " database.",
        )
