"""The migrations lead to the tables that the code expects, on both engines, and lead there once."""

import asyncio
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from helpline.clock import SystemClock, ids_from
from helpline.errors import Invalid, Unavailable
from helpline.store import migrate as migrating
from helpline.store.engine import open_store
from helpline.store.migrate import WORKS_WITH, migrate, pending, revisions
from helpline.store.tables import metadata
from tests.contract.rows import elsewhere
from tests.servers import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database in which nothing is yet."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/data/helpline.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


def test_an_empty_database_is_brought_up_to_date_once(empty_url: str) -> None:
    assert pending(empty_url) == revisions()
    migrate(empty_url)
    assert pending(empty_url) == []
    migrate(empty_url)
    assert pending(empty_url) == []


async def test_the_migrations_lead_to_the_tables_of_the_code(empty_url: str) -> None:
    store = await open_store(empty_url, SystemClock(), ids_from(SystemClock()))
    await store.close()

    def difference(conn: sa.Connection) -> Any:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(conn, opts=options), metadata)

    assert await _looking(empty_url, difference) == []


async def test_the_migrations_lead_to_the_constraints_of_the_code(empty_url: str, tmp_path: Path) -> None:
    store = await open_store(empty_url, SystemClock(), ids_from(SystemClock()))
    await store.close()

    def migrated(conn: sa.Connection) -> dict[str, Any]:
        return _constraints(conn)

    def created(conn: sa.Connection) -> dict[str, Any]:
        if conn.dialect.name == "postgresql":
            conn.execute(sa.text("CREATE SCHEMA beside"))
            conn.execute(sa.text("SET LOCAL search_path TO beside"))
        metadata.create_all(conn)
        return _constraints(conn, "beside" if conn.dialect.name == "postgresql" else None)

    beside = empty_url if empty_url.startswith("postgresql") else f"sqlite+aiosqlite:///{tmp_path}/beside.db"
    assert await _looking(empty_url, migrated) == await _looking(beside, created)


async def test_a_store_that_may_not_migrate_says_that_it_must(empty_url: str) -> None:
    with pytest.raises(Unavailable) as caught:
        await open_store(empty_url, SystemClock(), ids_from(SystemClock()), migrate=False)
    assert caught.value.code == "store_missing", "it has no older form: there is none yet"


async def test_a_store_of_an_older_form_says_that_it_must_be_migrated(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(migrate, empty_url)
    later = [*revisions(), "9999"]
    monkeypatch.setattr(migrating, "revisions", lambda: later)
    with pytest.raises(Unavailable) as caught:
        await open_store(empty_url, SystemClock(), ids_from(SystemClock()), migrate=False)
    assert caught.value.code == "store_migrations_pending"


def test_a_database_of_a_later_version_is_left_alone(empty_url: str) -> None:
    migrate(empty_url)
    elsewhere(empty_url, "UPDATE alembic_version SET version_num = '9999'")
    for call in (pending, migrate):
        with pytest.raises(Invalid) as caught:
            call(empty_url)
        assert caught.value.code == "database_newer"


def test_a_database_one_step_later_is_served_by_the_version_before(empty_url: str) -> None:
    migrate(empty_url)
    elsewhere(empty_url, "UPDATE alembic_version SET version_num = '9999'")
    elsewhere(empty_url, f"INSERT INTO upgrades (revision, works_with) VALUES ('9999', '{revisions()[-1]}')")
    assert pending(empty_url) == []
    elsewhere(empty_url, "UPDATE upgrades SET works_with = '9998' WHERE revision = '9999'")
    with pytest.raises(Invalid, match="9999"):
        pending(empty_url)


async def test_the_tables_of_this_version_only_add_to_those_that_the_version_before_knows(empty_url: str) -> None:
    await asyncio.to_thread(migrate, empty_url, WORKS_WITH)
    before = await _looking(empty_url, _shape)
    await asyncio.to_thread(migrate, empty_url)
    after = await _looking(empty_url, _shape)
    for table, (columns, unique) in before.items():
        columns_now, unique_now = after[table]
        assert unique_now <= unique, f"{table} has a rule that rows of the version before may break"
        for name, column in columns.items():
            assert columns_now[name] == column, f"{table}.{name}"
        for name in set(columns_now) - set(columns):
            _, nullable, default = columns_now[name]
            assert nullable or default is not None, f"{table}.{name}: the version before writes rows without it"


def test_every_step_says_what_it_does() -> None:
    first = migrating.step("0001")
    assert first.title and dict(first.changes)["tables added"] > 20
    assert all(migrating.step(revision).changes for revision in revisions())


def test_looking_what_is_pending_creates_no_file(tmp_path: Path) -> None:
    assert pending(f"sqlite+aiosqlite:///{tmp_path}/none/helpline.db") == revisions()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "helpline.db"
    path.touch()
    os.chmod(path, 0o644)
    migrate(f"sqlite+aiosqlite:///{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        migrate(f"postgresql+asyncpg://helpline@/helpline?host={tmp_path}")
    assert caught.value.code == "store_gone"


async def _looking(url: str, look: Any) -> Any:
    engine = create_async_engine(url, poolclass=sa.NullPool)
    async with engine.connect() as conn:
        return await conn.run_sync(look)


def _shape(conn: sa.Connection) -> dict[str, Any]:
    """By table: its columns (type, whether it may be empty, default), and what must be unique in it."""
    seen = sa.inspect(conn)
    return {
        table: (
            {one["name"]: (str(one["type"]), one["nullable"], one["default"]) for one in seen.get_columns(table)},
            {tuple(one["column_names"]) for one in seen.get_unique_constraints(table)}
            | {tuple(one["column_names"]) for one in seen.get_indexes(table) if one["unique"]},
        )
        for table in seen.get_table_names()
    }


def _constraints(conn: sa.Connection, schema: str | None = None) -> dict[str, Any]:
    """What autogenerate does not compare: checks, and what an index leaves out."""
    seen = sa.inspect(conn)
    return {
        table: (
            [(each["name"], each["sqltext"]) for each in seen.get_check_constraints(table, schema)],
            sorted((each["name"], each["unique"], _where(each)) for each in seen.get_indexes(table, schema)),
            sorted((each["name"], each["referred_table"]) for each in seen.get_foreign_keys(table, schema)),
            sorted(str(each["name"]) for each in seen.get_unique_constraints(table, schema)),
        )
        for table in seen.get_table_names(schema)
        if table != "alembic_version"
    }


def _where(index: Any) -> str:
    options = index.get("dialect_options", {})
    return str(options.get("sqlite_where", options.get("postgresql_where", "")))
