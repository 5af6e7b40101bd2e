"""What came to a line, by the hour."""

import sqlalchemy as sa

from helpline.clock import HOUR
from helpline.store.db import Tx
from helpline.store.tables import contacts

_CAME = (contacts.c.line == sa.bindparam("of_line"), contacts.c.channel != "offline", contacts.c.kind != "callback")
_SPAN = sa.select(sa.func.min(contacts.c.first_arrival), sa.func.max(contacts.c.first_arrival)).where(*_CAME)
_HOUR_OF = contacts.c.first_arrival // sa.literal_column(str(HOUR), sa.BigInteger())
_BY_HOUR = (
    sa.select(_HOUR_OF, sa.func.count())
    .where(*_CAME, contacts.c.first_arrival >= sa.bindparam("since"))
    .group_by(_HOUR_OF)
)


def span(tx: Tx, line: str) -> tuple[int | None, int | None]:
    """When the oldest that is kept came, and when the newest (µs)."""
    row = tx.row(_SPAN, {"of_line": line})
    return (None, None) if row is None else (row[0], row[1])


def by_hour(tx: Tx, line: str, since: int) -> dict[int, int]:
    """How many came in each hour since 1970, from a time (µs) on."""
    return {int(hour): int(count) for hour, count in tx.rows(_BY_HOUR, {"of_line": line, "since": since})}
