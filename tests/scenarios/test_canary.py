"""A number, a name and a sentence go through the whole helpline, and are found nowhere but where they belong."""

import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from helpline import demonstration, log
from helpline.practice.phones import Text
from helpline.store.tables import metadata
from tests.integration.console.people import look, send
from tests.post_office import PostOffice
from tests.scenarios.test_calls import chooses_somali
from tests.scenarios.test_concerns import flags
from tests.scenarios.test_notices import town_with_post
from tests.scenarios.test_referrals import (
    DESK_PHONE,
    completes,
    link_and_code,
    officer,
    refers,
    sends,
    service_id,
)
from tests.town import Town

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
    links: list[str] = []
    async with town_with_post(tmp_path) as (here, office):
        await a_night(here)
        links += await a_concern(here, office)
        async with aiohttp.ClientSession() as http, http.get(f"{here.url}/metrics") as answer:
            leaks += found_in("metrics", await answer.text())
        urls = "\n".join(delivery.url for delivery in here.carrier.deliveries)
        leaks += found_in("addresses that the carrier was given", urls)
        leaks += found_in("plain columns", await here.helpline.store.read(_every_row))
        told = "\n".join([*(text.body for text in _to_adults(here)), *(one.as_string() for one in office.letters)])
        leaks += found_in("messages to adults", told)
        assert "an urgent matter waits" in told and "Something waits for you" in told
    lines = stream.getvalue()
    assert "request" in lines, "the log was looked at, and was not empty"
    leaks += found_in("the log", lines)
    assert len(links) >= 3 and "/link/" in "".join(links) and "/take/" in "".join(links)
    leaks += [f"a link's token in {place}" for link in links for place in _holding(link, lines, tmp_path)]
    for path in tmp_path.glob("helpline.db*"):
        content = path.read_bytes()
        leaks += [f"{secret!r} in {path.name}" for secret in SECRETS if secret.encode() in content]
    assert leaks == []


async def a_concern(here: Town, office: PostOffice) -> list[str]:
    """It is flagged, told, referred, read, answered and put into a case, all in words that must not leak.

    Gives the links that went out.
    """
    amina, grace = await here.person("demo-amina", duty=False), await here.person("demo-supervisor")
    contact = (await here.contact()).id
    id = await flags(amina, contact, "trafficking")
    text = await grace.phone.receives("an urgent matter waits")
    taken = re.findall(r"https?://\S+/take/\S+", text.body)[0]
    known = {"place": "lusaka/lusaka", "consent_services": "yes", "sentence": SENTENCE, "organisation": NAME}
    await completes(amina, id, "trafficking", **known)
    form = {"name": NAME, "post": SENTENCE}
    async with grace.http.post(taken, data=form) as answer:
        assert answer.status == 200
    service = await service_id(here, "demo_trafficking_desk")
    referral = await refers(amina, id, service, whereabouts=SENTENCE, called=NAME, reach=NUMBER)
    await sends(amina, referral)
    link, code = await link_and_code(office, here)
    there = await officer(here)
    await there.opens(link)
    assert SENTENCE in await there.posts(urlsplit(link).path, code=code)
    await there.answers("accept", name=NAME, said=SENTENCE)
    await there.posts("/link/here/stand-in", name=NAME, phone=NUMBER, **{"from": "2026-01-01", "until": "2199-01-01"})
    opened = await send(amina, f"/console/contacts/{contact}/cases", {"circumstance": "separated"})
    case = opened.headers["Location"]
    assert (await send(amina, case, {"do": "step", "what": SENTENCE, "on": "2027-01-18"})).status == 303
    assert (await send(amina, case, {"do": "document", "title": NAME, "kept": SENTENCE})).status == 303
    revealed = await send(grace, f"/console/contacts/{contact}/number", {"reason": SENTENCE})
    assert revealed.status == 303
    assert (await look(grace, f"/console/contacts/{contact}/number")).says(NUMBER)
    await send(grace, "/console/posts", {"post": "manager_on_call", "name": NAME, "phone": NUMBER})
    wrong = await send(grace, f"/console/concerns/{id}/close", {"outcome": SENTENCE, "said": NAME})
    assert wrong.status == 400
    assert (await send(grace, f"/console/concerns/{id}/close", {"outcome": "safe", "said": SENTENCE})).status == 303
    async with amina.http.get(f"{here.url}/console/services", params={"words": SENTENCE}) as found:
        assert found.status == 200
    await here.is_quiet()
    return [taken, link, code + "/link/"]


def _to_adults(here: Town) -> list[Text]:
    phones = [here.carrier.phone(number) for number in (DESK_PHONE, *(one.number for one in demonstration.STAFF))]
    return [text for phone in phones for text in phone.texts if not text.sent]


def _holding(link: str, lines: str, folder: Path) -> list[str]:
    """Where the secret of a link stands: nowhere but with who got it."""
    secret = link.rsplit("/", 1)[-1] if not link.endswith("/link/") else f'"{link.split("/")[0]}"'
    files = {path.name: path.read_bytes() for path in folder.glob("helpline.db*")}
    return ["the log"] * (secret in lines) + [name for name, content in files.items() if secret.encode() in content]


def _every_row(tx: Any) -> str:
    return "\n".join(repr(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(table.select()))
