"""What a mail server may do to us: it cannot encrypt, shows a certificate of nobody's, refuses the password, hangs."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from config.settings import Smtp
from helpline.notices.letters import Letter, Written, write
from helpline.notices.smtp import SmtpPost
from tests.post_office import PostOffice
from webhooks.ports import CarrierTrouble

SENDER = "116@helpline.example.org"


def a_letter() -> Written:
    return write(Letter("n1", "a@b.example", "Hello", "Words.", 1_800_000_000_000_000), SENDER)


def settings(port: int, **more: Any) -> Smtp:
    said: dict[str, Any] = {"security": "none", "timeout_s": 2, **more}
    return Smtp(host="127.0.0.1", port=port, sender=SENDER, **said)


async def trouble(settings: Smtp) -> CarrierTrouble:
    with pytest.raises(CarrierTrouble) as told:
        await SmtpPost(settings).deliver(a_letter())
    return told.value


@asynccontextmanager
async def serving(protocol: Callable[[], asyncio.BaseProtocol]) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


def of_nobody(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody has signed but its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = built.not_valid_before(today).not_valid_after(today + datetime.timedelta(1)).sign(key, hashes.SHA256())
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    text = key.private_bytes(serialization.Encoding.PEM, form, plain) + signed.public_bytes(serialization.Encoding.PEM)
    (folder / "both.pem").write_bytes(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


async def test_a_server_that_cannot_encrypt_gets_nothing() -> None:
    office = PostOffice()
    async with serving(lambda: SMTP(office)) as port:
        told = await trouble(settings(port, security="starttls"))
        assert (told.code, told.retry) == ("smtp_unusable", False)
        assert office.letters == [] and office.asked == 0


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_nobody_vouches_for_gets_nothing(tmp_path: Path, security: str) -> None:
    office, context = PostOffice(), of_nobody(tmp_path)
    loop = asyncio.get_running_loop()
    if security == "tls":
        server = await loop.create_server(lambda: SMTP(office), "127.0.0.1", 0, ssl=context)
    else:
        server = await loop.create_server(lambda: SMTP(office, tls_context=context), "127.0.0.1", 0)
    told = await trouble(settings(server.sockets[0].getsockname()[1], security=security))
    server.close()
    assert (told.code, told.retry) == ("smtp_certificate", True)
    assert office.letters == [] and office.asked == 0


async def test_a_password_that_is_wrong_is_not_tried_again() -> None:
    def refuses(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    office = PostOffice()
    server = lambda: SMTP(office, authenticator=refuses, auth_require_tls=False)  # noqa: E731
    async with serving(server) as port:
        told = await trouble(settings(port, username="me", password=SecretStr("wrong-secret")))
        assert (told.code, told.retry) == ("smtp_login", False) and "secret" not in str(told)


class _Silent(asyncio.Protocol):
    """Takes the connection, and says nothing."""


class _Rude(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"554 no service here\r\n")
        transport.close()


class _Nonsense(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
        transport.close()


async def test_a_server_that_says_nothing_is_left_after_its_time() -> None:
    async with serving(_Silent) as port:
        told = await trouble(settings(port, timeout_s=0.2))
        assert (told.code, told.retry) == ("smtp_timeout", True)


async def test_a_server_that_turns_everybody_away_may_come_round() -> None:
    async with serving(_Rude) as port:
        told = await trouble(settings(port))
        assert (told.code, told.retry) == ("smtp_554", True)


async def test_a_server_that_speaks_something_else_may_come_round() -> None:
    async with serving(_Nonsense) as port:
        assert (await trouble(settings(port))).retry


async def test_a_server_that_is_not_there_may_come_back() -> None:
    async with serving(_Silent) as port:
        pass
    told = await trouble(settings(port))
    assert (told.code, told.retry) == ("smtp_unreachable", True)


async def test_of_many_letters_at_once_each_waits_its_turn() -> None:
    office = PostOffice()
    async with serving(lambda: SMTP(office)) as port:
        post = SmtpPost(settings(port))
        await asyncio.gather(*(post.deliver(a_letter()) for _ in range(20)))
        assert len(office.letters) == 20
