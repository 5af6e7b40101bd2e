"""A mail server in the test's own process, which keeps what it takes and can be closed, or told what to answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

Says = Callable[[str], str | None]
"""Gets a recipient; what the server answers to it, None: it takes it."""


@dataclass
class PostOffice:
    """``letters`` in the order in which they came. ``to_recipient`` and ``to_letter`` may refuse."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    asked: int = 0
    to_recipient: Says = lambda recipient: None
    to_letter: Says = lambda recipient: None
    taken: Callable[[], None] = lambda: None
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        """On the port where it was before, if it was open."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="post.example.org", loop=loop), "127.0.0.1", self.port
        )
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    # What aiosmtpd calls

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        self.asked += 1
        refused = self.to_recipient(address)
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        refused = self.to_letter(envelope.rcpt_tos[0])
        if refused is not None:
            return refused
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        self.taken()
        return "250 taken"


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    office = PostOffice()
    await office.open()
    try:
        yield office
    finally:
        await office.close()
