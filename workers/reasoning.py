"""The words of a model for why people fit."""

import asyncio
from datetime import timedelta

from app.ai.errors import QuotaUsedUp
from app.ai.models import AiPurpose
from app.ai.service import take_request
from app.buddies.events import WordReason
from app.buddies.service import reasons
from app.core.logging import get_logger
from app.core.resources import Resources
from workers import wording
from workers.answering import ask_json
from workers.broker import handles
from workers.composing import quoted
from workers.inference.grounding import support

# The share of a reason's content words that must stand in the facts.
_LEAST = 0.6
_LONGEST = 240

log = get_logger(__name__)


@handles(WordReason, time_limit=timedelta(minutes=3), max_retries=2)
async def word_reason(resources: Resources, job: WordReason) -> None:
    """Let the model word why two people fit; without words of its own the plain ones stay."""
    brief = await reasons.brief(resources, job)
    if brief is None:
        return
    try:
        async with resources.begin() as uow:
            await take_request(uow, job.user_id, AiPurpose.MATCH_REASON)
    except QuotaUsedUp:
        return
    worded = await asyncio.to_thread(word, brief)
    if worded is not None:
        async with resources.begin() as uow:
            await reasons.word(uow, brief.reason, worded)


def word(brief: reasons.Brief) -> str | None:
    """A model's sentence, if it says nothing but the facts. Blocks; run it in a thread."""
    said = ask_json(brief.prompt, course=quoted(brief.course), facts=quoted(brief.reason.plain))
    text = wording.whole(" ".join(str((said or {}).get("reason", "")).split()))
    known = support(text, [brief.reason.plain, brief.course])
    if not text or len(text) > _LONGEST or known < _LEAST:
        log.info("reason.dropped", support=round(known, 2))
        return None
    return text
