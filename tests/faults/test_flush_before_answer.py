"""The order of things for somebody outside who watches the system calls: written, flushed, and only then answered."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.faults.deployments import on_postgres, on_sqlite, start_all
from tests.faults.knocking import Knocking
from tests.servers import PostgresServer, ValkeyServer, postgres
from tests.several import Several

CALLS = 5
_WRITES = r"(?:pwrite64|pwritev|write|writev)"
_FLUSHES = r"(?:fdatasync|fsync)"


@contextmanager
def traced(pids: Sequence[int], log: Path) -> Iterator[None]:
    """All that these processes, and those that they start, ask of the system goes to ``log``, in its order."""
    asked = "trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync"
    command = ["strace", "-f", "-y", "-s", "9000", "-e", asked, "-o", str(log)]
    for pid in pids:
        command += ["-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    attached = 0
    try:
        while attached < len(pids):
            said = tracer.stderr.readline()
            if not said or "ptrace" in said:
                pytest.skip(f"strace may not look at other processes here: {said.strip()}")
            attached += "attached" in said
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=20)


def in_order(lines: list[str], call: str, log_file: str) -> bool:
    """The last write with this call into the log, then a flush of the log that has ended, then the answer."""
    wrote = [
        at for at, line in enumerate(lines) if call in line and re.search(_WRITES + r"\(\d+<[^>]*" + log_file, line)
    ]
    assert wrote, "the call was written nowhere"
    answered = next(at for at in range(wrote[0], len(lines)) if "HTTP/1.1 200" in lines[at])
    last = max(at for at in wrote if at < answered)
    begun: set[str] = set()
    for line in lines[last:answered]:
        thread = line.split()[0]
        if re.search(_FLUSHES + r"\(\d+<[^>]*" + log_file, line):
            if "unfinished" not in line:
                return True
            begun.add(thread)
        elif thread in begun and re.search(rf"<\.\.\. {_FLUSHES} resumed>.* = 0", line):
            return True
    return False


async def calls_one_by_one(deployment: Several) -> list[str]:
    """Each call is answered before the next is made; their ids."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        knocking = Knocking(deployment.servers[0].env["HELPLINE_PUBLIC_URL"], http)
        for _ in range(CALLS):
            assert await knocking.call(deployment.servers[0].url) == "menu"
    return knocking.acknowledged


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found]


needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@needs_strace
async def test_sqlite_has_flushed_before_the_carrier_hears_a_word(tmp_path: Path) -> None:
    with on_sqlite(tmp_path) as deployment:
        start_all(deployment)
        await deployment.all_ready()
        process, log = deployment.servers[0].process, tmp_path / "trace"
        assert process is not None
        with traced([process.pid], log):
            calls = await calls_one_by_one(deployment)
        lines = await asyncio.to_thread(lambda: log.read_text(errors="replace").splitlines())
        assert all(in_order(lines, call, r"helpline\.db-wal") for call in calls)


@pytest.fixture
def flushing(tmp_path: Path, valkey_server: ValkeyServer) -> Iterator[tuple[PostgresServer, Several]]:
    """A PostgreSQL that is set as in production, and a process on it."""
    with postgres(durable=True) as server, on_postgres(tmp_path, server, valkey_server.url, "a") as deployment:
        yield server, deployment


@needs_strace
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look at the database server's processes")
async def test_postgresql_has_flushed_before_the_carrier_hears_a_word(
    tmp_path: Path, flushing: tuple[PostgresServer, Several]
) -> None:
    server, deployment = flushing
    start_all(deployment)
    await deployment.all_ready()
    process, log = deployment.servers[0].process, tmp_path / "trace"
    assert process is not None and server.process is not None
    main = server.process.pid
    with traced([process.pid, main, *children_of(main)], log):
        calls = await calls_one_by_one(deployment)
    lines = await asyncio.to_thread(lambda: log.read_text(errors="replace").splitlines())
    assert all(in_order(lines, call, "pg_wal") for call in calls)


def test_an_answer_before_the_flush_is_found_out() -> None:
    """As strace writes it."""
    wrote = '11 pwrite64(9</d/helpline.db-wal>, "CA1", 3, 0) = 3'
    flushed = ["11 fdatasync(9</d/helpline.db-wal> <unfinished ...>", "11 <... fdatasync resumed>) = 0"]
    answered = '10 write(12<socket:[1]>, "HTTP/1.1 200 OK", 15) = 15'
    assert in_order([wrote, *flushed, answered], "CA1", "wal")
    assert not in_order([wrote, answered, *flushed], "CA1", "wal")
    assert not in_order([wrote, flushed[0], answered, flushed[1]], "CA1", "wal")
    assert not in_order([flushed[0], wrote, flushed[1].replace("11", "12"), answered], "CA1", "wal")
