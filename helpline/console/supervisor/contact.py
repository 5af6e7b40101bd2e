"""One contact: what is known, its record, and what was done. Looking at it is written down."""

from typing import Any

from aiohttp import web

from helpline.console import words
from helpline.console.context import Visit
from helpline.console.counsellor import record
from helpline.console.counsellor.said import lines_of
from helpline.console.protection.shown import flagged_of, sees_all
from helpline.errors import HelplineError, Invalid
from helpline.store import audit, blocks, contacts, history_view, records, report_view
from helpline.store.db import Tx

BLOCK_HOURS = (1, 2, 4, 8, 12, 24)


async def page(
    visit: Visit,
    *,
    problem: str | None = None,
    reason: str = "",
    block_problem: str | None = None,
    block_reason: str = "",
    status: int = 200,
) -> web.Response:
    """``problem``: why it could not be ended; ``block_problem``: why its number could not be blocked.

    Raises Invalid ``contact_unknown``.
    """
    contact_id, me = visit.request.match_info["contact"], visit.me.worker_id

    def unit(tx: Tx) -> dict[str, Any]:
        contact = history_view.contact_page(tx, contact_id)
        if contact is None:
            raise Invalid("contact_unknown")
        audit.add(tx, me, "contact_read", contact_id=contact_id)
        return {
            "contact": contact,
            "sealed": history_view.sealed_record(tx, contact_id),
            "history": history_view.history(tx, contact_id),
            "interpreted": report_view.interpreters_of(tx, contact_id),
            "blockable": _blockable(tx, contact_id),
            "flagged": flagged_of(tx, visit.house, contact_id, me, sees_all=sees_all(visit)),
        }

    values = await visit.store.write(unit)
    content = record.opened(visit, values["sealed"])
    lines = lines_of(content, visit.house.directory, visit.wording)
    return visit.page(
        "contact.html",
        status=status,
        said=lines,
        problem=problem,
        reason=reason,
        block_problem=block_problem,
        block_reason=block_reason,
        block_hours=BLOCK_HOURS,
        **values,
    )


async def stop(visit: Visit) -> web.Response:
    """End a stuck contact; ``reason`` says why, and is kept in the form when something is wrong."""
    work, house, me = visit.console.contacts, visit.house, visit.me.worker_id
    contact, reason = visit.request.match_info["contact"], visit.form.get("reason", "").strip()

    def unit(tx: Tx) -> None:
        if not reason:
            raise Invalid("reason_missing")
        work.stop_contact(tx, house, contact, me, reason)

    try:
        await visit.store.write(unit)
    except HelplineError as error:
        return await page(visit, problem=words.trouble(visit.wording, error)[1], reason=reason, status=error.status)
    return visit.go("/console/floor")


async def require_gender(visit: Visit) -> web.Response:
    """Only a woman, or only a man, may answer this contact; ``gender`` empty: it is a wish again."""
    work, house, me = visit.console.contacts, visit.house, visit.me.worker_id
    contact, gender = visit.request.match_info["contact"], visit.form.get("gender", "") or None
    try:
        await visit.store.write(lambda tx: work.require_gender(tx, house, contact, me, gender))
    except HelplineError as error:
        return await page(visit, problem=words.trouble(visit.wording, error)[1], status=error.status)
    return visit.go(f"/console/contacts/{contact}")


def _blockable(tx: Tx, contact_id: str) -> str:
    """Whether the number of this contact may be blocked: yes, blocked (already), silent, or unknown (withheld, a chat).

    The service decides; this is for the page to say it before.
    """
    contact, written = contacts.get(tx, contact_id), records.get(tx, contact_id)
    if contact.caller_hash is None:
        return "unknown"
    if contact.cannot_speak or (written is not None and written.contact_type == "silent"):
        return "silent"
    return "yes" if blocks.blocked_until(tx, contact.line, contact.caller_hash) is None else "blocked"
