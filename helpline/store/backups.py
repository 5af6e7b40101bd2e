"""A copy of an SQLite database while it is in use, and putting one back. PostgreSQL has tools of its own for both."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from helpline.clock import SECOND
from helpline.errors import Conflict, Invalid, Refused, Unavailable
from helpline.store import migrate, sealed
from helpline.store.db import Tx
from helpline.store.leases import is_served
from helpline.store.tables import effects, officer_sign_ins, sign_ins

_BESIDE = ("", "-wal", "-shm")
"""What belongs to a database file, by how its name goes on."""

LOOKED_AT = 20
"""Sealed values of each kind that are opened, to see whether the keys fit."""

RESTORED = "restored"
"""Who held the effects of a backup."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is in a copy: its revision, and the latest time (µs) that it has seen."""

    path: Path
    revision: str
    latest: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Readable:
    """Of the sealed values that were looked at: how many the keys open, and how many they do not."""

    opened: int = 0
    closed: int = 0


def back_up(url: str, to: Path) -> Copy:
    """Copy the database as it is at one moment; whoever serves it goes on. The copy was read through and is sound.

    Raises `Refused` ("backup_elsewhere") for another engine, `Conflict` ("backup_exists"), `Unavailable`, or `Invalid`
    ("backup_broken") when what was copied is damaged.
    """
    source = _sqlite_file(url)
    if not source.exists():
        raise Unavailable("store_missing", "there is no database yet")
    if to.exists():
        raise Conflict("backup_exists", "There is such a file already; a backup is never written over another.")
    with _written(to) as part, _damage_told():
        with closing(_opened(source)) as here, closing(sqlite3.connect(part)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode = DELETE")  # one file, which holds everything
        return Copy(to, *_looked_through(part), part.stat().st_size)


def look_at(copy: Path) -> Copy:
    """Raises `Invalid` ("backup_broken", "backup_unknown", "database_newer")."""
    if not copy.is_file():
        raise Invalid("backup_unknown", "There is no such file.")
    with _damage_told():
        return Copy(copy, *_looked_through(copy), copy.stat().st_size)


def restore(url: str, copy: Path, name: Callable[[datetime], str] = lambda now: f"{now:%Y%m%d-%H%M%S}") -> Path | None:
    """Put a copy in the place of the database. Gives where the one before is kept; None where there was none.

    Raises `Conflict` ("store_in_use") while a process serves it, `Refused` ("backup_elsewhere"), and as `look_at`.
    """
    place = _sqlite_file(url)
    look_at(copy)
    kept: list[Path] = []

    def replace() -> None:
        with _written(place, over=True) as part:
            shutil.copyfile(copy, part)
            with closing(sqlite3.connect(part)) as there:
                there.execute("PRAGMA journal_mode = DELETE")
            if place.exists():
                kept.append(_set_aside(place, name(datetime.now(UTC))))

    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if is_served(place, replace):
        raise Conflict("store_in_use", "A helpline serves this database. Stop it first.")
    return kept[0] if kept else None


def put_back(tx: Tx) -> None:
    """After a restore: what was still to be done may have been done since, and who was signed in signs in again."""
    unknown = {"state": "claimed", "claimed_by": RESTORED, "claimed_until": 0}
    tx.execute(effects.update().where(effects.c.state == "due").values(**unknown))
    tx.execute(sign_ins.delete())
    tx.execute(officer_sign_ins.delete())


def readable_in(copy: Path, opens: Callable[[bytes], bool]) -> Readable:
    """Whether the keys behind ``opens`` fit what was sealed. The copy may have older tables."""
    opened = closed = 0
    with _reading(copy) as conn:
        there = {table: {one["name"] for one in sa.inspect(conn).get_columns(table)} for table in _tables(conn)}
        for column in sealed.COLUMNS:
            if column.name not in there.get(column.table.name, ()):
                continue
            query = sa.select(column).where(column.is_not(None)).limit(LOOKED_AT)
            fits = [opens(bytes(blob)) for (blob,) in conn.execute(query)]
            opened, closed = opened + fits.count(True), closed + fits.count(False)
    return Readable(opened, closed)


def _tables(conn: sa.Connection) -> list[str]:
    return sa.inspect(conn).get_table_names()


@contextmanager
def _reading(path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://", creator=lambda: _opened(path), poolclass=sa.NullPool, hide_parameters=True)
    with engine.connect() as conn:
        yield conn


def told(latest: int) -> str:
    """A time of a copy, for people."""
    return f"{datetime.fromtimestamp(latest // SECOND, UTC):%Y-%m-%d %H:%M:%S} UTC" if latest else "never used"


def _sqlite_file(url: str) -> Path:
    path = migrate.sqlite_path(url)
    if path is None:
        raise Refused("backup_elsewhere", "This is for SQLite. For PostgreSQL use pg_dump and pg_restore.")
    return path


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _looked_through(path: Path) -> tuple[str, int]:
    """The revision, and the latest time. Reads every page."""
    with closing(_opened(path)) as conn:
        if [row[0] for row in conn.execute("PRAGMA integrity_check")] != ["ok"]:
            raise Invalid("backup_broken", "The file is damaged.")
        if next(conn.execute("PRAGMA foreign_key_check"), None) is not None:
            raise Invalid("backup_broken", "Rows of the file do not belong together.")
        revision = conn.execute("SELECT version_num FROM alembic_version").fetchone()
        latest = conn.execute("SELECT max(at) FROM heartbeats").fetchone()
    if revision is None:
        raise Invalid("backup_broken", "The file is no database of a helpline.")
    with _reading(path) as seen:
        migrate.pending_in(seen)  # raises for a database of a version that is too new
    return str(revision[0]), int(latest[0] or 0)


@contextmanager
def _written(to: Path, *, over: bool = False) -> Iterator[Path]:
    """A file that only its owner reads, and that is there in whole or not at all."""
    part = to.with_name(f"{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise Unavailable("backup_not_written", f"it cannot be written there ({error.strerror})") from None
    try:
        yield part
        part.chmod(stat.S_IRUSR | stat.S_IWUSR)
        _flush(part)
        if to.exists() and not over:
            raise Conflict("backup_exists", "There is such a file already; a backup is never written over another.")
        part.replace(to)
        _flush(to.parent)
    finally:
        part.unlink(missing_ok=True)


def _set_aside(place: Path, when: str) -> Path:
    kept = place.with_name(f"{place.name}.before-{when}")
    for more in _BESIDE:
        one = place.with_name(place.name + more)
        if one.exists():
            one.rename(kept.with_name(kept.name + more))
    return kept


def _flush(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError:
        raise Invalid("backup_broken", "The file is damaged, or is no database of a helpline.") from None
