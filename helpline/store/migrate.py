"""Bringing a database to the tables of this version. Synchronous: at the command line, or in a thread at the start.

The revisions are the files of `migrations/versions`, named by number; the last one applied stands in the table
``alembic_version``. Alembic is imported only when there is something to do.
"""

import ast
import asyncio
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from helpline.errors import Invalid, Unavailable
from helpline.store.faults import told, unavailable

MIGRATIONS = Path(__file__).with_name("migrations")
WORKS_WITH = "0001"
"""The oldest revision whose program works with the newest tables, so that the two may serve side by side meanwhile.

Every revision after it only adds: tables, indexes, and columns that may be empty or have a default.
"""

_LOCK = 0x68656C70  # any number that is ours: two processes that start together take turns


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL; None for one in memory and for another engine. Raises `Invalid`."""
    parsed = parse(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def parse(url: str) -> sa.URL:
    """Raises `Invalid` ("database_url") unless it is one of ours. The message does not hold the URL's password."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise Invalid("database_url", "the database URL cannot be read") from None
    if parsed.drivername in ("postgresql", "postgresql+asyncpg"):
        return parsed.set(drivername="postgresql+asyncpg")
    if parsed.drivername in ("sqlite", "sqlite+aiosqlite"):
        return parsed.set(drivername="sqlite")
    raise Invalid("database_url", f"{parsed.drivername} is neither sqlite+aiosqlite nor postgresql+asyncpg")


def revisions() -> list[str]:
    """All revisions, oldest first."""
    return sorted(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


@dataclass(frozen=True, slots=True)
class Step:
    """What a revision does: its title, and how often each kind of change stands in it."""

    revision: str
    title: str
    changes: tuple[tuple[str, int], ...]


_KINDS = {
    "create_table": "tables added",
    "add_column": "columns added",
    "create_index": "indexes added",
    "execute": "statements of its own",
    "alter_column": "columns changed",
    "drop_table": "tables dropped",
    "drop_column": "columns dropped",
    "drop_index": "indexes dropped",
    "drop_constraint": "rules dropped",
}


def step(revision: str) -> Step:
    """What a revision is going to do, as its file says."""
    tree = ast.parse((MIGRATIONS / "versions" / f"{revision}.py").read_text(encoding="utf-8"))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    called = [name.attr for name in calls if isinstance(name, ast.Attribute)]
    counted = [(said, called.count(name)) for name, said in _KINDS.items() if name in called]
    return Step(revision, (ast.get_docstring(tree) or "").splitlines()[0], tuple(counted))


def pending(url: str) -> list[str]:
    """The revisions that this database does not have yet, oldest first. A file that is missing is not created."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return revisions()
    return _within(url, pending_in, write=False)


def migrate(url: str, to: str = "head") -> None:
    """Apply what is pending, in one transaction. Raises `Unavailable` when the database cannot be reached.

    A new SQLite file can be read by its owner only (0600), and so can a folder that is made for it (0700). On
    PostgreSQL it waits a few seconds at most for a table that somebody uses ("store_locked"): it can be tried again.
    """
    path = sqlite_path(url)
    if path is not None:
        _make_private(path)
    if pending(url):
        _within(url, partial(_upgrade, to=to), write=True)


def pending_in(conn: sa.Connection) -> list[str]:
    """The same, of a connection. Raises `Invalid` ("database_newer") for tables that we do not work with."""
    if not sa.inspect(conn).has_table("alembic_version"):
        return revisions()
    current = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    known = revisions()
    if current is not None and current not in known:
        if _works_with(conn, str(current)) <= known[-1]:
            return []
        raise Invalid("database_newer", f"the database is at revision {current}, which this version does not know")
    return [revision for revision in known if current is None or revision > current]


def _works_with(conn: sa.Connection, revision: str) -> str:
    """The oldest revision whose program works with the tables of this one, which is newer than ours."""
    if not sa.inspect(conn).has_table("upgrades"):
        return revision
    found = conn.execute(sa.text("SELECT works_with FROM upgrades WHERE revision = :its"), {"its": revision}).scalar()
    return revision if found is None else str(found)


def _upgrade(conn: sa.Connection, to: str) -> list[str]:
    from alembic import command  # noqa: PLC0415  half a second to import, needed once in a version's life
    from alembic.config import Config  # noqa: PLC0415

    if conn.dialect.name == "postgresql":
        conn.execute(sa.text("SELECT pg_advisory_xact_lock(:ours)"), {"ours": _LOCK})
        conn.execute(sa.text("SET LOCAL lock_timeout = 5000"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, to)
    if sa.inspect(conn).has_table("upgrades"):
        newest = {"its": revisions()[-1], "oldest": WORKS_WITH}
        conn.execute(sa.text("DELETE FROM upgrades WHERE revision = :its"), newest)
        conn.execute(sa.text("INSERT INTO upgrades (revision, works_with) VALUES (:its, :oldest)"), newest)
    return []


def _within(url: str, work: Callable[[sa.Connection], list[str]], *, write: bool) -> list[str]:
    """Run ``work`` in a transaction of its own connection."""
    parsed = parse(url)
    try:
        if parsed.get_backend_name() == "postgresql":
            return asyncio.run(_within_postgres(parsed, work))
        return _within_sqlite(parsed, work, write=write)
    except OSError:
        raise Unavailable("store_gone", "the database cannot be reached") from None
    except Exception as error:
        raise (unavailable(error) or told(error)) from None


def _within_sqlite(url: sa.URL, work: Callable[[sa.Connection], list[str]], *, write: bool) -> list[str]:
    engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 20000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    with engine.begin() as conn:
        return work(conn)


async def _within_postgres(url: sa.URL, work: Callable[[sa.Connection], list[str]]) -> list[str]:
    engine = create_async_engine(url, poolclass=sa.NullPool, hide_parameters=True, connect_args={"timeout": 5})
    async with engine.begin() as conn:
        return await conn.run_sync(work)


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise Unavailable("store_read_only", f"the data folder cannot be written ({error.strerror})") from None
