"""Letters go to a mail server. The only place that speaks SMTP."""

import asyncio
import ssl

import aiosmtplib

from config.settings import Smtp
from helpline.notices.letters import Post, Written
from webhooks.ports import CarrierTrouble

AT_ONCE = 4
"""Connections to the mail server."""


def post_of(settings: Smtp) -> Post | None:
    """None when no mail server is configured."""
    return SmtpPost(settings) if settings.host else None


class SmtpPost:
    """`helpline.notices.letters.Post` over SMTP, a connection a letter."""

    def __init__(self, settings: Smtp) -> None:
        self.sender = settings.sender
        self._settings = settings
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def deliver(self, written: Written) -> None:
        """Hand it to the mail server. Raises `CarrierTrouble`.

        Codes: ``smtp_NNN`` (what the server answered: 4xx, and whatever refuses the connection itself, may pass),
        ``smtp_timeout``, ``smtp_unreachable``, ``smtp_unreadable``, ``smtp_certificate``; ``smtp_login``, and
        ``smtp_unusable`` (the server cannot do what is set), which do not pass by themselves.
        """
        try:
            # Waiting for a turn counts: an effect that is held for too long is taken by another.
            async with asyncio.timeout(self._settings.timeout_s), self._turn:
                await self._hand_over(written)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _answered(min(one.code for one in refused.recipients)) from None
        except aiosmtplib.SMTPAuthenticationError as error:
            raise CarrierTrouble("smtp_login", retry=error.code < 500) from None
        except (aiosmtplib.SMTPConnectResponseError, aiosmtplib.SMTPHeloError) as error:
            raise CarrierTrouble(_answered(error.code).code, retry=True) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(error.code) from None
        except TimeoutError:
            raise CarrierTrouble("smtp_timeout", retry=True, unknown=True) from None
        except OSError as error:
            code = "smtp_certificate" if _is_of_certificates(error) else "smtp_unreachable"
            raise CarrierTrouble(code, retry=True, unknown=True) from None
        except (aiosmtplib.SMTPException, ValueError):
            raise CarrierTrouble("smtp_unusable", retry=False) from None

    async def _hand_over(self, written: Written) -> None:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=settings.password.get_secret_value() or None,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            timeout=settings.timeout_s,
        )
        try:
            await client.connect()
            await client.sendmail(self.sender, [written.to], written.message)
        finally:
            client.close()


def _answered(code: int) -> CarrierTrouble:
    return CarrierTrouble(f"smtp_{code}" if code > 0 else "smtp_unreadable", retry=code < 500)


def _is_of_certificates(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None
