"""Signing in and out."""

import importlib.util
from pathlib import Path

import pytest
from argon2 import Type, extract_parameters

from helpline import demonstration
from helpline.errors import Refused
from helpline.staff.signin import TRIES_PER_ACCOUNT, Tries
from helpline.store.db import Tx
from helpline.store.tables import sign_ins, workers
from tests.integration.console.people import look, nobody, send
from tests.town import town

RIGHT = {"name": "demo-amina", "password": demonstration.PASSWORD}


async def test_a_counsellor_signs_in_and_out_and_is_off_duty_then(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await nobody(here)
        seen = await send(amina, "/console/sign-in", {**RIGHT, "to": "/console/desk"})
        assert seen.status == 303 and seen.headers["Location"] == "/console/desk"
        cookie = seen.headers["Set-Cookie"]
        assert cookie.startswith("helpline=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
        amina.csrf = (await amina.state())["csrf"]
        await amina.duty("on")
        assert (await send(amina, "/console/sign-out")).status == 303
        assert (await look(amina, "/console/desk")).headers["Location"] == "/console/sign-in?to=/console/desk"
        again = await here.person("demo-amina", duty=False)
        assert (await again.state())["duty"]["state"] == "off"


async def test_a_supervisor_comes_to_the_floor_first_and_everybody_else_to_the_desk(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        for sign_in, first in (("demo-supervisor", "/console/floor"), ("demo-amina", "/console/desk")):
            person = await here.person(sign_in, duty=False)
            assert (await look(person, "/console")).headers["Location"] == first
        grace = await here.person("demo-supervisor", duty=False)
        assert 'href="/console/desk"' in (await look(grace, "/console/floor")).text, "the desk is one click away"


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        stranger = await nobody(here)
        wrong = await send(stranger, "/console/sign-in", {**RIGHT, "password": "wrong"})
        unknown = await send(stranger, "/console/sign-in", {"name": "demo-nobody", "password": "wrong"})
        assert wrong.status == unknown.status == 403
        assert wrong.says("do not belong together")
        # The page is the same but for the name that was typed, and nothing of the password is in it.
        same = [seen.text.replace("demo-amina", "?").replace("demo-nobody", "?") for seen in (wrong, unknown)]
        assert _without_clock(same[0]) == _without_clock(same[1])
        assert "wrong" not in _without_clock(same[0])


def _without_clock(page: str) -> str:
    before, after = page.split('data-now="')
    return before + after.split('"', 1)[1]


async def test_too_many_tries_are_told_to_wait_and_the_right_password_does_not_help(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        stranger = await nobody(here)
        for _ in range(TRIES_PER_ACCOUNT):
            assert (await send(stranger, "/console/sign-in", {**RIGHT, "password": "wrong"})).status == 403
        seen = await send(stranger, "/console/sign-in", RIGHT)
        assert seen.status == 429 and seen.says("Wait 5 min")
        here.clock.advance(301)
        assert (await send(stranger, "/console/sign-in", RIGHT)).status == 303


async def test_a_session_ends_with_time_with_idleness_and_with_the_account(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        here.clock.advance(59 * 60)
        assert (await look(amina, "/console/desk")).status == 200
        here.clock.advance(59 * 60)
        assert (await look(amina, "/console/desk")).status == 200, "being used, it goes on"
        here.clock.advance(61 * 60)
        assert (await look(amina, "/console/desk")).status == 303, "not being used, it ends"

        bwalya = await here.person("demo-bwalya", duty=False)

        def disable(tx: Tx) -> None:
            tx.execute(workers.update().where(workers.c.sign_in == "demo-bwalya").values(disabled_at=tx.now))

        await here.helpline.store.write(disable)
        assert (await look(bwalya, "/console/desk")).status == 303


async def test_the_database_holds_no_token(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina", duty=False)
        token = next(cookie.value for cookie in amina.http.cookie_jar if cookie.key == "helpline")

        def held(tx: Tx) -> str:
            return repr(tx.execute(sign_ins.select()).all())

        assert token not in await here.helpline.store.read(held)


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example/", "//elsewhere.example", "/console/\\elsewhere", "/console//x", "javascript:1"]
)
async def test_signing_in_leads_nowhere_else(tmp_path: Path, to: str) -> None:
    async with town(tmp_path) as here:
        stranger = await nobody(here)
        assert (await send(stranger, "/console/sign-in", {**RIGHT, "to": to})).headers["Location"] == "/console"


def test_tries_are_forgotten_after_their_window_and_bounded() -> None:
    tries = Tries(2)
    minute = 60_000_000
    tries.failed("a", 0)
    assert tries.wait("a", minute) == 0
    tries.failed("a", minute)
    assert tries.wait("a", minute) == 4 * minute
    assert tries.wait("b", minute) == 0
    assert tries.wait("a", 5 * minute) == 0, "the first has been forgotten"
    for number in range(20_000):
        tries.failed(str(number), minute)
    assert len(tries._failed) <= 10_000


def test_a_refusal_names_no_account() -> None:
    assert "demo" not in str(Refused("wrong_sign_in"))


def test_a_password_is_slow_to_guess_for_whoever_has_the_database() -> None:
    spec = importlib.util.find_spec("helpline.staff.signin")
    assert spec is not None and spec.loader is not None
    in_earnest = importlib.util.module_from_spec(spec)  # all other tests have a faster one, see tests/conftest.py
    spec.loader.exec_module(in_earnest)
    stored = extract_parameters(in_earnest.hash_password("five large dry toads"))
    assert stored.type is Type.ID and stored.memory_cost >= 64 * 1024 and stored.time_cost >= 3
