"""Writing in a conversation: to the child, to the other adults, and what is typed and not sent yet.

A text belongs to its conversation by the address that it is sent to, and a draft is kept for one conversation and
person: there is no way from one child's field to another's.
"""

import re

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.counsellor import desk
from helpline.console.counsellor.talk import Kept, contact_of
from helpline.errors import HelplineError, Invalid, Refused
from helpline.store import contacts, drafts, talk_view
from helpline.store.db import Tx, Unit
from helpline.threads import service
from helpline.threads.service import TextShown

LONGEST_DRAFT = 20_000
"""Characters of a draft that are kept; more than can be sent, so that a long one can be cut in two."""

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


async def say(visit: Visit) -> web.Response:
    """Write to the child. A repeat with the same ``client_key`` is no second text.

    ``for``: "interpreter" for what an interpreter is to render. ``renders``: an interpreter's rendering of the text
    with this number.
    """
    me, contact_id, house = visit.me.worker_id, contact_of(visit), visit.house
    body, key, draft_at = _typed(visit), _client_key(visit), visit.form.get("draft_at", "")

    def unit(tx: Tx) -> TextShown:
        said = _said(visit, tx, contact_id, body, key)
        draft = drafts.find(tx, contact_id, me)
        if draft is not None and (str(draft.at) == draft_at or house.vault.open(draft.body_enc).strip() == said.body):
            drafts.drop(tx, contact_id, me)
        return said

    return await _written(visit, contact_id, body, unit)


def _said(visit: Visit, tx: Tx, contact_id: str, body: str, key: str) -> TextShown:
    me, house, renders = visit.me.worker_id, visit.house, visit.form.get("renders", "")
    if renders:
        if not (renders.isascii() and renders.isdigit() and len(renders) < 10):
            raise Invalid("text_unknown")
        return service.render(tx, house, contact_id, me, int(renders), body, key)
    if visit.form.get("for") == "interpreter":
        return service.write_for_child(tx, house, contact_id, me, body, key)
    return service.say(tx, house, contact_id, me, body, key)


async def whisper(visit: Visit) -> web.Response:
    """A note to the other adults. For those who may read the conversation, and those who direct the floor."""
    me, contact_id, house = visit.me.worker_id, contact_of(visit), visit.house
    body, key, directs = _typed(visit), _client_key(visit), visit.may("floor.direct")

    def unit(tx: Tx) -> TextShown:
        if not directs and not talk_view.may_read(tx, contact_id, me):
            raise Refused("not_yours")
        return service.whisper(tx, house, contact_id, me, body, key)

    return await _written(visit, contact_id, body, unit, whisper=True)


async def _written(
    visit: Visit, contact_id: str, body: str, unit: Unit[TextShown], *, whisper: bool = False
) -> web.Response:
    """The text as JSON, or the desk again; what could not be sent stands in its field, with the reason."""
    try:
        said = await visit.store.write(unit)
    except HelplineError as error:
        problem = words.trouble(visit.wording, error)[1]
        if visit.wants_json:
            told = {"error": error.kind, "code": error.code, "retry": error.retry, "text": problem}
            return web.json_response(told, status=error.status)
        return await desk.page(visit, kept=Kept(contact_id, body, problem, whisper), status=error.status)
    if visit.wants_json:
        return web.json_response({"seq": said.seq, "state": said.state})
    return visit.go(f"/console/desk?c={contact_id}#write-{contact_id}")


async def draft(visit: Visit) -> web.Response:
    """Keep what is typed. ``reply`` puts a ready answer after it, ``again`` a text that did not arrive.

    ``draft_at`` says which draft the page knew: another that was kept meanwhile comes back in the answer, so that
    nobody writes over it unseen. Raises Refused ``not_yours`` and Invalid ``text_too_long``.
    """
    me, contact_id, house = visit.me.worker_id, contact_of(visit), visit.house
    body, known = visit.form.get("body", "").replace("\r\n", "\n"), visit.form.get("draft_at", "")

    def unit(tx: Tx) -> tuple[str, int, str | None]:
        if not talk_view.may_read(tx, contact_id, me):
            raise Refused("not_yours")
        number = house.line(contacts.get(tx, contact_id).line).public_number
        whole = _put_after(body, _ready(visit, number) or _once_more(visit, tx, contact_id))
        if len(whole) > LONGEST_DRAFT:
            raise Invalid("text_too_long")
        before = drafts.find(tx, contact_id, me)
        there = house.vault.open(before.body_enc) if before is not None else ""
        other = there if before is not None and str(before.at) != known and there != whole else None
        if not whole:
            if other is None:
                drafts.drop(tx, contact_id, me)
            return whole, 0 if other is None else before.at if before else 0, other
        return whole, drafts.keep(tx, contact_id, me, house.vault.seal(whole), before), other

    whole, at, other = await visit.store.write(unit)
    if visit.wants_json:
        return web.json_response({"body": whole, "draft_at": at, "other": other})
    return visit.go(f"/console/desk?c={contact_id}#write-{contact_id}")


def _put_after(body: str, more: str) -> str:
    return "\n".join(filter(None, (body.rstrip(), more))) if more else body


def _ready(visit: Visit, number: str) -> str:
    """The ready answer that was chosen: ``language.id``."""
    language, _, wanted = visit.form.get("reply", "").partition(".")
    chosen = [text for one, text in visit.house.directory.replies.in_language(language, number) if one.id == wanted]
    return chosen[0].text if chosen else ""


def _once_more(visit: Visit, tx: Tx, contact_id: str) -> str:
    again = visit.form.get("again", "")
    if not again.isdigit() or len(again) > 9:
        return ""
    found = service.texts_of(tx, visit.house, contact_id, int(again) - 1)
    return found[0].body if found and found[0].author == "worker" and found[0].audience == "all" else ""


def _typed(visit: Visit) -> str:
    return visit.form.get("body", "").replace("\r\n", "\n")


def _client_key(visit: Visit) -> str:
    key = visit.form.get("client_key", "")
    if not _KEY.fullmatch(key):
        raise Invalid("key_missing")
    return key
