"""A dispatcher that has much to commit on a slow database is at work, and nobody takes it for stuck."""

import pytest

from helpline import dispatch
from helpline.leading import STUCK_AFTER_S
from helpline.store.db import T, Unit
from tests.village import open_village


async def test_a_dispatcher_with_much_to_commit_shows_that_it_gets_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "BATCH", 1)
    village = await open_village()
    for number, name in enumerate(("amina", "bwalya", "chanda")):
        await village.on_duty(name, ("en", "fluent"))
        await village.calls_in(["1"], f"+26097100000{number}")
    seen: list[int] = []
    real = village.interrupted.write

    async def slow(unit: Unit[T]) -> T:
        seen.append(village.dispatcher.ticked_at)
        village.clock.pass_by(STUCK_AFTER_S - 1)
        return await real(unit)

    monkeypatch.setattr(village.interrupted, "write", slow)
    assert await village.dispatcher.step() == 3
    assert len(set(seen)) == 3, "each commit is a sign of life"
    await village.store.close()
