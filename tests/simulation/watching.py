"""Hears what the house logs as failed: in a simulation nothing may fail but for what was made to go wrong."""

import sys
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any

import structlog

from helpline.errors import Unavailable
from tests.simulation.servers import NotThere
from webhooks.ports import CarrierTrouble

EXPECTED = (Unavailable, CarrierTrouble, NotThere)


class Listening:
    """While it is entered, the log goes nowhere, and an error in it that nobody planned is told to ``complain``."""

    def __init__(self, complain: Callable[[BaseException], None]) -> None:
        self._complain = complain
        self._before: dict[str, Any] = {}

    def __enter__(self) -> "Listening":
        self._before = structlog.get_config()
        structlog.configure(processors=[self._hear], cache_logger_on_first_use=False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        structlog.configure(**self._before)

    def _hear(self, logger: object, name: str, event: MutableMapping[str, Any]) -> str:
        found = event.get("exc_info")
        error = sys.exc_info()[1] if found is True else found
        if isinstance(error, BaseException) and not isinstance(error, EXPECTED):
            self._complain(error)
        raise structlog.DropEvent
