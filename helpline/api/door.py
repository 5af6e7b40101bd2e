"""The door of the interface for machines: a token lets one institution in, and every refusal is JSON."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from helpline.api.forms import Body, ErrorBody, ErrorShown
from helpline.clock import Clock
from helpline.errors import Conflict, HelplineError, Invalid, Refused
from helpline.house import House
from helpline.interpreting import tokens
from helpline.interpreting.fields import Unfit
from helpline.store import requests
from helpline.store.db import Store, Tx
from helpline.store.institutions import Institution
from webhooks.body import read_body
from webhooks.refusal import Unacceptable

MOST_BYTES = 16 * 1024
READ_WITHIN_S = 10.0
KEY = "Idempotency-Key"
KEY_MAX = 120

log = structlog.get_logger("helpline.api")

B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Machines:
    """What the interface needs of the house."""

    store: Store
    house: House
    clock: Clock


@dataclass(frozen=True, slots=True)
class Asking:
    """One request that was let in, of one institution."""

    request: web.Request
    machines: Machines
    institution: Institution
    raw: bytes

    @property
    def actor(self) -> str:
        return self.institution.id

    def body(self, form: type[B]) -> B:
        """The JSON that was sent. Raises `Unfit` with a code for each field, or `Invalid` ("body_unreadable")."""
        kind = self.request.content_type
        if kind != "application/json":
            raise Invalid("body_not_json", "Send JSON, and say so in Content-Type.")
        try:
            return form.model_validate_json(self.raw)
        except ValidationError as error:
            faults = {".".join(str(part) for part in one["loc"]) or "body": one["type"] for one in error.errors()}
            if list(faults) == ["body"]:
                raise Invalid("body_unreadable", "The body is no JSON object that can be read.") from None
            raise Unfit(faults) from None


Handler = Callable[[Asking], Awaitable[web.Response]]


def guarded(handler: Handler, machines: Machines) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler behind the door; what it refuses becomes JSON with a status, and a line in the log with its code."""

    async def answer(request: web.Request) -> web.Response:
        name = handler.__name__
        try:
            raw = await _read(request)
            institution = await machines.store.read(lambda tx: _institution(tx, request))
            return await handler(Asking(request, machines, institution, raw))
        except HelplineError as error:
            status = 401 if error.code == "token_missing" else error.status
            log.warning("api_refused", call=name, code=error.code)
            return refusal(error, status)
        except Exception as error:
            log.error("api_failed", call=name, error=type(error).__name__)
            return refusal(HelplineError("failed", "Something on our side went wrong. Try again."), 503)

    return answer


async def _read(request: web.Request) -> bytes:
    try:
        return await read_body(request, MOST_BYTES, READ_WITHIN_S)
    except Unacceptable as refused:
        raise Invalid("body_too_long" if refused.status == 413 else "body_unreadable") from None


def _institution(tx: Tx, request: web.Request) -> Institution:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = tokens.institution_of(tx, token.strip()) if scheme.lower() == "bearer" and token.strip() else None
    if found is None:
        raise Refused("token_missing", "Send a valid token of your institution as Authorization: Bearer.")
    if "request" not in found.may:
        raise Refused("may_not_request", "Your institution may not ask for interpreters here.")
    return found


def refusal(error: HelplineError, status: int) -> web.Response:
    kind = error.kind if error.kind != "error" else "unavailable"
    fields = error.fields if isinstance(error, Unfit) else {}
    told = ErrorBody(kind=kind, code=error.code, message=error.message, retry=error.retry, fields=fields)  # type: ignore[arg-type]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return shown(ErrorShown(error=told), status, headers)


def shown(body: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A model as JSON, never kept by anybody on the way."""
    return _answer(body.model_dump_json(), status, headers or {})


def _answer(text: str, status: int, headers: dict[str, str]) -> web.Response:
    more = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **headers}
    return web.Response(text=text, status=status, content_type="application/json", headers=more)


Made = tuple[int, BaseModel]


async def once(asking: Asking, unit: Callable[[Tx], Made]) -> web.Response:
    """Do it once for an idempotency key: a repeat gets the first answer, in the transaction that stored it.

    Without a key it is done each time. Raises `Conflict` ("key_reused") for another body under the same key, and
    `Invalid` ("key_wrong").
    """
    key = asking.request.headers.get(KEY, "")
    if len(key) > KEY_MAX or not all("!" <= letter <= "~" for letter in key):
        raise Invalid("key_wrong", f"{KEY} is at most {KEY_MAX} visible letters of ASCII.")
    what = asking.request.method.encode() + b" " + asking.request.path.encode() + b"\n" + asking.raw
    hashed = hashlib.sha256(what).hexdigest()

    def work(tx: Tx) -> tuple[int, str]:
        kept = requests.kept_answer(tx, asking.institution.id, key) if key else None
        if kept is not None:
            if kept[0] != hashed:
                raise Conflict("key_reused", "This idempotency key was used for another request.")
            return kept[1], kept[2]
        status, made = unit(tx)
        text = made.model_dump_json()
        if key:
            requests.keep_answer(tx, asking.institution.id, key, hashed, status, text)
        return status, text

    status, text = await asking.machines.store.write(work)
    made = {"Location": f"/api/v1/interpreter-requests/{json.loads(text)['id']}"} if status == 201 else {}
    return _answer(text, status, made)


def plain(schema: Any) -> Any:
    """A JSON schema with the references that an OpenAPI document has."""
    if isinstance(schema, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else plain(value)
            for key, value in schema.items()
            if key != "$defs"
        }
    return [plain(one) for one in schema] if isinstance(schema, list) else schema
