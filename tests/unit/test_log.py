"""The log tells what was done to which id, and nothing of a child gets in, whoever hands it in."""

import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from helpline import log
from helpline.errors import Conflict

CONTACT = "019aa7d2-1f00-7c3e-9a55-0c5f1b2d3e4f"
NUMBER = "+260971234567"
NAME = "Mutinta Phiri"
SENTENCE = "My uncle comes into my room at night"
AMHARIC = "አጎቴ በሌሊት ይመጣል"
CANARIES = (NUMBER, NUMBER.removeprefix("+"), "971234567", NAME, "Mutinta", SENTENCE, "uncle", AMHARIC)


class Written:
    """What has been logged, and how often something was left out."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.dropped = 0

    def drop(self) -> None:
        self.dropped += 1

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def written() -> Iterator[Written]:
    """A log that is read here; afterwards everything is as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config(), warnings.showwarning)
    access = logging.getLogger("aiohttp.access")
    found = Written()
    log.configure("json", "debug", stream=found.stream, dropped=found.drop)
    yield found
    logging.captureWarnings(False)
    structlog.configure(**before[2])
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    access.disabled = False


def test_an_event_is_a_code_with_ids(written: Written) -> None:
    structlog.get_logger().info("offer_accepted", contact=CONTACT, line="children", language="so", ms=12.5, count=3)
    [line] = written.lines
    assert line.pop("time").endswith("Z")
    assert line == {
        "action": "offer_accepted",
        "level": "info",
        "contact": CONTACT,
        "line": "children",
        "language": "so",
        "ms": 12.5,
        "count": 3,
    }
    assert written.dropped == 0


@pytest.mark.parametrize("key", sorted(log.ALLOWED - {"level", "time"}))  # those two are the log's own
@pytest.mark.parametrize("canary", [NUMBER, NUMBER.removeprefix("+"), int(NUMBER), NAME, SENTENCE, AMHARIC, [NUMBER]])
def test_nothing_of_a_child_gets_in_under_any_key(written: Written, key: str, canary: object) -> None:
    structlog.get_logger().warning("contact_waiting", **{key: canary})
    for one in CANARIES:
        assert one not in written.text
    assert written.dropped == 1


@pytest.mark.parametrize("canary", CANARIES)
def test_nothing_gets_in_as_the_event_itself_or_under_a_key_of_its_own(written: Written, canary: str) -> None:
    structlog.get_logger().info(canary, caller=canary, **{canary: 1})
    [line] = written.lines
    assert line["action"] in ("unnamed", "uncle")  # a bare word in small letters looks like a code
    assert set(line) == {"action", "level", "time"}
    assert "caller" not in written.text
    if canary != "uncle":
        assert canary not in written.text


def test_an_exception_is_told_by_its_type_and_place_never_by_its_text(written: Written) -> None:
    try:
        raise ValueError(f"{NAME} at {NUMBER}: {SENTENCE}")
    except ValueError:
        structlog.get_logger().exception("effect_failed", effect=CONTACT)
    [line] = written.lines
    assert (line["error"], line["level"]) == ("ValueError", "error")
    assert line["where"].startswith("tests/unit/test_log.py:")
    for one in CANARIES:
        assert one not in written.text


def test_an_error_of_ours_is_told_with_its_code(written: Written) -> None:
    try:
        raise Conflict("offer_gone", SENTENCE)
    except Conflict:
        structlog.get_logger().warning("offer_stale", exc_info=True)
    [line] = written.lines
    assert (line["error"], line["code"]) == ("Conflict", "offer_gone")
    assert SENTENCE not in written.text


def test_what_a_library_says_is_told_without_its_words(written: Written) -> None:
    try:
        raise KeyError(NUMBER)
    except KeyError:
        logging.getLogger("asyncio").exception("Task for %s failed: %s", NUMBER, SENTENCE)
    logging.getLogger("sqlalchemy.pool").warning("connection of %s", NAME)
    logging.getLogger("twilio.http_client").info("To=%s Body=%s", NUMBER, SENTENCE)
    failed, warned = written.lines
    assert (failed["action"], failed["logger"], failed["error"]) == ("library", "asyncio", "KeyError")
    assert (warned["logger"], warned["level"]) == ("sqlalchemy.pool", "warning")
    for one in CANARIES:
        assert one not in written.text


def test_text_for_people_holds_no_more_than_the_lines_for_machines() -> None:
    stream = io.StringIO()
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        log.configure("text", stream=stream)
        structlog.get_logger().info("contact_waiting", contact=CONTACT, caller=NUMBER, line=NAME)
    finally:
        logging.captureWarnings(False)
        structlog.configure(**before)
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("aiohttp.access").disabled = False
    assert "contact_waiting" in stream.getvalue()
    assert CONTACT in stream.getvalue()
    for one in CANARIES:
        assert one not in stream.getvalue()


async def test_a_request_is_told_by_its_routes_name(written: Written) -> None:
    async def there(_request: web.Request) -> web.Response:
        return web.Response()

    async def broken(_request: web.Request) -> web.Response:
        raise ValueError(SENTENCE)

    app = web.Application(middlewares=[log.access])
    app.router.add_get("/contacts/{number}", there, name="contact")
    app.router.add_get("/broken/{number}", broken, name="broken")
    async with TestClient(TestServer(app)) as client:
        for path in ("contacts", "broken", "nowhere"):
            await client.get(f"/{path}/{NUMBER}?name={NAME}&said={SENTENCE}")
    requests = [(line["route"], line["status"]) for line in written.lines if line["action"] == "request"]
    assert requests == [("contact", 200), ("broken", 500), ("unrouted", 404)]
    for one in CANARIES:
        assert one not in written.text


def test_a_quieter_level_leaves_the_rest_out(written: Written) -> None:
    log.configure("json", "warning", stream=written.stream)
    say: Callable[..., Any] = structlog.get_logger().info
    say("contact_waiting")
    structlog.get_logger().warning("offer_stale")
    assert [line["action"] for line in written.lines] == ["offer_stale"]
