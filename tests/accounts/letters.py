"""What accounts send: letters and text messages, out of the outbox."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.events import SendChallenge
from app.accounts.models import Challenge, User
from app.accounts.service import challenges
from app.core.mail import Mail, SendMail, SendSms, Sms
from app.core.resources import Resources
from tests.factories import Person, waiting_jobs, writing

# A number that could be somebody's.
PHONE = "+41791234567"


async def delivered(resources: Resources) -> list[Mail | Sms]:
    """Do what the workers would, and open everything that is to be sent, the oldest first."""
    for name, arguments in await waiting_jobs(resources):
        if name == SendChallenge.name:
            await challenges.send(resources, UUID(arguments["challenge_id"]))
    found: list[Mail | Sms] = []
    for name, arguments in await waiting_jobs(resources):
        if name == SendMail.name:
            found.append(await SendMail(**arguments).mail(resources.envelope))
        elif name == SendSms.name:
            found.append(await SendSms(**arguments).sms(resources.envelope))
    return found


async def newest_code(resources: Resources) -> str:
    """The code in the newest letter or text message."""
    [code] = set(re.findall(r"\b\d{6}\b", (await delivered(resources))[-1].text))
    return str(code)


async def newest_token(resources: Resources) -> str:
    """The token in the newest letter."""
    [token] = re.findall(r"^[\w-]{43}$", (await delivered(resources))[-1].text, re.MULTILINE)
    return str(token)


def another(code: str) -> str:
    """A code that isn't this one."""
    return f"{(int(code) + 1) % 10**6:06}"


async def change_user(resources: Resources, person: Person, **values: Any) -> None:
    """Put an account into any state."""
    async with writing(resources) as session:
        await session.execute(update(User).where(col(User.id) == person.key).values(**values))


async def read_user(resources: Resources, person: Person) -> User:
    """An account as it is now."""
    async with resources.database.read() as session:
        return await session.value(select(User).where(User.id == person.key))


async def rows_of(resources: Resources) -> list[Challenge]:
    """Every challenge, the oldest first."""
    async with resources.database.read() as session:
        return await session.all(select(Challenge).order_by(col(Challenge.id)))
