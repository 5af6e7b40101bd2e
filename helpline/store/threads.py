"""Text conversations and their texts."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Invalid
from helpline.store.db import Tx
from helpline.store.tables import assignments, text_parts, texts, threads


@dataclass(frozen=True, slots=True)
class Thread:
    """A row of the table, in its words."""

    contact_id: str
    open_key: str | None
    address: str | None
    visit_hash: str | None
    session_json: str | None
    last_seq: int
    child_wrote_at: int | None
    adult_wrote_at: int | None
    owed_since: int | None
    safe_asked_at: int | None
    stopped_at: int | None
    look_first: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A row of the table, in its words."""

    id: str
    contact_id: str
    seq: int
    author: str
    worker_id: str | None
    audience: str
    body_enc: bytes
    cut: bool
    media: int
    at: int
    client_key: str | None
    state: str
    error: str | None
    renders: int | None
    for_child: bool


_THREAD = sa.select(*(threads.c[field.name] for field in fields(Thread)))
_GET = _THREAD.where(threads.c.contact_id == sa.bindparam("wanted"))
_OPEN = _THREAD.where(threads.c.open_key == sa.bindparam("wanted"))
_VISIT = _THREAD.where(threads.c.visit_hash == sa.bindparam("wanted"))
_TEXT = sa.select(*(texts.c[field.name] for field in fields(Text)))
_ONE = _TEXT.where(texts.c.id == sa.bindparam("wanted"))
_SAME = _TEXT.where(texts.c.contact_id == sa.bindparam("of"), texts.c.client_key == sa.bindparam("wanted"))
_SINCE = _TEXT.where(texts.c.contact_id == sa.bindparam("of"), texts.c.seq > sa.bindparam("after")).order_by(
    texts.c.seq
)
_NUMBERED = _TEXT.where(texts.c.contact_id == sa.bindparam("of"), texts.c.seq == sa.bindparam("seq"))
_LAST = sa.select(threads.c.last_seq).where(threads.c.contact_id == sa.bindparam("wanted"))
_rendering, _direct = texts.alias("rendering"), texts.alias("direct")
# Before an interpreter came, whatever the child had written when a counsellor answered it needed none.
_INTERPRETED_SINCE = (
    sa.select(sa.func.min(assignments.c.connected_at))
    .where(assignments.c.contact_id == sa.bindparam("of"), assignments.c.role == "interpreter")
    .scalar_subquery()
)
_UNDERSTOOD = (
    sa.select(sa.func.coalesce(sa.func.max(_direct.c.seq), 0))
    .where(
        _direct.c.contact_id == sa.bindparam("of"),
        _direct.c.author == "worker",
        _direct.c.audience == "all",
        _direct.c.at < _INTERPRETED_SINCE,
    )
    .scalar_subquery()
)
_UNRENDERED = (
    sa.select(texts.c.seq)
    .where(
        texts.c.contact_id == sa.bindparam("of"),
        sa.or_(texts.c.author == "child", texts.c.for_child),
        texts.c.seq > _UNDERSTOOD,
        ~sa.exists().where(_rendering.c.contact_id == texts.c.contact_id, _rendering.c.renders == texts.c.seq),
    )
    .order_by(texts.c.seq)
)
_changes: dict[tuple[str, ...], sa.Update] = {}


def find(tx: Tx, contact_id: str) -> Thread | None:
    row = tx.row(_GET, {"wanted": contact_id})
    return None if row is None else Thread(*row)


def get(tx: Tx, contact_id: str) -> Thread:
    """Raises `Invalid` ("thread_unknown") for a contact that is no text conversation."""
    thread = find(tx, contact_id)
    if thread is None:
        raise Invalid("thread_unknown")
    return thread


def open_one(tx: Tx, open_key: str) -> Thread | None:
    """The conversation of this number on this line that is not closed."""
    row = tx.row(_OPEN, {"wanted": open_key})
    return None if row is None else Thread(*row)


def of_visit(tx: Tx, visit_hash: str) -> Thread | None:
    row = tx.row(_VISIT, {"wanted": visit_hash})
    return None if row is None else Thread(*row)


def add(tx: Tx, contact_id: str, **values: Any) -> None:
    tx.insert(threads, {"contact_id": contact_id, **values})


def change(tx: Tx, contact_id: str, **values: Any) -> None:
    names = tuple(sorted(values))
    statement = _changes.get(names)
    if statement is None:
        statement = _changes[names] = (
            threads.update()
            .where(threads.c.contact_id == sa.bindparam("b_id"))
            .values(**{name: sa.bindparam(f"v_{name}") for name in names})
        )
    tx.change(statement, {"b_id": contact_id, **{f"v_{name}": value for name, value in values.items()}})


def said(tx: Tx, contact_id: str, client_key: str) -> Text | None:
    """The text that a page has sent before under this id of its own."""
    row = tx.row(_SAME, {"of": contact_id, "wanted": client_key})
    return None if row is None else Text(*row)


def text(tx: Tx, id: str) -> Text:
    """Raises `Invalid` ("text_unknown")."""
    row = tx.row(_ONE, {"wanted": id})
    if row is None:
        raise Invalid("text_unknown")
    return Text(*row)


def since(tx: Tx, contact_id: str, after: int = 0) -> list[Text]:
    """The texts with a higher number than ``after``, in their order."""
    return [Text(*row) for row in tx.rows(_SINCE, {"of": contact_id, "after": after})]


def numbered(tx: Tx, contact_id: str, seq: int) -> Text:
    """Raises `Invalid` ("text_unknown")."""
    row = tx.row(_NUMBERED, {"of": contact_id, "seq": seq})
    if row is None:
        raise Invalid("text_unknown")
    return Text(*row)


def unrendered(tx: Tx, contact_id: str) -> list[int]:
    """The numbers of what the child wrote, and of what is to be rendered for it, that have no rendering yet.

    What a counsellor had answered alone, before any interpreter came, was understood.
    """
    return [int(seq) for (seq,) in tx.rows(_UNRENDERED, {"of": contact_id})]


def append(tx: Tx, thread: Thread, author: str, body_enc: bytes, state: str, **more: Any) -> Text:
    """The next text of the conversation. The thread's contact is locked by the caller."""
    latest = tx.row(_LAST, {"wanted": thread.contact_id})
    assert latest is not None, "the thread was read"
    seq = int(latest[0]) + 1
    change(tx, thread.contact_id, last_seq=seq)
    values: dict[str, Any] = {
        "id": tx.new_id(), "contact_id": thread.contact_id, "seq": seq, "author": author, "worker_id": None,
        "audience": "all", "body_enc": body_enc, "cut": False, "media": 0, "at": tx.now, "client_key": None,
        "state": state, "error": None, "renders": None, "for_child": False, **more,
    }  # fmt: skip
    tx.insert(texts, values)
    tx.hint("text", thread.contact_id)
    return Text(**values)


def set_state(tx: Tx, text: Text, state: str, error: str | None = None) -> None:
    tx.execute(texts.update().where(texts.c.id == text.id).values(state=state, error=error))
    tx.hint("text", text.contact_id)


def held(tx: Tx, contact_id: str) -> list[Text]:
    """What an adult wrote and the child is not yet known to be safe to receive."""
    rows = tx.execute(_TEXT.where(texts.c.contact_id == contact_id, texts.c.state == "held").order_by(texts.c.seq))
    return [Text(*row) for row in rows]


# The parts in which a text goes out.

_ORDER = ("due", "sent", "delivered")


def add_parts(tx: Tx, text_id: str, count: int) -> None:
    for number in range(1, count + 1):
        tx.insert(text_parts, {"text_id": text_id, "number": number, "state": "due"})


def part_of(tx: Tx, provider_id: str) -> tuple[str, int] | None:
    """The text and the number of the part that the carrier knows by this id."""
    row = tx.execute(
        sa.select(text_parts.c.text_id, text_parts.c.number).where(text_parts.c.provider_id == provider_id)
    ).first()
    return None if row is None else (row[0], row[1])


def part_state(
    tx: Tx, text_id: str, number: int, state: str, *, provider_id: str | None = None, error: str | None = None
) -> None:
    """How far a part has come, only forwards; the text is as far as its last part, and failed if one is."""
    row = tx.execute(
        sa.select(text_parts.c.state, text_parts.c.provider_id).where(
            text_parts.c.text_id == text_id, text_parts.c.number == number
        )
    ).first()
    if row is None:
        return
    was, known_as = row
    forwards = was in _ORDER and (state == "failed" or _ORDER.index(state) > _ORDER.index(was))
    tx.execute(
        text_parts.update()
        .where(text_parts.c.text_id == text_id, text_parts.c.number == number)
        .values(
            state=state if forwards else was, error=error if forwards else None, provider_id=known_as or provider_id
        )
    )
    if forwards:
        _sum_up(tx, text_id, error)


def _sum_up(tx: Tx, text_id: str, error: str | None) -> None:
    states = [state for (state,) in tx.execute(sa.select(text_parts.c.state).where(text_parts.c.text_id == text_id))]
    whole = "failed" if "failed" in states else min(states, key=_ORDER.index)
    set_state(tx, text(tx, text_id), whole, error)


_CLOSE = threads.update().where(threads.c.contact_id == sa.bindparam("wanted")).values(open_key=None, owed_since=None)


def close(tx: Tx, contact_id: str) -> None:
    """The conversation is over: the number's next text begins another."""
    tx.change(_CLOSE, {"wanted": contact_id})
