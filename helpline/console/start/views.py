"""The start page, signing in and out, and the choice of a language to read in."""

from aiohttp import web

from helpline.console import gate, words
from helpline.console.context import Visit
from helpline.errors import HelplineError, Invalid, Refused
from helpline.store import sign_ins
from helpline.store.db import Tx
from helpline.store.sign_ins import DemonstrationPerson


async def start(visit: Visit) -> web.Response:
    """What this is. In the demonstration it leads to the practice phone and offers the invented people."""
    return visit.page("start.html", people=await _people(visit))


async def home(visit: Visit) -> web.Response:
    """Where a person belongs: the desk, or the floor for a supervisor, who may be a counsellor too."""
    if visit.who is None:
        return visit.go("/console/sign-in")
    return visit.go(_first_page(visit.who.roles))


async def sign_in_page(visit: Visit) -> web.Response:
    return await _sign_in_page(visit, name="", problem=None, status=200)


async def sign_in(visit: Visit) -> web.Response:
    """Check the password; a wrong one leads back to the form with the name still in it."""
    name, password = visit.form.get("name", ""), visit.form.get("password", "")
    try:
        opened = await visit.console.signin.open(name, password, visit.request.remote or "")
    except Refused as error:
        status = 429 if error.code == "too_many_tries" else 403
        if visit.wants_json:
            return web.json_response({"error": error.kind, "code": error.code}, status=status)
        return await _sign_in_page(visit, name=name, problem=words.trouble(visit.wording, error)[1], status=status)

    if visit.who is not None:
        await _end(visit)
    response = visit.go(_onward(visit.form.get("to", "")))
    gate.keep_session(response, visit.console, gate.cookie_name(visit.console), opened.token)
    return response


async def sign_out(visit: Visit) -> web.Response:
    """End the session, and go off duty: nobody would hear an offer ring."""
    duty, house, me = visit.console.duty, visit.house, visit.me.worker_id

    def leave(tx: Tx) -> None:
        if sign_ins.duty_state(tx, me) != "off":
            duty.go_off_duty(tx, house, me)

    try:
        await visit.store.write(leave)
    except HelplineError as error:
        if error.retry:
            raise
    await _end(visit)
    response = visit.go("/console/sign-in?out=1")
    gate.drop_session(response, visit.console, gate.cookie_name(visit.console))
    return response


async def choose_locale(visit: Visit) -> web.Response:
    """Read the console in another language from now on."""
    code, me = visit.form.get("locale", ""), visit.me.worker_id
    if code not in visit.console.pages.wordings.codes:
        raise Invalid("locale_unknown")

    def unit(tx: Tx) -> None:
        sign_ins.set_locale(tx, me, code)

    await visit.store.write(unit)
    return visit.go(_onward(visit.form.get("to", "")))


async def static_file(visit: Visit) -> web.Response:
    info = visit.request.match_info
    return visit.console.pages.static.respond(info["version"], info["name"], packed=visit.takes_gzip)


async def _end(visit: Visit) -> None:
    hashed = visit.me.token_hash

    def unit(tx: Tx) -> None:
        sign_ins.end_sign_in(tx, hashed)

    await visit.store.write(unit)


async def _people(visit: Visit) -> tuple[DemonstrationPerson, ...]:
    if not visit.console.demonstration or visit.console.demonstration_password is None:
        return ()
    return await visit.store.read(sign_ins.demonstration_people)


async def _sign_in_page(visit: Visit, *, name: str, problem: str | None, status: int) -> web.Response:
    to = visit.form.get("to") or visit.request.query.get("to", "")
    return visit.page(
        "sign_in.html",
        status=status,
        name=name,
        problem=problem,
        to=_onward(to) if to else "",
        out="out" in visit.request.query,
    )


def _onward(path: str) -> str:
    """A page of our own to go on to, never another site."""
    ours = path.startswith("/console/") and not any(mark in path for mark in "\\\r\n") and "//" not in path
    return path if ours else "/console"


def _first_page(roles: tuple[str, ...]) -> str:
    if "supervisor" in roles:
        return "/console/floor"
    return "/console/institutions" if set(roles) == {"coordinator"} else "/console/desk"
