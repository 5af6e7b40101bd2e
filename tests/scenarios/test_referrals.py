"""From a concern to a service that the child received: over pages, letters, texts and calls."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import aiohttp

from helpline.referrals import directory, service
from helpline.store import referrals
from helpline.store.db import Tx
from helpline.store.referrals import Stored
from tests.integration.console.people import Seen, acts, look, send
from tests.integration.console.test_desk_conversations import a_child_writes
from tests.post_office import PostOffice
from tests.scenarios.test_concerns import flags
from tests.scenarios.test_notices import town_with_post
from tests.town import Counsellor, Town, until
from tests.unit.referrals.directory_of_services import a_matter

DESK_PHONE = "+260950000803"
SMALL = 15 * 1024


@dataclass
class Officer:
    """Somebody at a service, with a browser that runs no script and belongs to nobody we know."""

    here: Town
    http: aiohttp.ClientSession
    page: str = ""
    status: int = 0
    headers: Mapping[str, str] | None = None

    async def opens(self, url: str) -> str:
        async with self.http.get(url) as answer:
            return await self._seen(answer)

    async def posts(self, path: str, **form: str) -> str:
        found = re.search(r'name="page" value="([^"]+)"', self.page)
        data = {**({"page": found[1]} if found else {}), **form}
        async with self.http.post(self.here.url + path, data=data) as answer:
            return await self._seen(answer)

    async def answers(self, do: str, **more: str) -> str:
        return await self.posts("/link/here/answer", do=do, **more)

    async def _seen(self, answer: aiohttp.ClientResponse) -> str:
        self.page, self.status, self.headers = unescape(await answer.text()), answer.status, answer.headers
        assert len(self.page.encode()) < SMALL
        assert "<script" not in self.page
        return self.page


async def officer(here: Town) -> Officer:
    jar = aiohttp.CookieJar(unsafe=True)
    return Officer(here, await here.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar)))


async def service_id(here: Town, code: str) -> str:
    entry = await here.helpline.store.read(lambda tx: directory.by_code(tx, here.helpline.house, code))
    assert entry is not None
    return entry.id


async def completes(person: Counsellor, concern: str, kind: str, **known: str) -> None:
    """Write what the child said on the concern's own page."""
    page = await look(person, f"/console/concerns/{concern}")
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version, page.text
    answer = await send(person, f"/console/concerns/{concern}", {"version": version[1], "kind": kind, **known})
    assert answer.status in (200, 303), answer.text


async def referral_of(here: Town, id: str) -> Stored:
    return await here.helpline.store.read(lambda tx: referrals.get(tx, id))


async def becomes(here: Town, id: str, state: str) -> Stored:
    async def seen() -> Stored | None:
        found = await referral_of(here, id)
        return found if found.state == state else None

    found: Stored = await until(seen, f"the referral being {state}")
    return found


async def refers(person: Counsellor, concern: str, to: str, **more: str) -> str:
    """Up to the page that shows what will be sent; gives the referral's id."""
    decides = "/decide" if "override" in more else ""
    answer = await send(person, f"/console/concerns/{concern}/refer{decides}", {"service": to, **more})
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"].rsplit("/", 1)[-1])


async def sends(person: Counsellor, id: str) -> Seen:
    page = await look(person, f"/console/referrals/{id}")
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    answer = await send(person, f"/console/referrals/{id}/send", {"version": version[1]})
    assert answer.status == 303, answer.text
    return page


async def a_trafficking_concern(here: Town, *, consent: str = "yes") -> tuple[Counsellor, str]:
    """A child has written to Amina, who flags it."""
    amina = await here.person("demo-amina")
    _, contact = await a_child_writes(here, amina, "+260971234501")
    concern = await flags(amina, contact, "trafficking")
    await completes(
        amina,
        concern,
        "trafficking",
        place="lusaka/lusaka",
        consent_services=consent,
        sentence="A man keeps her passport and makes her work at night.",
        organisation="",
    )
    return amina, concern


async def link_and_code(office: PostOffice, here: Town, number: str = DESK_PHONE) -> tuple[str, str]:
    await until(lambda: office.letters, "a letter")
    link = _link_in(office.letters[-1], "")
    text = await here.carrier.phone(number).receives("the code for the reference")
    code = re.search(r"is (\d{6})", text.body)
    assert link and code
    return link, code[1]


async def test_trafficking_from_the_flag_to_the_service_received_by_a_link(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, office):
        amina, concern = await a_trafficking_concern(here)
        page = await look(amina, f"/console/concerns/{concern}/refer")
        assert page.says("Demo Desk against Trafficking") and page.says("for the whole country")
        assert not page.says("Demo Police")
        id = await refers(amina, concern, await service_id(here, "demo_trafficking_desk"), called="Kwi")
        preview = await sends(amina, id)
        assert preview.says("Exactly this will be sent") and preview.says("passport") and preview.says("Kwi")
        link, code = await link_and_code(office, here)
        letter = str(office.letters[-1])
        for word in ("passport", "Kwi", "raffick", "Lusaka:", code):
            assert word not in letter
        there = await officer(here)
        assert "Something waits for you" in await there.opens(link)
        assert "passport" not in there.page
        assert "This is not the code" in await there.posts(link.removeprefix(here.url), code="1")
        assert "passport" in await there.posts(link.removeprefix(here.url), code=code)
        assert there.headers is not None and there.headers["Referrer-Policy"] == "no-referrer"
        await there.answers("acknowledge", name="Officer Mwape")
        assert (await becomes(here, id, "acknowledged")).acknowledged_how == "link"
        await there.answers("accept", name="Officer Mwape")
        await there.answers("received", what="safe_place", said="She is at the shelter.")
        await becomes(here, id, "service_received")
        after = await look(amina, f"/console/referrals/{id}")
        assert after.says("Officer Mwape") and after.says("A safe place") and after.says("She is at the shelter.")
        closed = await send(amina, f"/console/referrals/{id}/close", {"outcome": "service_received"})
        assert closed.status == 303
        supervisor = await here.person("demo-supervisor")
        assert (await look(supervisor, "/console/referrals/ended")).says("The child received the service")
        assert "Open the link again" in await there.opens(f"{here.url}/link/here")
        assert "This link is over" in await there.opens(link)
        done = await acts(here)
        assert "consent_overridden" not in done
        order = [one for one in done if one.startswith("referral_") and one != "referral_viewed"]
        assert order == [
            "referral_written", "referral_sent", "referral_code_wrong", "referral_opened", "referral_acknowledged",
            "referral_accepted", "referral_received", "referral_closed",
        ]  # fmt: skip


async def test_a_refusal_goes_on_to_the_next_service_by_itself(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, office):
        amina, concern = await a_trafficking_concern(here)
        abroad = await look(amina, f"/console/concerns/{concern}/refer?within=CD")
        assert abroad.says("Demo Secours Enfance") and abroad.says("in another country than the child")
        assert abroad.says("by which agreement a service of another country may be told")
        following = await service_id(here, "demo_secours")
        id = await refers(amina, concern, await service_id(here, "demo_trafficking_desk"), next=following)
        await sends(amina, id)
        link, code = await link_and_code(office, here)
        there = await officer(here)
        await there.opens(link)
        await there.posts(link.removeprefix(here.url), code=code)
        assert "Choose why" in await there.answers("refuse")
        assert "Thank you for your answer" in await there.answers("refuse", reason="no_room", said="No bed is free.")
        assert (await becomes(here, id, "refused")).refused_reason == "no_room"
        assert (await look(amina, f"/console/referrals/{id}")).says("No bed is free.")
        await until(lambda: "secours@demo.invalid" in office.recipients, "a letter to the next service, abroad")
        assert "quelque chose vous attend" in str(office.letters[-1]["Subject"])
        text = await here.carrier.phone("+243950000801").receives("le code pour la référence")
        next_code = re.search(r"est (\d{6})", text.body)
        next_link = _link_in(office.letters[-1], "")
        assert next_code and next_link
        abroad_there = await officer(here)
        assert "Quelque chose vous attend" in await abroad_there.opens(next_link)
        assert "passport" in await abroad_there.posts(next_link.removeprefix(here.url), code=next_code[1])
        assert '<dd dir="auto">ZM</dd>' in abroad_there.page, "where the child is"


async def test_a_no_is_a_no_until_a_supervisor_with_a_name_decides_otherwise(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, _):
        amina, concern = await a_trafficking_concern(here, consent="no")
        desk = await service_id(here, "demo_trafficking_desk")
        path = f"/console/concerns/{concern}/refer"
        refused = await send(amina, path, {"service": desk})
        assert refused.status == 403 and refused.says("The child has not said yes to this")
        not_hers = await send(amina, path, {"service": desk, "override": "life_in_danger"})
        assert not_hers.status == 403 and not_hers.says("Only a supervisor decides this")
        assert (await send(amina, f"{path}/decide", {"service": desk, "override": "life_in_danger"})).status == 403
        assert (await send(amina, f"{path}/ask")).status == 303
        supervisor = await here.person("demo-supervisor")
        assert (await look(supervisor, "/console/floor/alarms")).says("asks for a decision")
        id = await refers(
            supervisor, concern, desk, override="life_in_danger", called="Kwi", whereabouts="Yellow house"
        )
        page = await sends(supervisor, id)
        assert page.says("A life is in danger") and page.says("Demo Supervisor")
        assert page.says("Yellow house") and not page.says('<dd dir="auto">Kwi')
        assert page.says("Known, and kept here")
        assert "consent_overridden" in await acts(here)


async def test_nothing_goes_to_the_organisation_of_who_did_harm(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, _):
        amina, concern = await a_trafficking_concern(here)
        await completes(
            amina, concern, "trafficking", place="lusaka/lusaka", consent_services="yes", organisation="D.F.C."
        )
        page = await look(amina, f"/console/concerns/{concern}/refer")
        assert page.says("Demo Desk against Trafficking: is the organisation of who is said to have done harm")
        desk = await service_id(here, "demo_trafficking_desk")
        refused = await send(amina, f"/console/concerns/{concern}/refer", {"service": desk})
        assert refused.status == 403 and refused.says("Nothing goes there")


async def test_a_service_without_a_browser_calls_and_a_supervisor_reads_it_out(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, office):
        amina, concern = await a_trafficking_concern(here)
        id = await refers(amina, concern, await service_id(here, "demo_trafficking_desk"))
        await sends(amina, id)
        _, code = await link_and_code(office, here)
        reference = (await referral_of(here, id)).reference
        assert (await look(amina, "/console/read-out")).status == 403
        await here.later(3601)  # the hour within which a person there is to have taken note

        async def is_silent() -> bool:
            return (await referral_of(here, id)).silent_at is not None

        await until(is_silent, "the silence being seen")
        supervisor = await here.person("demo-supervisor")
        board = "A service has not answered a referral in time"
        assert (await look(supervisor, "/console/floor/alarms")).says(board)
        wrong = await send(supervisor, "/console/read-out", {"reference": reference, "code": "1"})
        assert wrong.status == 403 and not wrong.says("passport")
        right = await send(
            supervisor, "/console/read-out", {"reference": f" {reference[:3]}-{reference[3:]}", "code": code}
        )
        assert right.status == 200 and right.says("passport")
        await send(supervisor, f"/console/referrals/{id}/told", {"do": "accept", "name": "Officer Zulu"})
        assert (await becomes(here, id, "accepted")).acknowledged_how == "console"
        assert not (await look(supervisor, "/console/floor/alarms")).says(board)


async def test_a_text_is_answered_by_a_text(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, _):
        amina = await here.person("demo-amina")
        _, contact = await a_child_writes(here, amina, "+260971234501")
        concern = await flags(amina, contact, "rape")
        await completes(amina, concern, "rape", place="lusaka/lusaka", consent_services="yes")
        id = await refers(amina, concern, await service_id(here, "demo_one_stop"))
        await sends(amina, id)
        phone = here.carrier.phone("+260950000804")
        text = await phone.receives("Reply")
        reply = re.search(r"Reply (\d{4})", text.body)
        assert reply
        await phone.text("116", f"{reply[1]} yes")
        assert (await becomes(here, id, "accepted")).acknowledged_how == "reply"


async def test_an_officer_goes_on_leave_and_asks_for_the_other_link(tmp_path: Path) -> None:
    async with town_with_post(tmp_path) as (here, office):
        amina, concern = await a_trafficking_concern(here)
        desk = await service_id(here, "demo_trafficking_desk")
        first = await refers(amina, concern, desk)
        await sends(amina, first)
        contact = (await referral_of(here, first)).contact_id
        another = await flags(amina, str(contact), "child_labour")
        await completes(amina, another, "child_labour", place="lusaka/lusaka", consent_services="yes")
        second = await refers(amina, another, desk)
        await sends(amina, second)
        await until(lambda: len(office.letters) == 2, "both letters")
        reference = (await referral_of(here, first)).reference
        link = next(found for letter in office.letters if (found := _link_in(letter, reference)))
        code = await _code_for(here, reference)
        there = await officer(here)
        await there.opens(link)
        assert "Also open with you" in await there.posts(link.removeprefix(here.url), code=code)
        assert "on their way" in await there.posts(f"/link/here/others/{second}")
        await until(lambda: len(office.letters) == 3, "the other's new link")
        today = await here.helpline.store.read(lambda tx: directory.today_at("Africa/Lusaka", tx.now))
        named = await there.posts(
            "/link/here/stand-in", name="Mwila", phone="+260950000902", **{"from": str(today), "until": str(today)}
        )
        assert "We call you before anything goes there" in named
        supervisor = await here.person("demo-supervisor")
        page = await look(supervisor, f"/console/services/{desk}")
        assert page.says("Mwila") and page.says("Not confirmed")
        stand_in = re.search(r"/stand-ins/([\w-]{36})", page.text)
        assert stand_in
        await send(supervisor, f"/console/services/{desk}/stand-ins/{stand_in[1]}", {"do": "confirm"})
        assert (await look(supervisor, f"/console/services/{desk}")).says("Confirmed")
        await _much_more_comes_in(here, desk)
        assert "Open with you: 32" in await there.opens(f"{here.url}/link/here/all")
        assert there.page.count("Send me its link</button>") == 20
        assert (await there.opens(f"{here.url}/link/here/all?after=20")).count("Send me its link</button>") == 11
        assert "All that is open with you: 32" in await there.opens(f"{here.url}/link/here")


async def _much_more_comes_in(here: Town, desk: str) -> None:
    """As long as it can be, in letters that need three bytes each."""
    house = here.helpline.house

    def unit(tx: Tx) -> None:
        for _ in range(30):
            matter = a_matter(summary="ሀ" * 1000, whereabouts="ሀ" * 500)
            id = service.draft(tx, house, service.Wanted(desk, matter), "amina")
            service.send(tx, house, id, 1, "amina")

    await here.helpline.store.write(unit)


def _link_in(letter: EmailMessage, reference: str) -> str | None:
    body = letter.get_body()
    text = "" if body is None else body.get_content()
    found = re.search(r"http://\S+/link/[\w-]{43}", text)
    return found[0] if found and reference in text else None


async def _code_for(here: Town, reference: str) -> str:
    """The newest code that the desk's phone has got for a reference."""

    def seen() -> str | None:
        bodies = [one.body for one in here.carrier.phone(DESK_PHONE).texts]
        found = [code[1] for body in bodies if (code := re.search(rf"reference {reference} is (\d{{6}})", body))]
        return found[-1] if found else None

    return str(await until(seen, "the code"))
