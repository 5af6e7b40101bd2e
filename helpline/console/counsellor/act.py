"""What a counsellor does at the desk. Each is one unit of work; the answer is the desk as it is after it."""

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.counsellor import desk
from helpline.console.counsellor.state import desk_state
from helpline.errors import HelplineError, Invalid
from helpline.store.db import Tx, Unit

_NO_ONE = ""


async def perform(visit: Visit, unit: Unit[None]) -> web.Response:
    """Commit it and show the desk; what does not work is said on the desk, which shows how things are now."""
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        if visit.wants_json:
            raise
        notice = words.trouble(visit.wording, error)[1]
        if visit.partial:
            values = {**await desk.now_values(visit), "notice": notice}
            return visit.page("desk_now.html", status=error.status, **values)
        return await desk.page(visit, notice=notice, status=error.status)
    if visit.wants_json:
        return web.json_response(desk_state((await desk.now_values(visit))["desk"]))
    if visit.partial:
        return await desk.now(visit)
    return visit.go("/console/desk")


async def duty(visit: Visit) -> web.Response:
    """``to``: on, off, break or back."""
    duty, house, me, to = visit.console.duty, visit.house, visit.me.worker_id, visit.form.get("to", "")
    moves = {"on": duty.go_on_duty, "off": duty.go_off_duty, "break": duty.take_break, "back": duty.come_back}
    if to not in moves:
        raise Invalid("duty_unknown")

    def unit(tx: Tx) -> None:
        moves[to](tx, house, me)

    return await perform(visit, unit)


async def accept(visit: Visit) -> web.Response:
    return await _answer(visit, accepted=True)


async def decline(visit: Visit) -> web.Response:
    return await _answer(visit, accepted=False)


async def _answer(visit: Visit, *, accepted: bool) -> web.Response:
    work, house, me = visit.console.contacts, visit.house, visit.me.worker_id
    assignment = visit.request.match_info["assignment"]
    try:
        version = int(visit.form.get("version", ""))
    except ValueError:
        raise Invalid("version_missing") from None

    def unit(tx: Tx) -> None:
        if accepted:
            work.accept(tx, house, assignment, me, version)
        else:
            work.decline(tx, house, assignment, me, version)

    return await perform(visit, unit)


async def end(visit: Visit) -> web.Response:
    """The conversation is over; the record can still be written."""
    work, house, me, contact = visit.console.contacts, visit.house, visit.me.worker_id, _contact(visit)

    def unit(tx: Tx) -> None:
        work.end_contact(tx, house, contact, me)

    return await perform(visit, unit)


async def hand_over(visit: Visit) -> web.Response:
    """``to``: a colleague's id, or empty for whoever is next."""
    work, house, me, contact = visit.console.contacts, visit.house, visit.me.worker_id, _contact(visit)
    to = visit.form.get("to", _NO_ONE) or None

    def unit(tx: Tx) -> None:
        work.hand_over(tx, house, contact, me, to)

    return await perform(visit, unit)


async def ask(visit: Visit) -> web.Response:
    """Put one question of the card to a child who cannot speak."""
    work, house, me, contact = visit.console.contacts, visit.house, visit.me.worker_id, _contact(visit)
    question = visit.form.get("question", "")

    def unit(tx: Tx) -> None:
        work.ask_question(tx, house, contact, me, question)

    return await perform(visit, unit)


async def name_language(visit: Visit) -> web.Response:
    """The child's language was not known, or was wrong."""
    work, house, me, contact = visit.console.contacts, visit.house, visit.me.worker_id, _contact(visit)
    language = visit.form.get("language", "")
    if language not in visit.house.directory.languages:
        raise Invalid("language_unknown")

    def unit(tx: Tx) -> None:
        work.name_language(tx, house, contact, me, language)

    return await perform(visit, unit)


def _contact(visit: Visit) -> str:
    return visit.request.match_info["contact"]
