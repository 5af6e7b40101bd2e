"""A coordinator writes institutions and interpreters down; their officers come in by a door of their own."""

import re
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from helpline import demonstration
from helpline.interpreting import pins, tokens
from helpline.interpreting.demonstration import PIN
from helpline.interpreting.pins import PinAnswer
from helpline.store import institutions
from tests.integration.console.people import Seen, acts, look, send
from tests.town import Counsellor, Town, town

NEW = {
    "name": "Magistrates Court Kafue",
    "kind": "court",
    "number": "200200",
    "timezone": "Africa/Lusaka",
    "province": "lusaka",
    "district": "kafue",
    "line": "",
    "may": "request",
}


async def coordinator(here: Town) -> Counsellor:
    jar = aiohttp.CookieJar(unsafe=True)
    http = await here.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
    person = Counsellor(here, "demo-coordinator", http, here.carrier.phone("+260950000011"))
    form = {"name": "demo-coordinator", "password": demonstration.PASSWORD}
    async with http.post(here.url + "/console/sign-in", data=form, allow_redirects=False) as answer:
        assert answer.status == 303 and answer.headers["Location"] == "/console"
    home = await look(person, "/console")
    assert home.headers["Location"] == "/console/institutions"
    person.csrf = (await look(person, "/console/institutions")).text.split('name="csrf" value="')[1].split('"')[0]
    return person


@dataclass
class Officer:
    """Somebody at /requests."""

    here: Town
    http: aiohttp.ClientSession
    csrf: str = ""

    async def get(self, path: str, **headers: str) -> Seen:
        async with self.http.get(self.here.url + path, headers=headers, allow_redirects=False) as answer:
            return Seen(answer.status, await answer.text(), answer.headers)

    async def post(self, path: str, form: dict[str, str], **headers: str) -> Seen:
        data = {"csrf": self.csrf, **form}
        async with self.http.post(self.here.url + path, data=data, headers=headers, allow_redirects=False) as answer:
            return Seen(answer.status, await answer.text(), answer.headers)

    async def signs_in(self, name: str, password: str) -> Seen:
        return await self.post("/requests/sign-in", {"name": name, "password": password})

    async def reads_the_page(self, path: str = "/requests/password") -> Seen:
        page = await self.get(path)
        if 'name="csrf" value="' in page.text:
            self.csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
        return page


async def an_officer(here: Town) -> Officer:
    jar = aiohttp.CookieJar(unsafe=True)
    return Officer(here, await here.stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar)))


async def court_of(here: Town, number: str = "100116") -> str:
    found = await here.helpline.store.read(lambda tx: institutions.numbered(tx, number))
    assert found is not None
    return found.id


def secret_in(page: Seen) -> str:
    found = re.search(r'class="secret"[^>]*>([^<]+)<', page.text)
    assert found is not None, page.text
    return found[1]


async def asks(here: Town, pin: str, number: str = "200200") -> PinAnswer:
    house = here.helpline.house
    caller = house.vault.hash_number("+260970000077")
    return await here.helpline.store.write(lambda tx: pins.check(tx, house, number, pin, caller))


async def test_an_institution_is_added_with_officer_pin_telephone_and_token(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await coordinator(here)
        added = await send(boss, "/console/institutions", NEW)
        assert added.status == 303
        path = added.headers["Location"]
        page = await look(boss, path)
        assert page.says("Magistrates Court Kafue") and page.says("no PIN yet")

        pin = secret_in(await send(boss, f"{path}/pin", {"pin": ""}))
        assert (await asks(here, pin)).kind == "ok"
        assert pin not in (await look(boss, path)).text, "it is shown once"
        chosen = await send(boss, f"{path}/pin", {"pin": "83-02-64"})
        assert secret_in(chosen) == "830264" and (await asks(here, "830264")).kind == "ok"

        assert (await send(boss, f"{path}/telephones", {"telephone": "+260 211 000 001"})).status == 303
        page = await look(boss, path)
        assert page.says("+260211000001")
        key = page.text.split('name="key" value="')[1].split('"')[0]
        assert (await send(boss, f"{path}/telephones/remove", {"key": key})).status == 303
        assert not (await look(boss, path)).says("+260211000001")

        token = secret_in(await send(boss, f"{path}/tokens", {"label": "case system", "days": "30"}))
        found = await here.helpline.store.read(lambda tx: tokens.institution_of(tx, token))
        assert found is not None and found.number == "200200"
        page = await look(boss, path)
        assert token not in page.text and page.says("case system")
        revoke = re.search(r'action="([^"]*/revoke)"', page.text)
        assert revoke is not None and (await send(boss, revoke[1])).status == 303
        assert await here.helpline.store.read(lambda tx: tokens.institution_of(tx, token)) is None

        officer = {"sign_in": "Kafue-Clerk", "alias": "K. Clerk", "email": "clerk@kafue.example", "phone": ""}
        shown = await send(boss, f"{path}/officers", officer)
        password = secret_in(shown)
        clerk = await an_officer(here)
        assert (await clerk.signs_in("kafue-clerk", password)).status == 303
        done = await acts(here)
        assert {
            "institution_added",
            "institution_pin_set",
            "institution_telephone_added",
            "institution_telephone_removed",
            "institution_token_made",
            "institution_token_revoked",
            "officer_added",
        } <= set(done)


async def test_what_cannot_be_kept_is_said_at_its_field_and_stays_typed(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await coordinator(here)
        wrong = {**NEW, "number": "call me", "district": "ndola", "timezone": "Lusaka"}
        page = await send(boss, "/console/institutions", wrong)
        assert page.status == 400
        for said in ("Digits only", "This district is not in that province.", "This is no time zone"):
            assert page.says(said)
        assert 'value="call me"' in page.text and 'value="Magistrates Court Kafue"' in page.text
        assert page.text.count('aria-invalid="true"') == 3
        path = f"/console/institutions/{await court_of(here)}"
        for pin, said in (("abcd", "Digits only"), ("12", "Write 4 to 8 digits."), ("1234", "among the first")):
            refused = await send(boss, f"{path}/pin", {"pin": pin})
            assert refused.status == 400 and refused.says(said) and 'class="secret"' not in refused.text
        taken = await send(boss, f"{path}/officers", {"sign_in": "demo-prison", "alias": "X", "email": "", "phone": ""})
        assert taken.status == 400 and taken.says("Somebody else signs in by this name.")
        assert (await send(boss, f"{path}/tokens", {"label": "x", "days": "soon"})).says("From 1 to 1095 days.")
        assert (await look(boss, "/console/institutions/nobody")).status == 400


async def test_one_institutions_officer_is_not_touched_through_anothers_page(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await coordinator(here)
        court, prison = await court_of(here), await court_of(here, "100118")
        page = await look(boss, f"/console/institutions/{prison}")
        officer = re.search(r"/officers/([0-9a-f-]{36})/password", page.text)
        assert officer is not None
        answer = await send(boss, f"/console/institutions/{court}/officers/{officer[1]}/password")
        assert answer.status == 400 and 'class="secret"' not in answer.text


async def test_only_coordinators_keep_institutions(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        court = await court_of(here)
        for name in ("demo-supervisor", "demo-yusuf"):
            person = await here.person(name, duty=False)
            assert (await look(person, "/console/institutions")).status == 403
            assert (await send(person, f"/console/institutions/{court}/pin", {"pin": "830264"})).status == 403
        assert (await asks(here, PIN, "100116")).kind == "ok", "it was not changed"
        boss = await coordinator(here)
        assert (await look(boss, "/console/floor")).status == 403
        assert (await look(boss, "/console/desk")).status == 403
        assert (await look(boss, "/console/search")).status == 403


async def test_an_officer_signs_in_and_chooses_a_password_first(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss = await coordinator(here)
        path = f"/console/institutions/{await court_of(here)}"
        fresh = {"sign_in": "new-clerk", "alias": "New Clerk", "email": "", "phone": ""}
        password = secret_in(await send(boss, f"{path}/officers", fresh))
        clerk = await an_officer(here)
        assert (await clerk.get("/requests")).headers["Location"] == "/requests/sign-in?to=/requests"
        wrong = await clerk.signs_in("new-clerk", "not this one at all")
        assert wrong.status == 403 and wrong.says("do not belong together") and 'value="new-clerk"' in wrong.text
        assert (await clerk.signs_in("New-Clerk", password)).headers["Location"] == "/requests"
        assert (await clerk.get("/requests")).headers["Location"] == "/requests/password"
        page = await clerk.reads_the_page()
        assert page.says("given to you by somebody else")
        own = "otter lantern meadow kestrel"
        for before, new, again, status in (
            (password, own, own + "!", 400),
            (password, "short", "short", 400),
            ("wrong one entirely", own, own, 403),
            (password, own, own, 303),
        ):
            answer = await clerk.post("/requests/password", {"before": before, "new": new, "again": again})
            assert answer.status == status
        home = await clerk.get("/requests")
        assert home.status == 200 and home.says("Demonstration High Court")
        assert (await clerk.post("/requests/sign-out", {})).status == 303
        assert (await clerk.get("/requests")).status == 303
        assert (await clerk.signs_in("new-clerk", password)).status == 403
        assert (await clerk.signs_in("new-clerk", own)).status == 303
        assert "officer_password_chosen" in await acts(here)


async def test_the_two_doors_do_not_open_for_each_other(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await an_officer(here)
        assert (await clerk.signs_in("demo-court", demonstration.PASSWORD)).status == 303
        assert (await clerk.reads_the_page()).status == 200
        for path in ("/console/institutions", "/console/desk", "/console/floor", "/console/roster", "/console/me"):
            assert (await clerk.get(path)).headers["Location"].startswith("/console/sign-in")
        assert (
            await clerk.post("/console/sign-in", {"name": "demo-court", "password": demonstration.PASSWORD})
        ).status == 403
        worker = await here.person("demo-supervisor", duty=False)
        assert (await look(worker, "/requests")).headers["Location"].startswith("/requests/sign-in")
        stranger = await an_officer(here)
        assert (await stranger.signs_in("demo-supervisor", demonstration.PASSWORD)).status == 403
        cookie = {each.key: each for each in clerk.http.cookie_jar}["helpline-officer"]
        assert cookie["httponly"] and cookie["samesite"] == "Strict"


async def test_an_officers_form_needs_the_pages_token_and_our_own_page(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await an_officer(here)
        await clerk.signs_in("demo-court", demonstration.PASSWORD)
        await clerk.reads_the_page()
        form = {"locale": "fr"}
        assert (await clerk.post("/requests/locale", {**form, "csrf": "guessed"})).status == 403
        assert (await clerk.post("/requests/locale", form, **{"Sec-Fetch-Site": "cross-site"})).status == 403
        away = await clerk.post("/requests/sign-in", {"name": "x", "password": "y"}, Origin="https://elsewhere.example")
        assert away.status == 403
        assert (await clerk.post("/requests/locale", form)).status == 303
        page = await clerk.get("/requests/password")
        assert 'lang="fr"' in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


async def test_wrong_passwords_are_limited_by_name_and_a_right_one_waits_too(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        clerk = await an_officer(here)
        for _ in range(5):
            assert (await clerk.signs_in("demo-court", "wrong")).status == 403
        slow = await clerk.signs_in("demo-court", demonstration.PASSWORD)
        assert slow.status == 429 and slow.says("Too many tries")
        assert (await clerk.signs_in("demo-prison", demonstration.PASSWORD)).status == 303, "others are not slowed"
        await here.later(301)
        assert (await clerk.signs_in("demo-court", demonstration.PASSWORD)).status == 303


async def test_a_disabled_officer_is_out_at_once_and_a_new_password_signs_out(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        boss, clerk = await coordinator(here), await an_officer(here)
        path = f"/console/institutions/{await court_of(here)}"
        await clerk.signs_in("demo-court", demonstration.PASSWORD)
        assert (await clerk.get("/requests")).status == 200
        page = await look(boss, path)
        officer = re.search(r"/officers/([0-9a-f-]{36})/password", page.text)
        assert officer is not None
        given = secret_in(await send(boss, f"{path}/officers/{officer[1]}/password"))
        assert (await clerk.get("/requests")).status == 303, "signed out"
        assert (await clerk.signs_in("demo-court", given)).status == 303
        assert (await send(boss, f"{path}/officers/{officer[1]}/disable")).status == 303
        assert (await clerk.get("/requests/password")).headers["Location"].startswith("/requests/sign-in")
        assert (await clerk.signs_in("demo-court", given)).status == 403
        assert (await send(boss, f"{path}/officers/{officer[1]}/disable")).says("This officer is disabled.")
        assert (await send(boss, f"{path}/officers/{officer[1]}/enable")).status == 303
        assert (await send(boss, f"{path}/disable")).status == 303
        assert (await clerk.signs_in("demo-court", given)).status == 403, "the whole institution is off"
