"""An event loop of its own world: a seed decides what runs next, and time passes only where nobody has anything to do.

What is ready runs in an order that the seed chooses, and when nothing is ready the clock jumps to the next timer. There
is no socket, no thread and no waiting, so a run is the same each time, and hours of it take seconds. A `Process` is
what can be killed (its callbacks are dropped where they stand, as a kill drops them: nothing of it is cleaned up) or
frozen (they are held back until it is thawed). For CPython's asyncio; its loop has run callbacks this way since 3.4.
"""

import asyncio
import heapq
import random
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

STEP_S = 0.000_02
"""What running one callback takes, so that no two things happen at one moment."""


class Process:
    """A process of the simulated world. What runs outside of all of them (people, the carrier) is never killed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.frozen = False
        self.held: list[asyncio.Handle] = []
        self.tasks: set[asyncio.Task[Any]] = set()
        self.context = copy_context()
        self.context.run(_PROCESS.set, self)


_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


OUTSIDE = Context()
"""For what is nobody's: the world itself."""


def here() -> Process | None:
    """The process in which this runs."""
    return _PROCESS.get()


class NothingLeft(Exception):
    """Nothing is ready, and no timer is set: the world waits for ever."""


class Refused(RuntimeError):
    """Threads, sockets and signals are no part of a simulation."""


class SimulatedLoop(asyncio.BaseEventLoop):
    """See the module."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._now = 0.0
        self._buries = False
        self._processes: dict[Process, None] = {}
        self.steps = 0
        self.complaints: list[dict[str, Any]] = []
        self.set_task_factory(self._task)  # type: ignore[arg-type]
        self.set_exception_handler(lambda _loop, about: self.complaints.append(about))

    def time(self) -> float:
        return self._now

    def start(self, process: Process, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run it in that process."""
        self._processes[process] = None
        return self.create_task(work, context=process.context)

    def kill(self, process: Process) -> None:
        """Nothing of it runs any more. What it was about to do is kept aside until `bury`."""
        process.alive = False

    def freeze(self, process: Process) -> None:
        process.frozen = True

    def thaw(self, process: Process) -> None:
        process.frozen = False
        self._ready.extend(process.held)
        process.held.clear()

    def sleep_deeply(self, seconds: float) -> None:
        """The machine is suspended: when it wakes, all timers of that time are due at once."""
        self._now += seconds

    def bury(self) -> None:
        """The simulation is over: every task ends by being cancelled, also those of processes that were killed."""
        self._buries = True
        for process in self._processes:
            self._ready.extend(process.held)
            process.held.clear()
        while tasks := asyncio.all_tasks(self):
            for task in tasks:
                task.cancel()
            self.run_until_complete(asyncio.wait(tasks, timeout=1.0))
            for task in tasks:
                if task.done() and not task.cancelled():
                    task.exception()  # nobody asks any more

    def _run_once(self) -> None:
        handle = self._next()
        if handle is None:
            return
        self.steps += 1
        self._now += STEP_S
        handle._run()

    def _next(self) -> asyncio.Handle | None:
        """A callback that is ready, chosen by chance; None where the one that was chosen is not to run now."""
        ready, timers = self._ready, self._scheduled
        while timers and timers[0].cancelled():
            heapq.heappop(timers)._scheduled = False  # type: ignore[attr-defined]
        if not ready:
            if not timers:
                raise NothingLeft
            self._now = max(self._now, timers[0].when())
        while timers and timers[0].when() <= self._now:
            timer = heapq.heappop(timers)
            timer._scheduled = False  # type: ignore[attr-defined]
            ready.append(timer)
        at = self._chance.randrange(len(ready))
        ready[at], ready[-1] = ready[-1], ready[at]
        handle = ready.pop()
        process = handle._context.get(_PROCESS)  # type: ignore[attr-defined]
        if handle.cancelled():
            return None
        if process is not None and (process.frozen or not process.alive) and not self._buries:
            process.held.append(handle)
            return None
        return handle

    def _task(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any],
        context: Context | None = None,
        **more: Any,
    ) -> asyncio.Task[Any]:
        """A task of a process is kept as long as the process is: one that was killed is never cleaned up."""
        task = asyncio.Task(work, loop=loop, context=context, **more)
        process = here() if context is None else context.get(_PROCESS)
        if process is not None:
            if len(process.tasks) > 200:
                process.tasks = {one for one in process.tasks if not one.done()}
            process.tasks.add(task)
        return task

    # What a simulation has not.

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> NoReturn:  # type: ignore[override]
        raise Refused("a thread cannot be simulated")

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> NoReturn:  # type: ignore[override]
        raise Refused("there is one thread")

    def _process_events(self, event_list: object) -> None:
        raise Refused("there are no sockets")

    def _write_to_self(self) -> None:
        raise Refused("there is one thread")
