"""Officers sign in and out, and choose a password of their own."""

import asyncio

from aiohttp import web

from config.secrets import weakness
from helpline.console import gate, words
from helpline.console.requester import door
from helpline.console.requester.door import OfficerVisit
from helpline.errors import Invalid, Refused
from helpline.interpreting import officers as work
from helpline.staff.signin import hash_password
from helpline.store import officers
from helpline.store.db import Tx
from helpline.store.institutions import Institution
from helpline.store.officers import Officer

_LONGEST_PASSWORD = 1_000


async def sign_in_page(visit: OfficerVisit) -> web.Response:
    return await _sign_in_page(visit, name="", problem=None, status=200)


async def sign_in(visit: OfficerVisit) -> web.Response:
    """Check the password; a wrong one leads back to the form with the name still in it."""
    name, password = visit.form.get("name", ""), visit.form.get("password", "")
    try:
        opened = await visit.console.officers.open(name, password, visit.request.remote or "")
    except Refused as error:
        status = 429 if error.code == "too_many_tries" else 403
        if visit.wants_json:
            return web.json_response({"error": error.kind, "code": error.code}, status=status)
        return await _sign_in_page(visit, name=name, problem=words.trouble(visit.wording, error)[1], status=status)
    if visit.who is not None:
        await _end(visit)
    response = visit.go(_onward(visit.form.get("to", "")))
    gate.keep_session(response, visit.console, door.cookie_name(visit.console), opened.token)
    return response


async def sign_out(visit: OfficerVisit) -> web.Response:
    await _end(visit)
    response = visit.go(f"{door.SIGN_IN}?out=1")
    gate.drop_session(response, visit.console, door.cookie_name(visit.console))
    return response


async def password_page(visit: OfficerVisit) -> web.Response:
    return _password_page(visit, problem=None, status=200)


async def choose_password(visit: OfficerVisit) -> web.Response:
    """A password of the officer's own; the one before is asked for, and every other session ends."""
    officer, form = visit.officer, visit.form
    before, new = form.get("before", ""), form.get("new", "")
    if new != form.get("again", ""):
        return _password_page(visit, problem="passwords_differ", status=400)
    if len(new) > _LONGEST_PASSWORD or weakness(new, work.SHORTEST_PASSWORD) is not None or new == before:
        return _password_page(visit, problem="password_weak", status=400)
    sign_in = await visit.store.read(lambda tx: officers.get(tx, officer.officer_id).sign_in)
    try:
        await visit.console.officers.prove(sign_in, before, visit.request.remote or "")
    except Refused as error:
        return _password_page(visit, problem=words.trouble(visit.wording, error)[1], status=403)
    hashed = await asyncio.to_thread(hash_password, new)

    def unit(tx: Tx) -> None:
        work.choose_password(tx, officer.officer_id, hashed, officer.token_hash)

    await visit.store.write(unit)
    return visit.go("/requests")


async def choose_locale(visit: OfficerVisit) -> web.Response:
    """Read these pages in another language from now on."""
    code, me = visit.form.get("locale", ""), visit.officer.officer_id
    if code not in visit.console.pages.wordings.codes:
        raise Invalid("locale_unknown")

    def unit(tx: Tx) -> None:
        officers.change(tx, me, {"locale": code})

    await visit.store.write(unit)
    return visit.go(_onward(visit.form.get("to", "")))


async def _end(visit: OfficerVisit) -> None:
    hashed = visit.officer.token_hash

    def unit(tx: Tx) -> None:
        officers.end_sign_in(tx, hashed)

    await visit.store.write(unit)


async def _sign_in_page(visit: OfficerVisit, *, name: str, problem: str | None, status: int) -> web.Response:
    to = visit.form.get("to") or visit.request.query.get("to", "")
    return visit.page(
        "requester_sign_in.html",
        status=status,
        name=name,
        problem=problem,
        to=_onward(to) if to else "",
        out="out" in visit.request.query,
        people=await _people(visit),
        password=visit.console.demonstration_password,
    )


async def _people(visit: OfficerVisit) -> tuple[tuple[Officer, Institution], ...]:
    """The invented officers, in the demonstration only."""
    if not visit.console.demonstration or visit.console.demonstration_password is None:
        return ()
    return await visit.store.read(officers.demonstration_officers)


def _password_page(visit: OfficerVisit, *, problem: str | None, status: int) -> web.Response:
    said = visit.wording(words.TROUBLE.get(problem, problem)) if problem else None
    return visit.page("requester_password.html", status=status, problem=said, shortest=work.SHORTEST_PASSWORD)


def _onward(path: str) -> str:
    """A page of an officer's to go on to, never another site."""
    ours = path.startswith("/requests/") and not any(mark in path for mark in "\\\r\n") and "//" not in path
    return path if ours else "/requests"
