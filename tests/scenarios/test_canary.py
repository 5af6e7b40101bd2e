"""A number, a name and a sentence go through the whole helpline, and are found nowhere but where they belong."""

import io
from pathlib import Path
from typing import Any

import aiohttp

from helpline import log
from helpline.store.tables import metadata
from tests.scenarios.test_calls import chooses_somali
from tests.town import Town, town

NUMBER = "+260977654321"
NAME = "Zubeyda Canaryson"
SENTENCE = "The yellow canary sleeps behind the third bakery"
SECRETS = (NUMBER, NUMBER[1:], "0977654321", NAME, "Zubeyda", SENTENCE, "third bakery")


def found_in(place: str, content: str) -> list[str]:
    return [f"{secret!r} in {place}" for secret in SECRETS if secret in content]


async def a_night(here: Town) -> None:
    """A call, a record, and a conversation in texts, all with words that must not leak."""
    amina = await here.person("demo-amina")
    call = await chooses_somali(here, NUMBER)
    await amina.accepts()
    phone = await amina.picks_up()
    await call.in_conference()
    contact = await here.becomes("connected")
    await call.hang_up()
    await phone.ended()
    await here.becomes("wrap_up")
    done = await amina.writes(
        contact.id, base_version="0", do="finish", contact_type="self", summary=f"{NAME}: {SENTENCE}", done=SENTENCE
    )
    assert done["status"] in (200, 303), done
    child = await here.child(NUMBER)
    await child.text("+260116", f"english {NAME} {SENTENCE}")
    await child.text("+260116", "english")
    await amina.accepts()
    await here.becomes("connected")
    broken = await amina.post(f"/console/contacts/{NUMBER}/record", base_version="0", summary=SENTENCE)
    assert broken["status"] >= 400
    await here.is_quiet()


async def test_nothing_personal_is_in_logs_metrics_urls_or_the_database(tmp_path: Path) -> None:
    stream = io.StringIO()
    log.configure(form="json", level="debug", stream=stream)
    leaks: list[str] = []
    async with town(tmp_path) as here:
        await a_night(here)
        async with aiohttp.ClientSession() as http, http.get(f"{here.url}/metrics") as answer:
            leaks += found_in("metrics", await answer.text())
        urls = "\n".join(delivery.url for delivery in here.carrier.deliveries)
        leaks += found_in("addresses that the carrier was given", urls)
        leaks += found_in("plain columns", await here.helpline.store.read(_every_row))
    lines = stream.getvalue()
    assert "request" in lines, "the log was looked at, and was not empty"
    leaks += found_in("the log", lines)
    for path in tmp_path.glob("helpline.db*"):
        content = path.read_bytes()
        leaks += [f"{secret!r} in {path.name}" for secret in SECRETS if secret.encode() in content]
    assert leaks == []


def _every_row(tx: Any) -> str:
    return "\n".join(repr(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(table.select()))
