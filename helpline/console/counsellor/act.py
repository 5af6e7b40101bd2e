"""What a counsellor does at the desk. Each is one unit of work; the answer is the desk as it is after it."""

from collections.abc import Callable
from functools import partial

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.counsellor import desk
from helpline.console.counsellor.state import desk_state
from helpline.console.counsellor.talk import contact_of
from helpline.contacts import bridging
from helpline.errors import HelplineError, Invalid
from helpline.house import House
from helpline.store.db import Tx, Unit
from helpline.threads import handing, service

_NO_ONE = ""


async def perform(visit: Visit, unit: Unit[None], contact: str | None = None) -> web.Response:
    """Commit it and show the desk; what does not work is said on the desk, which shows how things are now.

    ``contact`` is the conversation that the page shows then, if it is one of this person's.
    """
    try:
        await visit.store.write(unit)
    except HelplineError as error:
        if visit.wants_json:
            raise
        notice = words.trouble(visit.wording, error)[1]
        if visit.partial:
            values = desk.now_values(await desk.look_again(visit), notice)
            return visit.page("desk_now.html", status=error.status, **values)
        return await desk.page(visit, notice=notice, status=error.status)
    if visit.wants_json:
        now = await desk.look_again(visit)
        return web.json_response(desk_state(now.desk, now.asked))
    if visit.partial:
        return await desk.now(visit)
    return visit.go(f"/console/desk?c={contact}" if contact else "/console/desk")


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
    """``knows``: 1 when this person may know the child or the family, and is never offered the contact again."""
    return await _answer(visit, accepted=False)


async def _answer(visit: Visit, *, accepted: bool) -> web.Response:
    work, house, me = visit.console.contacts, visit.house, visit.me.worker_id
    assignment = visit.request.match_info["assignment"]
    knows = visit.form.get("knows") == "1"
    try:
        version = int(visit.form.get("version", ""))
    except ValueError:
        raise Invalid("version_missing") from None

    def unit(tx: Tx) -> None:
        if accepted:
            work.accept(tx, house, assignment, me, version)
        else:
            work.decline(tx, house, assignment, me, version, knows=knows)

    return await perform(visit, unit, visit.form.get("contact", ""))


async def end(visit: Visit) -> web.Response:
    """The conversation is over; the record can still be written."""
    work, house, me, contact = visit.console.contacts, visit.house, visit.me.worker_id, contact_of(visit)

    def unit(tx: Tx) -> None:
        work.end_contact(tx, house, contact, me)

    return await perform(visit, unit, contact)


async def hand_over(visit: Visit) -> web.Response:
    """``to``: a colleague's id, or empty for whoever is next. ``note`` is for the adults who come next.

    ``how``: "ask" keeps a conversation of texts here until the colleague takes it; anything else hands it over at once.
    """
    work, house, me, contact = visit.console.contacts, visit.house, visit.me.worker_id, contact_of(visit)
    to = visit.form.get("to", _NO_ONE) or None
    note, ask_first = visit.form.get("note", "").replace("\r\n", "\n") or None, visit.form.get("how") == "ask"

    def unit(tx: Tx) -> None:
        work.hand_over(tx, house, contact, me, to, note, ask_first)

    return await perform(visit, unit, contact)


async def answer_hand_over(visit: Visit) -> web.Response:
    """``answer``: take or decline by the colleague who was asked, withdraw by the one who asked."""
    house, me, contact, answer = visit.house, visit.me.worker_id, contact_of(visit), visit.form.get("answer", "")
    moves = {"take": handing.take_over, "decline": handing.decline, "withdraw": handing.withdraw}
    if answer not in moves:
        raise Invalid("answer_unknown")

    def unit(tx: Tx) -> None:
        moves[answer](tx, house, contact, me)

    return await perform(visit, unit, contact)


_BRIDGE: dict[str, Callable[[Tx, House, str, str], None]] = {
    "stop": bridging.stop_seeking,
    "let_go": bridging.let_interpreter_go,
    "knows": partial(bridging.let_interpreter_go, knows=True),
    "leave": bridging.leave,
    "leave_knows": partial(bridging.leave, knows=True),
    "supervisor": bridging.ask_supervisor_in,
    "let_hear": bridging.let_hear,
    "leave_to": bridging.leave_to_guest,
}
"""What can be done about the other adults of a conversation, by what the button says."""


async def bridge(visit: Visit) -> web.Response:
    """``do``: add (an interpreter, for ``language`` or the contact's own), or one of the others."""
    house, me, contact, do = visit.house, visit.me.worker_id, contact_of(visit), visit.form.get("do", "")
    language = visit.form.get("language", "") or None
    if do != "add" and do not in _BRIDGE:
        raise Invalid("answer_unknown")

    def unit(tx: Tx) -> None:
        if do == "add":
            bridging.add_interpreter(tx, house, contact, me, language)
        else:
            _BRIDGE[do](tx, house, contact, me)

    return await perform(visit, unit, contact)


async def put_down(visit: Visit) -> web.Response:
    """An ordinary conversation goes back to the floor, in front, so that something urgent can be answered."""
    house, me, contact = visit.house, visit.me.worker_id, contact_of(visit)

    def unit(tx: Tx) -> None:
        service.put_down(tx, house, contact, me)

    return await perform(visit, unit)


async def ask(visit: Visit) -> web.Response:
    """Put one question of the card to a child who cannot speak."""
    work, house, me, contact = visit.console.contacts, visit.house, visit.me.worker_id, contact_of(visit)
    question = visit.form.get("question", "")

    def unit(tx: Tx) -> None:
        work.ask_question(tx, house, contact, me, question)

    return await perform(visit, unit, contact)


async def name_language(visit: Visit) -> web.Response:
    """The child's language was not known, or was wrong."""
    work, house, me, contact = visit.console.contacts, visit.house, visit.me.worker_id, contact_of(visit)
    language = visit.form.get("language", "")
    if language not in visit.house.directory.languages:
        raise Invalid("language_unknown")

    def unit(tx: Tx) -> None:
        work.name_language(tx, house, contact, me, language)

    return await perform(visit, unit, contact)
