"""Who carries letters and text messages away: a mail server, a provider, or a folder.

What goes wrong says neither the address nor the text: it is logged and kept with dead jobs.
"""

import asyncio
import re
from contextlib import suppress
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Protocol

import aiosmtplib
import httpx
from email_validator import EmailNotValidError, validate_email

from app.core.caught import Letters
from app.core.mail import Mail, Sms
from app.core.settings import Settings
from app.core.startup import StartupError

_QUIT_SECONDS = 1.0
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
# Of the refusals by HTTP, those that time may change.
_PASSING = frozenset((408, 425, 429))
_LONGEST_SUBJECT = 250
# Of what isn't an answer of the mail server, what comes of the letter itself.
_NEVER = (aiosmtplib.SMTPNotSupported, ValueError)


class Refused(Exception):
    """For good: another try would be refused too."""


class Unavailable(Exception):
    """Not now: another try may do."""


class Mailer(Protocol):
    """Sends letters."""

    async def send(self, message: Mail, key: str) -> None:
        """Hand a letter over; the same `key` is the same letter. `Refused`, `Unavailable`."""


class Texter(Protocol):
    """Sends text messages."""

    async def send(self, message: Sms, key: str) -> None:
        """Hand a message over; the same `key` is the same message. `Refused`, `Unavailable`."""


def mailer_of(settings: Settings) -> Mailer:
    """Who takes letters. `StartupError` if nobody does, or if the sender is no address."""
    if settings.smtp_host:
        return SmtpMailer(settings)
    if settings.environment == "production":
        raise StartupError(
            "LYCEUM_SMTP_HOST and LYCEUM_SMTP_SENDER must be set in production: accounts are"
            " confirmed and passwords reset by letter."
        )
    return Letters.below(settings.data_dir)


def texter_of(settings: Settings) -> Texter:
    """Who takes text messages."""
    if settings.sms_url:
        return HttpTexter(settings)
    if settings.environment == "production":
        return _NoTexter()
    return Letters.below(settings.data_dir)


class SmtpMailer:
    """Hands each letter to a mail server, over a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        name, address = parseaddr(settings.smtp_sender)
        try:
            self._sender = Address(name, addr_spec=_mailbox(address))
        except Refused:
            raise StartupError(
                "LYCEUM_SMTP_SENDER must be an address, such as Lyceum <lyceum@example.org>."
            ) from None
        self._settings = settings

    async def send(self, message: Mail, key: str) -> None:
        """One connection, one letter; all of it within the time that the settings give."""
        client = self._client()
        try:
            written = _letter(self._sender, message, key)
            async with asyncio.timeout(self._settings.smtp_timeout):
                await client.connect()
                await client.send_message(written)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _judged(error) from None
        else:
            # The letter is taken, whatever is said at parting.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_QUIT_SECONDS)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password.get_secret_value() or None,
            use_tls=settings.smtp_tls == "tls",
            # Never "if the server says so": who stands between could say that it doesn't.
            start_tls=settings.smtp_tls == "starttls",
            timeout=settings.smtp_timeout,
        )


def _letter(sender: Address, mail: Mail, key: str) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=_mailbox(mail.to))
    message["Subject"] = _line(mail.subject)[:_LONGEST_SUBJECT]
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = f"<{key}@{sender.domain}>"
    # Nobody's holiday is an answer to it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def _mailbox(address: str) -> str:
    """One address and nothing else, its domain in ASCII."""
    try:
        found = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        raise Refused("The address isn't one.") from None
    return found.ascii_email or found.normalized


def _line(text: str) -> str:
    """A text as one line, without what could begin a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _judged(error: Exception) -> Refused | Unavailable:
    code = _code(error)
    if code is not None:
        said = f"The mail server answered {code}."
        return Refused(said) if 500 <= code <= 599 else Unavailable(said)
    said = f"{type(error).__name__} while talking to the mail server."
    # A certificate that isn't good is an `OSError` and a `ValueError`, and may be good tomorrow.
    if isinstance(error, OSError) or not isinstance(error, _NEVER):
        return Unavailable(said)
    return Refused(said)


def _code(error: Exception) -> int | None:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return error.recipients[0].code
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None


class HttpTexter:
    """Posts each message to a provider, as a form with `To`, `From` and `Body`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, message: Sms, key: str) -> None:
        """One request, within the time that the settings give."""
        if _NUMBER.fullmatch(message.to) is None:
            raise Refused("The number isn't one.")
        settings = self._settings
        form = {"To": message.to, "From": settings.sms_sender, "Body": message.text}
        signed = httpx.BasicAuth(settings.sms_account, settings.sms_token.get_secret_value())
        try:
            async with (
                asyncio.timeout(settings.sms_timeout),
                httpx.AsyncClient(auth=signed, timeout=settings.sms_timeout) as client,
            ):
                answer = await client.post(
                    settings.sms_url, data=form, headers={"Idempotency-Key": key}
                )
        except (httpx.HTTPError, TimeoutError) as error:
            said = f"{type(error).__name__} while talking to the provider."
            raise Unavailable(said) from None
        if answer.is_success:
            return
        said = f"The provider answered {answer.status_code}."
        if answer.is_client_error and answer.status_code not in _PASSING:
            raise Refused(said)
        raise Unavailable(said)


class _NoTexter:
    async def send(self, message: Sms, key: str) -> None:
        del message, key
        raise Refused("LYCEUM_SMS_URL is not set, so no text message is sent.")
