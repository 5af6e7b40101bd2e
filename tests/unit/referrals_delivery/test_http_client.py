"""The client goes where it may and nowhere else, and says nothing of what it carried."""

import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.outgoing import place
from helpline.clock import SECOND
from helpline.referrals import http_client
from helpline.referrals.http_client import OutgoingHttp
from helpline.referrals.port import DeliveryTrouble


class Names(AbstractResolver):
    """Answers with what it was told, a list for each time it is asked, the last one again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in found
        ]

    async def close(self) -> None:
        pass


class Server:
    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.body = b"{}"
        self.headers: dict[str, str] = {}
        self.status = 200

    async def answer(self, request: web.Request) -> web.Response:
        await request.read()
        self.requests.append(request)
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@asynccontextmanager
async def server() -> AsyncIterator[tuple[Server, int]]:
    it = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", it.answer)
    async with TestServer(app) as served:
        assert served.port is not None
        yield it, served.port


@asynccontextmanager
async def client(*places: str, names: Names | None = None, timeout_s: float = 5.0) -> AsyncIterator[OutgoingHttp]:
    http = OutgoingHttp([place(one) for one in places], timeout_s=timeout_s, resolver=names)
    try:
        yield http
    finally:
        await http.close()


async def refused(http: OutgoingHttp, url: str) -> DeliveryTrouble:
    with pytest.raises(DeliveryTrouble) as told:
        await http.send("POST", url, {"Authorization": "Basic c2VjcmV0"}, b"a child's words")
    said = f"{told.value!r} {told.value} {told.value.__cause__!r}"
    assert "c2VjcmV0" not in said and "words" not in said and url not in said
    return told.value


async def test_a_named_place_is_asked() -> None:
    async with server() as (it, port), client(f"http://127.0.0.1:{port}") as http:
        it.headers = {"Retry-After": "3"}
        answer = await http.send("POST", f"http://127.0.0.1:{port}/a", {"X": "y"}, b"body")
        assert (answer.status, answer.body, answer.after) == (200, b"{}", 3 * SECOND)
        assert it.requests[0].headers["X"] == "y"


async def test_another_place_is_not_even_looked_up() -> None:
    names = Names(["8.8.8.8"])
    async with client("primero.example.org", names=names) as http:
        trouble = await refused(http, "https://evil.example/")
    assert (trouble.code, trouble.retry, names.asked) == ("not_allowed", False, 0)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::7"])
async def test_a_name_that_leads_inside_is_refused_before_a_byte_is_sent(inside: str) -> None:
    async with server() as (it, port), client(f"http://primero.example.org:{port}", names=Names([inside])) as http:
        trouble = await refused(http, f"http://primero.example.org:{port}/")
    assert (trouble.code, trouble.retry, trouble.unknown) == ("address_refused", False, False)
    assert it.requests == []


async def test_one_address_inside_among_several_refuses_the_name() -> None:
    async with server() as (it, port):
        names = Names(["8.8.8.8", "127.0.0.1"])
        async with client(f"http://primero.example.org:{port}", names=names) as http:
            assert (await refused(http, f"http://primero.example.org:{port}/")).code == "address_refused"
        assert it.requests == []


async def test_a_name_that_is_turned_inside_later_is_refused_then() -> None:
    """DNS rebinding: a good answer first, an address inside for the next connection."""
    async with server() as (it, port):
        names = Names(["127.0.0.1"], ["127.0.0.2"])
        async with client(f"http://primero.lan:{port}=127.0.0.1/32", names=names) as http:
            it.headers = {"Connection": "close"}
            assert (await http.send("GET", f"http://primero.lan:{port}/", {})).status == 200
            assert (await refused(http, f"http://primero.lan:{port}/")).code == "address_refused"
        assert (len(it.requests), names.asked) == (1, 2)


async def test_the_address_that_is_connected_to_is_the_one_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a resolver whose answers go unchecked opens no socket to an address inside."""
    monkeypatch.setattr(http_client, "_Checked", lambda _, resolver: resolver)
    async with server() as (it, port):
        names = Names(["127.0.0.1"])
        async with client(f"http://primero.example.org:{port}", names=names) as http:
            assert (await refused(http, f"http://primero.example.org:{port}/")).code == "address_refused"
        assert it.requests == []


async def test_a_redirect_is_not_followed() -> None:
    async with server() as (it, port), client(f"http://127.0.0.1:{port}") as http:
        it.status, it.headers = 302, {"Location": f"http://127.0.0.1:{port}/inside"}
        assert (await http.send("POST", f"http://127.0.0.1:{port}/a", {}, b"")).status == 302
        assert [request.path for request in it.requests] == ["/a"]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with server() as (_, port), client(f"http://127.0.0.1:{port}") as http:
        assert (await http.send("GET", f"http://127.0.0.1:{port}/a", {})).status == 200


async def test_no_cookie_is_kept() -> None:
    async with server() as (it, port), client(f"http://127.0.0.1:{port}") as http:
        it.headers = {"Set-Cookie": "session=1; Path=/"}
        for _ in range(2):
            await http.send("GET", f"http://127.0.0.1:{port}/a", {})
        assert "Cookie" not in it.requests[1].headers


async def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MOST_BYTES", 1000)
    async with server() as (it, port), client(f"http://127.0.0.1:{port}") as http:
        it.body = b"x" * 5000
        assert (await refused(http, f"http://127.0.0.1:{port}/")).code == "too_large"
        # where the status is all that matters, the body may be of any length
        assert (await http.send("POST", f"http://127.0.0.1:{port}/", {}, b"", read=False)).body == b""


async def test_few_bytes_cannot_become_many() -> None:
    async with server() as (it, port), client(f"http://127.0.0.1:{port}") as http:
        it.headers, it.body = {"Content-Encoding": "gzip"}, b"\x1f\x8b not unpacked"
        assert (await http.send("GET", f"http://127.0.0.1:{port}/", {})).body == it.body
        assert it.requests[0].headers["Accept-Encoding"] == "identity"


async def test_nobody_there_is_unreachable_and_nothing_was_taken() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with client(f"http://127.0.0.1:{port}") as http:
            trouble = await refused(http, f"http://127.0.0.1:{port}/")
    assert (trouble.code, trouble.retry, trouble.unknown) == ("unreachable", True, False)


async def test_no_answer_in_time_leaves_it_unknown() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        port = deaf.getsockname()[1]
        async with client(f"http://127.0.0.1:{port}", timeout_s=0.3) as http:
            trouble = await refused(http, f"http://127.0.0.1:{port}/")
            with pytest.raises(DeliveryTrouble) as told:
                await http.send("GET", f"http://127.0.0.1:{port}/", {})
    assert (trouble.code, trouble.retry, trouble.unknown) == ("timeout", True, True)
    assert told.value.unknown is False  # reading changes nothing


async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path: Path) -> None:
    it = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", it.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self_signed(tmp_path)).start()
        port = runner.addresses[0][1]
        async with client(f"127.0.0.1:{port}") as http:
            trouble = await refused(http, f"https://127.0.0.1:{port}/")
    finally:
        await runner.cleanup()
    assert (trouble.code, trouble.retry, trouble.unknown) == ("certificate", True, False)
    assert it.requests == []


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
