"""Whoever tries what: nobody is locked out, every wait has a bound, and guessing stays slow."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from helpline.clock import DAY, SECOND
from helpline.house import House
from helpline.interpreting import institutions, pins
from helpline.store.db import Tx
from helpline.store.tables import metadata
from tests.village import MONDAY_0800, a_house

HOUSE = a_house()
PIN = "830264"
OFFICE = "+260211000001"
STRANGERS = ("+260970000001", "+260970000002", None)


class Court:
    """An institution with a PIN and one telephone, and a clock."""

    def __init__(self, conn: sa.Connection, house: House) -> None:
        self.conn, self.house, self.now, self._ids = conn, house, MONDAY_0800, 0
        written = institutions.Written("High Court", "court", "Africa/Lusaka", number="100116")
        self.id = institutions.add(self.tx(), house, "test", written, random.Random(1))
        institutions.add_telephone(self.tx(), house, "test", self.id, OFFICE)
        pins.set_pin(self.tx(), house, "test", self.id, PIN)

    def tx(self) -> Tx:
        return Tx(self.conn, self.now, self._id)

    def _id(self) -> str:
        self._ids += 1
        return f"{self._ids:036d}"

    def tries(self, pin: str, caller: str | None, number: str = "100116") -> pins.PinAnswer:
        hashed = self.house.vault.hash_number(caller) if caller else None
        return pins.check(self.tx(), self.house, number, pin, hashed)


@contextmanager
def court() -> Iterator[Court]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as conn:
        metadata.create_all(conn)
        yield Court(conn, HOUSE)
    engine.dispose()


STEPS = st.lists(
    st.tuples(
        st.sampled_from([*STRANGERS, OFFICE]),
        st.sampled_from(["000001", "999998", PIN, "letters"]),
        st.sampled_from(["100116", "100116", "100116", "555555"]),
        st.integers(0, 1200),
    ),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_a_right_pin_is_taken_in_bounded_time_whatever_others_do(steps: list[tuple[str | None, str, str, int]]) -> None:
    with court() as here:
        for caller, pin, number, seconds in steps:
            answer = here.tries(pin, caller, number)
            longest = pins.LONGEST_FOR_CALLER if caller else pins.LONGEST_FOR_STRANGERS
            assert 0 <= answer.wait_s <= longest // SECOND
            assert (answer.wait_s > 0) == (answer.kind == "slow_down")
            if answer.kind == "ok":
                assert pin == PIN and number == "100116"
            here.now += seconds * SECOND
        stranger = here.tries(PIN, "+260970000009")
        if stranger.kind == "slow_down":
            assert stranger.wait_s <= pins.LONGEST_FOR_STRANGERS // SECOND
            here.now += stranger.wait_s * SECOND
            assert here.tries(PIN, "+260970000009").kind == "ok", "one wait, and it is looked at"
        else:
            assert stranger.kind == "ok"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STRANGERS), st.integers(0, 30)), max_size=60))
def test_the_institutions_own_telephone_is_never_slowed_by_strangers(steps: list[tuple[str | None, int]]) -> None:
    with court() as here:
        for caller, seconds in steps:
            here.tries("000001", caller)
            here.now += seconds * SECOND
            assert here.tries(PIN, OFFICE).kind == "ok"


def test_a_day_of_guessing_from_ever_new_numbers_looks_at_few_pins() -> None:
    """The bound is what makes four digits worth something."""
    with court() as here:
        end, looked = here.now + DAY, 0
        caller = 0
        while here.now < end:
            caller += 1
            answer = here.tries("000001", f"+26097{caller:07d}")
            looked += answer.kind == "wrong"
            here.now += max(answer.wait_s, 1) * SECOND
        assert looked <= DAY // pins.LONGEST_FOR_STRANGERS + 20


def test_a_day_of_guessing_everywhere_from_one_number_looks_at_few_pins() -> None:
    with court() as here:
        end, looked = here.now + DAY, 0
        while here.now < end:
            answer = here.tries("000001", "+260970000001", number=str(200_000 + looked))
            looked += answer.kind == "wrong"
            here.now += max(answer.wait_s, 1) * SECOND
        assert looked <= DAY // pins.LONGEST_FOR_CALLER + 20
