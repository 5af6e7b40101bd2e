"""A Primero (version 2) for tests: HTTP Basic on every call, cases under our own ids, lookups, referrals with states,
keys that are dropped without a word, and faults that can be set for the requests to come."""

import asyncio
import base64
import uuid
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from aiohttp.test_utils import TestServer

USERNAME, PASSWORD = "helpline_116", "a-password-of-the-test-suite"

Fault = Literal[
    "unavailable",  # 503, nothing is done
    "busy",  # 429, nothing is done
    "broken",  # 500, nothing is done
    "broken_after",  # it is done, and answered with 500
    "dropped",  # the connection ends, nothing is done
    "dropped_after",  # it is done, and the connection ends
    "silent",  # no answer, nothing is done
    "silent_after",  # it is done, and never answered
    "a_page",  # a proxy's page in the place of an answer
    "elsewhere",  # a redirect
]

FIELDS = frozenset(
    {
        "id",
        "module_id",
        "name",
        "age",
        "sex",
        "protection_concerns",
        "language",
        "displacement_status",
        "consent_for_services",
        "disclosure_other_orgs",
        "services_section",
    }
)


def lookup(id: str, *codes: str, **labels: str) -> dict[str, Any]:
    """A list as Primero gives it. ``labels``: codes whose English label is another."""
    values = [{"id": one, "display_text": {"en": one.replace("_", " ").capitalize(), "fr": ""}} for one in codes]
    values += [{"id": one, "display_text": {"en": label}} for one, label in labels.items()]
    return {"id": len(id), "unique_id": id, "name": {"en": id}, "values": values}


LOOKUPS = (
    lookup("lookup-gender", "male", "female", "other"),
    lookup(
        "lookup-protection-concerns",
        *("rape", "physical_abuse_violence", "unaccompanied", "deprived_of_liberty", "child_marriage", "other"),
        trafficked_7c9="Trafficked / smuggled",
        papers_11f="Lack of documentation",
    ),
    lookup("lookup-language", language1="English", language2="French", language3="Swahili", language4="Other"),
    lookup("lookup-displacement-status", "refugee", "asylum_seeker", "stateless_person", "other"),
    lookup("lookup-service-type", "child_protection_service", "shelter_service"),
)


@dataclass
class PrimeroStandIn:
    """``creations`` and ``referrals_made`` count what was really made there; ``asked`` what was asked, in order.
    ``at_work``: requests that it has begun to read and has not carried out yet.

    ``fields``: those that a case has; other keys are dropped. ``readable``, ``lists``: whether our account may read
    cases and lookups. ``faults``: for the requests to come, one each. ``down``: every connection ends.
    """

    url: str = ""
    fields: frozenset[str] = FIELDS
    lookups: tuple[dict[str, Any], ...] = LOOKUPS
    per_page: int = 1000
    down: bool = False
    retry_after: str = "7"
    readable: bool = True
    lists: bool = True
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    referrals: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)
    creations: int = 0
    referrals_made: int = 0
    at_work: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, case: str, status: str, **more: str) -> None:
        """What a person there does with the newest referral of a case."""
        self.referrals[case][-1].update(status=status, **more)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path))
        if self.down:
            return self._broken_off(request)
        fault = self.faults.popleft() if self.faults else None
        match fault:
            case "unavailable":
                return web.Response(status=503, headers={"Retry-After": self.retry_after})
            case "busy":
                return web.Response(status=429, headers={"Retry-After": self.retry_after})
            case "broken":
                return web.Response(status=500, text="Sorry")
            case "dropped":
                return self._broken_off(request)
            case "silent":
                await self.released.wait()
                return self._broken_off(request)
            case "a_page":
                return web.Response(text="<html>Please sign in</html>", content_type="text/html")
            case "elsewhere":
                return web.Response(status=302, headers={"Location": f"{self.url}/elsewhere"})
        self.at_work += 1
        try:
            done = await self._done(request)
        finally:
            self.at_work -= 1
        if fault == "dropped_after":
            return self._broken_off(request)
        if fault == "silent_after":
            await self.released.wait()
            return self._broken_off(request)
        return web.Response(status=500) if fault == "broken_after" else done

    @staticmethod
    def _broken_off(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _done(self, request: web.Request) -> web.Response:
        expected = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return self._wrong(request, 401, "Unauthorized")
        match request.method, request.path.removeprefix("/api/v2/").split("/"):
            case "GET", ["lookups"]:
                return self._page(request) if self.lists else self._wrong(request, 403, "Forbidden")
            case "POST", ["cases"]:
                return self._create(request, (await self._body(request))["data"])
            case "GET", ["cases", id]:
                return self._read(request, id)
            case "GET", ["cases", id, "referrals"]:
                if id not in self.cases:
                    return self._wrong(request, 404, "Not Found")
                return web.json_response({"data": self.referrals.get(id, [])})
            case "POST", ["cases", id, "referrals"]:
                return self._refer(request, id, (await self._body(request))["data"])
        return self._wrong(request, 404, "Not Found")

    async def _body(self, request: web.Request) -> Any:
        self.bodies.append(await request.json())
        return self.bodies[-1]

    def _page(self, request: web.Request) -> web.Response:
        per = min(int(request.query.get("per", 20)), self.per_page)
        page = int(request.query.get("page", 1))
        shown = self.lookups[(page - 1) * per : page * per]
        return web.json_response(
            {"data": shown, "metadata": {"total": len(self.lookups), "per": per, "page": page}},
        )

    def _create(self, request: web.Request, data: dict[str, Any]) -> web.Response:
        id = str(uuid.UUID(data["id"]))
        if id in self.cases:
            return self._wrong(request, 409, "Conflict")
        self.creations += 1
        self.cases[id] = {name: value for name, value in data.items() if name in self.fields}
        self.cases[id] |= {"created_by": USERNAME, "owned_by": USERNAME, "case_id_display": id[-7:]}
        return web.Response(status=204)

    def _read(self, request: web.Request, id: str) -> web.Response:
        if not self.readable:
            return self._wrong(request, 403, "Forbidden")
        if id not in self.cases:
            return self._wrong(request, 404, "Not Found")
        return web.json_response({"data": self.cases[id]})

    def _refer(self, request: web.Request, id: str, data: dict[str, Any]) -> web.Response:
        case = self.cases.get(id)
        if case is None:
            return self._wrong(request, 404, "Not Found")
        given = case.get("consent_for_services") and case.get("disclosure_other_orgs")
        if not given and not data.get("consent_overridden"):
            return self._wrong(request, 422, "Consent was not given", "consent")
        self.referrals_made += 1
        names = ("transitioned_to", "service", "service_record_id", "notes", "consent_overridden")
        made = {name: data[name] for name in names if name in data}
        made |= {"id": str(uuid.uuid4()), "type": "Referral", "record_id": id, "status": "in_progress"}
        self.referrals.setdefault(id, []).append(made)
        return web.json_response({"data": made})

    @staticmethod
    def _wrong(request: web.Request, status: int, message: str, detail: str | None = None) -> web.Response:
        error: dict[str, Any] = {"status": status, "resource": request.path, "message": message}
        return web.json_response({"errors": [error if detail is None else error | {"detail": detail}]}, status=status)


@asynccontextmanager
async def primero() -> AsyncIterator[PrimeroStandIn]:
    """A Primero on this machine, as long as the block lasts."""
    stand_in = PrimeroStandIn()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stand_in.answer)
    async with TestServer(app) as server:
        stand_in.url = f"http://127.0.0.1:{server.port}"
        try:
            yield stand_in
        finally:
            stand_in.released.set()
