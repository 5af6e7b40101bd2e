"""Referrals into a Primero (version 2): a case under our own id, read back and compared, and a referral of it.

Our id makes the case one: a second creation is answered with 409, which is success. A referral has no id of ours, so
the case's referrals are looked through for our ``service_record_id`` before one is made that may be there already, and
of several tries at once only the one whose turn it is makes it.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from yarl import URL

from helpline.clock import HOUR, Clock
from helpline.referrals.http_client import Answer, OutgoingHttp
from helpline.referrals.lifecycle import Event
from helpline.referrals.port import NOBODY_ELSE, SETTLED, Delivered, DeliveryTrouble, Outgoing, Seen, Turn
from helpline.referrals.primero_mapping import (
    MODULE,
    Lookups,
    case_data,
    consent_fields,
    dropped,
    is_ours,
    lookups_from,
    notes_of,
    seen,
    service_there,
)

WHOLE_S = 30.0
"""Seconds for one delivery, all of its requests together: less than a claim of the outbox lasts."""

KEPT_FOR = 6 * HOUR
"""How long loaded lookups are used (µs)."""

_PER_PAGE = 1000
_MOST_PAGES = 20

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Account:
    """``url``: of the Primero, without a path. ``codes``: the operator's own, `field.code` to theirs.

    ``names``: what our codes are called in English, by field and code.
    """

    url: str
    username: str = field(repr=False)
    password: str = field(repr=False)
    codes: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)

    @property
    def authorization(self) -> str:
        return "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode()


class Primero:
    """One Primero, as an adapter of referrals."""

    def __init__(self, http: OutgoingHttp, account: Account, clock: Clock) -> None:
        self._http, self._account, self._clock = http, account, clock
        self._lookups: Lookups | None = None
        self._loaded_at = 0

    async def lookups(self) -> Lookups:
        """Those that were loaded lately, else loaded now; older ones where that fails. Raises `DeliveryTrouble`."""
        if self._lookups is not None and self._clock.now() - self._loaded_at < KEPT_FOR:
            return self._lookups
        try:
            self._lookups, self._loaded_at = await self._load(), self._clock.now()
        except DeliveryTrouble as trouble:
            if self._lookups is None:
                raise
            log.warning("primero_lookups_kept", code=trouble.code)
        return self._lookups

    async def _load(self) -> Lookups:
        pages: list[Sequence[Any]] = []
        for number in range(1, _MOST_PAGES + 1):
            said = await self._get(f"/api/v2/lookups?per={_PER_PAGE}&page={number}")
            page = said.get("data")
            pages.append(page if isinstance(page, list) else [])
            about = said.get("metadata")
            total = about.get("total") if isinstance(about, dict) else None
            if not pages[-1] or not isinstance(total, int) or sum(map(len, pages)) >= total:
                break
        return lookups_from(pages)

    async def _lookups_if_allowed(self) -> Lookups:
        """Without the right to read them a referral still goes: its notes hold everything, and the rest is lost."""
        try:
            return await self.lookups()
        except DeliveryTrouble as trouble:
            if trouble.code not in ("forbidden", "missing"):
                raise
            return {}

    async def deliver(self, referral: Outgoing, turn: Turn = NOBODY_ELSE) -> Delivered:
        """Raises `DeliveryTrouble`."""
        if not referral.settings.get("transitioned_to"):
            raise DeliveryTrouble("no_recipient", retry=False)
        if not self._is_ours(referral.settings.get("url", self._account.url)):
            raise DeliveryTrouble("other_primero", retry=False)
        try:
            async with asyncio.timeout(WHOLE_S):
                return await self._deliver(referral, turn)
        except TimeoutError:
            raise DeliveryTrouble("timeout", retry=True, unknown=True, after=SETTLED) from None

    async def poll(self, referral: Outgoing) -> Seen | None:
        """Raises `DeliveryTrouble`. One that is not there any more was dropped without a word."""
        try:
            found = await self._referral(_case_of(referral), referral)
        except DeliveryTrouble as trouble:
            if trouble.code != "missing":
                raise
            found = None
        return Seen(Event.WITHDRAWN) if found is None else seen(found)

    async def _deliver(self, referral: Outgoing, turn: Turn) -> Delivered:
        try:
            consent = consent_fields(referral.override)
        except ValueError:
            raise DeliveryTrouble("consent", retry=False) from None
        lookups = await self._lookups_if_allowed()
        mapped = case_data(referral.content, lookups, self._account.codes, self._account.names)
        service, service_lost = service_there(referral.settings.get("service", ""), lookups)
        sent = {
            "id": referral.id,
            "module_id": MODULE,
            **consent,
            **mapped.data,
            "services_section": [_row(referral, service)],
        }
        case = _case_of(referral)
        fresh = case == referral.id and await self._create(sent)
        lost = [*mapped.lost, *service_lost, *await self._compared(case, sent, referral, fresh=fresh)]
        # A case that was just made can hold no referral of ours; in any other one may be, from a try that broke off.
        found = None if fresh else await self._referral(case, referral)
        if found is None:
            await turn.take()
            found = await self._refer(case, referral, service)
        return Delivered({"case": case, "referral": str(found.get("id", ""))}, tuple(dict.fromkeys(lost)))

    async def _create(self, data: Mapping[str, Any]) -> bool:
        """False if a case with this id is there already: of an earlier try, as the comparison will show."""
        answer = await self._send("POST", "/api/v2/cases", {"data": data})
        if answer.status == 409:
            return False
        if answer.status == 422:
            raise DeliveryTrouble("invalid", retry=False)
        _accepted(answer, changes=True)
        if answer.status != 204:
            _object(answer)  # a case in full, and no page of a proxy's that says nothing of it
        return True

    async def _compared(
        self, case: str, sent: Mapping[str, Any], referral: Outgoing, *, fresh: bool
    ) -> tuple[str, ...]:
        """The fields that are not there though they were sent. What is there under our id must be ours."""
        answer = await self._send("GET", f"/api/v2/cases/{case}", None)
        if answer.status == 403:
            if fresh:
                return ("read_back",)  # this account may write cases and not read them: a person is told
            raise DeliveryTrouble("case_unreadable", retry=False)
        if answer.status == 404 and case == referral.id:
            raise DeliveryTrouble("case_not_there", retry=True)  # it was taken, and is not there: it is made again
        _accepted(answer, changes=False)
        found = _object(answer).get("data")
        there = found if isinstance(found, dict) else {}
        if case != referral.id:
            return ()  # a case of theirs, named by one of ours: nothing was sent into it
        if not fresh and not is_ours(sent, there, self._account.username):
            raise DeliveryTrouble("case_not_ours", retry=False)
        return dropped(sent, there, changed_too=fresh)

    async def _referral(self, case: str, referral: Outgoing) -> Mapping[str, Any] | None:
        said = (await self._get(f"/api/v2/cases/{case}/referrals")).get("data")
        all_there = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
        known = referral.external.get("referral")
        for one in all_there:
            if one.get("service_record_id") == referral.id or (known and one.get("id") == known):
                return one
        return None

    async def _refer(self, case: str, referral: Outgoing, service: str | None) -> Mapping[str, Any]:
        data = {
            "transitioned_to": referral.settings["transitioned_to"],
            "service_record_id": referral.id,
            "notes": notes_of(referral),
            "consent_overridden": referral.override is not None,
        }
        if service:
            data["service"] = service
        try:
            answer = await self._send("POST", f"/api/v2/cases/{case}/referrals", {"data": data})
            if answer.status == 422:
                raise DeliveryTrouble("consent" if _says_consent(answer) else "invalid", retry=False)
            _accepted(answer, changes=True)
            made = _object(answer).get("data")
        except DeliveryTrouble as trouble:
            if trouble.unknown:  # it may be made there at this moment: not before it is, we look
                trouble.after = max(trouble.after or 0, SETTLED)
            raise
        return made if isinstance(made, dict) and made.get("id") else await self._referral(case, referral) or {}

    async def _get(self, path: str) -> Mapping[str, Any]:
        answer = await self._send("GET", path, None)
        _accepted(answer, changes=False)
        return _object(answer)

    async def _send(self, method: str, path: str, said: Mapping[str, Any] | None) -> Answer:
        headers = {"Authorization": self._account.authorization, "Accept": "application/json"}
        body = None
        if said is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(said).encode()  # ASCII: lone surrogates too
        return await self._http.send(method, self._account.url.rstrip("/") + path, headers, body)

    def _is_ours(self, url: str) -> bool:
        try:
            return URL(url.rstrip("/")) == URL(self._account.url.rstrip("/"))
        except ValueError:
            return False


def _case_of(referral: Outgoing) -> str:
    return referral.external.get("case") or referral.id


def _row(referral: Outgoing, service: str | None) -> dict[str, str]:
    """The case's row for the service that is asked for; by its id we know what is ours."""
    return {"unique_id": referral.id, **({"service_type": service} if service else {})}


def _accepted(answer: Answer, *, changes: bool) -> None:
    """2xx. Raises `DeliveryTrouble` for every other answer; 409 and 422 mean something and are looked at before."""
    status = answer.status
    if 200 <= status < 300:
        return
    if status == 401:
        raise DeliveryTrouble("unauthorised", retry=False)
    if status == 403:
        raise DeliveryTrouble("forbidden", retry=False)
    if status == 404:
        raise DeliveryTrouble("missing", retry=False)
    if status in (429, 503):
        raise DeliveryTrouble("busy", retry=True, after=answer.after)
    if status in (408, 425) or status >= 500:
        raise DeliveryTrouble("their_fault", retry=True, unknown=changes, after=answer.after)
    raise DeliveryTrouble("redirected" if status < 400 else "invalid", retry=False)


def _object(answer: Answer) -> Mapping[str, Any]:
    """Raises `DeliveryTrouble`: a proxy's page in the place of an answer is no answer."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise DeliveryTrouble("not_understood", retry=True, unknown=True)
    return said


def _says_consent(answer: Answer) -> bool:
    try:
        errors = _object(answer).get("errors")
    except DeliveryTrouble:
        return False
    return isinstance(errors, list) and any(
        isinstance(one, dict) and one.get("detail") in ("consent", ["consent"]) for one in errors
    )
