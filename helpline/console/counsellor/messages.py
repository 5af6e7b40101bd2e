"""Messages that were left out of hours: heard here, decrypted as they are played, each hearing audited."""

from aiohttp import web

from helpline.console.context import Visit
from helpline.errors import Conflict, Unavailable
from helpline.store import audit, left_view
from helpline.store.db import Tx


async def sound(visit: Visit) -> web.Response:
    """The sound of one message. Raises Unavailable when it has not been fetched yet."""
    contact, me = visit.request.match_info["contact"], visit.me.worker_id

    def unit(tx: Tx) -> bytes | None:
        sealed = left_view.message_of(tx, contact)
        if sealed is not None:
            audit.add(tx, me, "message_heard", contact_id=contact)
        return sealed

    sealed = await visit.store.write(unit)
    if sealed is None:
        raise Unavailable("message_not_here")
    media = visit.house.vault.open_bytes(sealed)
    return web.Response(body=media, content_type=_kind_of(media), headers={"Accept-Ranges": "none"})


async def handled(visit: Visit) -> web.Response:
    """Note that this person has dealt with the message."""
    contact, me = visit.request.match_info["contact"], visit.me.worker_id

    def unit(tx: Tx) -> None:
        if not left_view.mark_handled(tx, contact, me):
            raise Conflict("already_handled")
        audit.add(tx, me, "message_handled", contact_id=contact)
        tx.hint("record", contact)

    await visit.store.write(unit)
    return visit.go("/console/desk")


def _kind_of(media: bytes) -> str:
    if media[:4] == b"RIFF":
        return "audio/wav"
    if media[:4] == b"OggS":
        return "audio/ogg"
    return "audio/mpeg"
