"""Requests for an interpreter, as machines make and follow them. One table of calls: it is served and described."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from helpline.api import forms
from helpline.api.door import KEY, KEY_MAX, Asking, Machines, guarded, once, plain, shown
from helpline.interpreting import requests as service
from helpline.store import requests
from helpline.store.db import Tx
from helpline.store.requests import Request

ROOT = "/api/v1/interpreter-requests"
_ONE = ROOT + "/{request}"


async def make(asking: Asking) -> web.Response:
    house, wanted = asking.machines.house, asking.body(forms.NewRequest).wanted()

    def unit(tx: Tx) -> tuple[int, BaseModel]:
        made = service.ask(tx, house, asking.institution, None, wanted, "api")
        return 201, forms.shown(service.standing(tx, made))

    return await once(asking, unit)


async def several(asking: Asking) -> web.Response:
    def look(tx: Tx) -> forms.RequestList:
        found = requests.of_institution(tx, asking.institution.id)
        return forms.RequestList(requests=[forms.shown(service.standing(tx, one)) for one in found])

    return shown(await asking.machines.store.read(look))


async def one(asking: Asking) -> web.Response:
    return shown(await asking.machines.store.read(lambda tx: forms.shown(service.standing(tx, _mine(tx, asking)))))


async def cancel(asking: Asking) -> web.Response:
    house = asking.machines.house

    def unit(tx: Tx) -> forms.RequestShown:
        mine = _mine(tx, asking)
        service.cancel(tx, house, mine, asking.actor)
        return forms.shown(service.standing(tx, requests.get(tx, mine.id)))

    return shown(await asking.machines.store.write(unit))


async def once_more(asking: Asking) -> web.Response:
    house, form = asking.machines.house, asking.body(forms.NextConversation)

    def unit(tx: Tx) -> tuple[int, BaseModel]:
        mine = _mine(tx, asking)
        service.once_more(tx, house, mine, asking.actor, form.call_to or "")
        return 200, forms.shown(service.standing(tx, requests.get(tx, mine.id)))

    return await once(asking, unit)


async def add_second_party(asking: Asking) -> web.Response:
    house, form = asking.machines.house, asking.body(forms.SecondParty)

    def unit(tx: Tx) -> tuple[int, BaseModel]:
        mine = _mine(tx, asking)
        service.add_second_party(tx, house, mine, form.call_to, asking.actor)
        return 200, forms.shown(service.standing(tx, mine))

    return await once(asking, unit)


async def same_group(asking: Asking) -> web.Response:
    form = asking.body(forms.SameGroup)

    def unit(tx: Tx) -> tuple[int, BaseModel]:
        mine = _mine(tx, asking)
        service.same_group(tx, mine, _of(tx, asking, form.request), asking.actor)
        return 200, forms.shown(service.standing(tx, requests.get(tx, mine.id)))

    return await once(asking, unit)


async def languages(asking: Asking) -> web.Response:
    known = asking.machines.house.directory.languages.values()
    found = [forms.LanguageShown(code=one.code, endonym=one.endonym, name=one.name) for one in known]
    return shown(forms.LanguageList(languages=found))


def _mine(tx: Tx, asking: Asking) -> Request:
    """Another institution's request is as unknown as one that never was."""
    return _of(tx, asking, asking.request.match_info["request"])


def _of(tx: Tx, asking: Asking, id: str) -> Request:
    found = requests.find(tx, id)
    if found is None or found.institution_id != asking.institution.id:
        raise service.unknown()
    return found


@dataclass(frozen=True, slots=True)
class Call:
    """One call: how it is made, what it takes and gives."""

    method: str
    path: str
    handler: Callable[[Asking], Awaitable[web.Response]]
    says: str
    gives: type[BaseModel]
    status: int = 200
    takes: type[BaseModel] | None = None
    keyed: bool = False  # takes an idempotency key


CALLS = (
    Call("POST", ROOT, make, "Ask for an interpreter now", forms.RequestShown, 201, forms.NewRequest, keyed=True),
    Call("GET", ROOT, several, "The institution's requests", forms.RequestList),
    Call("GET", _ONE, one, "How far a request has come", forms.RequestShown),
    Call("DELETE", _ONE, cancel, "Cancel a request, or end its conversation", forms.RequestShown),
    Call("POST", _ONE + "/conversations", once_more, "The next conversation, with the same interpreter",
         forms.RequestShown, takes=forms.NextConversation, keyed=True),
    Call("POST", _ONE + "/second-party", add_second_party, "Dial somebody in", forms.RequestShown,
         takes=forms.SecondParty, keyed=True),
    Call("POST", _ONE + "/same-group", same_group, "The same children as another request", forms.RequestShown,
         takes=forms.SameGroup, keyed=True),
    Call("GET", "/api/v1/languages", languages, "Languages that can be asked for", forms.LanguageList),
)  # fmt: skip


def attach(app: web.Application, machines: Machines) -> None:
    """Serve the calls and the document that describes them."""
    described = description(machines.house.directory.languages)

    async def document(request: web.Request) -> web.Response:
        return web.json_response(described, headers={"Cache-Control": "max-age=300"})

    app.router.add_get("/api/openapi.json", document, name="api.openapi")
    for call in CALLS:
        name = f"api.{call.handler.__name__}"
        app.router.add_route(call.method, call.path, guarded(call.handler, machines), name=name)


_ERRORS = {
    "400": "What was sent can never be right",
    "401": "No valid token",
    "403": "This institution may not",
    "404": "There is no such request of this institution",
    "409": "Things have moved on, or the idempotency key was used for something else",
    "503": "Try again",
}


def description(languages: Iterable[str] = ()) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the calls. ``languages``: the codes that can be asked for here."""
    models: list[type[BaseModel]] = [forms.ErrorShown]
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        models += [model for model in (call.takes, call.gives) if model is not None]
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    schemas: dict[str, Any] = {}
    for model in models:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= {name: plain(one) for name, one in schema.pop("$defs", {}).items()}
        schemas[model.__name__] = plain(schema)
    asked = schemas["NewRequest"]["properties"]["languages"]
    asked |= {"items": {"type": "string", "enum": sorted(languages)}, "uniqueItems": True}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Interpreters now",
            "version": "1",
            "description": "Institutions ask for an interpreter by telephone. See docs/requests.md of the helpline.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(call: Call) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if "{request}" in call.path:
        known_by = {"type": "string", "pattern": "^[0-9a-f-]{36}$"}
        parameters.append({"name": "request", "in": "path", "required": True, "schema": known_by})
    if call.keyed:
        schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": KEY_MAX, "pattern": "^[!-~]+$"}
        parameters.append({"name": KEY, "in": "header", "required": False, "schema": schema})
    operation: dict[str, Any] = {
        "operationId": call.handler.__name__,
        "summary": call.says,
        "parameters": parameters,
        "responses": {
            str(call.status): {"description": call.says, "content": _content(call.gives)},
            **{code: {"description": said, "content": _content(forms.ErrorShown)} for code, said in _ERRORS.items()},
        },
    }
    if call.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(call.takes)}
    return operation


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
