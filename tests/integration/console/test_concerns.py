"""Concerns at the console: flagged with one tap, completed after, taken on the board, and never closed unseen."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from helpline.protection import posts as holding
from helpline.store import climbs, concerns, contacts, posts, reveals, roster
from helpline.store.concerns import Concern
from helpline.store.db import Tx
from tests.integration.console.people import Seen, look, send
from tests.integration.console.test_desk_conversations import a_child_writes
from tests.scenarios.test_referrals import completes, refers, sends, service_id
from tests.town import Counsellor, Town, town, until


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as opened:
        yield opened


async def all_concerns(here: Town) -> list[Concern]:
    return await here.helpline.store.read(concerns.not_closed)


async def flags(person: Counsellor, contact: str, kind: str) -> str:
    answer = await person.post(f"/console/contacts/{contact}/concerns", kind=kind)
    assert answer["status"] == 200, answer
    return str(answer["concern"])


def version_in(seen: Seen) -> str:
    return str(re.findall(r'name="version" value="(\d+)"', seen.text)[0])


async def test_one_tap_in_a_conversation_flags_and_the_rest_is_written_after(here: Town) -> None:
    amina = await here.person("demo-amina")
    _, contact = await a_child_writes(here, amina, "+260971234501")
    desk = await look(amina, f"/console/desk?c={contact}")
    assert desk.says("Flag a concern") and desk.says("Suicide: attempt, plan or means")
    tapped = await send(
        amina, f"/console/contacts/{contact}/concerns", {"kind": "trafficking"}, **{"HX-Request": "true"}
    )
    assert tapped.status == 200 and tapped.says("Nobody has taken it yet")
    (concern,) = await all_concerns(here)
    known = {
        "version": version_in(tapped), "kind": "trafficking", "happening": "now", "place": "lusaka/lusaka",
        "safe_tonight": "no", "harmed_by": "trafficker", "organisation": "Golden Farm Ltd", "consent_services": "yes",
        "consent_authorities": "no", "sentence": "Taken over the border with four others.", "on": "panel",
    }  # fmt: skip
    saved = await send(amina, f"/console/concerns/{concern.id}", known, **{"HX-Request": "true"})
    assert saved.status == 200 and saved.says("Golden Farm Ltd")
    after = (await all_concerns(here))[0]
    assert (after.happening, after.district, after.safe_tonight, after.version) == ("now", "lusaka", "no", 2)
    again = await send(amina, f"/console/concerns/{concern.id}", known, **{"HX-Request": "true"})
    assert again.status == 409 and again.says("changed in the meantime")


async def test_without_a_script_the_same_buttons_lead_to_a_page(here: Town) -> None:
    amina = await here.person("demo-amina")
    _, contact = await a_child_writes(here, amina, "+260971234502")
    went = await send(amina, f"/console/contacts/{contact}/concerns", {"kind": "missing"})
    assert (went.status, went.headers["Location"]) == (303, f"/console/contacts/{contact}/concerns")
    page = await look(amina, went.headers["Location"])
    assert page.says("Missing or abducted") and page.says("Write what is known")


async def test_the_record_of_a_contact_with_an_open_concern_is_not_finished_unseen(here: Town) -> None:
    amina = await here.person("demo-amina")
    _, contact = await a_child_writes(here, amina, "+260971234503")
    await flags(amina, contact, "unaccompanied")
    await amina.post(f"/console/contacts/{contact}/end")
    form = {"base_version": "0", "contact_type": "self", "do": "finish"}
    seen = await send(amina, f"/console/contacts/{contact}/record", form)
    assert seen.status == 409 and seen.says("Still open:") and seen.says("Unaccompanied or separated")
    mark = re.findall(r'name="concerns_seen" value="([^"]+)"', seen.text)[0]
    base = re.findall(r'name="base_version" value="(\d+)"', seen.text)[0]
    done = await send(
        amina, f"/console/contacts/{contact}/record", {**form, "base_version": base, "concerns_seen": mark}
    )
    assert done.status == 303
    later = await look(amina, f"/console/contacts/{contact}/record")
    assert later.says("Concerns")
    assert await flags(amina, contact, "documents"), "from a finished record too"


async def test_a_supervisor_takes_it_on_the_board_and_another_is_told_that_it_is_taken(here: Town) -> None:
    amina = await here.person("demo-amina")
    _, contact = await a_child_writes(here, amina, "+260971234504")
    grace = await here.person("demo-supervisor")
    id, other = await flags(amina, contact, "missing"), await flags(amina, contact, "child_labour")
    board = await look(grace, "/console/concerns")
    assert board.text.index(f"row-{id}") < board.text.index(f"row-{other}"), "the nearest deadline first"
    assert 'data-open="' in board.text and board.says("I take it")
    taken = await send(grace, f"/console/concerns/{id}/take", {"on": "board"}, **{"HX-Request": "true"})
    assert taken.status == 200 and taken.says("Taken")
    again = await send(grace, f"/console/concerns/{id}/take", {"on": "board"}, **{"HX-Request": "true"})
    assert again.status == 409 and again.says("Somebody has taken this already")
    page = await look(grace, f"/console/concerns/{id}")
    assert page.says("Who was told") and page.says("at the console")
    closed = await send(grace, f"/console/concerns/{id}/close", {"outcome": "safe", "said": "At her aunt's."})
    assert closed.status == 303
    assert [one.id for one in await all_concerns(here)] == [other]


async def test_who_may_not_see_concerns_sees_none(here: Town) -> None:
    amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya", duty=False)
    _, contact = await a_child_writes(here, amina, "+260971234505", "somali")
    id = await flags(amina, contact, "missing")
    assert (await look(bwalya, "/console/concerns")).status == 403
    assert (await look(bwalya, f"/console/concerns/{id}")).status == 403
    assert (await look(bwalya, f"/console/contacts/{contact}/concerns")).status == 403
    assert (await bwalya.post(f"/console/contacts/{contact}/concerns", kind="missing"))["status"] == 403
    assert (await amina.post(f"/console/concerns/{id}/take"))["status"] == 403


async def test_an_interpreter_flags_in_private(here: Town) -> None:
    yusuf = await here.person("demo-yusuf", duty=False)
    page = await look(yusuf, "/console/concerns/private")
    assert page.says("The institution does not see it")
    answer = await yusuf.post("/console/concerns", kind="violence_now", sentence="Bruises, and afraid of the guard.")
    (concern,) = await all_concerns(here)
    assert (concern.id, concern.contact_id, concern.origin) == (answer["concern"], None, "interpreter")


async def test_the_page_behind_a_link_is_small_takes_a_name_and_needs_no_script(here: Town) -> None:
    amina = await here.person("demo-amina")
    _, contact = await a_child_writes(here, amina, "+260971234506")
    grace = await here.person("demo-supervisor")
    id = await flags(amina, contact, "missing")
    text = await grace.phone.receives("an urgent matter waits for you")
    link = re.findall(r"https?://\S+", text.body)[0]
    assert link.startswith(here.url)
    async with grace.http.get(link, headers={"Cookie": ""}) as answer:
        page, headers = await answer.text(), answer.headers
    assert answer.status == 200 and "<script" not in page
    assert len(page.encode()) < 15_000 and headers["Referrer-Policy"] == "no-referrer"
    assert "missing" not in page.lower() and contact not in page and id not in page
    async with grace.http.post(link, data={"name": "J. Zulu", "post": ""}) as answer:
        assert answer.status == 400 and "Write your name and your post." in await answer.text()
    async with grace.http.post(link, data={"name": "J. Zulu", "post": "Duty officer"}) as answer:
        assert answer.status == 200 and "Thank you" in await answer.text()
    concern = (await all_concerns(here))[0]
    assert (concern.state, concern.acknowledged_how) == ("acknowledged", "link")
    async with grace.http.get(link) as answer:
        assert "Somebody has taken it already" in await answer.text()
    async with grace.http.get(f"{here.url}/take/{'x' * 43}") as answer:
        assert answer.status == 403 and "not good any more" in await answer.text()
    async with grace.http.post(
        link, data={"name": "A", "post": "B"}, headers={"Origin": "https://e.example"}
    ) as answer:
        assert answer.status == 403


async def test_a_number_is_shown_for_some_minutes_and_another_person_is_told(here: Town) -> None:
    amina = await here.person("demo-amina")
    _, contact = await a_child_writes(here, amina, "+260971234507")
    grace = await here.person("demo-supervisor")
    assert (await look(amina, f"/console/contacts/{contact}/number")).status == 403
    hidden = await look(grace, f"/console/contacts/{contact}/number")
    assert "+260971234507" not in hidden.text
    assert (await send(grace, f"/console/contacts/{contact}/number", {"reason": " "})).status == 400
    shown = await send(grace, f"/console/contacts/{contact}/number", {"reason": "She stopped answering on the bridge."})
    assert shown.status == 303
    assert (await look(grace, f"/console/contacts/{contact}/number")).says("+260971234507")

    def told(tx: Tx) -> list[str]:
        return [one.cause for one in climbs.going(tx)]

    assert "number_revealed" in await here.helpline.store.read(told)
    await here.later(15 * 60)
    assert "+260971234507" not in (await look(grace, f"/console/contacts/{contact}/number")).text
    assert (await send(grace, f"/console/contacts/{contact}/number/call")).status == 403

    def until_when(tx: Tx) -> int | None:
        return reveals.until(tx, contact, grace.sign_in)

    assert await here.helpline.store.read(until_when) is None


async def test_a_number_that_was_revealed_can_be_called_back(here: Town) -> None:
    amina = await here.person("demo-amina")
    child, contact = await a_child_writes(here, amina, "+260971234508")
    grace = await here.person("demo-supervisor")
    await send(grace, f"/console/contacts/{contact}/number", {"reason": "A life is in danger."})
    assert (await send(grace, f"/console/contacts/{contact}/number/call")).status == 303
    offer = await grace.accepts()
    made = await here.helpline.store.read(lambda tx: contacts.get(tx, str(offer["contact"])))
    assert (made.kind, made.resumes_id, made.only_worker is not None) == ("callback", contact, True)
    await grace.picks_up()
    call = await child.rings(10)
    await call.answer()


async def test_posts_are_written_down_and_their_numbers_are_shown_to_nobody(here: Town) -> None:
    grace = await here.person("demo-supervisor", duty=False)
    page = await look(grace, "/console/posts")
    assert page.says("Demo Mutinta (manager on call)") and "950000031" not in page.text
    holder = re.findall(r'action="/console/posts/([0-9a-f-]+)/remove"', page.text)[0]
    assert (await send(grace, f"/console/posts/{holder}/remove")).status == 303
    assert (await look(grace, "/console/posts")).says("Nobody: a ladder that tells this post reaches nobody")
    wrong = await send(grace, "/console/posts", {"post": "manager_on_call", "name": "R. Tembo"})
    assert wrong.status == 400 and wrong.says("Write a telephone number or a mail address.")
    form = {"post": "manager_on_call", "name": "R. Tembo", "phone": "+260 966 000 700", "email": "r@example.org"}
    assert (await send(grace, "/console/posts", form)).status == 303
    page = await look(grace, "/console/posts")
    assert page.says("R. Tembo") and "966" not in page.text and "r@example.org" not in page.text
    holder = re.findall(r'action="/console/posts/([0-9a-f-]+)/remove"', page.text)[0]
    assert (await send(grace, f"/console/posts/{holder}/remove")).status == 303
    assert not (await look(grace, "/console/posts")).says("R. Tembo")
    assert holding.NAME_MAX == 120


async def test_a_childs_own_words_raise_it_and_a_counsellor_can_say_not_so(here: Town) -> None:
    child = await here.child("+260971234509")
    await child.text("+260116", "english")
    await here.becomes("waiting")
    await child.text("+260116", "i want to die")
    raised = await until(lambda: _raised(here), "being raised")
    assert raised.moved_up
    amina = await here.person("demo-amina")
    offer = await amina.accepts()
    contact = str(offer["contact"])
    desk = await until(lambda: _desk(amina, contact), "the desk")
    assert desk.says("The child's own words:") and desk.says("want to die")
    text = re.findall(r"/words/([0-9a-f-]+)", desk.text)[0]
    said = await send(amina, f"/console/contacts/{contact}/words/{text}", **{"HX-Request": "true"})
    assert said.status == 200 and not said.says("want to die")
    page = await look(await here.person("demo-supervisor", duty=False), "/console/concerns/words")
    first = re.findall(r"<tr>.*?</tr>", page.text)[1]
    assert "want to die" in first and "(100 %)" in first, "what was wrong most often stands first"


async def _raised(here: Town) -> Any:
    contact = await here.contact()
    return contact if contact.moved_up else None


async def _desk(person: Counsellor, contact: str) -> Seen | None:
    seen = await look(person, f"/console/desk?c={contact}")
    return seen if f"concern-{contact}" in seen.text else None


async def test_a_button_that_is_pressed_twice_flags_once(here: Town) -> None:
    amina = await here.person("demo-amina")
    _, contact = await a_child_writes(here, amina, "+260971234520")
    ids = {await flags(amina, contact, "missing") for _ in range(3)}
    private = [
        await amina.post("/console/concerns", kind="violence_now", sentence=said)
        for said in ("A guard.", "A guard.", "A man at the gate.")
    ]
    assert len(ids) == 1 and len({answer["concern"] for answer in private}) == 2
    assert len(await all_concerns(here)) == 3
    await here.later(60)
    assert await flags(amina, contact, "missing") not in ids, "there may be another child"


async def test_a_complaint_is_changed_and_taken_by_who_holds_its_post_and_by_nobody_else(here: Town) -> None:
    amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya", duty=False)
    grace = await here.person("demo-supervisor")
    _, contact = await a_child_writes(here, amina, "+260971234521")
    id = await flags(amina, contact, "complaint")
    known = {"version": "1", "kind": "complaint", "sentence": "Changed by another."}
    for other in (grace, bwalya):
        assert (await look(other, f"/console/concerns/{id}")).status == 403
        assert (await send(other, f"/console/concerns/{id}", known)).status == 403
        assert (await other.post(f"/console/concerns/{id}/take"))["status"] == 403
        assert (await other.post(f"/console/concerns/{id}/close", outcome="safe"))["status"] == 403
    assert not (await look(grace, "/console/concerns")).says("A complaint about one of our own")
    await holds_it_themselves(here, "complaints_manager", "demo-bwalya")
    assert (await look(bwalya, f"/console/concerns/{id}")).says("I take it")
    assert (await bwalya.post(f"/console/concerns/{id}/take"))["status"] == 200
    (concern,) = await all_concerns(here)
    assert concern.state == "acknowledged"
    assert (await amina.post(f"/console/concerns/{id}/take"))["status"] == 403, "not who has flagged it"


async def holds_it_themselves(here: Town, post: str, sign_in: str) -> None:
    def unit(tx: Tx) -> None:
        worker = next(one for one in roster.everyone(tx) if one.sign_in == sign_in)
        holding.name_holder(tx, here.helpline.house, "operator", post, worker_id=worker.id)
        holding.name_holder(tx, here.helpline.house, "operator", post, worker_id=worker.id)
        assert [one.worker_id for one in posts.holding(tx, post)].count(worker.id) == 1, "said twice, it is so once"

    await here.helpline.store.write(unit)


async def test_the_record_and_the_page_of_a_contact_list_what_was_flagged_and_referred(here: Town) -> None:
    amina, grace = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
    _, contact = await a_child_writes(here, amina, "+260971234522")
    id = await flags(amina, contact, "trafficking")
    await completes(amina, id, "trafficking", place="lusaka/lusaka", consent_services="yes")
    service = await service_id(here, "demo_trafficking_desk")
    referral = await refers(amina, id, service)
    for page in (
        await look(grace, f"/console/contacts/{contact}"),
        await look(amina, f"/console/contacts/{contact}/record"),
        await look(amina, f"/console/contacts/{contact}/concerns"),
        await look(amina, f"/console/concerns/{id}"),
    ):
        assert page.says("Trafficking") and page.says("Written, not sent")
        assert f"/console/referrals/{referral}" in page.text
    await grace.post(f"/console/concerns/{id}/take")
    await send(grace, f"/console/concerns/{id}/close", {"outcome": "safe"})
    await amina.post(f"/console/contacts/{contact}/end")
    form = {"base_version": "0", "contact_type": "self", "do": "finish"}
    seen = await send(amina, f"/console/contacts/{contact}/record", form)
    assert seen.status == 409 and seen.says("Still open:"), "a referral that was written and not sent"
    await sends(amina, referral)
    form["base_version"] = re.findall(r'name="base_version" value="(\d+)"', seen.text)[0]
    form["concerns_seen"] = re.findall(r'name="concerns_seen" value="([^"]+)"', seen.text)[0]
    assert (await send(amina, f"/console/contacts/{contact}/record", form)).status == 303
