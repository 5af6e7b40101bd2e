"""A counsellor's night: several conversations of texts at once, over HTTP as the page and a plain browser do it."""

import re
from pathlib import Path
from typing import Any

from helpline.store.db import Tx
from helpline.store.tables import drafts
from helpline.threads import arrivals
from tests.integration.console.people import Seen, a_somali_child_calls, acts, events, look, send
from tests.town import Counsellor, Town, town, until
from webhooks.events import Caller, TextArrived

LINE = "+260116"
TYPED = re.compile(r'<textarea id="body-([0-9a-f-]+)"[^>]*>(.*?)</textarea>', re.DOTALL)
_keys = iter(range(1, 10_000))


def key() -> str:
    return f"key-of-a-page-{next(_keys):06}"


async def a_child_writes(here: Town, person: Counsellor, number: str, language: str = "english") -> tuple[Any, str]:
    """A child begins by SMS and this person takes it; gives the child's phone and the contact's id."""
    child = await here.child(number)
    await child.text(LINE, language)
    offer = await person.accepts()
    await has(person, str(offer["contact"]), "connected")
    return child, str(offer["contact"])


async def has(person: Counsellor, contact: str, state: str) -> dict[str, Any]:
    async def there() -> Any:
        held = (await person.state())["conversations"]
        return next((one for one in held if one["contact"] == contact and one["state"] == state), None)

    return dict(await until(there, f"{person.sign_in} having it {state}"))


async def has_not(person: Counsellor, contact: str) -> None:
    async def gone() -> bool:
        return all(one["contact"] != contact for one in (await person.state())["conversations"])

    await until(gone, f"{person.sign_in} having it no more")


async def says(person: Counsellor, contact: str, body: str, client_key: str = "") -> dict[str, Any]:
    return await person.post(f"/console/contacts/{contact}/say", body=body, client_key=client_key or key())


async def texts(person: Counsellor, contact: str, after: int = 0) -> dict[str, Any]:
    seen = await look(person, f"/console/contacts/{contact}/texts?after={after}", Accept="application/json")
    assert seen.status == 200, seen.text
    return seen.json


async def bodies(person: Counsellor, contact: str) -> list[str]:
    return [text["body"] for text in (await texts(person, contact))["texts"]]


async def becomes(person: Counsellor, contact: str, body: str, state: str) -> dict[str, Any]:
    """Wait until this text of ours has come so far."""

    async def there() -> Any:
        found = (await texts(person, contact))["texts"]
        return next((text for text in found if text["body"] == body and text["state"] == state), None)

    return dict(await until(there, f"{body!r} being {state}"))


async def panel(person: Counsellor, contact: str) -> Seen:
    return await look(person, f"/console/desk?c={contact}")


async def test_five_chats_and_a_call_at_once(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        chats = [await a_child_writes(here, amina, f"+26097711100{n}") for n in range(5)]
        await a_somali_child_calls(here)
        await amina.accepts()
        await amina.picks_up()
        call = await amina.is_with("connected")
        state = await amina.state()
        assert [one["channel"] for one in state["conversations"]] == ["voice", *["sms"] * 5]
        waiting = [one["owed_since"] for one in state["conversations"][1:]]
        assert waiting == sorted(waiting) and state["contact"]["contact"] == call["contact"]

        longest = chats[0][1]
        assert state["conversations"][1]["contact"] == longest
        assert (await says(amina, longest, "I am here."))["status"] == 200
        state = await amina.state()
        assert state["conversations"][-1]["contact"] == longest and state["conversations"][-1]["owed_since"] is None
        await chats[0][0].receives("I am here.")
        for other, _ in chats[1:]:
            assert not any("I am here." in text.body for text in other.texts)

        sixth = await here.child("+260977111999")
        await sixth.text(LINE, "english")
        await here.becomes("waiting")
        page = await look(amina, "/console/desk")
        assert page.text.count('<li id="item-') == 6 and page.says("waits for you")


async def test_a_call_rings_while_chats_are_open_and_several_offers_stand_beside_each_other(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        await a_child_writes(here, amina, "+260977111000")
        child = await here.child("+260977111001")
        await child.text(LINE, "english")
        await a_somali_child_calls(here)

        async def both() -> Any:
            state = await amina.state()
            return state if len(state["offers"]) == 2 else None

        state = await until(both, "two offers")
        assert {offer["channel"] for offer in state["offers"]} == {"sms", "voice"}
        assert state["offer"] == state["offers"][0] and len(state["conversations"]) == 1
        page = await look(amina, "/console/desk")
        for offer in state["offers"]:
            assert page.says(f"/console/desk/offers/{offer['assignment']}/accept")


async def test_a_doubled_post_is_one_text(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child, contact = await a_child_writes(here, amina, "+260977111000")
        once = key()
        first, again = (
            await says(amina, contact, "Tell me more.", once),
            await says(amina, contact, "Tell me more.", once),
        )
        assert first["seq"] == again["seq"]
        assert (await bodies(amina, contact)).count("Tell me more.") == 1
        await child.receives("Tell me more.")
        await here.is_quiet()
        assert sum("Tell me more." in text.body for text in child.texts) == 1


async def test_a_draft_belongs_to_its_conversation_and_its_person(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya", duty=False)
        _, one = await a_child_writes(here, amina, "+260977111000")
        _, two = await a_child_writes(here, amina, "+260977111001")
        kept = await amina.post(f"/console/contacts/{one}/draft", body="Only for the first.", draft_at="0")
        assert kept["status"] == 200 and kept["draft_at"] > 0 and kept["other"] is None
        typed = {contact: dict(TYPED.findall((await panel(amina, contact)).text)) for contact in (one, two)}
        assert typed == {one: {one: "Only for the first."}, two: {two: ""}}
        refused = await bwalya.post(f"/console/contacts/{one}/draft", body="x", draft_at="0")
        assert refused["status"] == 403
        assert (await look(bwalya, f"/console/contacts/{one}/talk")).status == 403

        def sealed(tx: Tx) -> list[bytes]:
            return [row.body_enc for row in tx.execute(drafts.select())]

        [stored] = await here.helpline.store.read(sealed)
        assert b"Only for the first" not in stored


async def test_sending_ends_the_draft_that_was_sent_and_no_newer_one(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260977111000")
        path = f"/console/contacts/{contact}"
        first = await amina.post(f"{path}/draft", body="One", draft_at="0")
        newer = await amina.post(f"{path}/draft", body="Two, in another window", draft_at=first["draft_at"])
        assert newer["other"] is None
        await amina.post(f"{path}/say", body="One, sent", client_key=key(), draft_at=first["draft_at"])
        assert TYPED.findall((await panel(amina, contact)).text) == [(contact, "Two, in another window")]
        await amina.post(f"{path}/say", body="Three", client_key=key(), draft_at=newer["draft_at"])
        assert TYPED.findall((await panel(amina, contact)).text) == [(contact, "")]


async def test_a_window_that_would_write_over_anothers_draft_is_shown_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260977111000")
        path = f"/console/contacts/{contact}/draft"
        await amina.post(path, body="From the first window", draft_at="0")
        told = await amina.post(path, body="From the second", draft_at="0")
        assert told["other"] == "From the first window" and told["body"] == "From the second"
        emptied = await amina.post(path, body="", draft_at="0")
        assert emptied["other"] == "From the second", "an empty window takes nothing away"
        assert TYPED.findall((await panel(amina, contact)).text) == [(contact, "From the second")]


async def test_without_scripts_one_writes_keeps_a_draft_and_takes_a_ready_answer(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child, contact = await a_child_writes(here, amina, "+260977111000", "somali")
        page = await panel(amina, contact)
        assert page.says("draft, not reviewed") and page.says('value="so.here"')
        seen = await send(amina, f"/console/contacts/{contact}/draft", {"body": "Salaan.", "reply": "so.safe_now"})
        assert seen.status == 303 and contact in seen.headers["Location"]
        [(_, typed)] = TYPED.findall((await panel(amina, contact)).text)
        assert typed == "Salaan.\nMa nabad baad tahay meesha aad hadda joogto?"
        seen = await send(amina, f"/console/contacts/{contact}/say", {"body": "Waan ku maqlayaa.", "client_key": key()})
        assert seen.status == 303 and seen.headers["Location"].startswith(f"/console/desk?c={contact}")
        await child.receives("Waan ku maqlayaa.")


async def test_what_cannot_be_sent_stays_with_the_reason(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260977111000")
        long = "a" * 1_601
        seen = await send(amina, f"/console/contacts/{contact}/say", {"body": long, "client_key": key()})
        assert seen.status == 400 and TYPED.findall(seen.text) == [(contact, long)]
        assert (await says(amina, contact, "x", "short"))["status"] == 400, "a page without its key"
        await amina.post(f"/console/contacts/{contact}/hand-over", to="")
        seen = await send(amina, f"/console/contacts/{contact}/say", {"body": "Too late.", "client_key": key()})
        assert seen.status == 403 and seen.says("Too late.") and seen.says("not with you")
        assert "Too late." not in str(await acts(here, contact))


async def test_a_text_that_did_not_arrive_is_shown_with_what_to_do(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child, contact = await a_child_writes(here, amina, "+260977111000")
        await here.is_quiet()
        child.answers = "unreachable"
        await says(amina, contact, "Are you there?")
        failed = await becomes(amina, contact, "Are you there?", "failed")
        page = await panel(amina, contact)
        assert page.says("Not delivered.") and page.says("off or out of reach")
        seen = await send(amina, f"/console/contacts/{contact}/draft", {"body": "", "again": str(failed["seq"])})
        assert seen.status == 303
        assert TYPED.findall((await panel(amina, contact)).text) == [(contact, "Are you there?")]


async def test_a_held_text_says_that_it_waits_for_the_childs_yes(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child, contact = await a_child_writes(here, amina, "+260977111000")
        await here.later(1_801)
        assert (await says(amina, contact, "I am sorry that it took long."))["state"] == "held"
        page = await panel(amina, contact)
        assert page.says("waits until the child says that it is safe") and page.says(
            "is asked first whether it is safe"
        )
        await child.text(LINE, "1")
        await child.receives("sorry")
        await becomes(amina, contact, "I am sorry that it took long.", "delivered")
        assert not (await panel(amina, contact)).says("is asked first whether it is safe")


async def test_a_stop_word_is_shown_and_nothing_goes_out_until_the_child_writes(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child, contact = await a_child_writes(here, amina, "+260977111000")
        await child.text(LINE, "END")
        page = await panel(amina, contact)
        assert page.says("The child asked us to stop") and page.says("END")
        assert (await has(amina, contact, "connected"))["stopped"] is True
        seen = await send(amina, f"/console/contacts/{contact}/say", {"body": "Wait!", "client_key": key()})
        assert seen.status == 403 and TYPED.findall(seen.text) == [(contact, "Wait!")]
        await child.text(LINE, "I am back")
        assert (await has(amina, contact, "connected"))["stopped"] is False
        assert (await says(amina, contact, "Good."))["status"] == 200


async def test_what_was_cut_and_what_was_not_taken_is_said(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child, contact = await a_child_writes(here, amina, "+260977111000")
        event = TextArrived(message_id="SM1", channel="sms", line="children", address=LINE, caller=Caller(child.number),
                            body="look 🙂 <b>here</b>\ud83d", media=2, cut=True)  # fmt: skip
        await here.helpline.store.write(lambda tx: arrivals.text_arrived(tx, here.helpline.house, event))
        page = await panel(amina, contact)
        assert page.says("2 attachments were not taken") and page.says("its end is missing")
        assert "&lt;b&gt;here&lt;/b&gt;" in page.text and "🙂" in page.text


async def test_a_note_between_adults_never_reaches_the_child(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya", duty=False)
        supervisor = await here.person("demo-supervisor", duty=False)
        child, contact = await a_child_writes(here, amina, "+260977111000")
        path, once = f"/console/contacts/{contact}/whisper", key()
        await panel(amina, contact)
        for _ in range(2):
            seen = await send(amina, path, {"body": "Sounds like Kapiri.", "client_key": once})
            assert seen.status == 303
        assert (await bwalya.post(path, body="Hi", client_key=key()))["status"] == 403
        assert (await supervisor.post(path, body="Ask for the bus.", client_key=key()))["status"] == 200
        assert (await has(amina, contact, "connected"))["unread"] == 1, "what another adult wrote is news"
        page = await panel(amina, contact)
        assert page.says("only for adults") and page.says("Demo Supervisor") and page.text.count("Sounds like") == 1
        assert (await has(amina, contact, "connected"))["unread"] == 0, "the page has shown it"
        await says(amina, contact, "Which bus?")
        await child.receives("Which bus?")
        assert not any("Kapiri" in text.body or "Ask for" in text.body for text in child.texts)


async def test_catching_up_is_by_number_and_tells_how_far_texts_have_come(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child, contact = await a_child_writes(here, amina, "+260977111000")
        seen = (await texts(amina, contact))["texts"]
        last = seen[-1]["seq"]
        assert [text["seq"] for text in seen] == list(range(1, last + 1))
        mine = (await says(amina, contact, "One."))["seq"]
        await child.text(LINE, "two")

        async def both() -> Any:
            found = await texts(amina, contact, last)
            return found if len(found["texts"]) == 2 else None

        news = (await until(both, "two new texts"))["texts"]
        assert [text["body"] for text in news] == ["One.", "two"]
        await becomes(amina, contact, "One.", "delivered")
        later = await texts(amina, contact, news[-1]["seq"])
        assert later["texts"] == [] and {"seq": mine, "state": "delivered", "error": None} in later["states"]
        fragment = await look(amina, f"/console/contacts/{contact}/texts?after={mine}", **{"HX-Request": "true"})
        assert "<html" not in fragment.text and f'data-seq="{mine + 1}"' in fragment.text


async def test_the_stream_tells_of_each_text_in_a_conversation_of_ones_own(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya")
        await bwalya.duty("break")
        child, contact = await a_child_writes(here, amina, "+260977111000")
        async with events(amina) as hers, events(bwalya) as others:
            while (await anext(hers))[0] != "desk":
                pass
            await child.text(LINE, "are you there?")
            told: dict[str, Any] = {}
            while not {"desk", "text"} <= told.keys():
                name, data, _ = await anext(hers)
                told[name] = data
            assert told["text"] == {"contact": contact}, "never the words themselves"
            [one] = told["desk"]["conversations"]
            assert one["owed_since"] is not None and one["unread"] > 0
            assert f'id="item-{contact}"' in told["desk"]["list"] and "are you there" not in str(told)
            await bwalya.duty("back")
            seen = [await anext(others)]
            while seen[-1][0] != "desk" or seen[-1][1]["duty"]["state"] != "available":
                seen.append(await anext(others))
            assert "text" not in [name for name, _, _ in seen] and contact not in str(seen)


async def test_who_reads_is_written_down_and_nobody_else_reads(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya", duty=False)
        _, contact = await a_child_writes(here, amina, "+260977111000")
        await panel(amina, contact)
        assert "texts_read" in await acts(here, contact)
        for path in ("texts", "talk", "head"):
            assert (await look(bwalya, f"/console/contacts/{contact}/{path}")).status == 403, path
        assert not (await panel(bwalya, contact)).says("english")


async def test_to_the_floor_with_a_note_that_the_next_reads(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child, contact = await a_child_writes(here, amina, "+260977111000")
        bwalya = await here.person("demo-bwalya")
        form = {"to": "", "note": "She is nine and alone.", "how": "ask"}
        assert (await send(amina, f"/console/contacts/{contact}/hand-over", form)).status == 303
        await has_not(amina, contact)
        assert (await bwalya.accepts())["contact"] == contact
        await has(bwalya, contact, "connected")
        page = await panel(bwalya, contact)
        assert page.says("She is nine and alone.") and page.says("only for adults")
        assert (await says(amina, contact, "Me again"))["status"] == 403
        assert (await look(amina, f"/console/contacts/{contact}/texts")).status == 403, "it is not theirs to read now"
        await says(bwalya, contact, "Hello, I am Bwalya.")
        await child.receives("I am Bwalya")


async def _ask_bwalya(here: Town, amina: Counsellor, contact: str, note: str = "") -> None:
    page = await panel(amina, contact)
    colleague = page.text.split("Demo Bwalya")[0].rsplit('<option value="', 1)[1].split('"')[0]
    form = {"to": colleague, "note": note, "how": "ask"}
    assert (await send(amina, f"/console/contacts/{contact}/hand-over", form)).status == 303


async def test_a_colleague_who_is_asked_first_takes_over_without_a_gap(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya")
        await bwalya.duty("break")
        child, contact = await a_child_writes(here, amina, "+260977111000")
        await bwalya.duty("back")
        await _ask_bwalya(here, amina, contact, "Bemba may be better for her.")
        assert (await panel(amina, contact)).says("is asked to take over. It stays with you until then.")
        await child.text(LINE, "are you there?")
        assert (await says(amina, contact, "Yes."))["status"] == 200
        asked = (await bwalya.state())["asked"]
        assert [one["contact"] for one in asked] == [contact]
        assert (await look(bwalya, "/console/desk")).says("asks you to take over a conversation")
        assert "Bemba may be better for her." in await bodies(bwalya, contact)

        seen = await send(bwalya, f"/console/contacts/{contact}/hand-over/answer", {"answer": "take"})
        assert seen.status == 303 and contact in seen.headers["Location"]
        await has(bwalya, contact, "connected")
        await has_not(amina, contact)
        assert "contact_adult_lost" not in (done := await acts(here, contact)) and "contact_taken_over" in done
        assert [one.state for one in await here.contacts()] == ["connected"], "it never went back to those who wait"
        await says(bwalya, contact, "Mwapoleni.")
        await child.receives("Mwapoleni.")
        assert (await says(amina, contact, "late"))["status"] == 403
        again = await send(bwalya, f"/console/contacts/{contact}/hand-over/answer", {"answer": "take"})
        assert again.status == 409 and again.says("no longer stands")


async def test_a_colleague_who_cannot_and_one_who_thinks_better_of_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya")
        await bwalya.duty("break")
        _, contact = await a_child_writes(here, amina, "+260977111000")
        await bwalya.duty("back")
        answer = f"/console/contacts/{contact}/hand-over/answer"
        await _ask_bwalya(here, amina, contact)
        assert (await bwalya.post(answer, answer="decline"))["status"] == 200
        assert (await panel(amina, contact)).says("cannot take it now. It stays with you.")
        assert (await bwalya.state())["asked"] == []
        assert (await amina.post(answer, answer="withdraw"))["status"] == 200
        assert not (await panel(amina, contact)).says("cannot take it now")

        await _ask_bwalya(here, amina, contact)
        await bwalya.duty("break")
        late = await bwalya.post(answer, answer="take")
        assert (late["status"], late["code"]) == (409, "no_room_for_it")
        assert (await has(amina, contact, "connected"))["state"] == "connected", "nothing was changed"
        assert (await amina.post(f"/console/contacts/{contact}/end"))["status"] == 200
        assert (await bwalya.state())["asked"] == [], "the question has ended with the conversation"
        assert (await bwalya.post(answer, answer="take"))["status"] == 409


async def test_the_note_of_a_call_is_read_by_the_next(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        await a_somali_child_calls(here)
        await amina.accepts()
        await amina.picks_up()
        contact = str((await amina.is_with("connected"))["contact"])
        esperance = await here.person("demo-esperance")
        await amina.post(f"/console/contacts/{contact}/language", language="sw")
        await amina.post(f"/console/contacts/{contact}/hand-over", to="", note="Speaks Swahili after all.")
        await esperance.accepts()
        await esperance.picks_up()
        await esperance.is_with("connected")
        assert (await panel(esperance, contact)).says("Speaks Swahili after all.")


async def test_an_ordinary_chat_is_put_down_when_a_supervisor_asks(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = await here.person("demo-amina"), await here.person("demo-supervisor", duty=False)
        _, contact = await a_child_writes(here, amina, "+260977111000")
        assert not (await panel(amina, contact)).says("A supervisor asks you to put this conversation down")
        asked = await send(supervisor, f"/console/contacts/{contact}/read/put-down")
        assert asked.status == 303, asked.text
        assert (await panel(amina, contact)).says("A supervisor asks you to put this conversation down")
        assert (await send(amina, f"/console/contacts/{contact}/put-down")).status == 303
        await has_not(amina, contact)
        one = await here.contact()
        assert one.state in ("waiting", "offered") and one.resumed
