"""Letters and text messages: what is to be sent, as a job.

Who writes one seals it: what lies in the outbox, in a job queue or among dead jobs may hold a
code that signs somebody in.
"""

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Self

from pydantic import BaseModel

from app.core.envelope import Envelope
from app.core.jobs import Job


class Mail(BaseModel):
    """A letter in plain text."""

    to: str
    subject: str
    text: str


class Sms(BaseModel):
    """A text message. `to` is a number with its country, as +41791234567."""

    to: str
    text: str


class _Sealed(Job):
    """A message in base64, sealed for the job's name."""

    sealed: str

    @classmethod
    async def of(cls, envelope: Envelope, message: BaseModel) -> Self:
        """The job that sends a message."""
        stored = await envelope.seal(message.model_dump_json().encode(), cls.name)
        return cls(sealed=b64encode(stored).decode())

    @property
    def key(self) -> str:
        """What tells the message from others, however often the job is run."""
        return sha256(self.sealed.encode()).hexdigest()[:32]

    async def _opened(self, envelope: Envelope) -> bytes:
        return await envelope.open(b64decode(self.sealed), self.name)


class SendMail(_Sealed):
    """Send a letter."""

    name = "send_mail"

    async def mail(self, envelope: Envelope) -> Mail:
        """The letter."""
        return Mail.model_validate_json(await self._opened(envelope))


class SendSms(_Sealed):
    """Send a text message."""

    name = "send_sms"

    async def sms(self, envelope: Envelope) -> Sms:
        """The message."""
        return Sms.model_validate_json(await self._opened(envelope))
