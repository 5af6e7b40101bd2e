"""An officer asks for an interpreter on the page, and sees the request move to connected."""

from pathlib import Path
from typing import Any

import aiohttp

from helpline import demonstration
from helpline.store import requests
from helpline.store.db import Tx
from helpline.store.requests import Request
from tests.town import Town, town, until

TELEPHONE = "+260950000021"


class Officer:
    """At a browser, signed in for an institution."""

    def __init__(self, here: Town, http: aiohttp.ClientSession) -> None:
        self.here, self.http, self.csrf = here, http, ""

    async def signs_in(self, name: str) -> None:
        form = {"name": name, "password": demonstration.PASSWORD}
        async with self.http.post(f"{self.here.url}/requests/sign-in", data=form, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
        self.csrf = (await self.sees("/requests")).split('name="csrf" value="')[1].split('"')[0]

    async def sees(self, path: str) -> str:
        async with self.http.get(self.here.url + path) as answer:
            assert answer.status == 200, (answer.status, await answer.text())
            return await answer.text()

    async def sends(self, path: str, **form: Any) -> tuple[int, str]:
        """The status, and where it leads or the page."""
        data = {"csrf": self.csrf, **form}
        async with self.http.post(self.here.url + path, data=data, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()


async def officer(here: Town, name: str = "demo-court") -> Officer:
    jar = aiohttp.CookieJar(unsafe=True)
    http = await here.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
    one = Officer(here, http)
    await one.signs_in(name)
    return one


ASKED = {"purpose": "welfare", "girls": "2", "boys": "1", "language": "ti", "call_to": TELEPHONE}


async def the_request(here: Town) -> Request:
    def look(tx: Tx) -> Request:
        found = requests.of_contact(tx, contact.id)
        assert found is not None
        return found

    contact = await here.contact()
    return await here.helpline.store.read(look)


async def picks_up(here: Town, number: str = TELEPHONE) -> Any:
    call = await here.carrier.phone(number).rings(10)
    await call.answer()
    await call.hears("press 1")
    await call.press("1")
    await call.in_conference()
    return call


async def test_an_officer_is_connected_twice_with_the_same_interpreter_and_adds_a_guardian(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk, selam = await officer(here), await here.person("demo-selam")
        await here.person("demo-tesfay")
        status, page = await clerk.sends("/requests", **{**ASKED, "call_to": "+260 950-000.021"})
        assert status == 303 and page.startswith("/requests/now/")
        assert "Interpreter sought" in await clerk.sees(page) or "Ringing" in await clerk.sees(page)
        await selam.accepts()
        await selam.picks_up()
        call = await picks_up(here)
        await here.becomes("connected")
        assert "You are connected" in await clerk.sees(page)

        assert (await clerk.sends(f"{page}/second-party", second_party="+260971110000"))[0] == 303
        guardian = await here.carrier.phone("+260971110000").rings(10)
        await guardian.answer()
        await guardian.hears("join a call with an interpreter")
        await guardian.press("1")
        room = await guardian.in_conference()
        assert len(room.participants) == 3
        await guardian.hang_up()
        await call.hang_up()
        await here.becomes("closed")
        assert "Over" in await clerk.sees(page)

        assert (await clerk.sends(f"{page}/once-more"))[0] == 303
        await selam.accepts()
        await selam.picks_up()
        again = await picks_up(here)
        await here.becomes("connected")
        assert (await clerk.sends(f"{page}/cancel"))[0] == 303
        assert await again.ended() == "completed"
        request = await the_request(here)
        held = await here.helpline.store.read(lambda tx: requests.conversations(tx, request.id))
        assert [one.outcome for one in held] == ["served", "served"] and len({one.interpreter for one in held}) == 1


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await officer(here)
        status, page = await clerk.sends("/requests", **{**ASKED, "girls": "many", "purpose": "", "call_to": "ring me"})
        assert status == 400
        for said in ("A number from 0 to 500.", "Say what it is for.", "Write a telephone number in digits."):
            assert said in page
        assert await here.contacts() == []


async def test_children_who_are_asked_for_three_times_count_once(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await officer(here)
        many = {**ASKED, "girls": "0", "boys": "14"}
        _, first = await clerk.sends("/requests", **many)
        id = first.rsplit("/", 1)[-1]
        await clerk.sends("/requests", **many, same_as=id)
        _, third = await clerk.sends("/requests", **many)
        assert (await clerk.sends(f"{third}/same-group", other=id))[0] == 303
        assert list(await here.helpline.store.read(lambda tx: list(requests.groups(tx)))) == [(0, 14)]


async def test_another_institution_finds_no_such_request(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk, warden = await officer(here), await officer(here, "demo-prison")
        _, page = await clerk.sends("/requests", **ASKED)
        async with warden.http.get(here.url + page) as answer:
            assert answer.status == 404
        assert (await warden.sends(f"{page}/cancel"))[0] == 404
        contact = await here.contact()
        async with warden.http.get(f"{here.url}/console/contacts/{contact.id}", allow_redirects=False) as answer:
            assert answer.status in (302, 303, 401, 403)


async def test_a_child_comes_before_an_institution(tmp_path: Path) -> None:
    from tests.scenarios.test_bridges import calls_in_tigrinya

    async with town(tmp_path) as here:
        clerk = await officer(here)
        await clerk.sends("/requests", **ASKED)
        await calls_in_tigrinya(here)

        async def both_wait() -> bool:
            return [one.state for one in await here.contacts()] == ["waiting", "waiting"]

        await until(both_wait, "both waiting")
        await here.person("demo-bwalya")
        selam = await here.person("demo-selam")
        assert (await selam.is_offered())["kind"] == "call"
