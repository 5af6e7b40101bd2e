"""A child's own words can only raise: a conversation in which they stand is looked at first. They never lower, close,
answer or flag; a counsellor sees which they are, and can say that they mean no danger.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from config.danger_words import DangerWords
from helpline.contacts import moves
from helpline.contacts.lifecycle import State
from helpline.errors import Invalid
from helpline.house import House
from helpline.store import audit, threads, words_seen
from helpline.store.contacts import Contact
from helpline.store.db import Tx

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_NOBODY_YET = (State.ARRIVING, State.WAITING, State.OFFERED, State.PARKED)


@dataclass(frozen=True, slots=True)
class Seen:
    """In one text: entries of the list of a language. ``not_so``: somebody said that they mean no danger."""

    text_id: str
    language: str
    entries: tuple[str, ...]
    not_so: bool


def matches(words: DangerWords, text: str) -> tuple[str, ...]:
    """The entries of a list that stand in a text, each once, in the list's order. Pure.

    Whole words only, whatever their case and accents; a word counts with an ending of the list too, and one that ends
    with a star in the list counts for all that begin so. A draft matches nothing.
    """
    if words.review != "reviewed":
        return ()
    said = _words_of(text)
    return tuple(entry for entry in words.words if _stands_in(entry, said, words.endings))


def _words_of(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def _stands_in(entry: str, said: list[str], endings: tuple[str, ...]) -> bool:
    wanted = entry.split()
    wanted = [part if part.endswith("*") else " ".join(_words_of(part)) or part for part in wanted]
    return any(
        all(_is(part, word, endings) for part, word in zip(wanted, said[at:], strict=False))
        for at in range(len(said) - len(wanted) + 1)
    )


def _is(part: str, word: str, endings: tuple[str, ...]) -> bool:
    if part.endswith("*"):
        return word.startswith(part[:-1])
    return word == part or (word.startswith(part) and word[len(part) :] in endings)


def look(tx: Tx, house: House, contact: Contact, text_id: str, body: str) -> Contact:
    """A child has written: if words of danger stand in it, the conversation is looked at first, and goes before others.

    All lists are asked, since a child mixes languages. Gives the contact as it is then.
    """
    found = _found(house.directory.danger_words, body)
    if not found:
        return contact
    for language, entries in found.items():
        for entry in entries:
            words_seen.count(tx, language, entry, "seen")
    sealed = house.vault.seal(json.dumps(found))
    words_seen.add(tx, contact.id, text_id, "+".join(found)[:12], sealed)
    threads.change(tx, contact.id, look_first=True)
    audit.add(tx, "system", "danger_words_seen", contact.id, text_id)
    if not contact.moved_up and contact.state in _NOBODY_YET:
        contact = moves.touch(tx, contact, moved_up=True)
    return contact


def _found(lists: Mapping[str, DangerWords], body: str) -> dict[str, list[str]]:
    found = {language: list(matches(words, body)) for language, words in lists.items()}
    return {language: entries for language, entries in found.items() if entries}


def seen_in(tx: Tx, house: House, contact_id: str) -> list[Seen]:
    """What was found in a conversation, the oldest first."""
    shown = []
    for text_id, sealed, not_so_at in words_seen.of_contact(tx, contact_id):
        for language, entries in json.loads(house.vault.open(sealed)).items():
            shown.append(Seen(text_id, language, tuple(entries), not_so_at is not None))
    return shown


def not_so(tx: Tx, house: House, contact_id: str, text_id: str, by: str) -> None:
    """A person has read it, and it means no danger. That is counted, so that the list can be mended.

    What was raised stays raised; only the mark goes, once it holds for all that was found. Raises `Invalid`
    ("words_unknown").
    """
    found = [(sealed, at) for id, sealed, at in words_seen.of_contact(tx, contact_id) if id == text_id]
    if not found or found[0][1] is not None:
        raise Invalid("words_unknown", "This was said already.")
    for language, entries in json.loads(house.vault.open(found[0][0])).items():
        for entry in entries:
            words_seen.count(tx, language, entry, "not_so")
    words_seen.set_not_so(tx, contact_id, text_id, by)
    audit.add(tx, by, "danger_words_not_so", contact_id, text_id)
    if all(at is not None for _, _, at in words_seen.of_contact(tx, contact_id)):
        threads.change(tx, contact_id, look_first=False)
    tx.hint("text", contact_id)
