"""What happened in a simulation, line by line: the same seed gives the same lines, and the same hash."""

import hashlib
import re
from collections import deque
from collections.abc import Callable

LAST = 40
"""Lines of the transcript that a failure shows."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


class Trace:
    """Lines with the simulated time (seconds). Ids are told by the name that they were given, else by their end."""

    def __init__(self, time: Callable[[], float], keep: int | None = LAST) -> None:
        self._time = time
        self._hash = hashlib.sha256()
        self._names: dict[str, str] = {}
        self.lines: deque[str] = deque(maxlen=keep)
        self.count = 0

    def name(self, id: str, name: str) -> None:
        self._names.setdefault(id, name)

    def known(self, id: str) -> str:
        return self._names.get(id, f"…{id[-5:]}")

    def tell(self, who: str, what: str) -> None:
        line = f"{self._time():9.3f} {who:<9} {_ID.sub(lambda found: self.known(found[0]), what)}"
        self._hash.update(line.encode())
        self._hash.update(b"\n")
        self.lines.append(line)
        self.count += 1

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()[:16]
