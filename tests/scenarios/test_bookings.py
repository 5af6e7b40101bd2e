"""A court's booking, from the form to the hearing: an officer at a browser, interpreters with phones, the post."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from icalendar import Calendar

from helpline.clock import DAY, HOUR, SECOND
from helpline.interpreting.booking_lifecycle import State
from helpline.practice.phones import Phone
from helpline.store import booking_offers, bookings
from helpline.store.bookings import Booking
from tests.integration.console.people import look
from tests.integration.console.test_bookings import a_clerk, a_form, books
from tests.integration.console.test_institutions import Officer, coordinator
from tests.integration.console.test_roster import id_of
from tests.post_office import PostOffice, post_office
from tests.scenarios.test_notices import through
from tests.town import Town, town, until

PHONES = {"demo-selam": "+260950000009", "demo-tesfay": "+260950000010", "demo-dawit": "+260950000004"}
"""Everyone who speaks Tigrinya fluently."""


@dataclass
class Story:
    """A booking on its way."""

    here: Town
    post: PostOffice
    clerk: Officer
    path: str = ""

    async def booking(self) -> Booking:
        return await self.here.helpline.store.read(lambda tx: bookings.get(tx, self.path.rpartition("/")[2]))

    async def becomes(self, state: State) -> Booking:
        async def looks() -> Booking | None:
            found = await self.booking()
            return found if found.state == state else None

        found: Booking = await until(looks, f"the booking being {state}")
        return found

    async def asked(self, *but: str) -> str:
        """Who is asked now; waits until it is somebody else than these."""
        id = self.path.rpartition("/")[2]
        names = {await id_of(self.here, name): name for name in PHONES}

        async def looks() -> str | None:
            offer = await self.here.helpline.store.read(lambda tx: booking_offers.live(tx, id))
            name = names[offer.worker_id] if offer is not None and offer.state == "open" else None
            return None if name in but else name

        return str(await until(looks, "somebody being asked"))

    async def texts(self, name: str, said: str) -> None:
        """Answer the offer that came by text."""
        phone = self.here.carrier.phone(PHONES[name])
        text = await phone.receives("Can you interpret?", 10)
        code = re.search(r"YES (\d{4})", text.body)
        assert code is not None
        await phone.text("116", f"{said} {code[1]}")

    async def written(self, to: str, subject: str) -> Calendar | None:
        """The calendar file of a letter that has come."""

        def looks() -> int | None:
            for place, letter in enumerate(self.post.letters):
                if letter["To"] == to and letter["Subject"] == subject:
                    return place + 1
            return None

        place = await until(looks, f"a letter to {to}: {subject}")
        letter = self.post.letters[place - 1]
        files = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
        return Calendar.from_ical(files[0].get_content()) if files else None

    async def until_before(self, ahead: int) -> None:
        """Time goes on until so long before the hearing (µs)."""
        booking = await self.booking()
        await self.here.later((booking.starts_at - ahead - self.here.clock.now()) / SECOND)


@asynccontextmanager
async def a_story(folder: Path) -> AsyncIterator[Story]:
    async with post_office() as post, town(folder, change=through(post)) as here:
        yield Story(here, post, await a_clerk(here))


async def test_a_booking_from_refusal_and_silence_to_the_hearing_and_a_replacement(tmp_path: Path) -> None:
    async with a_story(tmp_path) as story:
        here, clerk = story.here, story.clerk
        story.path = await books(here, clerk)

        # The first refuses by text, the second says nothing, the third agrees.
        first = await story.asked()
        await story.texts(first, "No")
        second = await story.asked(first)
        await here.later(2 * DAY / SECOND)
        third = await story.asked(first, second)
        await story.texts(third, "YES")
        phone = here.carrier.phone(PHONES[third])
        await story.becomes(State.CONFIRMED)
        for to in ("demo-court@example.org", f"{third}@example.org"):
            calendar = await story.written(to, "A booking is confirmed")
            assert calendar is not None and str(calendar["method"]) == "REQUEST"
            assert calendar.walk("VEVENT")[0]["dtstart"].dt.hour == 10  # type: ignore[union-attr]

        # The clerk changes the room; both are told, and the interpreter stays.
        story.clerk = clerk = await a_clerk(here)
        page = await clerk.get(f"{story.path}/change")
        version = page.text.split('name="version" value="')[1].split('"')[0]
        day = (await story.booking()).day
        answer = await clerk.post(story.path, {**a_form(here, room="7", day=day), "version": version})
        assert answer.status == 303, answer.text
        changed = await story.written(f"{third}@example.org", "A booking has changed")
        assert changed is not None
        assert int(changed.walk("VEVENT")[0]["sequence"]) == 2  # type: ignore[arg-type]

        # Reminders, and the interpreter does not come.
        await story.until_before(DAY - 1)
        await phone.receives("Reminder: interpreting Tigrinya", 10)
        await story.until_before(2 * HOUR - 1)
        await phone.receives("When you are there, reply HERE", 10)
        await story.until_before(-20 * 60 * SECOND)
        boss = await coordinator(here)
        assert (await look(boss, "/console/calendar")).says("A booking should have begun")
        story.clerk = clerk = await a_clerk(here)
        assert (await clerk.post(f"{story.path}/missed", {})).status == 303

        # Whoever passed before is asked once more, with five minutes to answer, and comes.
        fourth = await story.asked(third)
        await story.texts(fourth, "Yes")
        replaced = await story.becomes(State.CONFIRMED)
        assert replaced.worker_id == await id_of(here, fourth) and fourth != third
        gone = await story.written(f"{third}@example.org", "A booking is called off")
        assert gone is not None and str(gone["method"]) == "CANCEL"
        assert (await clerk.post(f"{story.path}/begin", {})).status == 303
        await story.becomes(State.BEGUN)


async def test_an_interpreter_says_by_text_that_they_are_there(tmp_path: Path) -> None:
    async with a_story(tmp_path) as story:
        story.path = await books(story.here, story.clerk)
        name = await story.asked()
        phone = story.here.carrier.phone(PHONES[name])
        await story.texts(name, "Yes.")
        await story.becomes(State.CONFIRMED)
        await story.until_before(2 * HOUR - 1)
        text = await phone.receives("When you are there, reply HERE", 10)
        code = text.body.rpartition("HERE ")[2].strip(".")
        await phone.text("116", f"here {code}")

        async def there() -> bool:
            return (await story.booking()).arrived_at is not None

        await until(there, "the interpreter being there")
        story.clerk = await a_clerk(story.here)
        assert (await story.clerk.get(story.path)).says("is there")
        assert await story.here.contacts() == [], "no reply became a child's conversation"


async def test_a_reply_without_its_code_is_a_childs_text(tmp_path: Path) -> None:
    async with a_story(tmp_path) as story:
        story.path = await books(story.here, story.clerk)
        await story.here.carrier.phone(PHONES[await story.asked()]).text("116", "yes")

        async def conversation() -> bool:
            return len(await story.here.contacts()) == 1

        await until(conversation, "a conversation: phones are shared")
        assert (await story.booking()).state == State.OFFERING


async def a_confirmed_call(story: Story) -> tuple[str, Phone]:
    """A booking by telephone that somebody has agreed to: their name, and the clerk's telephone."""
    clerk = story.here.carrier.phone("+260950000021")
    story.path = await books(story.here, story.clerk, mode="phone", venue="", phone=clerk.number)
    name = await story.asked()
    await story.texts(name, "YES")
    await story.becomes(State.CONFIRMED)
    return name, clerk


async def test_a_booking_by_telephone_begins_by_itself_at_the_hour(tmp_path: Path) -> None:
    async with a_story(tmp_path) as story:
        name, desk = await a_confirmed_call(story)
        await story.until_before(-SECOND)
        interpreter = await story.here.carrier.phone(PHONES[name]).rings(10)
        await interpreter.answer()
        await interpreter.hears("press 1")
        await interpreter.press("1")
        clerk = await desk.rings(10)
        await clerk.answer()
        await clerk.hears("press 1")
        await clerk.press("1")
        await clerk.connected()

        async def spoke() -> bool:
            return (await story.booking()).begun_at is not None

        await until(spoke, "the booking having begun in truth")
        await clerk.hang_up()
        done = await story.becomes(State.COMPLETED)
        assert done.begun_at is not None and done.ended_at is not None and done.ended_at > done.begun_at


async def test_an_interpreter_who_does_not_pick_up_at_the_hour_is_replaced_and_the_next_is_called(
    tmp_path: Path,
) -> None:
    async with a_story(tmp_path) as story:
        name, desk = await a_confirmed_call(story)
        await story.until_before(-SECOND)
        silent = await story.here.carrier.phone(PHONES[name]).rings(10)
        await silent.reject()
        other = await story.asked(name)
        await story.texts(other, "YES")
        call = await story.here.carrier.phone(PHONES[other]).rings(10)
        await call.answer()
        await call.hears("press 1")
        await call.press("1")
        clerk = await desk.rings(10)
        await clerk.answer()
        await clerk.hears("press 1")
        await clerk.press("1")
        await clerk.connected()
        begun = await story.becomes(State.BEGUN)
        assert begun.worker_id == await id_of(story.here, other)
