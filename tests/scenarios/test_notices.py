"""Messages to adults at work: an email, a text, a call that asks for a key; and what comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config.settings import Smtp
from helpline import heard_back
from helpline.check import Configuration
from helpline.clock import HOUR, MINUTE, SECOND
from helpline.errors import Conflict
from helpline.house import Hooks, House
from helpline.notices import Notice, cancel, send
from helpline.practice.phones import Phone
from helpline.store import notices
from helpline.store.db import Tx
from helpline.store.notices import Stored
from helpline.store.tables import alarms, effects
from tests.post_office import PostOffice, post_office
from tests.town import Town, town, until

OFFICER = "+260966000111"
ADDRESS = "desk@police.example.org"
INVITE = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
SENTENCE = "An urgent matter waits for you at the office."
ABOUT = "0197a7c0-0000-7000-8000-000000000001"


@dataclass
class Owner:
    """Whoever wrote the notices, and is told what becomes of them."""

    heard: list[tuple[str, ...]] = field(default_factory=list)
    refuses: bool = False

    def hooks(self) -> Hooks:
        return Hooks(self._failed, self._answered, self._delivered)

    def _failed(self, tx: Tx, house: House, subject_id: str, code: str) -> None:
        self._hears(tx, "failed", subject_id, code)

    def _answered(self, tx: Tx, house: House, subject_id: str, how: str, said: str) -> None:
        self._hears(tx, "answered", subject_id, how, said)

    def _delivered(self, tx: Tx, house: House, subject_id: str) -> None:
        self._hears(tx, "delivered", subject_id)

    def _hears(self, tx: Tx, *what: str) -> None:
        self.heard.append(what)
        if self.refuses:
            raise Conflict("page_over")

    async def hears(self, *what: str) -> None:
        await until(lambda: what in self.heard, f"hearing {what}, but {self.heard}")


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch) -> Owner:
    one = Owner()
    monkeypatch.setattr(heard_back, "HOOKS", {"page": one.hooks()})
    return one


def through(office: PostOffice) -> Callable[[Configuration], Configuration]:
    smtp = Smtp(host="127.0.0.1", port=office.port, security="none", sender="116@helpline.example.org", timeout_s=5)

    def change(configuration: Configuration) -> Configuration:
        return replace(configuration, settings=configuration.settings.model_copy(update={"smtp": smtp}))

    return change


@asynccontextmanager
async def town_with_post(folder: Path) -> AsyncIterator[tuple[Town, PostOffice]]:
    async with post_office() as office, town(folder, change=through(office)) as here:
        yield here, office


async def sends(here: Town, channel: str, to: str, **more: Any) -> str:
    words = {"subject": "A message waits", "body": SENTENCE, **more}
    notice = Notice("page", ABOUT, channel, to, **words)
    return await here.helpline.store.write(lambda tx: send(tx, here.helpline.house, notice))


async def stored(here: Town, id: str) -> Stored:
    return await here.helpline.store.read(lambda tx: notices.get(tx, id))


async def becomes(here: Town, id: str, state: str) -> Stored:
    async def look() -> Stored | None:
        found = await stored(here, id)
        return found if found.state == state else None

    found: Stored = await until(look, f"the notice being {state}")
    return found


async def open_alarms(here: Town) -> set[str]:
    def look(tx: Tx) -> set[str]:
        rows = tx.execute(alarms.select().with_only_columns(alarms.c.kind).where(alarms.c.closed_at.is_(None)))
        return {kind for (kind,) in rows}

    return await here.helpline.store.read(look)


async def is_raised(here: Town, kind: str) -> None:
    async def look() -> bool:
        return kind in await open_alarms(here)

    await until(look, kind)


async def as_time_passes(here: Town, look: Callable[[], Any], what: str, step_s: float = 5) -> Any:
    """Time goes on, and all that is due is done each time, until something is so."""

    def at_work(tx: Tx) -> bool:
        due = sa.and_(effects.c.state == "due", effects.c.next_at <= tx.now)
        busy = sa.select(effects.c.id).where(sa.or_(effects.c.state == "claimed", due))
        return tx.execute(busy).first() is not None

    async def idle() -> bool:
        return not await here.helpline.store.read(at_work)

    for _ in range(100):
        await until(idle, "the outbox being done for now")
        found = look()
        found = await found if asyncio.iscoroutine(found) else found
        if found:
            return found
        await here.later(step_s)
    raise AssertionError(f"{what} did not happen")


# By email


async def test_an_email_comes_with_its_calendar_part(tmp_path: Path, owner: Owner) -> None:
    async with town_with_post(tmp_path) as (here, office):
        id = await sends(here, "email", ADDRESS, calendar=INVITE)
        await becomes(here, id, "sent")
        [letter] = office.letters
        assert office.recipients == [ADDRESS]
        assert letter["Subject"] == "A message waits" and letter["Auto-Submitted"] == "auto-generated"
        assert letter["Message-ID"] == f"<notice.{id}@helpline.example.org>"
        plain = letter.get_body(("plain",))
        assert plain is not None and plain.get_content().strip() == SENTENCE
        calendar = next(part for part in letter.walk() if part.get_content_type() == "text/calendar")
        assert calendar.get_param("method") == "REQUEST"
        [attached] = letter.iter_attachments()
        assert attached.get_filename() == "invite.ics" and attached.get_content() == INVITE
        assert owner.heard == [], "that it was sent is not that it was read"


async def test_an_email_waits_for_a_mail_server_that_is_down_and_somebody_is_told(tmp_path: Path, owner: Owner) -> None:
    async with town_with_post(tmp_path) as (here, office):
        await office.close()
        id = await sends(here, "email", ADDRESS)

        async def told() -> bool:
            return "mail_down" in await open_alarms(here)

        await as_time_passes(here, told, "the alarm")
        assert (await stored(here, id)).state == "due" and owner.heard == []
        await office.open()
        await as_time_passes(here, lambda: office.letters, "the letter", 60)
        assert (await becomes(here, id, "sent")).error is None
        assert len(office.letters) == 1
        assert "mail_down" not in await open_alarms(here)


async def test_a_mail_server_that_is_busy_is_asked_again_within_seconds(tmp_path: Path, owner: Owner) -> None:
    async with town_with_post(tmp_path) as (here, office):
        answers = iter(["451 later", "421 busy"])
        office.to_letter = lambda recipient: next(answers, None)
        id = await sends(here, "email", ADDRESS)
        await as_time_passes(here, lambda: office.letters, "the letter")
        assert (await becomes(here, id, "sent")).created_at + MINUTE > here.clock.now()


@pytest.mark.parametrize(
    ("answer", "code"), [("550 no such mailbox", "smtp_550"), ("554 we do not like you", "smtp_554")]
)
async def test_a_mail_that_is_refused_fails_at_once(tmp_path: Path, owner: Owner, answer: str, code: str) -> None:
    async with town_with_post(tmp_path) as (here, office):
        office.to_recipient = lambda recipient: answer
        id = await sends(here, "email", ADDRESS)
        await owner.hears("failed", ABOUT, code)
        assert (await becomes(here, id, "failed")).error == code and office.asked == 1
        await is_raised(here, "notice_failed")


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("desk@police.example.org\r\nBcc: everybody@example.org", "address_invalid"),
        ("desk@police.example.org, everybody@example.org", "address_invalid"),
        ("Desk <desk@police.example.org>", "address_invalid"),
        ("", "address_invalid"),
        ("büro@police.example.org", "address_not_ascii"),
    ],
)
async def test_an_address_that_is_none_is_never_shown_to_the_mail_server(
    tmp_path: Path, owner: Owner, to: str, code: str
) -> None:
    async with town_with_post(tmp_path) as (here, office):
        await sends(here, "email", to)
        await owner.hears("failed", ABOUT, code)
        assert office.asked == 0


async def test_without_a_mail_server_an_email_fails_at_once_and_an_alarm_says_why(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        await sends(here, "email", ADDRESS)
        await owner.hears("failed", ABOUT, "mail_not_set_up")
        await is_raised(here, "mail_not_set_up")


async def test_an_email_that_nobody_took_in_its_time_is_not_sent_later(tmp_path: Path, owner: Owner) -> None:
    async with town_with_post(tmp_path) as (here, office):
        await office.close()
        await sends(here, "email", ADDRESS, good_for_s=60)
        await as_time_passes(here, lambda: owner.heard, "a failure")
        assert owner.heard == [("failed", ABOUT, "smtp_unreachable")]
        await office.open()
        await here.later(2 * HOUR / SECOND)
        await here.is_quiet()
        assert office.letters == []


async def test_one_that_is_not_wanted_any_more_is_not_sent(tmp_path: Path, owner: Owner) -> None:
    async with town_with_post(tmp_path) as (here, office):

        def changes_their_mind(tx: Tx) -> str:
            id = send(tx, here.helpline.house, Notice("page", ABOUT, "email", ADDRESS, body=SENTENCE))
            cancel(tx, id)
            return id

        id = await here.helpline.store.write(changes_their_mind)
        await here.is_quiet()
        assert (await stored(here, id)).state == "cancelled" and office.letters == [] and owner.heard == []


# By text


async def test_a_text_is_delivered_and_its_code_comes_back(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        phone = await here.child(OFFICER)
        id = await sends(here, "sms", OFFICER, body="116: an urgent matter waits, code 4821", reply_code="4821")
        await phone.receives("code 4821")
        await owner.hears("delivered", ABOUT)
        await phone.text("+260116", "ok 4821")
        await owner.hears("answered", ABOUT, "reply", "ok 4821")
        await here.is_quiet()
        found = await stored(here, id)
        assert (found.state, found.answered_how) == ("delivered", "reply")
        await phone.text("+260116", "4821")
        await here.is_quiet()
        assert len([one for one in owner.heard if one[0] == "answered"]) == 1, "a code answers once"
        assert await here.contacts() == [], "and its repetition begins no conversation"


async def test_a_text_to_a_phone_that_is_off_for_good_fails_at_once(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        (await here.child(OFFICER)).answers = "unreachable"
        id = await sends(here, "sms", OFFICER)
        found = await becomes(here, id, "failed")
        await owner.hears("failed", ABOUT, str(found.error))
        assert str(found.error).startswith("carrier_")


async def test_a_code_from_another_phone_is_a_childs_text(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        phone = await here.child(OFFICER)
        await sends(here, "sms", OFFICER, body="code 4821", reply_code="4821")
        await phone.receives("4821")
        other = await here.child("+260966000222")
        await other.text("+260116", "4821")
        await other.receives("English")
        assert not [one for one in owner.heard if one[0] == "answered"]


async def test_after_five_wrong_codes_the_right_one_is_none(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        phone = await here.child(OFFICER)
        id = await sends(here, "sms", OFFICER, body="code 4821", reply_code="4821")
        await phone.receives("4821")
        for wrong in ("1111", "2222", "3333", "4444", "5555"):
            await phone.text("+260116", wrong)
        assert (await stored(here, id)).tries_left == 0
        await phone.text("+260116", "4821")
        await here.is_quiet()
        assert not [one for one in owner.heard if one[0] == "answered"]
        assert len(await here.contacts()) == 1, "what it wrote is a child's, and none of it is lost"


async def test_a_child_with_the_same_phone_writes_as_ever(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        phone = await here.child(OFFICER)
        id = await sends(here, "sms", OFFICER, body="code 4821", reply_code="4821")
        await phone.receives("4821")
        await phone.text("+260116", "I am afraid")
        await here.is_quiet()
        assert len(await here.contacts()) == 1
        assert (await stored(here, id)).tries_left == 5


async def test_a_code_that_is_too_old_is_no_answer(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        phone = await here.child(OFFICER)
        await sends(here, "sms", OFFICER, body="code 4821", reply_code="4821", good_for_s=600)
        await phone.receives("4821")
        await here.later(601)
        await phone.text("+260116", "4821")
        await here.is_quiet()
        assert len(await here.contacts()) == 1 and not [one for one in owner.heard if one[0] == "answered"]


async def test_a_reply_to_a_matter_that_is_over_is_taken_without_a_word(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        phone = await here.child(OFFICER)
        owner.refuses = True
        id = await sends(here, "sms", OFFICER, body="code 4821", reply_code="4821")
        await phone.receives("4821")
        await phone.text("+260116", "4821")
        await owner.hears("answered", ABOUT, "reply", "4821")
        await here.is_quiet()
        assert (await stored(here, id)).answered_at is not None
        assert await here.contacts() == []


async def test_a_delivery_that_nobody_told_of_is_asked_for(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        here.carrier.faults.lose = lambda delivery: delivery.kind == "message-status"
        await here.child(OFFICER)
        id = await sends(here, "sms", OFFICER)
        await becomes(here, id, "sent")
        assert owner.heard == []
        await as_time_passes(here, lambda: owner.heard, "news of the text", 30)
        assert owner.heard == [("delivered", ABOUT)]


# By telephone


async def rung(here: Town, **more: Any) -> tuple[str, Phone]:
    """A notice by telephone; gives its id and the phone."""
    phone = await here.child(OFFICER)
    return await sends(here, "voice", OFFICER, **({"ask_key": "1"} | more)), phone


async def test_a_key_on_the_phone_acknowledges(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        id, phone = await rung(here)
        call = await phone.rings()
        await call.answer()
        await call.hears(SENTENCE)
        await call.hears("press 1")
        await call.press("1")
        await call.hears("Thank you")
        await owner.hears("answered", ABOUT, "key", "1")
        assert await call.ended() == "completed" and call.application_error is None
        await here.is_quiet()
        assert owner.heard == [("answered", ABOUT, "key", "1")], "and the end of the call is no failure"
        assert (await stored(here, id)).state == "delivered"


async def test_who_is_slow_or_presses_a_wrong_key_hears_it_again(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        _, phone = await rung(here)
        call = await phone.rings()
        await call.answer()
        await call.hears("press 1")
        await call.press("5")
        await call.hears(SENTENCE)
        await call.hears("press 1")  # silence
        await call.hears(SENTENCE)
        await call.hears("press 1")
        await call.press("1")
        await owner.hears("answered", ABOUT, "key", "1")


async def test_a_machine_that_answers_has_acknowledged_nothing(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        id, phone = await rung(here)
        phone.answers = "machine"
        await owner.hears("failed", ABOUT, "no_key")
        [call] = phone.calls
        assert [caption.text for caption in call.captions].count(SENTENCE) == 3
        await becomes(here, id, "failed")
        assert call.application_error is None


@pytest.mark.parametrize(
    ("answers", "code"), [("never", "no_answer"), ("busy", "busy"), ("rejects", "busy"), ("unreachable", "unreachable")]
)
async def test_a_phone_that_nobody_answers_is_silence_at_once(
    tmp_path: Path, owner: Owner, answers: str, code: str
) -> None:
    async with town(tmp_path) as here:
        (await here.child(OFFICER)).answers = answers
        await sends(here, "voice", OFFICER, ask_key="1")
        await owner.hears("failed", ABOUT, code)
        assert len(owner.heard) == 1


async def test_who_hangs_up_without_a_key_has_acknowledged_nothing(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        _, phone = await rung(here)
        call = await phone.rings()
        await call.answer()
        await call.hears(SENTENCE)
        await call.hang_up()
        await owner.hears("failed", ABOUT, "no_key")


async def test_a_key_for_a_matter_that_is_over_is_thanked_for(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        owner.refuses = True
        _, phone = await rung(here)
        call = await phone.rings()
        await call.answer()
        await call.hears("press 1")
        await call.press("1")
        await call.hears("Thank you")
        assert call.application_error is None


async def test_a_sentence_without_a_key_is_read_twice(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        _, phone = await rung(here, ask_key=None)
        call = await phone.rings()
        await call.answer()
        await call.hears(SENTENCE)
        await call.hears(SENTENCE)
        await call.ended()
        await owner.hears("delivered", ABOUT)


async def test_the_end_of_a_call_that_nobody_told_of_is_asked_for(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        here.carrier.faults.lose = lambda delivery: delivery.kind == "status"
        _, phone = await rung(here)
        call = await phone.rings()
        await call.reject()
        await here.is_quiet()
        assert owner.heard == []
        await as_time_passes(here, lambda: owner.heard, "news of the call", 30)
        assert owner.heard == [("failed", ABOUT, "busy")]


async def test_the_carriers_copies_go_two_days_later(tmp_path: Path, owner: Owner) -> None:
    async with town(tmp_path) as here:
        _, phone = await rung(here)
        call = await phone.rings()
        await call.reject()
        await sends(here, "sms", OFFICER)
        await phone.receives(SENTENCE)
        await owner.hears("delivered", ABOUT)
        await here.is_quiet()
        texts = here.carrier.switch.messages.by_sid
        assert call.sid in here.carrier.calls and len(texts) == 1
        await here.later(49 * HOUR / SECOND)
        await until(lambda: call.sid not in here.carrier.calls and not texts, "the deletion")
