"""Referrals into a Primero on the other side of a real connection, with everything that can go wrong there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from config.outgoing import place
from helpline.check import read_configuration
from helpline.clock import HOUR, SECOND
from helpline.referrals import primero as client
from helpline.referrals.adapters import adapters
from helpline.referrals.http_client import OutgoingHttp
from helpline.referrals.lifecycle import Event
from helpline.referrals.port import SETTLED, Delivered, DeliveryTrouble, Outgoing, Seen
from helpline.referrals.primero import KEPT_FOR, Account, Primero
from tests.primero_stand_in import FIELDS, PASSWORD, USERNAME, Fault, PrimeroStandIn, lookup, primero
from tests.town import until
from tests.village import HandClock

NOW = 1_800_000_000 * SECOND
REFERRAL = Outgoing(
    id="01978c7e-0000-7000-8000-000000000001",
    service_id="01978c7e-0000-7000-8000-0000000000aa",
    channel="primero",
    settings={"transitioned_to": "officer_lusaka", "service": "shelter_service"},
    content={"concern": "trafficking", "age": 14, "gender": "girl", "summary": "She is held at a farm."},
    language="en",
    concern="trafficking",
    sent_at=NOW,
    due_at=NOW + HOUR,
)
ID = REFERRAL.id


@dataclass
class Side:
    """Both sides: theirs, our adapter, and our clock."""

    there: PrimeroStandIn
    ours: Primero
    clock: HandClock

    async def try_again(self, referral: Outgoing = REFERRAL, most: int = 12) -> Delivered:
        """As the outbox does: until it is taken, each time after what they asked to wait."""
        for _ in range(most):
            try:
                return await self.ours.deliver(referral)
            except DeliveryTrouble as trouble:
                if not trouble.retry:
                    raise
                self.clock.pass_by((trouble.after or SECOND) / SECOND)
                referral = replace(referral, unknown=trouble.unknown)
        raise AssertionError("never delivered")

    async def refused(self, referral: Outgoing = REFERRAL) -> DeliveryTrouble:
        with pytest.raises(DeliveryTrouble) as told:
            await self.ours.deliver(referral)
        return told.value


@asynccontextmanager
async def side(*, timeout_s: float = 5.0, **account: Any) -> AsyncIterator[Side]:
    clock = HandClock(NOW)
    async with primero() as there:
        http = OutgoingHttp([place(there.url)], timeout_s=timeout_s)
        given = {"username": USERNAME, "password": PASSWORD} | account
        try:
            yield Side(there, Primero(http, Account(there.url, **given), clock), clock)
        finally:
            there.released.set()
            await http.close()


async def test_a_referral_becomes_a_case_and_its_referral() -> None:
    async with side() as it:
        done = await it.ours.deliver(REFERRAL)
        case, referral = it.there.cases[ID], it.there.referrals[ID][0]
        assert done == Delivered({"case": ID, "referral": referral["id"]}, ())
        assert case["module_id"] == "primeromodule-cp"
        assert (case["age"], case["sex"], case["protection_concerns"]) == (14, "female", ["trafficked_7c9"])
        assert case["consent_for_services"] is True and case["disclosure_other_orgs"] is True
        assert case["services_section"] == [{"unique_id": ID, "service_type": "shelter_service"}]
        assert referral["transitioned_to"] == "officer_lusaka"
        assert (referral["service"], referral["service_record_id"]) == ("shelter_service", ID)
        assert referral["consent_overridden"] is False
        assert "summary: She is held at a farm." in referral["notes"]


async def test_the_same_referral_once_more_makes_nothing_new() -> None:
    async with side() as it:
        first = await it.ours.deliver(REFERRAL)
        assert await it.ours.deliver(REFERRAL) == first
        assert await it.ours.deliver(replace(REFERRAL, external=first.external, unknown=True)) == first
        assert (it.there.creations, it.there.referrals_made) == (1, 1)


async def test_keys_that_are_dropped_without_a_word_are_named() -> None:
    async with side() as it:
        it.there.fields = FIELDS - {"protection_concerns", "services_section"}
        done = await it.ours.deliver(REFERRAL)
        assert set(done.lost) == {"protection_concerns", "services_section"}
        assert it.there.referrals_made == 1


async def test_a_code_without_a_match_is_sent_as_other_and_named() -> None:
    async with side() as it:
        done = await it.ours.deliver(replace(REFERRAL, content={"concern": "child_labour"}))
        assert done.lost == ("concern",)
        assert it.there.cases[ID]["protection_concerns"] == ["other"]
        assert "concern: child_labour" in it.there.referrals[ID][0]["notes"]


async def test_an_account_that_may_not_read_what_it_wrote_is_told_of() -> None:
    async with side() as it:
        it.there.readable = False
        assert (await it.ours.deliver(REFERRAL)).lost == ("read_back",)
        assert (await it.refused()).code == "case_unreadable"  # a second time nobody can say whose case it is
        assert it.there.referrals_made == 1


async def test_with_a_lawful_override_it_goes_and_says_so() -> None:
    async with side() as it:
        await it.ours.deliver(replace(REFERRAL, override="life_in_danger"))
        case, referral = it.there.cases[ID], it.there.referrals[ID][0]
        assert case["consent_for_services"] is False and case["disclosure_other_orgs"] is False
        assert referral["consent_overridden"] is True
        assert "because: life in danger" in referral["notes"]


async def test_an_override_without_a_lawful_reason_sends_nothing() -> None:
    async with side() as it:
        trouble = await it.refused(replace(REFERRAL, override="convenience"))
        assert (trouble.code, trouble.retry) == ("consent", False)
        assert it.there.asked == []


async def test_a_primero_that_finds_no_consent_refuses_and_we_do_not_insist() -> None:
    async with side() as it:
        it.there.fields = FIELDS - {"consent_for_services"}  # dropped there, so that it reads as not given
        trouble = await it.refused()
        assert (trouble.code, trouble.retry, trouble.unknown) == ("consent", False, False)
        assert it.there.referrals_made == 0


async def test_a_case_of_somebody_else_under_our_id_is_left_alone() -> None:
    async with side() as it:
        it.there.cases[ID] = {"id": ID, "module_id": "primeromodule-gbv", "age": 3, "created_by": "somebody"}
        assert (await it.refused()).code == "case_not_ours"
        assert it.there.referrals_made == 0
        assert it.there.cases[ID]["age"] == 3


async def test_what_they_changed_since_is_their_work_and_not_a_loss() -> None:
    async with side() as it:
        it.there.faults.extend([None, None, None, "dropped"])  # lookups, case, read back, and then no referral
        assert (await it.refused()).unknown
        it.there.cases[ID]["age"] = 15
        assert (await it.ours.deliver(REFERRAL)).lost == ()
        assert (it.there.creations, it.there.referrals_made) == (1, 1)


async def test_a_referral_goes_into_the_case_that_they_have_of_the_child() -> None:
    async with side() as it:
        theirs = "0b5f3c2e-1111-4222-8333-444455556666"
        it.there.cases[theirs] = {"id": theirs, "consent_for_services": True, "disclosure_other_orgs": True}
        done = await it.ours.deliver(replace(REFERRAL, external={"case": theirs}))
        assert done.external["case"] == theirs
        assert (it.there.creations, it.there.referrals_made) == (0, 1)
        assert it.there.referrals[theirs][0]["service_record_id"] == ID


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, "no_recipient"),
        ({"transitioned_to": "x", "url": "https://primero.elsewhere.example"}, "other_primero"),
        ({"transitioned_to": "x", "url": "https://[::1"}, "other_primero"),
    ],
)
async def test_an_entry_of_the_directory_that_cannot_be_right_sends_nothing(
    settings: dict[str, str], code: str
) -> None:
    async with side() as it:
        trouble = await it.refused(replace(REFERRAL, settings=settings))
        assert (trouble.code, trouble.retry) == (code, False)
        assert it.there.asked == []


async def test_a_wrong_password_is_refused_and_is_told_nowhere() -> None:
    with capture_logs() as logged:
        async with side(password="wrong-and-secret") as it:
            trouble = await it.refused()
            assert (trouble.code, trouble.retry) == ("unauthorised", False)
            said = f"{trouble!r} {it.ours!r} {vars(it.ours)!r} {logged!r}"
    assert "wrong-and-secret" not in said and USERNAME not in said


@pytest.mark.parametrize(
    ("fault", "code", "unknown", "after"),
    [
        ("unavailable", "busy", False, 7 * SECOND),
        ("busy", "busy", False, 7 * SECOND),
        ("broken", "their_fault", True, None),
        ("broken_after", "their_fault", True, None),
        ("dropped", "broken_off", True, None),
        ("dropped_after", "broken_off", True, None),
        ("silent", "timeout", True, None),
        ("silent_after", "timeout", True, None),
    ],
)
async def test_every_fault_at_the_case_ends_with_one_case(
    fault: Fault, code: str, unknown: bool, after: int | None
) -> None:
    async with side(timeout_s=0.4) as it:
        it.there.faults.extend([None, fault])
        trouble = await it.refused()
        assert (trouble.code, trouble.retry, trouble.unknown, trouble.after) == (code, True, unknown, after)
        assert (await it.try_again()).external["case"] == ID
        assert (it.there.creations, it.there.referrals_made) == (1, 1)


@pytest.mark.parametrize("fault", get_args(Fault))
@pytest.mark.parametrize("request_number", range(4))
async def test_every_fault_at_every_request_ends_with_one_case_and_one_referral(
    fault: Fault, request_number: int
) -> None:
    async with side(timeout_s=0.4) as it:
        it.there.faults.extend([None] * request_number + [fault])
        if fault == "elsewhere":
            assert (await it.refused()).code == "redirected"  # a person is told, and may send it again
        await it.try_again()
        assert (it.there.creations, it.there.referrals_made) == (1, 1)
        assert not any(path == "/elsewhere" for _, path in it.there.asked)


async def test_after_a_referral_without_an_answer_we_look_only_when_it_can_be_there() -> None:
    async with side(timeout_s=0.4) as it:
        it.there.faults.extend([None, None, None, "silent_after"])
        trouble = await it.refused()
        assert (trouble.unknown, trouble.after) == (True, SETTLED)


async def test_a_delivery_that_takes_too_long_as_a_whole_is_given_up_for_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WHOLE_S", 0.3)
    async with side() as it:
        it.there.faults.append("silent")
        trouble = await it.refused()
        assert (trouble.code, trouble.retry, trouble.unknown, trouble.after) == ("timeout", True, True, SETTLED)


async def test_a_primero_that_is_down_for_six_hours_gets_everything_once() -> None:
    async with side() as it:
        it.there.down = True
        waiting = [replace(REFERRAL, id=f"01978c7e-0000-7000-8000-{number:012d}") for number in range(5)]
        while it.clock.now() < NOW + 6 * HOUR:
            for referral in waiting:
                assert (await it.refused(referral)).retry
            it.clock.pass_by(1800)
        it.there.down = False
        for referral in waiting:
            await it.ours.deliver(referral)
            await it.ours.deliver(replace(referral, unknown=True))
        assert (it.there.creations, it.there.referrals_made) == (5, 5)


async def test_two_processes_at_once_make_one_case() -> None:
    async with side() as it:
        await asyncio.gather(it.ours.deliver(REFERRAL), it.ours.deliver(REFERRAL), return_exceptions=True)
        assert it.there.creations == 1


@pytest.mark.parametrize(
    ("status", "more", "expected"),
    [
        ("in_progress", {}, Seen(Event.DELIVERED)),
        ("accepted", {}, Seen(Event.ACCEPTED)),
        ("done", {"success_status": "successful"}, Seen(Event.RECEIVED)),
        ("rejected", {"rejected_reason": "No room"}, Seen(Event.REFUSED, "No room")),
        ("revoked", {}, Seen(Event.WITHDRAWN)),
    ],
)
async def test_what_becomes_of_it_there_is_seen(status: str, more: dict[str, str], expected: Seen) -> None:
    async with side() as it:
        done = await it.ours.deliver(REFERRAL)
        it.there.say(ID, status, **more)
        assert await it.ours.poll(replace(REFERRAL, external=done.external)) == expected
        assert await it.ours.poll(REFERRAL) == expected  # also when we never learned what they call it


async def test_a_referral_that_is_gone_there_was_dropped_without_a_word() -> None:
    async with side() as it:
        done = await it.ours.deliver(REFERRAL)
        it.there.referrals[ID].clear()
        assert await it.ours.poll(replace(REFERRAL, external=done.external)) == Seen(Event.WITHDRAWN)
        del it.there.cases[ID]
        assert await it.ours.poll(replace(REFERRAL, external=done.external)) == Seen(Event.WITHDRAWN)


async def test_a_password_that_is_wrong_since_says_nothing_of_the_referral() -> None:
    async with side(password="changed-there") as it:
        with pytest.raises(DeliveryTrouble) as told:
            await it.ours.poll(REFERRAL)
        assert told.value.code == "unauthorised"


async def test_asking_while_it_is_down_is_tried_later() -> None:
    async with side() as it:
        done = await it.ours.deliver(REFERRAL)
        it.there.down = True
        with pytest.raises(DeliveryTrouble) as told:
            await it.ours.poll(replace(REFERRAL, external=done.external))
        assert told.value.retry and not told.value.unknown


async def test_lookups_are_loaded_page_by_page_and_kept_for_some_hours() -> None:
    async with side() as it:
        it.there.per_page = 2
        found = await it.ours.lookups()
        assert set(found) == {one["unique_id"] for one in it.there.lookups}
        asked = len(it.there.asked)
        assert asked == 3
        assert await it.ours.lookups() is found and len(it.there.asked) == asked
        it.clock.pass_by(KEPT_FOR / SECOND + 1)
        it.there.lookups = (lookup("lookup-gender", "f"),)
        assert set(await it.ours.lookups()) == {"lookup-gender"}


async def test_without_the_right_to_read_lookups_a_referral_goes_all_the_same() -> None:
    async with side() as it:
        it.there.lists = False
        assert set((await it.ours.deliver(REFERRAL)).lost) == {"concern", "gender", "service"}
        assert "concern: trafficking" in it.there.referrals[ID][0]["notes"]


async def test_a_primero_that_is_down_at_the_start_holds_nothing_up(tmp_path: Path) -> None:
    async with primero() as there:
        there.down = True
        env = {
            "HELPLINE_DATA_DIR": str(tmp_path),
            "HELPLINE_PRIMERO__URL": there.url,
            "HELPLINE_PRIMERO__USERNAME": USERNAME,
            "HELPLINE_PRIMERO__PASSWORD": PASSWORD,
            "HELPLINE_OUTGOING_ALLOWED": there.url,
        }
        with capture_logs() as logged:
            async with adapters(read_configuration(env), HandClock(NOW)) as found:
                assert set(found) == {"primero", "webhook"}
                await until(lambda: logged, "the start being told of it")
                there.down = False
                assert (await found["primero"].deliver(REFERRAL)).external["case"] == ID
        assert logged == [{"event": "primero_not_asked", "code": "broken_off", "log_level": "warning"}]


async def test_old_lookups_serve_while_new_ones_cannot_be_had() -> None:
    async with side() as it:
        found = await it.ours.lookups()
        it.clock.pass_by(KEPT_FOR / SECOND + 1)
        it.there.down = True
        assert await it.ours.lookups() is found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    faults=st.lists(
        st.sampled_from([None, "unavailable", "busy", "broken", "broken_after", "dropped", "dropped_after", "a_page"]),
        max_size=14,
    ),
    restarts=st.integers(0, 2),
)
def test_whatever_happens_there_is_one_case_and_one_referral_at_most(faults: list[Fault | None], restarts: int) -> None:
    async def story() -> None:
        async with side() as it:
            it.there.faults.extend(faults)
            for _ in range(40):
                try:
                    done = await it.ours.deliver(REFERRAL)
                    break
                except DeliveryTrouble as trouble:
                    if not trouble.retry:
                        raise
                assert it.there.creations <= 1 and it.there.referrals_made <= 1
            for _ in range(restarts):  # done, and not written down: it is done again
                it.there.faults.clear()
                assert (await it.ours.deliver(replace(REFERRAL, unknown=True))).external == done.external
            assert (it.there.creations, it.there.referrals_made) == (1, 1)

    asyncio.run(story())
