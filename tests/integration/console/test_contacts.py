"""Contacts of before: from the same phone, entered by hand, and found again."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from helpline.store.db import Tx
from helpline.store.tables import audit, contacts, record_words, records, same_child
from tests.integration.console.people import a_somali_child_calls, acts, look, send
from tests.town import Counsellor, Town, town

JSON = {"Accept": "application/json"}


async def talks(here: Town, amina: Counsellor, *, again: bool = False, summary: str = "") -> str:
    """A child calls, the record is finished, and the child has gone."""
    contact = await answers(here, amina, again=again)
    await closes(here, amina, contact, summary)
    return contact


async def answers(here: Town, amina: Counsellor, number: str = "+260971234567", *, again: bool = False) -> str:
    """The same number ``again`` hears its language first."""
    if again:
        call = await (await here.child(number)).dial("116")
        await call.hears("Af-Soomaali, riix 1.")
        await call.press("1")
    else:
        await a_somali_child_calls(here, number)
    await amina.accepts()
    await amina.picks_up()
    return str((await amina.is_with("connected"))["contact"])


async def closes(here: Town, amina: Counsellor, contact: str, summary: str) -> None:
    await send(amina, f"/console/contacts/{contact}/end")
    await amina.is_with("wrap_up")
    form = {"base_version": "0", "contact_type": "self", "summary": summary, "reasons": "violence.neglect"}
    assert (await send(amina, f"/console/contacts/{contact}/record", {**form, "do": "finish"})).status == 303


async def rows(here: Town, table: Any) -> list[Any]:
    def look_at(tx: Tx) -> list[Any]:
        return list(tx.execute(table.select()).all())

    return await here.helpline.store.read(look_at)


# The same phone


async def test_a_counsellor_sees_that_the_phone_called_before_and_says_whether_it_is_the_same_child(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        before = await talks(here, amina, summary="Beaten by the uncle")
        contact = await answers(here, amina, again=True)
        seen = await look(amina, "/console/desk/record")
        assert seen.says("Same phone") and seen.says("A child about itself") and seen.says("Soomaali")
        assert not seen.says("uncle"), "no words of it"
        assert not seen.says(f'href="/console/contacts/{before}"'), "and no way to them"

        path, partial = f"/console/contacts/{contact}/same-phone/{before}", {"HX-Request": "true"}
        said = await send(amina, path, {"says": "same", "on": "desk"}, **partial)
        assert said.status == 200 and 'value="same" aria-pressed="true"' in said.text
        changed = await send(amina, path, {"says": "not", "on": "desk"})
        assert changed.status == 303
        [row] = await rows(here, same_child)
        assert (row.contact_id, row.other_id, row.says) == (contact, before, "not")
        assert (await acts(here, contact)).count("same_child_said") == 2
        for wrong in ({"says": "perhaps"}, {}):
            assert (await send(amina, path, wrong)).status == 400
        assert (await send(amina, f"/console/contacts/{contact}/same-phone/{contact}", {"says": "same"})).status == 400


async def test_the_list_is_for_those_who_have_the_contact_now_or_may_read_every_contact(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya", duty=False)
        before = await talks(here, amina)
        contact = await talks(here, amina, again=True)
        assert not (await look(amina, f"/console/contacts/{contact}/record")).says("Same phone"), "it is over"
        path = f"/console/contacts/{contact}/same-phone/{before}"
        for person in (amina, bwalya):
            assert (await send(person, path, {"says": "same"})).status == 403
        supervisor = await here.person("demo-supervisor", duty=False)
        assert (await send(supervisor, path, {"says": "same"}, **JSON)).json == {"says": "same"}


async def test_another_phone_and_a_withheld_number_have_no_earlier_contacts(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        await talks(here, amina)
        other = await answers(here, amina, "+260971234599")
        assert not (await look(amina, "/console/desk/record")).says("Same phone")
        await closes(here, amina, other, "")
        for _ in range(2):
            child = await here.child("+260971234500", withheld=True)
            call = await child.dial("116")
            await call.hears("For English")
            await call.press("9")
            await call.hears("Soomaali")
            await call.press("3")
            await amina.accepts()
            await amina.picks_up()
            contact = str((await amina.is_with("connected"))["contact"])
            assert not (await look(amina, "/console/desk/record")).says("Same phone")
            await closes(here, amina, contact, "")


# By letter, by email, on foot


def a_letter(**more: str) -> dict[str, str]:
    return {"how": "letter", "at": "2026-03-02T09:30", "line": "children", "language": "am", **more}


async def test_a_letter_is_entered_by_hand_and_its_record_is_owed(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        empty = await look(amina, "/console/offline")
        assert empty.status == 200 and re.search(r'name="at" type="datetime-local" required value="20\d\d-', empty.text)
        entered = await send(amina, "/console/offline", a_letter())
        assert entered.status == 303
        contact = await here.contact()
        path = f"/console/contacts/{contact.id}/record"
        assert entered.headers["Location"] == path
        assert (contact.channel, contact.kind, contact.state, contact.language) == ("offline", "letter", "closed", "am")
        assert contact.caller_hash is None and contact.outcome == "entered"
        assert contact.first_arrival == 1_772_436_600_000_000, "half past nine in Lusaka"
        assert (await look(amina, "/console/desk/owed")).says(path)
        assert (await amina.state())["contact"] is None, "nobody's capacity is held"
        form = {"base_version": "0", "contact_type": "about_child", "summary": "A teacher writes.", "do": "finish"}
        assert (await send(amina, path, form)).status == 303
        assert not (await look(amina, "/console/desk/owed")).says(path)
        assert (await acts(here, contact.id))[0] == "contact_entered"
        supervisor = await here.person("demo-supervisor", duty=False)
        page = await look(supervisor, f"/console/contacts/{contact.id}")
        assert page.says("A teacher writes.") and page.says("Letter") and page.says("Entered the contact by hand")


async def test_what_is_not_right_stays_in_the_form(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        for wrong, words in (
            ({"how": ""}, "Say how the contact came."),
            ({"how": "pigeon"}, "Say how the contact came."),
            ({"at": "yesterday"}, "Write the day and the time"),
            ({"at": "2999-01-01T00:00"}, "This time has not come yet."),
            ({"at": "0001-01-01T00:00"}, "Write the day and the time"),
            ({"at": "2026-03-02T09:30+02:00"}, "Write the day and the time"),
            ({"line": "nobody's"}, "Choose a line from the list."),
            ({"language": "tlh"}, "Choose a language from the list."),
        ):
            seen = await send(amina, "/console/offline", a_letter(**wrong))
            assert seen.status == 400 and seen.says(words), wrong
            if "at" not in wrong:
                assert seen.says('value="2026-03-02T09:30"')
        assert await here.contacts() == []
        yusuf = await here.person("demo-yusuf", duty=False)
        assert (await send(yusuf, "/console/offline", a_letter())).status == 403, "an interpreter writes no record"


async def test_what_somebody_entered_is_theirs_alone_to_write(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina", duty=False), await here.person("demo-bwalya", duty=False)
        entered = await send(amina, "/console/offline", a_letter(how="email"), **JSON)
        path = f"/console/contacts/{entered.json['contact']}/record"
        assert (await look(bwalya, path)).status == 403
        assert (await send(bwalya, path, {"base_version": "0", "summary": "x"})).status == 403


# Search


async def finds(person: Counsellor, **asked: str) -> Iterable[str]:
    seen = await send(person, "/console/search", asked, **JSON)
    assert seen.status == 200, seen.text
    found: list[str] = seen.json["contacts"]
    return found


async def enters(person: Counsellor, summary: str, at: str = "2026-03-02T09:30", **more: str) -> str:
    entered = await send(person, "/console/offline", a_letter(at=at), **JSON)
    contact = str(entered.json["contact"])
    form = {"base_version": "0", "contact_type": "self", "summary": summary, "do": "finish", **more}
    assert (await send(person, f"/console/contacts/{contact}/record", form)).status == 303
    return contact


async def test_a_contact_is_found_by_a_word_that_nobody_can_read_in_the_database(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina", duty=False), await here.person("demo-bwalya", duty=False)
        first = await enters(amina, "ልጁ ወደ ቤት መሄድ ይፈልጋል", reasons="on_the_move.wants_home")
        second = await enters(amina, "Beaten by the uncle", "2026-03-05T23:30", reasons="violence.physical")
        await enters(bwalya, "Another uncle", "2026-03-04T10:00")

        assert await finds(amina, word="ቤት") == [first]
        assert await finds(amina, word="UNCLE") == [second], "her own only"
        assert await finds(amina, word="uncle", whose="all") == [second], "also when she asks for everyone's"
        assert await finds(amina, word="aunt") == []
        assert await finds(amina) == [second, first]
        assert await finds(amina, reason="on_the_move") == [first]
        assert await finds(amina, reason="violence.physical", word="beaten uncle") == [second]
        assert await finds(amina, **{"from": "2026-03-03"}) == [second]
        assert await finds(amina, **{"from": "2026-03-05", "to": "2026-03-05"}) == [second], "the whole day, in Lusaka"
        assert await finds(amina, to="2026-03-02", line="children", language="am", state="closed") == [first]
        assert await finds(amina, contact_type="self", outcome="entered") == [second, first]
        assert await finds(amina, contact_type="joke") == []

        everything = json.dumps([str(row) for table in (records, record_words) for row in await rows(here, table)])
        for word in ("uncle", "ቤት", "violence", "wants_home"):
            assert word not in everything


async def test_a_supervisor_finds_everyones_and_is_led_to_the_page_of_each(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, supervisor = (
            await here.person("demo-amina", duty=False),
            await here.person("demo-supervisor", duty=False),
        )
        contact = await enters(amina, "Beaten by the uncle")
        assert await finds(supervisor, word="uncle") == []
        assert await finds(supervisor, word="uncle", whose="all") == [contact]
        page = await send(supervisor, "/console/search", {"word": "uncle", "whose": "all"})
        assert page.says(f'href="/console/contacts/{contact}"') and page.says("Found: 1") and page.says("Letter")
        assert page.says('name="word"') and page.says('value="uncle"')
        assert "uncle" not in page.headers.get("Location", "")
        mine = await send(amina, "/console/search", {"word": "uncle"})
        assert mine.says(f'href="/console/contacts/{contact}/record"')


async def test_that_somebody_searched_is_written_down_and_the_word_is_not(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        await enters(amina, "Beaten by the uncle")
        await finds(amina, word="uncle", language="am")
        [row] = [one for one in await rows(here, audit) if one.action == "contacts_searched"]
        assert json.loads(row.detail_json) == {"by": ["language", "word"], "found": 1}
        assert row.contact_id is None and row.subject_id is None


async def test_what_cannot_be_searched_is_said_and_stays_in_the_form(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        for wrong, words in (
            ({"word": "it"}, "three letters or more"),
            ({"word": "0971234567"}, "three letters or more"),
            ({"from": "the 3rd"}, "Write a day as year, month and day"),
            ({"to": "9999-12-31"}, "Write a day as year, month and day"),
            ({"word": "x" * 201}, "too long"),
            ({"line": "a\0b"}, "Choose from the lists."),
            ({"reason": "unheard_of"}, "Choose from the lists."),
        ):
            seen = await send(amina, "/console/search", wrong)
            assert seen.status == 400 and seen.says(words), wrong
        assert (await look(amina, "/console/search")).says("Find a contact")
        yusuf = await here.person("demo-yusuf", duty=False)
        assert (await look(yusuf, "/console/search")).status == 403


async def test_many_come_a_page_at_a_time(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        ids = [
            await enters(amina, f"Contact number {'abcd'[n % 4] * 4}", f"2026-03-02T{n // 60:02}:{n % 60:02}")
            for n in range(27)
        ]
        first = await send(amina, "/console/search", {"word": "contact"})
        assert first.says("Found: 27") and first.says("Older ones")
        after = first.text.split('name="after" value="')[1].split('"')[0]
        second = await send(amina, "/console/search", {"word": "contact", "after": after})
        assert not second.says("Older ones")
        found = [one for page in (first, second) for one in re.findall(r'/console/contacts/([^/"]+)/record', page.text)]
        assert found == ids[::-1]
        assert len(await rows(here, contacts)) == 27
