"""Notices are the same on every engine: what becomes of each is written once, and told once."""

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from helpline.clock import DAY
from helpline.errors import Conflict, Invalid, Unavailable
from helpline.house import Hooks, House
from helpline.notices import Notice, cancel, outcomes, replies, send
from helpline.notices.calls import next_step, status
from helpline.store import alarms, deadlines, notices
from helpline.store.db import Store, Tx
from helpline.store.notices import Stored
from helpline.store.tables import alarms as alarms_table
from tests.contract.conftest import Opener
from tests.village import LINE, a_house
from webhooks.events import Caller, CallState, CallStatus, LegStep, TextArrived, TextState, TextStatus

NUMBER = "+260966000111"
ABOUT = "0197a7c0-0000-7000-8000-000000000001"


@dataclass
class Owner:
    """Hears what becomes of its notices, by a row of the same transaction, as an owner does."""

    raises: Exception | None = None
    house: House = field(init=False)

    def __post_init__(self) -> None:
        self.house = replace(a_house(), hooks={"page": Hooks(self.failed, self.answered, self.delivered)})

    def failed(self, tx: Tx, house: House, subject_id: str, code: str) -> None:
        self._write(tx, f"failed {code}")

    def answered(self, tx: Tx, house: House, subject_id: str, how: str, said: str) -> None:
        self._write(tx, f"answered {how} {said}")

    def delivered(self, tx: Tx, house: House, subject_id: str) -> None:
        self._write(tx, "delivered")

    def _write(self, tx: Tx, what: str) -> None:
        alarms.raise_alarm(tx, "heard", f"{what} {tx.new_id()}")
        if self.raises is not None:
            raise self.raises


@pytest.fixture
def owner() -> Owner:
    return Owner()


async def sends(store: Store, owner: Owner, channel: str = "sms", **more: Any) -> str:
    notice = Notice("page", ABOUT, channel, **({"to": NUMBER, "body": "code 4821"} | more))
    return await store.write(lambda tx: send(tx, owner.house, notice))


async def heard(store: Store) -> list[str]:
    def look(tx: Tx) -> list[str]:
        rows = tx.execute(alarms_table.select().where(alarms_table.c.kind == "heard").order_by(alarms_table.c.id))
        return [row.topic.rpartition(" ")[0] for row in rows]

    return await store.read(look)


async def stored(store: Store, id: str) -> Stored:
    return await store.read(lambda tx: notices.get(tx, id))


def a_text(body: str, id: str = "SM1", number: str | None = NUMBER, **more: Any) -> TextArrived:
    return TextArrived(id, "sms", "+260116", LINE, None if number is None else Caller(number), body, **more)


async def writes(store: Store, owner: Owner, text: TextArrived) -> bool:
    return await store.write(lambda tx: replies.is_reply(tx, owner.house, text))


async def text_is(store: Store, owner: Owner, id: str, state: TextState, message: str = "SM9") -> None:
    event = TextStatus(message, state, "30003" if state is TextState.FAILED else None, id, 1)
    await store.write(lambda tx: replies.status(tx, owner.house, event))


async def call_is(store: Store, owner: Owner, id: str, state: CallState, call: str = "CA1") -> None:
    await store.write(lambda tx: status(tx, owner.house, CallStatus(call, id, state, 1)))


async def presses(store: Store, owner: Owner, id: str, keys: str | None, step: int = 1, call: str = "CA1") -> str:
    return await store.write(lambda tx: next_step(tx, owner.house, LegStep(call, id, step, keys)))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"channel": "fax"}, "notice_channel"),
        ({"channel": "voice", "ask_key": "12"}, "notice_key"),
        ({"channel": "sms", "ask_key": "1"}, "notice_key"),
        ({"channel": "sms", "reply_code": "123"}, "notice_code"),
        ({"channel": "sms", "reply_code": "abcd"}, "notice_code"),
        ({"channel": "email", "reply_code": "4821"}, "notice_code"),
        ({"channel": "sms", "calendar": b""}, "notice_calendar"),
        ({"channel": "email", "calendar": b"", "calendar_method": "X\r\nY"}, "notice_calendar"),
    ],
)
async def test_what_the_program_got_wrong_is_refused(
    store: Store, owner: Owner, wrong: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await sends(store, owner, **wrong)
    assert refused.value.code == code


@pytest.mark.parametrize("to", ["", "no number", "\0", "\ud800", "+"])
async def test_a_recipient_that_is_none_stops_no_ladder(store: Store, owner: Owner, to: str) -> None:
    for channel in ("sms", "voice", "email"):
        assert (await stored(store, await sends(store, owner, channel, to=to))).state == "due"


async def test_recipient_and_words_are_sealed(store: Store, owner: Owner) -> None:
    found = await stored(store, await sends(store, owner, reply_code="4821", subject="A subject"))
    kept = repr(found)
    assert NUMBER not in kept and "4821" not in kept and "subject'" not in kept.replace("subject_", "")
    assert owner.house.vault.open(found.to_enc or b"") == NUMBER


async def test_one_that_is_cancelled_is_cancelled_once_and_only_before_it_went(store: Store, owner: Owner) -> None:
    early, late = await sends(store, owner), await sends(store, owner)
    await text_is(store, owner, late, TextState.SENT)
    for one in (early, late):
        await store.write(partial(cancel, notice_id=one))
    assert (await stored(store, early)).state == "cancelled" and (await stored(store, late)).state == "sent"


@pytest.mark.parametrize(
    ("came", "state", "told"),
    [
        ("sent delivered", "delivered", ["delivered"]),
        ("delivered sent delivered", "delivered", ["delivered"]),
        ("sent failed", "failed", ["failed carrier_30003"]),
        ("failed sent delivered failed", "failed", ["failed carrier_30003"]),
        ("delivered failed", "delivered", ["delivered"]),
        ("queued queued", "due", []),
    ],
)
async def test_the_carriers_news_of_a_text_only_leads_forwards(
    store: Store, owner: Owner, came: str, state: str, told: list[str]
) -> None:
    id = await sends(store, owner)
    for one in came.split():
        await text_is(store, owner, id, TextState(one))
    assert (await stored(store, id)).state == state and await heard(store) == told


async def test_news_of_a_text_is_known_by_the_carriers_id_too(store: Store, owner: Owner) -> None:
    id = await sends(store, owner)
    await store.write(lambda tx: outcomes.sent(tx, notices.get(tx, id), "SM7"))
    event = TextStatus("SM7", TextState.DELIVERED)
    await store.write(lambda tx: replies.status(tx, owner.house, event))
    assert (await stored(store, id)).state == "delivered"


@pytest.mark.parametrize("body", ["4821", " 4821.", "ok: 4821", "YES 4821 thank you", "٤٨٢١", "no 0000 but 4821"])
async def test_a_reply_that_holds_the_code_answers_once(store: Store, owner: Owner, body: str) -> None:
    await sends(store, owner, reply_code="4821")
    assert await writes(store, owner, a_text(body))
    assert await writes(store, owner, a_text("4821", "SM2")), "the same again is taken, and says nothing new"
    assert await heard(store) == [f"answered reply {body.strip()}"]


@pytest.mark.parametrize(
    ("text", "tries"),
    [
        (a_text("hello"), 5),
        (a_text("482"), 5),
        (a_text("48211"), 4),
        (a_text("1234"), 4),
        (a_text("4821", number="+260966000222"), 5),
        (a_text("4821", number=None), 5),
        (a_text("4821 " + "x" * 160), 5),
        (a_text("4821", cut=True), 5),
        (replace(a_text("4821"), channel="whatsapp"), 5),
        (a_text("call me on 0977111222"), 5),
    ],
)
async def test_whatever_else_this_phone_writes_is_a_childs(
    store: Store, owner: Owner, text: TextArrived, tries: int
) -> None:
    id = await sends(store, owner, reply_code="4821")
    assert not await writes(store, owner, text)
    assert (await stored(store, id)).tries_left == tries and await heard(store) == []


async def test_of_two_that_wait_the_code_says_which(store: Store, owner: Owner) -> None:
    first, second = [await sends(store, owner, reply_code=code) for code in ("4821", "7777")]
    assert await writes(store, owner, a_text("7777"))
    assert (await stored(store, second)).answered_at is not None
    assert (await stored(store, first)).answered_at is None and (await stored(store, first)).tries_left == 5


async def test_a_reply_is_taken_though_the_carrier_said_that_the_text_never_came(store: Store, owner: Owner) -> None:
    id = await sends(store, owner, reply_code="4821")
    await text_is(store, owner, id, TextState.FAILED)
    assert await writes(store, owner, a_text("4821"))
    assert await heard(store) == ["failed carrier_30003", "answered reply 4821"]
    assert (await stored(store, id)).state == "delivered"


async def test_two_replies_at_once_are_one_answer(opener: Opener, owner: Owner) -> None:
    store = await opener()
    await sends(store, owner, reply_code="4821")
    await asyncio.gather(*(writes(store, owner, a_text("4821", f"SM{number}")) for number in range(6)))
    assert await heard(store) == ["answered reply 4821"]


async def test_a_key_answers_once_and_a_repeat_is_answered_alike(store: Store, owner: Owner) -> None:
    id = await sends(store, owner, "voice", ask_key="1", body="Come to the office.")
    first = await presses(store, owner, id, "1")
    assert first == await presses(store, owner, id, "1") and "notice_thanks" in first
    assert await heard(store) == ["answered key 1"]
    await call_is(store, owner, id, CallState.COMPLETED)
    assert await heard(store) == ["answered key 1"]


async def test_three_readings_without_a_key_are_silence(store: Store, owner: Owner) -> None:
    id = await sends(store, owner, "voice", ask_key="1", body="Come to the office.")
    assert "Come to the office." in await presses(store, owner, id, None, 1)
    assert "Come to the office." in await presses(store, owner, id, "7", 2)
    assert "notice_no_key" in await presses(store, owner, id, None, 3)
    assert await heard(store) == ["failed no_key"]


async def test_a_key_counts_though_the_news_of_the_end_came_first(store: Store, owner: Owner) -> None:
    id = await sends(store, owner, "voice", ask_key="1")
    await call_is(store, owner, id, CallState.COMPLETED)
    await presses(store, owner, id, "1")
    assert await heard(store) == ["failed no_key", "answered key 1"]
    found = await stored(store, id)
    assert (found.state, found.error, found.answered_how) == ("delivered", None, "key")


async def test_of_a_call_that_was_doubled_either_key_counts_and_one_end_ends_nothing(
    store: Store, owner: Owner
) -> None:
    id = await sends(store, owner, "voice", ask_key="1")
    await call_is(store, owner, id, CallState.RINGING, "CA1")
    await call_is(store, owner, id, CallState.BUSY, "CA2")
    assert await heard(store) == [] and (await stored(store, id)).provider_id == "CA1"
    await presses(store, owner, id, "1", call="CA2")
    assert await heard(store) == ["answered key 1"]


async def test_a_leg_that_is_nobodys_is_for_others_to_answer(store: Store, owner: Owner) -> None:
    text = await sends(store, owner)
    for leg in (text, ABOUT):
        with pytest.raises(Unavailable):
            await presses(store, owner, leg, "1")


async def test_an_owner_who_does_not_want_it_any_more_undoes_nothing_but_its_own(store: Store, owner: Owner) -> None:
    owner.raises = Conflict("page_over")
    id = await sends(store, owner, "voice", ask_key="1")
    assert "notice_thanks" in await presses(store, owner, id, "1")
    assert await heard(store) == [] and (await stored(store, id)).answered_at is not None


async def test_an_owner_that_cannot_be_reached_leaves_all_as_it_was(store: Store, owner: Owner) -> None:
    owner.raises = Unavailable("store_gone")
    id = await sends(store, owner)
    with pytest.raises(Unavailable):
        await text_is(store, owner, id, TextState.DELIVERED)
    assert (await stored(store, id)).state == "due"


async def test_where_nobody_asked_to_hear_of_it_an_alarm_is_raised(store: Store, owner: Owner) -> None:
    owner.house = replace(owner.house, hooks={})
    id = await sends(store, owner)
    await text_is(store, owner, id, TextState.FAILED)
    await text_is(store, owner, await sends(store, owner), TextState.DELIVERED)
    kinds = await store.read(lambda tx: [row.kind for row in tx.execute(alarms_table.select())])
    assert kinds == ["notice_failed"]


async def test_a_call_of_which_nothing_is_heard_is_given_up_and_a_text_is_not(store: Store, owner: Owner) -> None:
    call, text = await sends(store, owner, "voice", ask_key="1"), await sends(store, owner)

    def went_long_ago(tx: Tx) -> None:
        for id in (call, text):
            outcomes.sent(tx, notices.get(tx, id))
            notices.change(tx, id, sent_at=tx.now - DAY)
            outcomes.look_again(tx, owner.house, notices.get(tx, id))

    await store.write(went_long_ago)
    assert await heard(store) == ["failed lost"] and (await stored(store, text)).state == "sent"


async def test_what_is_over_is_erased_after_a_week_and_forgotten_after_a_season(store: Store, owner: Owner) -> None:
    over, waits = await sends(store, owner), await sends(store, owner, good_for_s=30 * 86400, reply_code="4821")
    await text_is(store, owner, over, TextState.FAILED)

    def later(days: int, what: Any) -> Any:
        return store.write(lambda tx: what(tx, tx.now + (days - 7) * DAY))

    assert await later(6, notices.erase) == 0
    assert await later(8, notices.erase) == 1 and await later(8, notices.erase) == 0
    found = await stored(store, over)
    assert (found.to_enc, found.to_hash, found.body_enc, found.code_hash) == (None,) * 4 and found.state == "failed"
    assert (await stored(store, waits)).body_enc is not None
    assert await store.write(lambda tx: notices.forget_before(tx, tx.now + 1)) == 2
    assert await store.read(lambda tx: notices.about(tx, ABOUT)) == []


async def test_what_was_sent_is_looked_after(store: Store, owner: Owner) -> None:
    id = await sends(store, owner)
    await text_is(store, owner, id, TextState.SENT)
    await text_is(store, owner, id, TextState.SENT)

    def looked_after(tx: Tx) -> list[str]:
        tx.now += DAY
        return [deadline.kind for deadline in deadlines.due(tx, 9)]

    assert await store.read(looked_after) == ["notice_look"]
