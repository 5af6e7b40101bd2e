"""The tables, for SQLite and PostgreSQL alike.

Ids are UUIDv7 text. Times are UTC in integer microseconds. Columns that end in ``_enc`` hold ciphertext
(`helpline.privacy`); ``_json`` holds JSON text without personal data. A boolean is stored as the engine stores it.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = sa.String(36)
Time = sa.BigInteger()
Code = sa.String(40)
Growing = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
