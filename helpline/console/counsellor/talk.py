"""One conversation at the desk, as its counsellor reads it."""

from dataclasses import dataclass
from typing import Any
from zlib import crc32

from aiohttp import web

from helpline.console.context import Visit
from helpline.console.protection.shown import flagged_of, sees_all
from helpline.errors import Refused
from helpline.store import assignments, audit, card_view, contacts, desk_view, drafts, talk_view
from helpline.store.db import Tx
from helpline.threads import service
from helpline.threads.service import TextShown

_SAID_AGAIN = 60
"""Of so many texts that went out last, a page that catches up is told again how far they have come."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody wrote and could not send; ``whisper``: it was for the adults."""

    contact_id: str
    body: str
    problem: str
    whisper: bool = False


def head_mark(held: desk_view.InHand, card: card_view.Card) -> str:
    """It changes when what stands above a conversation does."""
    shown = (
        held.state, held.language, held.danger, held.cannot_speak, held.resumed, held.asking, held.child_gone,
        held.until, held.stopped, held.asked_if_safe, held.look_first,
        held.asked_to_put_down, held.role, held.wants, card.asked, card.phone, card.hand_over, hash(card.colleagues),
        card.beside, card.unrendered,
    )  # fmt: skip
    return f"{crc32(repr(shown).encode()):08x}"


async def values_of(visit: Visit, contact_id: str, kept: Kept | None = None) -> dict[str, Any] | None:
    """What the panel of a conversation shows; None when it is not this person's. To open it leaves an audit row."""
    me, house = visit.me.worker_id, visit.house

    def unit(tx: Tx) -> dict[str, Any] | None:
        held = desk_view.desk_of(tx, me).of(contact_id)
        if held is None:
            return None
        texts: list[TextShown] = []
        if held.latest_seq:
            audit.add(tx, me, "texts_read", contact_id)
            texts = service.texts_of(tx, house, contact_id)
            talk_view.read_until(tx, contact_id, me, held.latest_seq)
        draft = drafts.find(tx, contact_id, me)
        card = card_view.card_of(tx, held)
        return {
            "held": held,
            "card": card,
            "mark": head_mark(held, card),
            "texts": texts,
            "aliases": talk_view.aliases(tx, contact_id),
            "sent_as": talk_view.keys(tx, contact_id, me),
            "draft": house.vault.open(draft.body_enc) if draft else "",
            "draft_at": draft.at if draft else 0,
            "client_key": tx.new_id(),
            "whisper_key": tx.new_id(),
            "flagged": {**flagged_of(tx, house, contact_id, me, sees_all=sees_all(visit)), "notice": None},
            "problem": None,
            "whispered": "",
        }

    values = await visit.store.write(unit)
    if values is not None:
        values["replies"] = _replies(visit, values["held"])
        if kept is not None and kept.contact_id == contact_id:
            values["problem"] = kept.problem
            values["whispered" if kept.whisper else "draft"] = kept.body
    return values


def _replies(visit: Visit, held: desk_view.InHand) -> dict[str, Any]:
    """The ready answers in the child's language, else in the line's own."""
    replies = visit.house.directory.replies
    language = held.language
    number = visit.house.line(held.line).public_number
    found = replies.in_language(language, number)
    if not found:
        language = visit.house.line(held.line).own_language
        found = replies.in_language(language, number)
    return {"language": language, "all": found}


async def panel(visit: Visit) -> web.Response:
    """A conversation as the desk shows it. Raises Refused ``not_yours``."""
    values = await values_of(visit, contact_of(visit))
    if values is None:
        raise Refused("not_yours")
    return visit.page("desk_talk.html", talk=values)


async def head(visit: Visit) -> web.Response:
    """What stands above the conversation. Raises Refused ``not_yours``."""
    me, contact_id = visit.me.worker_id, contact_of(visit)

    def look(tx: Tx) -> tuple[desk_view.InHand, card_view.Card]:
        held = desk_view.desk_of(tx, me).of(contact_id)
        if held is None:
            raise Refused("not_yours")
        return held, card_view.card_of(tx, held)

    held, card = await visit.store.read(look)
    return visit.page("desk_head.html", held=held, card=card)


async def texts(visit: Visit) -> web.Response:
    """``GET .../texts?after=N``: the texts after a number, and how far those before it have come.

    JSON, or the fragment for the page. ``seen=1``: somebody is looking at them. Raises Refused ``not_yours``.
    """
    me, contact_id, house = visit.me.worker_id, contact_of(visit), visit.house
    after, seen = _after(visit), visit.request.query.get("seen") == "1"

    def unit(tx: Tx) -> tuple[list[TextShown], dict[str, str], dict[int, str]]:
        if not talk_view.may_read(tx, contact_id, me):
            raise Refused("not_yours")
        if after == 0:
            audit.add(tx, me, "texts_read", contact_id)
        found = service.texts_of(tx, house, contact_id, max(0, after - _SAID_AGAIN))
        if seen and found:
            talk_view.read_until(tx, contact_id, me, found[-1].seq)
        news = [text for text in found if text.seq > after or (text.author != "child" and text.audience == "all")]
        return news, talk_view.aliases(tx, contact_id), talk_view.keys(tx, contact_id, me)

    found, aliases, keys = await visit.store.write(unit)
    if visit.wants_json:
        return web.json_response(
            {
                "texts": [_as_json(text, aliases) for text in found if text.seq > after],
                "states": [
                    {"seq": text.seq, "state": text.state, "error": text.error} for text in found if text.seq <= after
                ],
            }
        )

    def around(tx: Tx) -> tuple[str, bool]:
        mine = assignments.held_by(tx, contact_id, me)
        return contacts.get(tx, contact_id).pseudonym, mine is not None and mine.role == "interpreter"

    pseudonym, interprets = await visit.store.read(around)
    values: dict[str, Any] = {"contact_id": contact_id, "pseudonym": pseudonym, "texts": found}
    values["interprets"] = interprets
    return visit.page("desk_texts.html", **values, aliases=aliases, sent_as=keys)


def contact_of(visit: Visit) -> str:
    return visit.request.match_info["contact"]


def _after(visit: Visit) -> int:
    given = visit.request.query.get("after", "0")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _as_json(text: TextShown, aliases: dict[str, str]) -> dict[str, Any]:
    return {
        "seq": text.seq, "author": text.author, "by": aliases.get(text.worker_id or ""), "audience": text.audience,
        "body": text.body, "at": text.at, "state": text.state, "error": text.error, "cut": text.cut,
        "media": text.media, "renders": text.renders, "for_child": text.for_child,
    }  # fmt: skip
