"""PostgreSQL, set to flush as in production, and Valkey, both from wheels, for the benches that need them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import PostgresServer, ValkeyServer, postgres, valkey

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL that flushes to the disk before it says that something is committed, and a Valkey."""

    postgres: PostgresServer
    valkey: ValkeyServer

    def new_url(self) -> str:
        """A database in which nothing is."""
        return self.postgres.new_database()

    def processor_s(self) -> float:
        """Seconds of processor time that PostgreSQL has taken so far, those of connections that ended among them."""
        assert self.postgres.process is not None
        main = self.postgres.process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return _taken(main, ended_too=True) + sum(_taken(int(pid)) for pid in children)


def _taken(pid: int, *, ended_too: bool = False) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile, and is counted with its parent
        return 0.0
    return sum(int(ticks) for ticks in fields[11 : 15 if ended_too else 13]) / _TICKS


@contextmanager
def servers() -> Iterator[Servers]:
    """Both, for as long as the block runs."""
    with postgres(durable=True) as database, valkey() as redis:
        yield Servers(database, redis)
