"""Every column that holds sealed values, for a change of keys: read and replaced in the order of primary keys."""

from typing import Any, TypeAlias

import sqlalchemy as sa

from helpline.store.db import Tx
from helpline.store.tables import metadata

Column: TypeAlias = "sa.Column[Any]"
Place = tuple[Any, ...]
"""A row's primary key."""

COLUMNS: tuple[Column, ...] = tuple(
    column for table in metadata.sorted_tables for column in table.columns if column.name.endswith("_enc")
)


def values(tx: Tx, column: Column, after: Place | None, most: int) -> list[tuple[Place, bytes]]:
    """The next values behind a place (None: from the first), each with its own."""
    keys = tuple(column.table.primary_key.columns)
    query = sa.select(*keys, column).where(column.is_not(None)).order_by(*keys).limit(most)
    if after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*after))
    return [(tuple(row[:-1]), bytes(row[-1])) for row in tx.execute(query)]


def replace(tx: Tx, column: Column, place: Place, old: bytes, new: bytes) -> None:
    """Put a value in the place of another, unless it was changed in the meantime."""
    keys = zip(column.table.primary_key.columns, place, strict=True)
    here = sa.and_(*(key == value for key, value in keys), column == old)
    tx.execute(sa.update(column.table).where(here).values({column: new}))
