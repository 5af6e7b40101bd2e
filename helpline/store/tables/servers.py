"""The processes that serve one database, and which of them dispatches."""

import sqlalchemy as sa

from helpline.store.tables.base import Code, Id, Time, metadata

# A row for each process that serves, renewed each second. Its times are the database's own: on several machines
# nothing here depends on their clocks.
processes = sa.Table(
    "processes",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("began_at", Time, nullable=False),
    sa.Column("seen_at", Time, nullable=False),
    sa.Column("hints", Code, nullable=False),  # how it hears of the others: redis | notify | gone
)

# Which tables this database has had, and the oldest version of the program that works with them.
upgrades = sa.Table(
    "upgrades",
    metadata,
    sa.Column("revision", Code, primary_key=True),
    sa.Column("works_with", Code, nullable=False),
)

# Who holds what only one may hold. On PostgreSQL the holder also has an advisory lock of that name.
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", Code, primary_key=True),
    sa.Column("epoch", sa.BigInteger(), nullable=False),  # grows with each holder
    sa.Column("holder", Id, nullable=False),
    sa.Column("renewed_at", Time, nullable=False),  # the database's own time
)
