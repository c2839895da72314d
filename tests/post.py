"""A mail server and a provider of text messages of the tests' own."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.smtp import SMTP, AuthResult, Envelope


@dataclass
class MailServer:
    """What it took, and what it answers first; `hangs` has it never answer a letter."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    hangs: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self, _: Any, __: Any, envelope: Envelope, address: str, ___: Any
    ) -> str:
        """The next answer, or yes."""
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Envelope) -> str:  # noqa: N802
        """Keep the letter."""
        if self.hangs:
            await asyncio.Event().wait()
        content = envelope.content
        assert isinstance(content, bytes)
        letter = BytesParser(policy=default).parsebytes(content)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


def _sign_in(_: Any, __: Any, ___: Any, ____: str, given: Any) -> AuthResult:
    known = (given.login, given.password) == (b"lyceum", b"right")
    # Not handled: the server is to answer.
    return AuthResult(success=known, handled=False)


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None, *, wrapped: bool = False
) -> AsyncIterator[MailServer]:
    """A real SMTP server: with STARTTLS if it has a context, or TLS from the start if `wrapped`."""
    made = MailServer()
    loop = asyncio.get_running_loop()
    options = {"authenticator": _sign_in, "auth_require_tls": not wrapped, "enable_SMTPUTF8": False}

    def serve() -> SMTP:
        return SMTP(made, tls_context=None if wrapped else tls, loop=loop, **options)

    server = await loop.create_server(serve, "127.0.0.1", 0, ssl=tls if wrapped else None)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


@dataclass
class Provider:
    """What it was asked to send, and the statuses that it answers first."""

    url: str = ""
    messages: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    hangs: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        if self.hangs:
            await reader.read()
            writer.close()
            return
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.splitlines()[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = (await reader.readexactly(int(headers["content-length"]))).decode()
        status = self.answers.pop(0) if self.answers else 201
        if status < 300:
            self.headers.append(headers)
            self.messages.append({name: found[0] for name, found in parse_qs(body).items()})
        writer.write(
            f"HTTP/1.1 {status} So\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A local server that speaks the provider's protocol."""
    made = Provider()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/messages"
    try:
        yield made
    finally:
        server.close()
