"""What can go wrong between a carrier and a helpline, on demand and from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpline.practice.delivery import Delivery

HANG = "hang"
RESET = "reset"


@dataclass(slots=True)
class RestFault:
    """How the next matching REST requests go wrong.

    `status` answers with that status instead of acting. Otherwise the request is acted on (if `accepted`) and
    its answer never arrives: `how` is `hang` (until the client gives up) or `reset` (the connection is cut).
    """

    status: int | None
    accepted: bool
    how: str
    times: int
    when: Callable[[str, str], bool]
    headers: dict[str, str] = field(default_factory=dict)


class Faults:
    """The faults that are switched on. Assign to the fields; everything is off at first.

    - `duplicates`: every webhook is posted so many times at once (1 is no fault).
    - `delay`: real seconds before a webhook is posted, drawn evenly from this range.
    - `reorder`: real seconds of range by which status callbacks are held back, each on its own, so that a later
      one overtakes an earlier one; 0 keeps their order.
    - `lose`: status callbacks for which this is true are never sent.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._chance = random.Random(seed)
        self.duplicates = 1
        self.delay: tuple[float, float] = (0.0, 0.0)
        self.reorder = 0.0
        self.lose: Callable[[Delivery], bool] | None = None
        self.rest: list[RestFault] = []

    def rest_answers(
        self,
        status: int,
        times: int = 1,
        when: Callable[[str, str], bool] = lambda method, path: True,
        retry_after: int | None = None,
    ) -> None:
        """The next `times` REST requests for which `when(method, path)` is true are answered with `status`, undone."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self.rest.append(RestFault(status, False, HANG, times, when, headers))

    def rest_times_out(
        self,
        times: int = 1,
        when: Callable[[str, str], bool] = lambda method, path: True,
        accepted: bool = True,
        how: str = HANG,
    ) -> None:
        """The next matching REST requests are done (if `accepted`), and their answer never arrives."""
        self.rest.append(RestFault(None, accepted, how, times, when))

    def next_rest(self, method: str, path: str) -> RestFault | None:
        """The fault that befalls this REST request, used up by asking."""
        for fault in self.rest:
            if fault.times > 0 and fault.when(method, path):
                fault.times -= 1
                return fault
        return None

    def seconds_before(self, *, status_callback: bool) -> float:
        """Real seconds to hold a delivery back."""
        held = self._chance.uniform(*self.delay)
        return held + (self._chance.uniform(0, self.reorder) if status_callback else 0.0)
