"""The carrier's API answers with "too many", with an error of its own, or takes an order and never says so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpline.practice.faults import Faults
from helpline.store.db import Tx
from helpline.store.tables import effects
from tests.town import Town, town


def _places(method: str, path: str) -> bool:
    return method == "POST" and path.endswith("/Calls.json")


TROUBLES: dict[str, Callable[[Faults], None]] = {
    "429, wait a second": lambda faults: faults.rest_answers(429, times=2, when=_places, retry_after=1),
    "500": lambda faults: faults.rest_answers(500, times=2, when=_places),
    "503": lambda faults: faults.rest_answers(503, times=2, when=_places),
    "taken, and the connection cut": lambda faults: faults.rest_times_out(when=_places, how="reset"),
    "not taken, and the connection cut": lambda faults: faults.rest_times_out(
        when=_places, accepted=False, how="reset"
    ),
    "taken, and silence": lambda faults: faults.rest_times_out(when=_places),
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_child_and_counsellor_meet_and_nobody_is_called_twice(name: str, tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        amina = await here.person("demo-amina")
        call = await (await here.child()).dial("116")
        await call.hears("For English")
        await call.press("1")
        TROUBLES[name](here.carrier.faults)
        await amina.accepts()
        phone = await amina.picks_up()
        await call.in_conference()
        await here.becomes("connected")
        assert await times_called(here, amina.phone.number) == 1
        await call.hang_up()
        await phone.ended(6)  # though the carrier may owe us its answer to the order to ring for two seconds more
        await here.becomes("wrap_up")
        await here.is_quiet()
        states = await here.helpline.store.read(_states)
        assert states <= {"done"}, states
        assert here.carrier.faults.next_rest("POST", "/Calls.json") is None, "the trouble has come"


async def times_called(here: Town, number: str) -> int:
    return sum(one.to == number for one in here.carrier.switch.calls.values())


def _states(tx: Tx) -> set[str]:
    of_the_call = effects.select().with_only_columns(effects.c.state).where(effects.c.kind.not_like("delete_%"))
    return {state for (state,) in tx.execute(of_the_call)}
