"""Words of danger in children's texts, and how often each entry of a list was right."""

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import word_counts, words_seen

_OF_CONTACT = (
    sa.select(words_seen.c.text_id, words_seen.c.entries_enc, words_seen.c.not_so_at)
    .where(words_seen.c.contact_id == sa.bindparam("wanted"))
    .order_by(words_seen.c.at, words_seen.c.text_id)
)
_COUNTS = sa.select(word_counts.c.language, word_counts.c.entry, word_counts.c.seen, word_counts.c.not_so).order_by(
    word_counts.c.language, word_counts.c.not_so.desc(), word_counts.c.entry
)


def add(tx: Tx, contact_id: str, text_id: str, language: str, entries_enc: bytes) -> None:
    values = {"contact_id": contact_id, "text_id": text_id, "language": language, "entries_enc": entries_enc}
    tx.insert_once(words_seen, {**values, "at": tx.now})


def of_contact(tx: Tx, contact_id: str) -> list[tuple[str, bytes, int | None]]:
    """(text, sealed entries, when somebody said that it is not so), the oldest first."""
    return [(row[0], bytes(row[1]), row[2]) for row in tx.rows(_OF_CONTACT, {"wanted": contact_id})]


def set_not_so(tx: Tx, contact_id: str, text_id: str, by: str) -> None:
    tx.execute(
        words_seen.update()
        .where(words_seen.c.contact_id == contact_id, words_seen.c.text_id == text_id)
        .values(not_so_by=by, not_so_at=tx.now)
    )


def count(tx: Tx, language: str, entry: str, what: str) -> None:
    """One more. ``what``: seen, or not_so."""
    tx.insert_once(word_counts, {"language": language, "entry": entry, "seen": 0, "not_so": 0})
    one_more = (
        word_counts.update()
        .where(word_counts.c.language == language, word_counts.c.entry == entry)
        .values({word_counts.c[what]: word_counts.c[what] + 1})
    )
    tx.execute(one_more)


def counts(tx: Tx) -> list[tuple[str, str, int, int]]:
    """(language, entry, how often it was seen, how often it was not so)."""
    return [(row[0], row[1], row[2], row[3]) for row in tx.rows(_COUNTS, {})]
