"""The log: action codes with ids, and nothing else.

An event is a code (`contact_waiting`) and what is allowed of it: a key that is not in `ALLOWED`, or a value that does
not look like a code, an id or a small number, is dropped and counted. So a number, a name or a sentence does not reach
the log even when somebody hands it in. Of an exception its type and place are told, never its text; of a library's
message its logger and level.

Everywhere: `structlog.get_logger().info("offer_accepted", contact=contact_id, ms=12)`.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from aiohttp import web

from helpline.errors import HelplineError

ALLOWED = frozenset(
    {
        "action",
        "alarm",
        "assignment",
        "attempts",
        "channel",
        "check",
        "code",
        "contact",
        "count",
        "deadline",
        "delivery",
        "effect",
        "error",
        "kind",
        "language",
        "leg",
        "level",
        "line",
        "logger",
        "method",
        "mode",
        "ms",
        "outcome",
        "port",
        "reason",
        "revision",
        "role",
        "route",
        "seconds",
        "stage",
        "state",
        "status",
        "step",
        "time",
        "where",
        "worker",
    }
)
"""Every key that an event may have."""

_CODE = re.compile(r"[a-z][a-z0-9_.:/{}-]{0,79}")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TYPE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,79}")
_PLACE = re.compile(r"[A-Za-z0-9_./<>-]{1,120}:[0-9]{1,6}")
_TIME = re.compile(r"[0-9-]{10}T[0-9:.]{8,15}Z")
_METHOD = re.compile(r"[A-Z]{3,7}")
_MANY_DIGITS = re.compile(r"[0-9]{5}")
_LARGEST = 10_000_000  # a number that is larger may be a telephone's

_SHAPES: dict[str, re.Pattern[str]] = {
    "error": _TYPE,
    "where": _PLACE,
    "time": _TIME,
    "method": _METHOD,
    "logger": _TYPE,
}
_OURS = Path(__file__).resolve().parent.parent

Dropped = Callable[[], None]
Event = MutableMapping[str, Any]


def configure(
    form: Literal["auto", "text", "json"] = "auto",
    level: str = "info",
    *,
    stream: TextIO | None = None,
    dropped: Dropped = lambda: None,
) -> None:
    """Set up the log of this process, the libraries' included. ``dropped`` is called for each thing left out.

    ``stream`` is where it goes: standard error when none is given. ``form`` "auto" is text on a terminal, else JSON.
    """
    out = stream or sys.stderr
    text = form == "text" or (form == "auto" and out.isatty())
    # Text goes through the same filter: only the look of what is left differs.
    render: Any = structlog.dev.ConsoleRenderer(colors=out.isatty()) if text else structlog.processors.JSONRenderer()
    shared: list[Any] = [_without_texts, structlog.processors.add_log_level, _stamped, _filter(dropped)]
    structlog.configure(
        processors=[*shared, _renamed if text else _untouched, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = _Libraries()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").disabled = True  # its lines hold addresses and query strings
    logging.captureWarnings(True)


class _Libraries(logging.Handler):
    """What libraries log: that they did, where and how badly. Their texts may hold anything, so they are not told."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        about: dict[str, Any] = {"logger": record.name, "where": f"{record.module}:{record.lineno}"}
        if record.exc_info and record.exc_info[1] is not None:
            about |= told(record.exc_info[1])
        if record.levelno >= logging.ERROR:
            log.error("library", **about)
        else:
            log.warning("library", **about)


def told(error: BaseException) -> dict[str, str]:
    """What may be said of an exception: its type, its code if it has one of ours, and where it was raised."""
    about = {"error": type(error).__name__}
    if isinstance(error, HelplineError):
        about["code"] = error.code
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_OURS) and ".venv" not in frame.filename]
    if frames:
        frame = (ours or list(frames))[-1]
        path = Path(frame.filename)
        about["where"] = f"{path.relative_to(_OURS) if ours else path.name}:{frame.lineno}"
    return about


def _without_texts(_logger: object, _name: str, event: Event) -> Event:
    """An exception becomes its type and place."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()[1]
    elif isinstance(found, tuple):
        found = found[1]
    if isinstance(found, BaseException):
        event.update(told(found))
    return event


def _stamped(_logger: object, _name: str, event: Event) -> Event:
    now = time.time_ns() // 1_000_000  # of the log line itself, so that operators can compare it with others
    event["time"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 1000)) + f".{now % 1000:03d}Z"
    return event


def _filter(dropped: Dropped) -> Callable[[object, str, Event], Event]:
    def keep_allowed(_logger: object, _name: str, event: Event) -> Event:
        action = event.pop("event", None)
        kept: dict[str, Any] = {"action": action if _is_code(action) else "unnamed"}
        if kept["action"] != action:
            dropped()
        for key, value in event.items():
            if value is None:
                continue
            if key in ALLOWED and key != "action" and _may_be_told(key, value):
                kept[key] = value
            else:
                dropped()
        return kept

    return keep_allowed


def _may_be_told(key: str, value: object) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return -_LARGEST < value < _LARGEST
    if not isinstance(value, str):
        return False
    if key in _SHAPES:
        return _SHAPES[key].fullmatch(value) is not None
    return _ID.fullmatch(value) is not None or _is_code(value)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None and not _MANY_DIGITS.search(value)


def _renamed(_logger: object, _name: str, event: Event) -> Event:
    """The names that the renderer for terminals looks for."""
    event["event"] = event.pop("action", "unnamed")
    event["timestamp"] = event.pop("time", "")
    return event


def _untouched(_logger: object, _name: str, event: Event) -> Event:
    return event


@web.middleware
async def access(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
    """A line for each request: the route's name, never its path or query, with status and milliseconds."""
    began = time.perf_counter()
    status = 500
    try:
        response: web.StreamResponse = await handler(request)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        ms = round((time.perf_counter() - began) * 1000, 1)
        structlog.get_logger().debug("request", route=route_name(request), method=request.method, status=status, ms=ms)


def route_name(request: web.Request) -> str:
    """The name of the route that a request came in by; `unrouted` when there is none, or it has no name."""
    return getattr(request.match_info.route, "name", None) or "unrouted"
