"""A supervisor beside a conversation: reads it, writes to its counsellor, asks for it to be put down.

Each reading is written down, and the counsellor is told that somebody reads along.
"""

import re
from typing import Any

from aiohttp import web

from helpline.clock import MINUTE
from helpline.console import words
from helpline.console.context import Visit
from helpline.console.wording import N_
from helpline.contacts.lifecycle import State
from helpline.errors import Conflict, HelplineError, Invalid
from helpline.store import audit, contacts, floor_view, history_view, talk_view
from helpline.store.db import Tx
from helpline.threads import sending, service

TOLD_EVERY = 10 * MINUTE
"""A counsellor is told again after so long that somebody (still) reads along."""

READING = N_("I am reading this conversation.")
PUT_DOWN = N_(
    "Please put this conversation down as soon as you can: you are needed for something urgent. The child keeps its "
    "place, in front of the others."
)
_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


async def page(
    visit: Visit, *, problem: str | None = None, body: str = "", done: str | None = None, status: int = 200
) -> web.Response:
    """The whole conversation. Raises Invalid ``contact_unknown`` or ``no_conversation``."""
    values = await _values(visit, after=0)
    form = {"problem": problem, "body": body, "done": done or visit.request.query.get("done")}
    return visit.page("read.html", status=status, **values, **form)


async def now(visit: Visit) -> web.Response:
    """The live part. ``after``: up to where the page had read it; only what is new counts as another reading."""
    given = visit.request.query.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    return visit.page("read_now.html", **await _values(visit, after))


async def _values(visit: Visit, after: int) -> dict[str, Any]:
    me, house, contact_id = visit.me.worker_id, visit.house, visit.request.match_info["contact"]

    def unit(tx: Tx) -> dict[str, Any]:
        contact = history_view.contact_page(tx, contact_id)
        if contact is None:
            raise Invalid("contact_unknown")
        if contact.channel == "voice":
            raise Invalid("no_conversation")
        holder = floor_view.holder_of(tx, contact_id)
        if contact.state != State.CLOSED:
            _say_so(tx, visit, contact_id, holder)
        texts = service.texts_of(tx, house, contact_id)
        last = texts[-1].seq if texts else 0
        if after == 0 or last > after:
            audit.add(tx, me, "texts_read", contact_id)
        return {
            "contact": contact,
            "holder": holder,
            "texts": texts,
            "last": last,
            "aliases": talk_view.aliases(tx, contact_id),
            "asked": holder is not None and _was_asked(tx, contact_id, holder),
            "key": tx.new_id(),
        }

    return await visit.store.write(unit)


def _say_so(tx: Tx, visit: Visit, contact_id: str, holder: floor_view.Holder | None) -> None:
    """Tell the counsellor, in the language in which they read; once in a while, not at each look."""
    me = visit.me.worker_id
    if holder is None or holder.worker_id == me:
        return
    key = f"reading:{me[-12:]}:{holder.worker_id[-12:]}:{tx.now // TOLD_EVERY}"
    contact = contacts.get_for_change(tx, contact_id)
    sending.whisper(tx, visit.house, contact, me, _in_words_of(visit, holder, READING), key)


def _in_words_of(visit: Visit, holder: floor_view.Holder, text: str) -> str:
    return visit.console.pages.wordings.of(holder.locale)(text)


def put_down_key(assignment_id: str) -> str:
    """The ``client_key`` of the note that asks for a conversation to be put down: once for each who has it."""
    return f"put-down:{assignment_id}"


def _was_asked(tx: Tx, contact_id: str, holder: floor_view.Holder) -> bool:
    return floor_view.has_note(tx, contact_id, put_down_key(holder.assignment_id))


async def whisper(visit: Visit) -> web.Response:
    """A note to the counsellor; it never reaches the child. What cannot be sent stays in its field."""
    me, house, contact_id = visit.me.worker_id, visit.house, visit.request.match_info["contact"]
    body, key = visit.form.get("body", "").replace("\r\n", "\n"), visit.form.get("key", "")

    def unit(tx: Tx) -> None:
        if not _KEY.fullmatch(key):
            raise Invalid("key_missing")
        if contacts.get(tx, contact_id).state == State.CLOSED:
            raise Conflict("contact_changed")
        service.whisper(tx, house, contact_id, me, body, key)

    try:
        await visit.store.write(unit)
    except HelplineError as error:
        return await page(visit, problem=words.trouble(visit.wording, error)[1], body=body, status=error.status)
    return visit.go(f"/console/contacts/{contact_id}/read?done=whispered#beside")


async def ask_to_put_down(visit: Visit) -> web.Response:
    """Ask the counsellor to put an ordinary conversation down for something urgent. It is theirs to do.

    Refused for a child in danger, for a call, and while nobody has it (Conflict ``cannot_put_down``).
    """
    me, house, contact_id = visit.me.worker_id, visit.house, visit.request.match_info["contact"]

    def unit(tx: Tx) -> None:
        contact = contacts.get_for_change(tx, contact_id)
        holder = floor_view.holder_of(tx, contact_id)
        ordinary = contact.channel != "voice" and contact.state == State.CONNECTED and not contact.danger
        if not ordinary or holder is None:
            raise Conflict("cannot_put_down")
        if _was_asked(tx, contact_id, holder):
            return
        text = _in_words_of(visit, holder, PUT_DOWN)
        service.whisper(tx, house, contact_id, me, text, put_down_key(holder.assignment_id))
        audit.add(tx, me, "asked_to_put_down", contact_id, holder.worker_id)

    try:
        await visit.store.write(unit)
    except HelplineError as error:
        return await page(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    return visit.go(f"/console/contacts/{contact_id}/read?done=asked#beside")
