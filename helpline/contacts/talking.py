"""The one conversation behind the channels: a room of telephones, or a thread of texts."""

from helpline.house import House
from helpline.store.contacts import Contact
from helpline.store.db import Tx
from helpline.threads import talk
from helpline.voice import room as rooms
from helpline.voice import service as voice


def happen(tx: Tx, house: House, contact: Contact, happening: rooms.Happening, actor: str) -> Contact:
    """Let something happen in a contact's conversation, whatever its channel; gives the contact as it is then."""
    if contact.channel == "voice":
        return voice.happen(tx, house, contact, happening, actor)[0]
    return talk.happen(tx, house, contact, happening, actor)
