"""Why people fit: a sentence by rule, and the same in a model's words where there are some."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts.models import LearningStyle
from app.buddies.events import WordReason
from app.buddies.models import BuddyContextKind, MatchReason
from app.buddies.store import contexts
from app.buddies.store import reasons as store
from app.buddies.store.matching import Fit, Learner
from app.core.clock import now
from app.core.db import ReadSession
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.reference.service import Prompt, prompt

# So many reasons are worded for one look at who fits: those of the best.
MOST_WORDED: Final = 5
_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Reason:
    """Why somebody fits, and whether a model has worded it."""

    text: str
    worded: bool


@dataclass(frozen=True)
class Brief:
    """What there is to word."""

    prompt: Prompt
    reason: MatchReason
    course: str


def plain(mine: Learner, fit: Fit) -> str:
    """What two people have in common, in one sentence."""
    theirs = fit.learner
    said = ["You are on the same course"]
    if mine.section_id is not None and mine.section_id == theirs.section_id:
        said = ["You are at the same section of the course"]
    if fit.overlap_minutes:
        said.append(f"you can both study for {_duration(fit.overlap_minutes)} of this week")
    if mine.level is not None and mine.level is theirs.level:
        said.append("you are at the same level")
    styles = {mine.style, theirs.style}
    if None not in styles and (len(styles) == 1 or LearningStyle.MIXED in styles):
        said.append("you learn in a similar way")
    if mine.pace is not None and mine.pace is theirs.pace:
        said.append("you like the same pace")
    return f"{', and '.join(filter(None, [', '.join(said[:-1]), said[-1]]))}."


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [(hours, "hour"), (rest, "minute")]
    return " and ".join(f"{many} {name}{'' if many == 1 else 's'}" for many, name in parts if many)


async def known(
    session: ReadSession, viewer: Viewer, course_id: UUID, plain: Mapping[UUID, str]
) -> tuple[dict[UUID, Reason], dict[UUID, str]]:
    """Why these fit the viewer, as it is known now; and what of the first is yet to be worded.

    `plain` has the sentences by rule, by the keys of those who fit, the best one first.
    """
    worded = await store.known(session, viewer.user_id, course_id, plain)
    found, missing = {}, {}
    for place, (key, said) in enumerate(plain.items()):
        about, words = worded.get(key, (None, None))
        current = words if about == said else None
        found[key] = Reason(current or said, current is not None)
        if about != said and place < MOST_WORDED:
            missing[key] = said
    return found, missing


async def have_worded(
    uow: UnitOfWork, viewer: Viewer, course_id: UUID, plain: Mapping[UUID, str]
) -> None:
    """Let a model word these afterwards: once, however often they are asked for meanwhile."""
    rows = [
        MatchReason(user_id=viewer.user_id, other_id=key, context_id=course_id, plain=said)
        for key, said in plain.items()
    ]
    for key in await store.put(uow.session, rows):
        uow.enqueue(
            WordReason(
                user_id=viewer.user_id,
                other_id=key,
                context_kind=BuddyContextKind.COURSE,
                context_id=course_id,
            )
        )


async def brief(resources: Resources, job: WordReason) -> Brief | None:
    """What to word; None if that is done."""
    async with resources.database.read() as session:
        reason = await store.one(session, job.user_id, job.other_id, job.context_id)
        course = await contexts.name(session, job.context_id)
        if reason is None or reason.worded is not None or course is None:
            return None
        return Brief(await prompt(session, "buddies.reason"), reason, course)


async def word(uow: UnitOfWork, reason: MatchReason, worded: str) -> None:
    """Keep a model's words."""
    await store.word(uow.session, reason, worded)


async def forget_old(resources: Resources) -> None:
    """Forget what was worded a month ago."""
    async with resources.begin() as uow:
        await store.forget(uow.session, now() - _KEPT)
