"""The record of a contact: saved as it is typed, and never overwritten unseen."""

from typing import Any

from aiohttp import web

from config.forms import Form
from helpline.console import words
from helpline.console.context import Visit
from helpline.console.counsellor import form
from helpline.console.counsellor.asking import Asker
from helpline.console.counsellor.said import lines_of
from helpline.console.protection.shown import flagged_of, sees_all
from helpline.contacts.record import Kept, form_of, unpacked
from helpline.contacts.same_phone import earlier
from helpline.errors import Conflict, HelplineError, Invalid, Refused
from helpline.protection import finishing
from helpline.store import audit, desk_view, history_view, report_view
from helpline.store.db import Tx
from helpline.store.history_view import ContactPage, Earlier, SealedRecord

Values = dict[str, Any]


async def values_of(visit: Visit, contact_id: str, *, opening: bool = True) -> Values:
    """What the form shows; to open it leaves an audit row. Raises Refused ``not_yours`` for one who never had it."""
    me, house, reads_all = visit.me.worker_id, visit.house, visit.may("contact.read")

    def unit(tx: Tx) -> tuple[ContactPage, SealedRecord, tuple[Earlier, ...] | None, Values]:
        contact = history_view.contact_page(tx, contact_id)
        if contact is None or not desk_view.holds(tx, contact_id, me):
            raise Refused("not_yours")
        if opening:
            audit.add(tx, me, "record_read", contact_id=contact_id)
        same_phone = earlier(tx, contact_id, me, reads_all=reads_all)
        flagged = flagged_of(tx, house, contact_id, me, sees_all=sees_all(visit))
        shown = {"flagged": {**flagged, "notice": None}, "interpreted": report_view.interpreters_of(tx, contact_id)}
        return contact, history_view.sealed_record(tx, contact_id), same_phone, shown

    contact, sealed, same_phone, shown = await visit.store.write(unit)
    kept = opened(visit, sealed)
    values: Values = {
        "contact": contact,
        "kept": kept,
        "form": None,
        "version": sealed.version,
        "finished_at": sealed.finished_at,
        "written_at": sealed.written_at,
        "same_phone": same_phone,
        "problem": None,
        "problem_code": None,
        "theirs": None,
        **shown,
    }
    try:
        asked = form_of(visit.house.directory, kept)
    except Conflict as error:  # it can be read, and not be written until its form is back
        problem = words.trouble(visit.wording, error)[1]
        return values | {"problem": problem, "said": lines_of(kept, visit.house.directory, visit.wording)}
    return values | {"form": asked, **_shown(visit, asked, kept, kept.content)}


def opened(visit: Visit, sealed: SealedRecord) -> Kept:
    """The record in clear, for `helpline.console.counsellor.said`; an empty one for a record that was not begun."""
    if sealed.content is None:
        return Kept()
    return unpacked(sealed.form, sealed.form_version, visit.house.vault.open(sealed.content))


def _shown(visit: Visit, asked: Form, kept: Kept, content: Any) -> Values:
    """The questions with the answers of ``content``, which may be what could not be saved."""
    asker = Asker(visit.house.directory, visit.wording, kept.labels)
    full = form.filled(asked, content)
    children = len(full[asked.children.id]) if asked.children else 0
    return {"rows": asker.rows(asked, full), "children": children}


async def page(visit: Visit) -> web.Response:
    """The form on a page of its own: for a record that is still owed."""
    return visit.page("record.html", record=await values_of(visit, visit.request.match_info["contact"]))


async def save(visit: Visit) -> web.Response:
    """Save the draft, and do what the button says: ``do`` is save, add_child, remove_child-N, theirs, or finish.

    A page's script asks for JSON and gets the new version; a browser gets the form again. What was typed is in
    every answer that is a form, also when it could not be saved.
    """
    contact_id, me = visit.request.match_info["contact"], visit.me.worker_id
    work, house, do = visit.console.contacts, visit.house, visit.form.get("do", "save")
    asked = _asked(visit)
    content = form.content_of(asked, visit.form)
    try:
        content = _changed(asked, content, do)
        form.check(asked, content)
        base = _base(visit)

        def unit(tx: Tx) -> int:
            version = work.save_record(tx, house, contact_id, me, content, base, asked.version)
            if do == "finish":
                finishing.must_be_seen(tx, contact_id, visit.form.get("concerns_seen", ""))
                work.finish_record(tx, house, contact_id, me)
            return version

        version = await visit.store.write(unit)
    except HelplineError as error:
        return await _not_saved(visit, contact_id, asked, content, error)
    if visit.wants_json:
        return web.json_response({"version": version})
    if do == "finish":
        return _leave(visit)
    return await _again(visit, contact_id)


def _asked(visit: Visit) -> Form:
    """The version of the form that the page has asked."""
    forms, posted = visit.house.directory.forms, visit.form.get("form_version", "")
    wanted = int(posted) if posted.isascii() and posted.isdigit() and len(posted) < 5 else 0
    return forms.of(forms.contact.id, wanted) or forms.contact


def _changed(asked: Form, content: Values, do: str) -> Values:
    if do == "add_child":
        return form.with_one_more(asked, content)
    if do.startswith("remove_child-"):
        index = do.removeprefix("remove_child-")
        return form.without(asked, content, int(index) if index.isdigit() else -1)
    return content


def _base(visit: Visit) -> int:
    try:
        return int(visit.form.get("base_version", ""))
    except ValueError:
        raise Invalid("version_missing") from None


def _leave(visit: Visit) -> web.Response:
    if not visit.partial:
        return visit.go("/console/desk")
    if visit.form.get("on") == "desk":
        return visit.page("desk_record.html", record=None)
    return web.Response(headers={"HX-Redirect": "/console/desk"})


async def _again(visit: Visit, contact_id: str) -> web.Response:
    if visit.partial:
        return visit.page("desk_record.html", record=await values_of(visit, contact_id, opening=False))
    live = visit.form.get("on") == "desk"
    return visit.go(f"/console/desk?c={contact_id}#record" if live else f"/console/contacts/{contact_id}/record")


async def _not_saved(visit: Visit, contact_id: str, asked: Form, content: Values, error: HelplineError) -> web.Response:
    """The form with what was typed and what is wrong; after a conflict, with the other text beside it."""
    values = await values_of(visit, contact_id, opening=False)
    if error.code in ("contact_type_missing", "concerns_open"):
        # The text is right and only the finish was not: keep it, so that nothing hangs on the mending.
        values["version"] = await _keep(visit, contact_id, asked, content, values["version"])
    elif error.code == "record_changed":
        values["theirs"] = lines_of(values["kept"], visit.house.directory, visit.wording)
    if visit.wants_json:
        status = {"code": error.code, "text": words.trouble(visit.wording, error)[1], "version": values["version"]}
        return web.json_response(status, status=error.status)
    if values["form"] is None:
        raise error
    values |= {"form": asked, **_shown(visit, asked, values["kept"], content)}
    values["problem"] = words.trouble(visit.wording, error)[1]
    values["problem_code"] = error.code
    template = "desk_record.html" if visit.partial else "record.html"
    return visit.page(template, status=error.status, record=values)


async def _keep(visit: Visit, contact_id: str, asked: Form, content: Values, stored: int) -> int:
    work, house, me, base = visit.console.contacts, visit.house, visit.me.worker_id, _base(visit)

    def unit(tx: Tx) -> int:
        return work.save_record(tx, house, contact_id, me, content, base, asked.version)

    return await visit.store.write(unit) if base == stored else stored
