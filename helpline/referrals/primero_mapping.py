"""What of a referral becomes what in a Primero: one table, and reading it. Pure.

A country's Primero has its own codes. For each of ours the table names codes and labels that Primeros are known to use;
which of them this one has is found among its lookups when they are loaded. What has no match is reported, and never
sent under a guess.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from helpline.clock import SECOND
from helpline.referrals.lifecycle import Event
from helpline.referrals.matter import OverrideReason
from helpline.referrals.port import Outgoing, Seen

Lookups = Mapping[str, Mapping[str, str]]
"""By a lookup's id: its codes, by themselves and by their English labels, as `plain` writes them."""

MODULE = "primeromodule-cp"

UNKNOWN = "unknown"
"""Sent where they have a code for it, and else left out: nothing is lost."""

SERVICES = ("lookup-service-type",)

_OTHER = ("other", "other_please_specify", "others")
"""Where a code of ours has no match, this is sent, and the field is reported as lost."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A field of ours and theirs. Without a lookup its value is text or a number and goes as it is.

    ``codes``: for each of ours, what it may be called there, the best first. None: our own code stands for itself.
    ``lookups``: the ids under which Primeros keep the list, the first that is there counts.
    """

    ours: str
    theirs: str
    lookups: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, ...]] | None = None
    many: bool = False


CONCERNS: Mapping[str, tuple[str, ...]] = {
    "medical_emergency": ("medical_emergency", "serious_medical_condition"),
    "suicide_attempt": ("suicide_attempt", "suicide", "self_harm", "mental_disorder", "psychosocial_distress"),
    "suicidal_thoughts": ("suicidal_thoughts", "self_harm", "mental_disorder", "psychosocial_distress"),
    "violence_now": ("physical_abuse_violence", "physical_abuse", "physical_violence"),
    "rape": ("rape", "sexual_abuse_violence", "sexual_violence", "sexually_abused"),
    "trafficking": ("trafficking", "trafficked_smuggled", "trafficked", "slavery_sale_abduction"),
    "missing": ("missing", "abduction", "slavery_sale_abduction"),
    "unaccompanied": ("unaccompanied", "unaccompanied_minor", "separated"),
    "detention": ("deprived_of_liberty", "arrested_detained", "detention", "in_detention"),
    "child_marriage": ("child_marriage", "early_marriage", "forced_marriage"),
    "child_labour": ("child_labour", "child_labor", "hazardous_work"),
    "asylum_seeker": ("asylum_seeker", "refugee", "migrant"),
    "documents": ("lack_of_documentation_birth_registration", "lack_of_documentation", "statelessness"),
}
"""By our kinds of concerns. A kind of one's own stands for itself, or is written down in the settings."""

GENDERS: Mapping[str, tuple[str, ...]] = {
    "girl": ("female", "girl"),
    "boy": ("male", "boy"),
    "non_binary": ("non_binary", "other"),
    "unknown": ("unknown",),
}

DISPLACEMENT: Mapping[str, tuple[str, ...]] = {
    "asylum_seeker": ("asylum_seeker",),
    "refugee": ("refugee",),
    "stateless": ("stateless_person", "stateless"),
    "returnee": ("returnee",),
    "moved_forced": ("idp", "internally_displaced_person_idp", "migrant"),
    "moved_by_choice": ("migrant",),
}

FIELDS: tuple[Mapped, ...] = (
    Mapped("called", "name"),
    Mapped("age", "age"),
    Mapped("gender", "sex", ("lookup-gender", "lookup-sex"), GENDERS),
    Mapped("concern", "protection_concerns", ("lookup-protection-concerns",), CONCERNS, many=True),
    Mapped("language", "language", ("lookup-language",), many=True),
    Mapped("circumstances", "displacement_status", ("lookup-displacement-status",), DISPLACEMENT),
)


@dataclass(frozen=True, slots=True)
class CaseData:
    """``data``: the case's fields as they are posted. ``lost``: fields of ours that it could not hold."""

    data: Mapping[str, Any]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Our codes of one field that this Primero has no code for; ``lookup`` None when it has not even the list."""

    ours: str
    lookup: str | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found among a Primero's lookups. ``own``: codes that the operator wrote down and that are not there."""

    matched: int
    unmatched: tuple[Unmatched, ...] = ()
    own: tuple[str, ...] = field(default=())

    @property
    def missing(self) -> int:
        return sum(len(one.codes) for one in self.unmatched)


def plain(text: str) -> str:
    """A code or label so that spelling makes no difference: `Child labour (worst)` is `child_labour_worst`."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def lookups_from(pages: Iterable[Sequence[Any]]) -> dict[str, dict[str, str]]:
    """Lookups as Primero gives them. What has another form than it should is passed over."""
    found: dict[str, dict[str, str]] = {}
    for item in (item for page in pages for item in page):
        if not isinstance(item, Mapping) or not isinstance(item.get("unique_id"), str):
            continue
        values = item.get("values")
        codes: dict[str, str] = {}
        labels: dict[str, str] = {}
        for value in values if isinstance(values, Sequence) else ():
            if not isinstance(value, Mapping) or not isinstance(value.get("id"), str) or value.get("disabled"):
                continue
            codes[plain(value["id"])] = value["id"]
            label = value.get("display_text")
            label = label.get("en") if isinstance(label, Mapping) else label
            if isinstance(label, str) and plain(label):
                labels.setdefault(plain(label), value["id"])
        found[item["unique_id"]] = {**labels, **codes}
    return found


def code_there(mapped: Mapped, ours: str, lookups: Lookups, own: Mapping[str, str], names: Sequence[str]) -> str | None:
    """Their code for one of ours; None if there is none.

    ``own``: what the operator wrote down, by `field.code`. ``names``: what a code of ours is called in English.
    """
    values = _list_of(mapped, lookups)
    if values is None:
        return None
    written = own.get(f"{mapped.ours}.{ours}")
    if written is not None:
        return values.get(plain(written))
    called = (mapped.codes or {}).get(ours, ())
    for one in (*called, ours, *names):
        if plain(one) in values:
            return values[plain(one)]
    return None


def case_data(
    content: Mapping[str, Any],
    lookups: Lookups,
    own: Mapping[str, str],
    names: Mapping[str, Mapping[str, Sequence[str]]],
) -> CaseData:
    """The fields of a case. ``names``: English names by field and code, such as of countries and languages.

    A code without a match is sent as "other" where their list has it, and is reported as lost either way.
    """
    data: dict[str, Any] = {}
    lost: list[str] = []
    by_ours = {mapped.ours: mapped for mapped in FIELDS}
    for ours, value in content.items():
        if value is None or value in ("", [], ()):
            continue
        mapped = by_ours.get(ours)
        if mapped is None:
            continue  # the notes of the referral hold everything
        if not mapped.lookups:
            data[mapped.theirs] = value
            continue
        given = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
        if mapped.codes is DISPLACEMENT:
            given = [one for one in given if one in DISPLACEMENT]
        found: list[str] = []
        for one in given:
            code = code_there(mapped, one, lookups, own, names.get(ours, {}).get(one, ()))
            if code is None:
                if one == UNKNOWN:
                    continue
                lost.append(ours)
                code = _other(mapped, lookups)
            if code is not None and code not in found:
                found.append(code)
        if found:
            data[mapped.theirs] = found if mapped.many else found[0]
    return CaseData(data, tuple(dict.fromkeys(lost)))


def report(
    lookups: Lookups,
    own: Mapping[str, str],
    names: Mapping[str, Mapping[str, Sequence[str]]],
    codes: Mapping[str, Iterable[str]],
) -> Report:
    """What of ours has a match. ``codes``: by field, those that this deployment uses."""
    matched = 0
    unmatched = []
    for mapped in FIELDS:
        if not mapped.lookups:
            continue
        used = [
            one
            for one in codes.get(mapped.ours, ())
            if one != UNKNOWN and (mapped.codes is not DISPLACEMENT or one in DISPLACEMENT)
        ]
        without = [
            one
            for one in used
            if code_there(mapped, one, lookups, own, names.get(mapped.ours, {}).get(one, ())) is None
        ]
        matched += len(used) - len(without)
        if without:
            there = next((name for name in mapped.lookups if name in lookups), None)
            unmatched.append(Unmatched(mapped.ours, there, tuple(without)))
    return Report(matched, tuple(unmatched), _unknown_own(own, lookups))


def consent_fields(override: str | None) -> dict[str, bool]:
    """The case's own answers. By an override nothing is answered for the child, and the referral says overridden.

    Raises ValueError for an override without one of the lawful reasons.
    """
    given = override is None
    if override is not None:
        OverrideReason(override)
    return {"consent_for_services": given, "disclosure_other_orgs": given}


def service_there(service: str, lookups: Lookups) -> tuple[str | None, tuple[str, ...]]:
    """Their code of the service that the directory's entry asks for, and what is lost: nothing, or "service"."""
    if not service:
        return None, ()
    values = next((lookups[name] for name in SERVICES if name in lookups), {})
    found = values.get(plain(service))
    return found, () if found else ("service",)


_TIMES = ("incident_at", "answer_by")


def notes_of(referral: Outgoing) -> str:
    """What the officer reads with the referral: all that is released, a line each, and by what right."""
    lines = [f"helpline id: {referral.id}"]
    if referral.override is not None:
        lines.append(f"sent without the child's consent, because: {referral.override.replace('_', ' ')}")
    for name, value in referral.content.items():
        if name in _TIMES and isinstance(value, int):
            value = datetime.fromtimestamp(value // SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC")
        elif isinstance(value, list | tuple):
            value = ", ".join(map(str, value))
        lines.append(f"{name.replace('_', ' ')}: {value}")
    return "\n".join(lines)


_STATES: Mapping[str, Event] = {
    "in_progress": Event.DELIVERED,
    "accepted": Event.ACCEPTED,
    "done": Event.RECEIVED,
    "rejected": Event.REFUSED,
    "revoked": Event.WITHDRAWN,
}


def seen(referral: Mapping[str, Any]) -> Seen | None:
    """What a referral of theirs says has become of it; None for a state that we do not know.

    One that is done without the service having been given is a refusal: the child was not served.
    """
    event = _STATES.get(str(referral.get("status", "")))
    if event is None:
        return None
    if event is Event.RECEIVED and (
        referral.get("success_status") == "not_successful" or referral.get("service_implemented") == "not_implemented"
    ):
        return Seen(Event.REFUSED, _said(referral, "reason_not_successful", "rejection_note"))
    if event is Event.REFUSED:
        return Seen(event, _said(referral, "rejected_reason", "rejection_note"))
    return Seen(event)


def _said(referral: Mapping[str, Any], *names: str) -> str:
    return next((str(referral[name])[:2_000] for name in names if referral.get(name)), "")


def is_ours(sent: Mapping[str, Any], found: Mapping[str, Any], username: str) -> bool:
    """Whether a case that is there under our id is the one that we sent, though they may have worked on it since.

    By our row in it, or by who made it; where they keep neither, by what it says.
    """
    rows = found.get("services_section")
    ids = {row.get("unique_id") for row in rows if isinstance(row, Mapping)} if isinstance(rows, list) else set()
    if sent["id"] in ids:
        return True
    if found.get("created_by"):
        return bool(found["created_by"] == username)
    same = [name for name, value in sent.items() if not isinstance(value, list) and name in found]
    return len(same) > 1 and all(found[name] == sent[name] for name in same)


def dropped(sent: Mapping[str, Any], found: Mapping[str, Any], *, changed_too: bool) -> tuple[str, ...]:
    """Which of their fields they did not keep. ``changed_too``: also those that hold another value.

    Of a list of rows, each with a ``unique_id``, the row is looked for and compared.
    """
    return tuple(name for name, value in sent.items() if not _kept(value, found.get(name), changed_too))


def _kept(sent: Any, found: Any, changed_too: bool) -> bool:
    if found is None:
        return sent is False  # what is not set, and what is set to no
    if isinstance(sent, list) and sent and isinstance(sent[0], Mapping):
        rows = {row.get("unique_id"): row for row in found if isinstance(row, Mapping)} if _is_list(found) else {}
        return all(
            row["unique_id"] in rows and not dropped(row, rows[row["unique_id"]], changed_too=changed_too)
            for row in sent
        )
    if not changed_too:
        return True
    if isinstance(sent, list):
        return _is_list(found) and {str(one) for one in sent} <= {str(one) for one in found}
    return sent == found or str(sent) == str(found)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _list_of(mapped: Mapped, lookups: Lookups) -> Mapping[str, str] | None:
    return next((lookups[name] for name in mapped.lookups if name in lookups), None)


def _other(mapped: Mapped, lookups: Lookups) -> str | None:
    values = _list_of(mapped, lookups) or {}
    return next((values[one] for one in _OTHER if one in values), None)


def _unknown_own(own: Mapping[str, str], lookups: Lookups) -> tuple[str, ...]:
    by_ours = {mapped.ours: mapped for mapped in FIELDS if mapped.lookups}
    wrong = []
    for key, theirs in own.items():
        mapped = by_ours.get(key.partition(".")[0])
        values = None if mapped is None else _list_of(mapped, lookups)
        if values is None or plain(theirs) not in values:
            wrong.append(key)
    return tuple(wrong)
