"""The directory of services and the page of a case, over HTTP as a browser without scripts would."""

import re
from datetime import timedelta
from pathlib import Path

from helpline.referrals import directory
from tests.integration.console.people import acts, look, nobody, send
from tests.integration.console.test_desk_conversations import a_child_writes
from tests.scenarios.test_concerns import flags
from tests.scenarios.test_referrals import completes, refers, sends, service_id
from tests.town import Counsellor, Town, town, until

PRIMERO = 'primero https://primero.example transitioned_to="Officer Banda" service=welfare'
ENTRY = {
    "code": "kafue_welfare",
    "name": "Kafue District Welfare",
    "organisation": "Kafue Welfare",
    "kind": "social_welfare",
    "concerns": "trafficking",
    "languages": "en",
    "language": "en",
    "country": "ZM",
    "timezone": "Africa/Lusaka",
    "verified_on": "2026-11-01",
    "stale_days": "3650",
    "places": "lusaka/kafue",
    "contacts": f"email desk@kafue.example\n{PRIMERO}",
    "hours": "mon 08:00-12:00 13:00-17:00",
    "aliases": "KDW",
    "text_en": "Kafue Welfare helps you.",
}


async def adds(person: Counsellor, **changes: str) -> str:
    answer = await send(person, "/console/services/new", {**ENTRY, **changes})
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"])


async def test_a_counsellor_finds_a_service_and_does_not_see_how_it_is_reached(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        page = await look(amina, "/console/services?concern=trafficking&place=lusaka/lusaka&language=so")
        assert page.says("Demo Desk against Trafficking") and not page.says("Demo Legal Aid")
        id = await service_id(here, "demo_trafficking_desk")
        entry = await look(amina, f"/console/services/{id}")
        assert entry.says("They do not ask for papers") and not entry.says("desk@demo.invalid")
        for path in ("/console/services/new", f"/console/services/{id}/edit"):
            assert (await look(amina, path)).status == 403
        assert (await send(amina, f"/console/services/{id}", ENTRY)).status == 403
        assert (await look(await nobody(here), "/console/services")).status == 303


async def test_a_supervisor_adds_changes_pauses_and_verifies_an_entry(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        at = await adds(supervisor)
        page = await look(supervisor, at)
        assert page.says("desk@kafue.example") and page.says("Monday 08:00-12:00, 13:00-17:00") and page.says("KDW")
        form = await look(supervisor, f"{at}/edit")
        assert form.says(PRIMERO)
        version = re.search(r'name="version" value="(\d+)"', form.text)
        assert version
        changed = await send(supervisor, at, {**ENTRY, "version": version[1], "name": "Kafue Welfare Office"})
        assert changed.status == 303
        stale = await send(supervisor, at, {**ENTRY, "version": version[1], "name": "Another"})
        assert stale.status == 409 and stale.says("changed on another page") and stale.says('value="Another"')
        await send(supervisor, f"{at}/state", {"state": "paused"})
        await send(supervisor, f"{at}/verified")
        after = await look(supervisor, at)
        assert after.says("Kafue Welfare Office") and after.says("Paused")
        entry = await here.helpline.store.read(lambda tx: directory.by_code(tx, here.helpline.house, "kafue_welfare"))
        assert entry is not None and entry.service.contacts[1].settings["transitioned_to"] == "Officer Banda"


async def test_a_mistake_is_named_and_what_was_typed_stays(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        for wrong, said in (
            ({"contacts": "email nothing"}, "is no mail address"),
            ({"contacts": "pigeon roof"}, "is none of the possible values"),
            ({"contacts": ""}, "contacts"),
            ({"places": "atlantis"}, "holds what is no place"),
            ({"hours": "mon 8-17"}, "holds what is no opening time"),
            ({"kind": "circus"}, "is no kind of service"),
            ({"timezone": "Kafue"}, "is no time zone"),
            ({"verified_on": "soon"}, "verified_on"),
            ({"code": "demo_panel"}, "Another entry has this code"),
        ):
            answer = await send(supervisor, "/console/services/new", {**ENTRY, "name": "Typed <b>", **wrong})
            assert answer.status == 400 and answer.says(said), (wrong, answer.text)
            assert "Typed &lt;b&gt;" in answer.text


async def a_concern(here: Town, kind: str) -> tuple[Counsellor, str, str]:
    amina = await here.person("demo-amina")
    _, contact = await a_child_writes(here, amina, "+260971234501")
    concern = await flags(amina, contact, kind)
    await completes(amina, concern, kind, place="lusaka/lusaka", consent_services="yes")
    return amina, contact, concern


async def test_a_child_is_told_of_a_service_in_writing(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        child, contact = await a_child_writes(here, amina, "+260971234501")
        id = await service_id(here, "demo_trafficking_desk")
        page = await look(amina, f"/console/services/{id}?contact={contact}")
        key = re.search(r'name="key" value="([^"]+)"', page.text)
        assert key and page.says("The child says yes: send this text")
        form = {"contact": contact, "key": key[1], "language": "en"}
        assert (await send(amina, f"/console/services/{id}/tell", form)).status == 303
        await child.receives("They do not ask for papers")
        assert "service_told" in await acts(here)
        refused = await send(amina, f"/console/services/{id}/tell", {**form, "language": "am"})
        assert refused.status == 400 and refused.says("no text for a child")


async def test_a_counsellor_who_only_informs_goes_from_the_conversation_to_the_text_and_back(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina"), await here.person("demo-bwalya", duty=False)
        child, contact = await a_child_writes(here, amina, "+260971234502")
        desk = await look(amina, f"/console/desk?c={contact}")
        way = re.search(r'href="(/console/services\?contact=[^"]+)"', desk.text)
        assert way and desk.says("Services to tell of")
        found = await look(amina, f"{way[1]}&concern=trafficking")
        assert found.says(f"For {(await here.contact()).pseudonym}:")
        entry = re.search(r'href="(/console/services/[0-9a-f-]{36}\?contact=[^"]+)"', found.text)
        assert entry
        page = await look(amina, entry[1])
        key = re.search(r'name="key" value="([^"]+)"', page.text)
        language = re.search(r'name="language" value="(\w+)"', page.text)
        assert key and language and language[1] == "en", "the child's language stands first"
        form = {"contact": contact, "key": key[1], "language": "en"}
        tell = entry[1].split("?")[0] + "/tell"
        told = await send(amina, tell, form)
        assert told.status == 303 and told.headers["Location"].endswith(f"?said=told&contact={contact}")
        assert (await send(amina, tell, form)).status == 303, "pressed twice"
        assert (await look(amina, told.headers["Location"])).says("The text was sent to the child.")
        await child.receives("They do not ask for papers")
        await here.is_quiet()
        assert sum("do not ask for papers" in text.body for text in child.texts) == 1
        others = await look(bwalya, entry[1])
        assert not others.says("send this text") and not others.says("To tell " + (await here.contact()).pseudonym)
        assert (await send(bwalya, tell, form)).status == 403
        assert (await look(amina, entry[1].split("?")[0] + "?contact=%00%F0%9F")).status == 200


async def test_a_case_from_the_first_contact_to_the_panel_and_its_end(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, contact, concern = await a_concern(here, "unaccompanied")
        assert (await look(amina, f"/console/contacts/{contact}/cases")).says("Open a case")
        begun = await send(amina, f"/console/contacts/{contact}/cases", {"circumstance": "unaccompanied"})
        case = begun.headers["Location"]
        await send(amina, case, {"do": "step", "what": "Ask the shelter", "on": "2027-01-20"})
        await send(amina, case, {"do": "document", "title": "School card", "kept": "With the child"})
        await send(amina, case, {"do": "primero", "primero": "CP-1"})
        page = await look(amina, case)
        assert page.says("Ask the shelter") and page.says("School card") and page.says("CP-1")
        panel = await service_id(here, "demo_panel")
        given = {"concern": concern, "trigger": "lasting_solution", "service": panel}
        written = await send(amina, f"{case}/best-interests", given)
        assert written.status == 303, written.text
        id = written.headers["Location"].rsplit("/", 1)[-1]
        assert (await sends(amina, id)).says("Best interests assessment")
        waits = await send(amina, case, {"do": "close", "outcome": "safe"})
        assert waits.status == 409 and waits.says("See to them first")
        await send(amina, f"/console/referrals/{id}/told", {"do": "received", "what": "assessment"})
        await send(amina, f"/console/referrals/{id}/close", {"outcome": "service_received"})
        step = re.search(r'value="step_done"><input type="hidden" name="id" value="([\w-]+)"', page.text)
        assert step
        await send(amina, case, {"do": "step_done", "id": step[1]})
        assert (await send(amina, case, {"do": "close", "outcome": "reunited", "said": "With an aunt"})).status == 303
        assert (await look(amina, case)).says("With its family again")
        bwalya = await here.person("demo-bwalya", duty=False)
        assert (await look(bwalya, case)).status == 403
        assert (await look(bwalya, f"/console/referrals/{id}")).status == 403
        assert (await look(bwalya, f"/console/concerns/{concern}/refer")).status == 403


async def test_a_follow_up_comes_back_to_the_desk_of_who_set_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, _, concern = await a_concern(here, "trafficking")
        id = await refers(amina, concern, await service_id(here, "demo_trafficking_desk"))
        await sends(amina, id)
        assert (await send(amina, f"/console/referrals/{id}/follow-up", {"on": "2020-01-01"})).status == 400
        today = await here.helpline.store.read(lambda tx: directory.today_at("Africa/Lusaka", tx.now))
        tomorrow = (today + timedelta(days=1)).isoformat()
        assert (await send(amina, f"/console/referrals/{id}/follow-up", {"on": tomorrow})).status == 303
        assert not (await look(amina, "/console/desk")).says("Follow-ups due")
        await here.later(32 * 3600)
        await amina.signs_in()

        async def on_desk() -> bool:
            return (await look(amina, "/console/desk")).says("Follow-ups due")

        await until(on_desk, "the follow-up on the desk")
        assert (await look(amina, "/console/referrals")).says("Follow up: Trafficking")
        await send(amina, f"/console/referrals/{id}/followed-up")
        assert not (await look(amina, "/console/desk")).says("Follow-ups due")
