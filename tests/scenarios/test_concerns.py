"""A concern, from one tap to a person with a name: phones ring, texts arrive, and letters are read."""

import re
from pathlib import Path

from helpline.clock import SECOND
from helpline.protection import demonstration, posts
from helpline.store import climbs, concerns, notices
from helpline.store.climbs import Climb, Page
from helpline.store.concerns import Concern
from helpline.store.db import Tx
from tests.integration.console.test_desk_conversations import a_child_writes
from tests.scenarios.test_notices import as_time_passes, town_with_post
from tests.town import Counsellor, Town, until

MANAGER = "+260966000700"
SECRETARIAT = "desk@secretariat.example.org"


async def holds(here: Town, post: str, name: str, *, phone: str = "", email: str = "") -> None:
    """In place of the demonstration's invented holders."""

    def unit(tx: Tx) -> None:
        demonstration.clear(tx)
        posts.name_holder(tx, here.helpline.house, "operator", post, name=name, phone=phone, email=email)

    await here.helpline.store.write(unit)


async def flags(person: Counsellor, contact: str, kind: str) -> str:
    answer = await person.post(f"/console/contacts/{contact}/concerns", kind=kind)
    assert answer["status"] == 200, answer
    return str(answer["concern"])


async def concern_of(here: Town, id: str) -> Concern:
    return await here.helpline.store.read(lambda tx: concerns.get(tx, id))


async def climb_of(here: Town, id: str) -> tuple[Climb, list[Page]]:
    def look(tx: Tx) -> tuple[Climb, list[Page]]:
        climb = climbs.of_concern(tx, id)
        assert climb is not None
        return climb, climbs.pages_of(tx, climb.id)

    return await here.helpline.store.read(look)


async def acknowledged(here: Town, id: str) -> Concern:
    async def look() -> Concern | None:
        found = await concern_of(here, id)
        return found if found.state == "acknowledged" else None

    found: Concern = await until(look, "the concern being acknowledged")
    return found


def name_in(here: Town, concern: Concern) -> str:
    assert concern.acknowledged_name_enc is not None
    return here.helpline.house.vault.open(concern.acknowledged_name_enc)


async def test_a_suicide_attempt_with_the_supervisor_asleep_is_answered_at_the_third_rung(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, _):
        await holds(here, "manager_on_call", "R. Tembo", phone=MANAGER)
        manager = here.carrier.phone(MANAGER)
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260971234501")
        asleep = await here.person("demo-supervisor")
        id = await flags(amina, contact, "suicide_attempt")
        text = await asleep.phone.receives("an urgent matter waits for you, code")
        assert "suicid" not in text.body.lower()
        await here.later(90)
        ringing = await asleep.phone.rings(10)
        await here.later(210)
        call = await manager.rings(10)
        await call.answer()
        await call.hears("An urgent matter waits")
        await call.press("1")
        concern = await acknowledged(here, id)
        assert (concern.acknowledged_how, name_in(here, concern)) == ("key", "R. Tembo")
        _, told = await climb_of(here, id)
        assert [page.rung for page in told] == sorted(page.rung for page in told)
        assert {page.rung for page in told} == {0, 1, 2}
        await ringing.reject()
        await here.later(3600)
        assert (await climb_of(here, id))[1] == (await climb_of(here, id))[1]
        assert len((await climb_of(here, id))[1]) == len(told), "nobody is told any more"


async def test_trafficking_is_flagged_and_the_supervisor_replies_with_the_code(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, _):
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260971234502")
        grace = await here.person("demo-supervisor")
        id = await flags(amina, contact, "trafficking")
        text = await grace.phone.receives("an urgent matter waits for you, code")
        code = re.findall(r"code (\d+)", text.body)[0]
        wrong = "1111" if code != "1111" else "2222"
        await grace.phone.text("+260116", wrong)
        await grace.phone.text("+260116", f"ok {code}")
        concern = await acknowledged(here, id)
        assert concern.acknowledged_how == "reply" and concern.acknowledged_by is not None


async def test_a_code_from_another_phone_is_a_childs_message_and_answers_nothing(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, _):
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260971234503")
        grace = await here.person("demo-supervisor")
        id = await flags(amina, contact, "trafficking")
        text = await grace.phone.receives("an urgent matter waits for you, code")
        code = re.findall(r"code (\d+)", text.body)[0]
        stranger = await here.child("+260977777777")
        await stranger.text("+260116", code)
        await until(lambda: _contacts(here, 2), "a conversation of its own")
        assert (await concern_of(here, id)).state == "open"


async def _contacts(here: Town, count: int) -> bool:
    return len(await here.contacts()) == count


async def test_nobody_on_duty_and_the_mail_server_down_and_the_ladder_goes_on_until_the_link_is_opened(
    tmp_path: Path,
) -> None:
    async with town_with_post(tmp_path) as (here, office):
        await holds(here, "complaints_manager", "J. Zulu", email="zulu@helpline.example.org")
        await holds(here, "board", "The chair", email="chair@helpline.example.org")
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260971234504")
        await office.close()
        id = await flags(amina, contact, "complaint")
        await until(lambda: _state_of_mail(here, id, "due"), "the mail being tried")
        await office.open()
        letter = await as_time_passes(here, lambda: office.letters, "the letter arriving", 60)
        assert "complaint" not in letter[0].as_string().lower()
        link = re.findall(r"https?://\S+/take/\S+", letter[0].get_content())[0]
        form = {"name": "J. Zulu", "post": "Manager"}
        async with amina.http.post(link, data=form) as answer:
            assert answer.status == 200
        assert name_in(here, await acknowledged(here, id)) == "J. Zulu, Manager"


async def _state_of_mail(here: Town, id: str, state: str) -> bool:
    _, told = await climb_of(here, id)

    def look(tx: Tx) -> bool:
        return any(page.notice_id and notices.get(tx, page.notice_id).state == state for page in told)

    return await here.helpline.store.read(look)


async def test_a_phone_that_cannot_be_reached_is_silence_at_once(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, _):
        await holds(here, "complaints_manager", "J. Zulu", phone="+260966000701")
        here.carrier.phone("+260966000701").answers = "unreachable"
        await holds(here, "board", "The chair", phone=MANAGER)
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260971234505")
        id = await flags(amina, contact, "complaint")

        async def at_the_top() -> bool:
            return (await climb_of(here, id))[0].rung == 2

        await until(at_the_top, "the text and the call failing, and the last rung being told")
        climb, told = await climb_of(here, id)
        assert [(page.how, page.state) for page in told[:2]] == [("sms", "failed"), ("voice", "failed")]
        assert here.clock.now() - climb.started_at < 60 * SECOND, (
            "and not after the hours that they would be waited for"
        )


async def test_offers_pass_by_who_has_a_suicide_in_hand(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, _):
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260971234506")
        await flags(amina, contact, "suicide_attempt")
        child = await here.child("+260971234507")
        await child.text("+260116", "english")
        await here.becomes("waiting")
        await here.later(60)
        assert (await here.contact()).state == "waiting"
