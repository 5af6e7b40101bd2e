"""Who may go where, and what is refused at the gate."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import web

from helpline import demonstration
from helpline.console.permissions import NAMES, OFFICERS
from helpline.console.requester import door
from helpline.console.routes import ROUTES, Route, attach, check
from helpline.errors import Invalid
from tests.integration.console.people import Seen, look, nobody, send
from tests.town import Counsellor, town

NO_ONE = "01a1ff00-0000-7000-8000-000000000000"
ROLES = {
    "demo-yusuf": ("interpreter",),
    "demo-bwalya": ("counsellor",),
    "demo-supervisor": ("counsellor", "supervisor"),
    "demo-coordinator": ("coordinator",),
}


def _address(route: Route) -> str:
    path = route.path.replace("{version}", "x").replace("{name:.+}", "console.css")
    return re.sub(r"\{[a-z_]+\}", NO_ONE, path)


async def _knock(person: Counsellor, route: Route) -> Seen:
    """Try a route; of a stream only the first answer is looked at."""
    if route.path.endswith("/events"):
        async with person.http.get(
            person.town.url + route.path, headers={"Accept": "application/json"}, allow_redirects=False
        ) as answer:
            return Seen(answer.status, "{}" if answer.status == 200 else await answer.text(), answer.headers)
    if route.method == "GET":
        return await look(person, _address(route), Accept="application/json")
    return await send(person, _address(route), Accept="application/json")


def _turned_away(seen: Seen) -> bool:
    code = seen.json.get("code") if seen.status in (401, 403) and seen.text.startswith("{") else None
    return code in ("sign_in_first", "not_permitted")


async def test_every_role_meets_every_route_and_gets_what_the_directory_grants(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        granted: Mapping[str, frozenset[str]] = here.configuration.directory.permissions
        # Signing out comes last: it ends the session that the others need.
        routes = sorted(ROUTES, key=lambda route: route.path.endswith("sign-out"))
        for sign_in, roles in ROLES.items():
            person = await here.person(sign_in, duty=False)
            may = frozenset().union(*(granted[role] for role in roles)) | {"public"}
            for route in routes:
                seen = await _knock(person, route)
                assert seen.status != 500, (sign_in, route.method, route.path)
                assert _turned_away(seen) == (route.permission not in may), (sign_in, route, seen.status)
        stranger = await nobody(here)
        for route in routes:
            seen = await _knock(stranger, route)
            assert _turned_away(seen) == (route.permission != "public"), (route, seen.status)


def test_the_directory_grants_only_what_the_console_knows() -> None:
    assert {route.permission for route in ROUTES} == NAMES | OFFICERS


@pytest.mark.parametrize("permission", ["", "desk.usee", "everybody"])
def test_a_route_without_a_known_permission_stops_the_start(permission: str) -> None:
    route = Route("GET", "/console/new", permission, ROUTES[0].handler)
    with pytest.raises(Invalid) as refused:
        check((*ROUTES, route))
    assert refused.value.code == "route_without_permission"
    app = web.Application()
    with pytest.raises(Invalid):
        attach(app, None, (route,))  # type: ignore[arg-type]
    assert not list(app.router.routes())


@pytest.mark.parametrize(
    "route",
    [
        Route("GET", "/console/new", "officer", ROUTES[0].handler),
        Route("GET", "/requests/new", "floor.see", ROUTES[0].handler, door.guard),
    ],
)
def test_a_permission_behind_the_door_of_others_stops_the_start(route: Route) -> None:
    with pytest.raises(Invalid) as refused:
        check((*ROUTES, route))
    assert refused.value.code == "route_without_permission"


async def test_an_officer_gets_into_no_page_of_those_who_work_here(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        officer = await nobody(here)
        form = {"name": "demo-court", "password": demonstration.PASSWORD}
        assert (await send(officer, "/requests/sign-in", form)).status == 303
        routes = sorted(ROUTES, key=lambda route: route.path.endswith("sign-out"))
        for route in routes:
            seen = await _knock(officer, route)
            assert seen.status != 500, (route.method, route.path)
            if route.permission in NAMES - {"public"}:
                assert _turned_away(seen), (route, seen.status)


async def test_a_post_needs_the_token_of_its_own_session(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina, bwalya = await here.person("demo-amina", duty=False), await here.person("demo-bwalya", duty=False)
        for token in ("", "guess", bwalya.csrf):
            amina_with = Counsellor(here, "demo-amina", amina.http, amina.phone, csrf=token)
            seen = await send(amina_with, "/console/desk/duty", {"to": "on"})
            assert seen.status == 403 and seen.says("from an earlier sign-in"), token
        assert (await amina.state())["duty"]["state"] == "off"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
async def test_what_another_site_sends_is_refused_even_with_the_token(tmp_path: Path, headers: dict[str, str]) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        seen = await send(amina, "/console/desk/duty", {"to": "on"}, **headers)
        assert seen.status == 403 and seen.says("did not come from our own pages")
        assert (await amina.state())["duty"]["state"] == "off"
        form = {"name": "demo-amina", "password": "practice-116-only"}
        assert (await send(amina, "/console/sign-in", form, **headers)).status == 403


async def test_every_page_is_kept_by_nobody_and_runs_nothing_that_is_not_ours(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        supervisor = await here.person("demo-supervisor", duty=False)
        for path in ("/", "/console/sign-in", "/console/desk", "/console/floor", f"/console/contacts/{NO_ONE}"):
            headers = (await look(supervisor, path)).headers
            policy = headers["Content-Security-Policy"]
            assert (
                policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'") and "unsafe" not in policy
            )
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Content-Type-Options"] == "nosniff"


async def test_styles_are_kept_for_good_under_an_address_that_changes_with_them(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        stranger = await nobody(here)
        page = (await look(stranger, "/")).text
        address = page.split('rel="stylesheet" href="')[1].split('"')[0]
        kept = await look(stranger, address)
        assert kept.status == 200 and "immutable" in kept.headers["Cache-Control"]
        other = await look(stranger, "/console/static/000000000000/console.css")
        assert other.status == 200 and other.headers["Cache-Control"] == "no-cache"
        for outside in ("../gate.py", "%2e%2e/gate.py", "nothing.css"):
            assert (await look(stranger, f"/console/static/x/{outside}")).status == 404


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"csrf=%FF%FE&to=on", "application/x-www-form-urlencoded"),
        (b"csrf=x", "application/x-www-form-urlencoded; charset=no-such-charset"),
        (b"{", "application/json"),
        (b"--x\r\nrubbish", "multipart/form-data; boundary=x"),
        (b"a=" + b"x" * 300_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(3000)), "application/x-www-form-urlencoded"),
    ],
)
async def test_a_form_that_is_none_is_refused_clearly(tmp_path: Path, body: bytes, kind: str) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        async with amina.http.post(
            f"{here.url}/console/desk/duty", data=body, headers={"Content-Type": kind, "X-CSRF-Token": amina.csrf}
        ) as answer:
            assert answer.status in (400, 403), await answer.text()
        assert (await amina.state())["duty"]["state"] == "off"
