"""What somebody could post who means harm, or whose keyboard does: every field of concerns, referrals and links."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.console.people import look, nobody, send
from tests.integration.console.test_desk_conversations import a_child_writes
from tests.post_office import PostOffice
from tests.scenarios.test_concerns import flags
from tests.scenarios.test_notices import town_with_post
from tests.scenarios.test_referrals import completes, link_and_code, refers, sends, service_id
from tests.town import Town

ODD = ("\0", "a\0b", "አማርኛ " * 40, "مرحبا\u202e\u200f" * 20, "x" * 5_000, "<script>alert(1)</script>", "' OR 1=1--",
       "{{ 7 * 7 }}", "\r\nSet-Cookie: a=b", "-1", "9" * 40, "٣", "\ufffe\U0010ffff", "../../etc/passwd")  # fmt: skip
FIELDS = (
    "kind", "version", "happening", "place", "incident_at", "safe_tonight", "harmed_by", "organisation", "about_worker",
    "consent_services", "sentence", "outcome", "said", "is_one", "reason", "post", "worker", "name", "phone", "email",
    "line", "at", "service", "override", "child", "country", "whereabouts", "called", "reach", "next", "purpose", "do",
    "what", "on", "refusal", "circumstance", "case", "id", "title", "kept", "primero", "concern", "trigger", "contact",
    "key", "language", "reference", "code", "state", "day", "whose",
)  # fmt: skip


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[tuple[Town, PostOffice]]:
    async with town_with_post(tmp_path) as (here, office):
        yield here, office


async def test_whatever_is_posted_is_answered_with_words_and_never_with_a_fault(
    there: tuple[Town, PostOffice],
) -> None:
    here, office = there
    amina, grace = await here.person("demo-amina"), await here.person("demo-supervisor")
    _, contact = await a_child_writes(here, amina, "+260971234530")
    id = await flags(amina, contact, "trafficking")
    await completes(amina, id, "trafficking", place="lusaka/lusaka", consent_services="yes")
    service = await service_id(here, "demo_trafficking_desk")
    referral = await refers(amina, id, service)
    await sends(amina, referral)
    link, _ = await link_and_code(office, here)
    taken = re.findall(r"https?://\S+/take/\S+", (await grace.phone.receives("an urgent matter")).body)[0]
    case = (await send(amina, f"/console/contacts/{contact}/cases", {"circumstance": "other"})).headers["Location"]
    concern, own = f"/console/concerns/{id}", f"/console/contacts/{contact}"
    paths = [
        f"{own}/concerns", "/console/concerns", concern, f"{concern}/close", f"{concern}/decide", f"{concern}/refer",
        f"{concern}/refer/decide", f"{own}/number", f"{own}/cases", case, f"{case}/best-interests", "/console/posts",
        f"/console/referrals/{referral}/close", f"/console/referrals/{referral}/told",
        f"/console/referrals/{referral}/follow-up", "/console/read-out", f"/console/services/{service}/tell",
        "/console/services/new", f"{own}/words/{id}", f"/console/climbs/{id}/take",
        f"/console/services/{service}/state", link.removeprefix(here.url), taken.removeprefix(here.url),
        "/link/here/answer", "/link/here/stand-in",
    ]  # fmt: skip
    for path in paths:
        for odd in ODD:
            answer = await send(grace, path, dict.fromkeys(FIELDS, odd))
            assert answer.status < 500, (path, odd[:20])
            assert "<script>alert(1)" not in answer.text, path
            assert "Set-Cookie: a=b" not in str(answer.headers)
        big = await send(grace, path, {"sentence": "ቃ" * 115_000})
        assert big.status in (400, 403, 413), (path, big.status)
    for path in ("/console/concerns/%00", "/console/contacts/%00/concerns", "/console/referrals/%E1%88%B0",
                 "/console/cases/%00", "/console/services/%00", "/take/%00", "/link/%00", "/take/" + "ሰ" * 43,
                 f"{own}0/number", "/console/services?contact=%00&words=%00&place=%00/%00"):  # fmt: skip
        assert (await look(grace, path)).status < 500, path
    assert (await look(amina, concern)).status == 200, "nothing of it broke the concern"


async def test_without_a_token_of_the_page_or_a_sign_in_nothing_is_done(there: tuple[Town, PostOffice]) -> None:
    here, _ = there
    amina, stranger = await here.person("demo-amina"), await nobody(here)
    _, contact = await a_child_writes(here, amina, "+260971234531")
    id = await flags(amina, contact, "missing")
    for path in (f"/console/concerns/{id}", f"/console/contacts/{contact}/concerns", "/console/concerns/private",
                 f"/console/contacts/{contact}/number", "/console/referrals", "/console/services",
                 "/console/read-out"):  # fmt: skip
        assert (await look(stranger, path)).status in (303, 401, 403), path
    amina.csrf = "x" * 43
    assert (await amina.post(f"/console/contacts/{contact}/concerns", kind="rape"))["status"] == 403


async def test_an_interpreters_private_concern_is_seen_by_no_counsellor_and_by_no_institution(
    there: tuple[Town, PostOffice],
) -> None:
    here, _ = there
    yusuf, amina = await here.person("demo-yusuf", duty=False), await here.person("demo-amina")
    grace = await here.person("demo-supervisor", duty=False)
    said = "Bruises, and afraid of the guard."
    id = (await yusuf.post("/console/concerns", kind="violence_now", sentence=said))["concern"]
    page = f"/console/concerns/{id}"
    for path in (page, f"{page}/refer"):
        assert (await look(amina, path)).status == 403, path
    for do in ("", "/close", "/refer"):
        answer = await send(amina, page + do, {"version": "1", "kind": "missing", "outcome": "safe", "service": id})
        assert answer.status == 403, do
    assert not (await look(amina, "/console/desk")).says(said)
    assert (await look(grace, page)).says(said) and (await look(yusuf, page)).says(said)
    async with grace.http.get(f"{here.url}/requests", allow_redirects=False) as front:
        assert said not in await front.text()
