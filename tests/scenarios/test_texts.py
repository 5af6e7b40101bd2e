"""A child writes: from the first letter to the record."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from helpline.errors import Refused
from helpline.sweep import Sweep
from helpline.threads import service
from helpline.threads.service import TextShown
from tests.town import Counsellor, Town, town, until

NUMBER = "+260977111222"


async def takes_the_chat(here: Town, worker: Counsellor) -> str:
    """Accept the offer; gives the contact's id."""
    offer = await worker.accepts()
    await here.becomes("connected")
    return str(offer["contact"])


async def writes(here: Town, contact: str, worker: Counsellor, body: str, key: str | None = None) -> TextShown:
    """As the console's form does it; the page itself is tested elsewhere."""
    me = await who_is(here, worker)
    return await here.helpline.store.write(lambda tx: service.say(tx, here.helpline.house, contact, me, body, key))


async def who_is(here: Town, worker: Counsellor) -> str:
    from helpline.store.tables import workers

    def look(tx: Any) -> str:
        row = tx.execute(workers.select().with_only_columns(workers.c.id).where(workers.c.sign_in == worker.sign_in))
        return str(row.scalar_one())

    return await here.helpline.store.read(look)


async def texts(here: Town, contact: str) -> list[TextShown]:
    return await here.helpline.store.read(lambda tx: service.texts_of(tx, here.helpline.house, contact))


async def test_a_conversation_in_amharic_from_the_first_letter(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        dawit = await here.person("demo-dawit")
        child = await here.child(NUMBER)
        await child.text("+260116", "ሰላም እርዳታ እፈልጋለሁ እባክህ")
        contact = await takes_the_chat(here, dawit)
        assert (await here.contact()).language in ("am", "ti")
        await writes(here, contact, dawit, "ሰላም። እኔ እዚህ ነኝ።")
        await child.receives("እኔ እዚህ ነኝ")
        await child.text("+260116", "አመሰግናለሁ 🙂")

        async def both() -> bool:
            return [text.author for text in await texts(here, contact)].count("child") == 2

        await until(both, "the child's second text")

        async def delivered() -> bool:
            found = await texts(here, contact)
            return all(text.state == "delivered" for text in found if text.author != "child")

        await until(delivered, "the carrier telling of delivery")
        ended = await dawit.post(f"/console/contacts/{contact}/end")
        assert ended["status"] == 200
        done = await dawit.writes(contact, base_version="0", do="finish", contact_type="self")
        assert done["status"] in (200, 303), done
        assert (await here.becomes("closed")).outcome == "served"


async def test_a_choice_that_never_comes_goes_to_the_floor(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        dawit = await here.person("demo-dawit")
        child = await here.child(NUMBER)
        await child.text("+260116", "hi")
        await child.receives("English")
        assert (await here.contact()).state == "arriving"
        await here.later(121)
        offer = await dawit.is_offered()
        assert offer["language"] is None


async def test_the_language_may_be_a_number_a_name_or_an_endonym(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        for number, answer in (("+260977000001", "somali"), ("+260977000002", "Soomaali"), ("+260977000003", "so")):
            child = await here.child(number)
            await child.text("+260116", "hi")
            await child.receives("English")
            await child.text("+260116", answer)
            contact = await here.becomes("waiting")
            assert contact.language == "so", answer


async def test_zero_says_danger_before_any_language(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child = await here.child(NUMBER)
        await child.text("+260116", "0")
        contact = await here.becomes("waiting")
        assert contact.danger is True


async def test_a_child_who_goes_silent_is_parked_and_comes_back_to_the_same_person(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child = await here.child(NUMBER)
        await child.text("+260116", "somali")
        contact = await takes_the_chat(here, amina)
        await writes(here, contact, amina, "Waan ku maqlayaa.")
        await child.receives("maqlayaa")
        await here.later(901)
        await here.becomes("parked")
        assert (await amina.state())["contact"] is None, "the capacity is given back"
        await child.text("+260116", "Waan soo noqday")
        offer = await amina.accepts()
        assert offer["stage"] == "same_person" and offer["resumed"]
        await here.becomes("connected")


async def test_one_long_silent_is_asked_whether_it_is_safe_before_anything_is_sent(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child = await here.child(NUMBER)
        await child.text("+260116", "english")
        contact = await takes_the_chat(here, amina)
        await here.later(1801)  # the child waits for us, so it is not parked
        held = await writes(here, contact, amina, "I am so sorry that it took long.")
        assert held.state == "held"
        question = await child.receives("1")
        assert "sorry" not in question.body
        assert not any("sorry" in text.body for text in child.texts)
        await child.text("+260116", "1")
        await child.receives("sorry")

        await child.text("+260116", "what can I do?")
        await here.later(1801)
        await writes(here, contact, amina, "I have found somebody near you.")
        await child.text("+260116", "2")

        async def given_up() -> bool:
            return any(text.error == "not_safe" for text in await texts(here, contact))

        await until(given_up, "the text being given up")
        with pytest.raises(Refused, match="not safe"):  # a no is a no until the child writes of itself
            await writes(here, contact, amina, "It is me.")
        await child.text("+260116", "he is gone now")
        await writes(here, contact, amina, "Good that you write.")
        await child.receives("Good that you write.")
        assert not any("near you" in text.body for text in child.texts)


async def test_a_stop_word_counts_only_as_a_whole_message(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child = await here.child(NUMBER)
        await child.text("+260116", "english")
        contact = await takes_the_chat(here, amina)
        await child.text("+260116", "I want this to end")
        await writes(here, contact, amina, "Tell me more.")
        await child.receives("Tell me more")
        await child.text("+260116", "END")
        key = "01a1ff60-0000-7000-8000-000000000001"
        refused = await amina.post(f"/console/contacts/{contact}/say", body="Are you there?", client_key=key)
        assert refused["status"] == 403, refused
        shown = [text.body for text in await texts(here, contact) if text.author == "child"]
        assert shown[-2:] == ["I want this to end", "END"], "it is shown to the counsellor"
        await child.text("+260116", "sorry, I am back")
        await writes(here, contact, amina, "Good.")
        await child.receives("Good.")


async def test_twenty_copies_of_one_text_are_one_text_and_one_contact(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        here.carrier.faults.duplicates = 20
        child = await here.child(NUMBER)
        await child.text("+260116", "english")
        await here.becomes("waiting")
        await here.is_quiet()
        found = await here.contacts()
        assert len(found) == 1
        mine = [text for text in await texts(here, found[0].id) if text.author == "child"]
        assert len(mine) == 1


async def test_texts_of_every_kind_are_stored_whole(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        child = await here.child(NUMBER)
        bodies = ["ሀሎ " * 100, "مرحبا كيف حالك", "🙂👩‍👩‍👧", "a" * 1600, "x\x00y"]
        for body in bodies:
            await child.text("+260116", body)
        contact = (await here.contacts())[0]

        async def all_there() -> bool:
            return len([one for one in await texts(here, contact.id) if one.author == "child"]) == len(bodies)

        await until(all_there, "every text being kept")
        kept = [one.body for one in await texts(here, contact.id) if one.author == "child"]
        assert kept[1:4] == bodies[1:4] and kept[0].strip() == bodies[0].strip()


async def test_handing_over_in_the_middle_leaves_no_gap(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child = await here.child(NUMBER)
        await child.text("+260116", "english")
        contact = await takes_the_chat(here, amina)
        bwalya = await here.person("demo-bwalya")
        handed = await amina.post(f"/console/contacts/{contact}/hand-over", to="")
        assert handed["status"] == 200
        await child.text("+260116", "are you there?")
        offer = await bwalya.accepts()
        assert offer["contact"] == contact
        await here.becomes("connected")
        await writes(here, contact, bwalya, "I am here now.")
        await child.receives("I am here now")
        assert len(await here.contacts()) == 1


async def test_one_who_left_the_desk_leaves_no_child_without_an_answer(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child = await here.child(NUMBER)
        await child.text("+260116", "english")
        await takes_the_chat(here, amina)
        bwalya = await here.person("demo-bwalya")
        await amina.duty("off")
        await bwalya.is_offered()


async def test_a_carrier_that_is_down_delays_a_text_and_loses_none(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child = await here.child(NUMBER)
        await child.text("+260116", "english")
        contact = await takes_the_chat(here, amina)
        await here.is_quiet()
        here.carrier.faults.rest_answers(503, times=1, when=lambda method, path: "Messages" in path)
        await writes(here, contact, amina, "One.")
        await asyncio.sleep(0)
        await here.later(3)
        await child.receives("One.")


async def test_a_text_whose_webhook_was_lost_is_swept_in_once(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        sweep = Sweep(here.helpline.store, here.helpline.house, here.helpline.carrier, here.clock)
        child = await here.child(NUMBER)
        arrives = f"{here.url}/webhooks/twilio/messages"
        voice = f"{here.url}/webhooks/twilio/voice"
        here.carrier.serves(voice, message_url=f"{here.url}/healthz?lost=1")
        await child.text("+260116", "english, please")
        assert await here.contacts() == []
        here.carrier.serves(voice, message_url=arrives)
        assert await sweep.step() >= 1
        contact = (await here.contacts())[0]
        await sweep.step()
        assert len([text for text in await texts(here, contact.id) if text.author == "child"]) == 1
        here.carrier.errors.clear()  # it noted the answer that was no markup, as it should
