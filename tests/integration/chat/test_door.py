"""What comes through the door of the child's page, malformed, from elsewhere or too much; and what goes out."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest

from helpline.clock import MINUTE, SECOND
from helpline.console.chat import limits, tokens
from helpline.console.chat.limits import Allowance, Limits
from tests.integration.chat.child import child
from tests.town import Town, town, with_line

SCHOOL = "https://school.example"
MOST_BYTES = 12 * 1024
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

MALFORMED = {
    "nul": b"body=a%00b",
    "a lone surrogate": b"body=%ED%A0%80",
    "bytes that are no text": b"body=\xff\xfe",
    "a megabyte": b"body=" + b"a" * 2**20,
    "more than that": b"body=" + b"a" * 2**21,
    "many fields": b"&".join(b"x%d=1" % n for n in range(20_000)),
    "emoji": "body=🫶🏽".encode(),
    "nothing": b"",
}


async def test_malformed_texts_are_stored_whole_or_refused_and_never_a_failure(here: Town) -> None:
    halima = await child(here)
    await halima.chooses("en")
    for what, body in MALFORMED.items():
        await halima.opens("/chat/talk")
        form = "&".join(f"{name}={value}" for name, value in halima.page.form("/chat/say").items()).encode()
        for action in ("/chat/say", "/chat/danger", "/chat"):
            seen = await halima.sends(action, BytesIO(form + b"&" + body), **FORM)
            assert seen.status in (303, 400), (what, action, seen.status)
        for path in ("/chat/talk", "/chat/list", "/chat/texts"):
            assert (await halima.look(path)).status == 200, (what, path)
    said = [body for who, body in (await halima.opens("/chat/talk")).texts if who == "child"]
    assert said == ["a\x00b", "\ufffd\ufffd\ufffd", "🫶🏽"], "what is no text at all is refused"
    for body in MALFORMED.values():
        assert (await halima.sends("/chat/leave", BytesIO(body), **FORM)).status in (303, 400)


async def test_a_body_without_a_length_is_bounded_too(here: Town) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"body=" + b"a" * 2**16

    halima = await child(here)
    await halima.chooses("en")
    assert (await halima.sends("/chat/say", endless(), **FORM)).status == 400


async def test_other_kinds_of_bodies_are_refused(here: Town) -> None:
    halima = await child(here)
    for kind in ("multipart/form-data; boundary=x", "application/json", f"{FORM['Content-Type']}; charset=nonsense"):
        for action in ("/chat", "/chat/say", "/chat/danger", "/chat/leave"):
            seen = await halima.sends(action, b'{"body": "x"}', **{"Content-Type": kind})
            assert seen.status == 400 and seen.says("That did not work"), (kind, action, seen.status)


async def test_a_token_that_is_nobodys_sees_nothing(here: Town) -> None:
    halima, tesfaye = await child(here), await child(here)
    await halima.chooses("en")
    form = {**halima.page.form("/chat/say"), "body": "x"}
    for cookie in ("x", "left", "a" * 43, "f" * 44, "%00", "é"):
        theirs = {"Cookie": f"chat={cookie}"}
        assert (await tesfaye.look("/chat/talk", **theirs)).status == 303
        assert (await tesfaye.look("/chat/list", **theirs)).status == 303
        assert (await tesfaye.look("/chat/texts", **theirs)).status == 403
        assert (await tesfaye.look("/chat/events", **theirs)).status == 204
        assert (await tesfaye.sends("/chat/say", form, **theirs)).status == 303
        assert (await tesfaye.sends("/chat/say", form, Accept="application/json", **theirs)).status == 403
    assert [text for text in (await halima.opens("/chat/talk")).texts if text[0] == "child"] == []


async def test_a_page_of_another_site_cannot_write_for_the_child(here: Town) -> None:
    halima = await child(here)
    await halima.chooses("en")
    form = {**halima.page.form("/chat/say"), "body": "x"}
    assert (await halima.sends("/chat/say", form, **{"Sec-Fetch-Site": "cross-site"})).status == 403
    assert (await halima.sends("/chat/say", form, Origin="https://evil.example")).status == 403
    assert (await halima.sends("/chat", {"language": "en"}, **{"Sec-Fetch-Site": "cross-site"})).status == 403
    seen = await halima.sends("/chat/say", {**form, "page": "guess"}, Origin="null")
    assert seen.status == 403 and seen.says("That did not work")
    assert (await halima.sends("/chat/say", form, Origin="null")).status == 303, "an old browser that hides its origin"


async def test_a_text_needs_a_key_that_can_be_one(here: Town) -> None:
    halima = await child(here)
    await halima.chooses("en")
    for key in ("", "short", "x" * 65, "a b c d e f", "\x00" * 16):
        assert (await halima.posts("/chat/say", body="hello", key=key)).status == 400, key


async def test_a_number_that_is_none_asks_for_everything(here: Town) -> None:
    halima = await child(here)
    await halima.chooses("en")
    for after in ("-1", "x", "9" * 50, "٣", ""):
        seen = await halima.look(f"/chat/texts?after={after}", **{"Last-Event-ID": after if after.isascii() else ""})
        assert seen.status == 200 and '"n": 1' in seen.text, after


async def test_nothing_about_the_child_goes_out_with_an_answer_or_stays_in_the_browser(here: Town) -> None:
    halima = await child(here)
    await halima.opens()
    assert halima.http.cookie_jar.filter_cookies(here.url) == {}, "looking leaves nothing"  # type: ignore[arg-type]
    begun = await halima.posts("/chat", language="en")
    assert re.fullmatch(r"chat=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict", begun.headers["Set-Cookie"])
    for path in ("/chat/talk", "/chat/list", "/chat/texts"):
        seen = await halima.look(path)
        assert seen.headers["Referrer-Policy"] == "no-referrer"
        assert seen.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in seen.headers
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in seen.headers["Content-Security-Policy"]
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", seen.text), "nobody else is asked for anything"
    assert halima.cookie not in (await halima.look("/chat/talk")).text, "the page itself does not know its token"


async def test_only_the_sites_that_a_line_names_may_frame_it(tmp_path: Path) -> None:
    async with town(tmp_path, change=lambda found: with_line(found, chat_origins=(SCHOOL,))) as here:
        halima = await child(here)
        await halima.chooses("en")
        for path, ancestors in {
            "/chat/talk": SCHOOL,
            "/chat/list": f"'self' {SCHOOL}",
            "/numbers": SCHOOL,
        }.items():
            policy = (await halima.look(path)).headers["Content-Security-Policy"]
            assert policy.endswith(f"frame-ancestors {ancestors}"), path
        script = await halima.look("/chat/embed.js")
        assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert f'{{"children": ["{SCHOOL}"]}}' in script.text and "__DATA__" not in script.text


async def test_no_site_may_frame_a_line_that_names_none(here: Town) -> None:
    halima = await child(here)
    assert (await halima.opens()).headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


async def test_a_frame_that_may_keep_nothing_offers_a_window_and_begins_nothing(here: Town) -> None:
    halima = await child(here)
    await halima.opens("/chat?framed=1")
    halima.http.cookie_jar.clear()
    seen = await halima.posts("/chat", language="en")
    assert seen.says("Open it in its own window") and 'rel="noopener noreferrer"' in seen.text
    assert await here.contacts() == []
    await halima.opens("/chat?framed=1")
    assert (await halima.posts("/chat", language="en")).status == 303
    assert len(await here.contacts()) == 1


def test_a_frames_cookie_is_its_own_on_every_site() -> None:
    from aiohttp import web

    response = web.Response()
    tokens.keep(response, tokens.new_token(framed=True), framed=True, secure=True)
    assert re.fullmatch(
        r"__Host-chat=f[\w-]{43}; Path=/; HttpOnly; Secure; SameSite=None; Partitioned", response.headers["Set-Cookie"]
    )


async def test_the_page_with_its_style_and_script_is_small(here: Town) -> None:
    pages = {"the first page": await (await child(here)).opens()}
    for language in ("en", "am", "ar", "so"):
        pages[language] = await (await child(here)).chooses(language)
    halima = await child(here)
    for name, page in pages.items():
        links = re.findall(r'(?:href|src)="(/chat/static/[^"]+)"', page.text)
        assert len(links) >= 2
        total = len(gzip.compress(page.text.encode(), 6))
        for link in links:
            async with halima.http.get(here.url + link, headers={"Accept-Encoding": "gzip"}) as answer:
                assert answer.headers["Content-Encoding"] == "gzip"
                assert "immutable" in answer.headers["Cache-Control"]
                total += int(answer.headers["Content-Length"])
        print(f"{name}: {total} bytes")
        assert total <= MOST_BYTES, name


async def test_pages_are_served_compressed(here: Town) -> None:
    halima = await child(here)
    async with halima.http.get(here.url + "/chat", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
    async with halima.http.get(here.url + "/chat", headers={"Accept-Encoding": "identity"}) as answer:
        assert "Content-Encoding" not in answer.headers


async def test_many_who_begin_at_once_are_kindly_asked_to_wait(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BEGINS_BY_LINE", 2)
    children = [await child(here) for _ in range(3)]
    for one in children:
        await one.opens()
    seen = await asyncio.gather(*(one.posts("/chat", language="en") for one in children))
    assert sorted(each.status for each in seen) == [303, 303, 429]
    refused = next(each for each in seen if each.status == 429)
    assert refused.says("Wait a minute, then try again.") and refused.says("You can also call 116.")


def test_an_address_is_counted_for_a_minute_and_not_kept() -> None:
    keys = iter([b"one" * 9, b"two" * 9])
    limited = Limits(lambda: next(keys))
    granted = [limited.may_begin("children", "8.8.8.8", n) for n in range(limits.BEGINS_BY_ADDRESS + 1)]
    assert granted == [True] * limits.BEGINS_BY_ADDRESS + [False]
    assert limited.may_begin("children", "8.8.4.4", 0)
    assert all(limited.may_begin("children", "127.0.0.1", 0) for _ in range(100)), "a proxy of ours is everybody"
    assert "8.8.8.8" not in repr(vars(limited))
    assert limited.may_begin("children", "8.8.8.8", MINUTE)


def test_an_allowance_fills_up_again() -> None:
    allowed = Allowance(2, SECOND)
    assert [allowed.take("a", 0) for _ in range(3)] == [True, True, False]
    assert allowed.take("b", 0)
    assert [allowed.take("a", SECOND) for _ in range(2)] == [True, False]
