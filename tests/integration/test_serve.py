"""`serve --practice` as `make run` starts it: a helpline and its practice phones, which end together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from config.settings import Mode
from helpline.app import working
from helpline.check import read_configuration
from helpline.demonstration import STAFF
from helpline.errors import Refused, Unavailable
from helpline.interpreting import institutions as keeping
from helpline.practising import practice_carrier
from helpline.store import institutions, posts, roster
from tests.town import free_port

ROOT = Path(__file__).parents[2]


def answers(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status)


def is_served(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "HELPLINE_DATA_DIR": str(tmp_path / "data"),
        "HELPLINE_PORT": str(free_port()),
        "HELPLINE_TWILIO__API_BASE_URL": f"http://127.0.0.1:{free_port()}",
    }


def test_a_stranger_starts_a_demonstration_and_stops_it(env: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "helpline", "serve", "--practice"],
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    phones, port = env["HELPLINE_TWILIO__API_BASE_URL"], env["HELPLINE_PORT"]
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Practice phones: {phones}/\n"
        assert process.stdout.readline() == f"The helpline is at http://127.0.0.1:{port}/\n"
        assert answers(f"http://127.0.0.1:{port}/healthz") == 200
        assert answers(f"http://127.0.0.1:{port}/") == 200
        assert answers(f"{phones}/") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()
    assert not is_served(int(port))
    assert not is_served(int(phones.rpartition(":")[2]))


def test_the_practice_carrier_ends_also_when_the_helpline_fails(env: dict[str, str]) -> None:
    configuration = read_configuration(env)
    port = int(env["HELPLINE_TWILIO__API_BASE_URL"].rpartition(":")[2])
    with pytest.raises(RuntimeError, match="failed"), practice_carrier(configuration):
        assert is_served(port)
        raise RuntimeError("failed")
    assert not is_served(port)


def test_a_port_that_is_taken_is_told(env: dict[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    configuration = read_configuration(env)
    port = int(env["HELPLINE_TWILIO__API_BASE_URL"].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), pytest.raises(Unavailable), practice_carrier(configuration):
        pytest.fail("it cannot have started")
    assert f"cannot serve on port {port}" in capfd.readouterr().err


def test_no_practice_beside_a_production(env: dict[str, str]) -> None:
    demonstration = read_configuration(env)
    settings = demonstration.settings.model_copy(update={"mode": Mode.PRODUCTION})
    production = replace(demonstration, settings=settings)
    with pytest.raises(Refused, match="demonstration only"), practice_carrier(production):
        pytest.fail("it cannot have started")


async def test_a_production_does_not_start_while_invented_staff_could_sign_in(env: dict[str, str]) -> None:
    demonstration = read_configuration(env)
    async with working(demonstration):
        pass  # its staff are in the database now
    production = replace(demonstration, settings=demonstration.settings.model_copy(update={"mode": Mode.PRODUCTION}))
    with pytest.raises(Refused, match="helpline staff disable") as refused:
        async with working(production):
            pytest.fail("it cannot have started")
    assert refused.value.code == "demonstration_staff_present"

    async with working(demonstration) as helpline:
        for person in STAFF:
            await helpline.store.write(partial(roster.disable, sign_in=person.sign_in))
    with pytest.raises(Refused, match="helpline institutions disable"):
        async with working(production):
            pytest.fail("it cannot have started")
    async with working(demonstration) as helpline:
        for one in await helpline.store.read(institutions.everyone):
            await helpline.store.write(partial(keeping.disable, by="system", id=one.id))
        held = {one.post for one in await helpline.store.read(posts.holding)}
        assert held == {post.code for post in production.directory.ladders.posts}
    async with working(production) as helpline:
        assert await helpline.store.read(posts.holding) == [], "no ladder tells somebody invented"


def test_the_practice_carrier_ends_with_a_helpline_that_is_killed(env: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "helpline", "serve", "--practice"],
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Practice phones: ")
    finally:
        process.kill()
        process.communicate()
    port, until = int(env["HELPLINE_TWILIO__API_BASE_URL"].rpartition(":")[2]), time.monotonic() + 20
    while is_served(port):
        assert time.monotonic() < until, "it outlives the helpline"
        time.sleep(0.05)
