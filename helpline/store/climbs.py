"""Ladders that are climbed, and the pages that went out at their rungs."""

from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from helpline.errors import Conflict, Invalid
from helpline.store.db import Tx
from helpline.store.tables import climbs, deadlines, pages


@dataclass(frozen=True, slots=True)
class Climb:
    """A row of the table, in its words."""

    id: str
    cause: str
    topic: str
    concern_id: str | None
    contact_id: str | None
    line: str | None
    language: str | None
    worker_id: str | None
    ladder: str
    ladder_json: str
    rung: int
    round: int
    due_at: int
    version: int
    started_at: int
    ended_at: int | None
    ended_how: str | None
    ended_by: str | None
    ended_name_enc: bytes | None


@dataclass(frozen=True, slots=True)
class Page:
    """A row of the table, in its words."""

    id: str
    climb_id: str
    rung: int
    round: int
    who: str
    how: str
    worker_id: str | None
    holder_id: str | None
    service_id: str | None
    notice_id: str | None
    code: str | None
    state: str
    error: str | None
    told_at: int
    ended_at: int | None
    token_hash: str | None
    link_until: int | None


OPEN = ("told", "delivered")
"""States of a page that a person may still answer."""

_CLIMB = sa.select(*(climbs.c[field.name] for field in fields(Climb)))
_GET = _CLIMB.where(climbs.c.id == sa.bindparam("wanted"))
_GET_LOCKED = _GET.with_for_update()
_OPEN_TOPIC = _CLIMB.where(climbs.c.topic == sa.bindparam("wanted"), climbs.c.ended_at.is_(None))
_OF_CONCERN = _CLIMB.where(climbs.c.concern_id == sa.bindparam("wanted")).order_by(climbs.c.id.desc())
_GOING = _CLIMB.where(climbs.c.ended_at.is_(None)).order_by(climbs.c.due_at, climbs.c.id)
_PAGE = sa.select(*(pages.c[field.name] for field in fields(Page)))
_ONE_PAGE = _PAGE.where(pages.c.id == sa.bindparam("wanted"))
_BY_TOKEN = _PAGE.where(pages.c.token_hash == sa.bindparam("wanted"))
_PAGES = _PAGE.where(pages.c.climb_id == sa.bindparam("wanted")).order_by(pages.c.id)
_CODES = (
    sa.select(pages.c.code)
    .join(climbs, climbs.c.id == pages.c.climb_id)
    .where(climbs.c.ended_at.is_(None), pages.c.code.is_not(None))
)
_changes: dict[tuple[str, ...], sa.Update] = {}


def get(tx: Tx, id: str) -> Climb:
    """Raises `Invalid` ("climb_unknown")."""
    row = tx.row(_GET, {"wanted": id})
    if row is None:
        raise Invalid("climb_unknown", "There is nothing to answer here any more.")
    return Climb(*row)


def get_for_change(tx: Tx, id: str) -> Climb:
    """The same, locked until the transaction ends (SQLite has one writer, and needs no lock)."""
    row = tx.row(_GET_LOCKED, {"wanted": id})
    if row is None:
        raise Invalid("climb_unknown", "There is nothing to answer here any more.")
    return Climb(*row)


def open_of(tx: Tx, topic: str) -> Climb | None:
    """The one about this topic that has not ended."""
    row = tx.row(_OPEN_TOPIC, {"wanted": topic})
    return None if row is None else Climb(*row)


def of_concern(tx: Tx, concern_id: str) -> Climb | None:
    """The newest of a concern."""
    row = tx.row(_OF_CONCERN, {"wanted": concern_id})
    return None if row is None else Climb(*row)


def going(tx: Tx) -> list[Climb]:
    """All that have not ended, the first due first."""
    return [Climb(*row) for row in tx.rows(_GOING, {})]


def add(tx: Tx, values: dict[str, Any]) -> str:
    """A unique index refuses a second one about the same topic while the first goes on."""
    id = tx.new_id()
    tx.insert(climbs, {"id": id, "started_at": tx.now, **values})
    tx.hint("concern", id)
    return id


def change(tx: Tx, climb: Climb, **values: Any) -> None:
    """Change it if it is still at the version that was read. Raises `Conflict` ("climb_changed") otherwise."""
    names = tuple(sorted(values))
    statement = _changes.get(names)
    if statement is None:
        statement = _changes[names] = (
            climbs.update()
            .where(climbs.c.id == sa.bindparam("b_id"), climbs.c.version == sa.bindparam("b_version"))
            .values(version=climbs.c.version + 1, **{name: sa.bindparam(f"v_{name}") for name in names})
        )
    parameters = {f"v_{name}": value for name, value in values.items()}
    if tx.change(statement, {"b_id": climb.id, "b_version": climb.version, **parameters}) != 1:
        raise Conflict("climb_changed", "Somebody was quicker. Look again.")
    tx.hint("concern", climb.id)


def waits(tx: Tx, subject_id: str) -> bool:
    """Whether there is a timer about this."""
    found = sa.select(deadlines.c.id).where(deadlines.c.subject_id == subject_id).limit(1)
    return tx.execute(found).first() is not None


# Pages.


def find_page(tx: Tx, id: str) -> Page | None:
    row = tx.row(_ONE_PAGE, {"wanted": id})
    return None if row is None else Page(*row)


def page_of_token(tx: Tx, token_hash: str) -> Page | None:
    row = tx.row(_BY_TOKEN, {"wanted": token_hash})
    return None if row is None else Page(*row)


def pages_of(tx: Tx, climb_id: str) -> list[Page]:
    """All that went out, the first first."""
    return [Page(*row) for row in tx.rows(_PAGES, {"wanted": climb_id})]


def codes_in_use(tx: Tx) -> set[str]:
    """Of all that goes on, so that a code names one matter."""
    return {row[0] for row in tx.rows(_CODES, {})}


def add_page(tx: Tx, values: dict[str, Any]) -> None:
    tx.insert(pages, {"state": "told", "told_at": tx.now, **values})


def page_goes(tx: Tx, id: str, state: str, *, was: tuple[str, ...] = OPEN, error: str | None = None) -> bool:
    """Give a page another state, if it is in one of ``was``; whether it was."""
    ended = {} if state in OPEN else {"ended_at": tx.now}
    moved = pages.update().where(pages.c.id == id, pages.c.state.in_(was)).values(state=state, error=error, **ended)
    return tx.execute(moved).rowcount == 1


def set_notice(tx: Tx, page_id: str, notice_id: str) -> None:
    tx.execute(pages.update().where(pages.c.id == page_id).values(notice_id=notice_id))
