"""The desk: the page, its fragments, and its machine-readable twin."""

from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from helpline.console.context import Visit
from helpline.console.counsellor import record, talk
from helpline.console.counsellor.state import desk_state, waiting_state
from helpline.referrals import follow_ups
from helpline.store import audit, card_view, desk_view, left_view
from helpline.store.card_view import Around, Card
from helpline.store.db import Tx
from helpline.store.desk_view import Desk
from helpline.store.hand_overs import HandOver


@dataclass(frozen=True, slots=True)
class Now:
    """A desk with what goes with it: the card of each conversation, and what the person is asked to take over."""

    desk: Desk
    cards: dict[str, Card]
    asked: tuple[HandOver, ...]

    def own(self) -> str:
        """All of it but colleagues, who come and go."""
        cards = {id: replace(card, colleagues=()) for id, card in self.cards.items()}
        return repr((self.desk, cards, self.asked))

    def heads(self) -> dict[str, str]:
        """A mark of what stands above each conversation, which changes when that does."""
        return {held.contact_id: talk.head_mark(held, self.cards[held.contact_id]) for held in self.desk.conversations}


def now_of(tx: Tx, worker_id: str, around: Around | None = None) -> Now:
    """Everything that changes while a counsellor sits there. ``around``: who else is on duty, if that is known."""
    desk = desk_view.desk_of(tx, worker_id)
    if around is None and desk.conversations:
        around = card_view.around_of(tx)
    cards = {held.contact_id: card_view.card_of(tx, held, around) for held in desk.conversations}
    return Now(desk, cards, desk_view.asked_of(tx, worker_id))


async def look(visit: Visit) -> Now:
    me = visit.me.worker_id
    return await visit.store.read(lambda tx: now_of(tx, me))


async def look_again(visit: Visit) -> Now:
    """After an act, for a page that is there: who else is on duty is as good as a second ago, and costs nothing."""
    me, around = visit.me.worker_id, await visit.console.around.now(visit.store)
    return await visit.store.read(lambda tx: now_of(tx, me, around))


def live_json(visit: Visit, now: Now) -> dict[str, Any]:
    """What a page takes in at once: the state, and the fragments that show it."""
    render, values = visit.console.pages.render, now_values(now)
    return {
        **desk_state(now.desk, now.asked),
        "html": render(visit, "desk_now.html", values),
        "list": render(visit, "desk_list.html", {**values, "chosen": None}),
        "heads": now.heads(),
    }


def now_values(now: Now, notice: str | None = None) -> dict[str, Any]:
    return {"desk": now.desk, "asked": now.asked, "notice": notice}


async def waiting_values(visit: Visit) -> dict[str, Any]:
    return {"waiting": await visit.store.read(desk_view.waiting)}


async def owed_values(visit: Visit) -> dict[str, Any]:
    me = visit.me.worker_id

    def owed(tx: Tx) -> dict[str, Any]:
        return {
            "unfinished": desk_view.unfinished(tx, me),
            "messages": left_view.messages_left(tx),
            "follow_ups": follow_ups.on_desk(tx, me),
        }

    return await visit.store.read(owed)


def chosen_of(desk: Desk, wanted: str) -> str | None:
    """The conversation that the page shows: the one asked for, else the call, else whose child waits longest."""
    if desk.of(wanted) is not None:
        return wanted
    return next((held.contact_id for held in desk.conversations), None)


async def page(
    visit: Visit, *, notice: str | None = None, kept: talk.Kept | None = None, status: int = 200
) -> web.Response:
    """The whole desk; ``notice`` says what did not work, ``kept`` is what was written and could not be sent."""
    now = await look(visit)
    chosen = chosen_of(now.desk, kept.contact_id if kept else visit.request.query.get("c", ""))
    values = {**now_values(now, notice), **await waiting_values(visit), **await owed_values(visit)}
    values["chosen"] = chosen
    values["talk"] = await talk.values_of(visit, chosen, kept) if chosen else None
    values["unsent"] = kept if kept is not None and kept.contact_id != chosen else None
    values["record"] = await _record_values(visit, now.desk, chosen)
    values["shown"] = chosen
    values["seq"] = await visit.store.read(audit.latest)
    return visit.page("desk.html", status=status, **values)


async def live(visit: Visit) -> web.Response:
    """``GET /console/desk/live``: what the stream tells, for a page that asks."""
    return web.json_response(live_json(visit, await look(visit)))


async def now(visit: Visit) -> web.Response:
    return visit.page("desk_now.html", **now_values(await look(visit)))


async def waiting(visit: Visit) -> web.Response:
    return visit.page("desk_waiting.html", **await waiting_values(visit))


async def owed(visit: Visit) -> web.Response:
    return visit.page("desk_owed.html", **await owed_values(visit))


async def record_of_desk(visit: Visit) -> web.Response:
    """The form of the record of one conversation in hand (``c``, else the one that stands first), or nothing."""
    desk, wanted = (await look(visit)).desk, visit.request.query.get("c", "")
    chosen = wanted if desk.of(wanted) is not None else None if wanted else chosen_of(desk, "")
    return visit.page("desk_record.html", record=await _record_values(visit, desk, chosen), shown=chosen)


async def state(visit: Visit) -> web.Response:
    """``GET /console/desk/state``: duty, offers, conversations, who waits, and the token that a POST must carry."""
    now = await look(visit)
    waits = (await waiting_values(visit))["waiting"]
    return web.json_response(
        {**desk_state(now.desk, now.asked), "waiting": waiting_state(waits), "csrf": visit.me.csrf}
    )


async def _record_values(visit: Visit, desk: Desk, contact_id: str | None) -> dict[str, Any] | None:
    """The record is the counsellor's to write, not an interpreter's or a guest's."""
    held = None if contact_id is None else desk.of(contact_id)
    if contact_id is None or not visit.may("record.write") or (held is not None and not held.leads):
        return None
    return await record.values_of(visit, contact_id)
