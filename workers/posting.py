"""The jobs of letters and text messages: thin, around who carries them away."""

from collections.abc import Awaitable
from datetime import timedelta

from redis.exceptions import RedisError

from app.core.logging import get_logger
from app.core.mail import SendMail, SendSms
from app.core.posting import Refused, mailer_of, texter_of
from app.core.resources import Resources
from workers.broker import handles

# A mail server that knows a sender too little says "later" for some minutes. In ten tries with
# pauses up to ten minutes, all in all a quarter of an hour passes.
_TRIES = 10
_LONGEST_PAUSE = timedelta(minutes=10)
_LIMIT = timedelta(minutes=2)

# How long it is known that a message was sent, for a job that comes again.
_KNOWN = timedelta(days=2)

log = get_logger(__name__)


@handles(
    SendMail,
    time_limit=_LIMIT,
    max_retries=_TRIES,
    longest_pause=_LONGEST_PAUSE,
    final=(Refused,),
)
async def send_mail(resources: Resources, job: SendMail) -> None:
    """Hand the letter to the mail server."""
    if await _is_sent(resources, job):
        return
    mail = await job.mail(resources.envelope)
    await _send(resources, job, mailer_of(resources.settings).send(mail, job.key))


@handles(
    SendSms,
    time_limit=_LIMIT,
    max_retries=_TRIES,
    longest_pause=_LONGEST_PAUSE,
    final=(Refused,),
)
async def send_sms(resources: Resources, job: SendSms) -> None:
    """Hand the message to the provider."""
    if await _is_sent(resources, job):
        return
    sms = await job.sms(resources.envelope)
    await _send(resources, job, texter_of(resources.settings).send(sms, job.key))


async def _is_sent(resources: Resources, job: SendMail | SendSms) -> bool:
    try:
        return bool(await resources.redis.exists(_name(job)))
    except RedisError:
        # Once too often is better than never.
        return False


async def _send(resources: Resources, job: SendMail | SendSms, sending: Awaitable[None]) -> None:
    try:
        await sending
    except Refused as error:
        log.warning("post.refused", key=job.key, reason=str(error))
        raise
    try:
        await resources.redis.set(_name(job), "", ex=_KNOWN)
    except RedisError as error:
        log.warning("post.unmarked", key=job.key, error=type(error).__name__)


def _name(job: SendMail | SendSms) -> str:
    return f"posted:{job.key}"
