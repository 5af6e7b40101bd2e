"""Writing the record of a contact. Each function is a unit of work."""

from collections.abc import Mapping
from typing import Any

from helpline.contacts import moves, search
from helpline.contacts.lifecycle import Event, State
from helpline.contacts.record import Kept, form_of, unpacked, write
from helpline.errors import Conflict, Invalid, Refused
from helpline.house import House
from helpline.store import assignments, audit, contacts, records
from helpline.store import search as found_by
from helpline.store.contacts import Contact
from helpline.store.db import Tx


def save_record(
    tx: Tx,
    house: House,
    contact_id: str,
    worker_id: str,
    content: Mapping[str, Any],
    base_version: int,
    form_version: int | None = None,
) -> int:
    """Keep the draft as it is typed, and the words by which it is found; returns its new version.

    A record that is begun takes the form's ``form_version`` when there is one, else today's, and keeps it.
    Raises `Invalid` with the field, `Refused` ("not_yours"), or `Conflict` ("record_changed", "form_gone").
    """
    contact = _written_by(tx, contact_id, worker_id)
    before = written(tx, house, contact_id)
    form = form_of(house.directory, before, form_version)
    kept = write(house.directory, form, before, content)
    sealed = records.Sealed(kept.form, kept.version, kept.contact_type, house.vault.seal(kept.packed()))
    version = records.save(tx, contact.id, worker_id, sealed, base_version)
    found_by.set_words(tx, contact.id, search.tokens_of(house.vault, form, kept))
    audit.add(tx, worker_id, "record_saved", contact.id)
    tx.hint("record", contact.id)
    return version


def written(tx: Tx, house: House, contact_id: str) -> Kept:
    """The record as it stands, opened."""
    found = records.get(tx, contact_id)
    return Kept() if found is None else unpacked(found.form, found.form_version, house.vault.open(found.content_enc))


def finish_record(tx: Tx, house: House, contact_id: str, worker_id: str) -> None:
    """The record is done, and after a conversation the worker is free again.

    Raises `Invalid` ("contact_type_missing"), or `Conflict` ("still_talking", "still_written").
    """
    contact = contacts.get_for_change(tx, contact_id)
    _written_by(tx, contact_id, worker_id)
    found = records.get(tx, contact_id)
    if found is None or not found.contact_type:
        raise Invalid("contact_type_missing", "Say what type of contact it was.")
    if contact.state not in (State.WRAP_UP, State.CLOSED):
        raise Conflict("still_talking", "End the conversation first.")
    has_it = any(each.worker_id == worker_id for each in assignments.live_of_contact(tx, contact_id))
    if contact.state == State.WRAP_UP and not has_it:
        raise Conflict("still_written", "Another person is writing this record now.")
    records.finish(tx, contact_id)
    audit.add(tx, worker_id, "record_finished", contact_id)
    tx.hint("record", contact_id)
    if contact.state == State.WRAP_UP:
        moves.close(tx, house, contact, Event.FINISHED, worker_id, contact.outcome or "served", "finished")


def _written_by(tx: Tx, contact_id: str, worker_id: str) -> Contact:
    """Whoever served the contact may write its record, also after the time for it is over."""
    contact = contacts.get(tx, contact_id)
    if not assignments.served(tx, contact_id, worker_id):
        raise Refused("not_yours", "Only those who served this contact write its record.")
    return contact
