"""What the schema shows of who fits the viewer."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.accounts.types import User
from app.buddies import policy
from app.buddies.service import matching, reasons
from app.buddies.types.preferences import StudyTime
from app.core.errors import BadRequest
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.read.declare import edge, reads
from app.core.graph.read.operation import COST
from app.core.ids import from_global
from app.courses.models import Course as CourseRow
from app.courses.types import Course, Section

_USUAL, _MOST = 10, 50


class MatchReasonOrigin(StrEnum):
    """Who found the words of a reason."""

    RULE = "rule"
    MODEL = "model"


describe(
    MatchReasonOrigin,
    "Who found the words of a reason.",
    {
        MatchReasonOrigin.RULE: "The program, by rule: no model has worded it, or not yet.",
        MatchReasonOrigin.MODEL: "The local language model: from the same facts, and nothing else.",
    },
)


@strawberry.type(description="Somebody who fits the viewer on a course.")
class BuddyMatch:
    """As it is at this moment."""

    user: User | None = edge("user_key", "Who.")
    user_key: strawberry.Private[UUID]
    score: int = strawberry.field(
        description="How well the two fit: 0 to 100. 20 for the course, 10 for the same section"
        " of it; up to 35 for the minutes of this week at which both can study, all of them for"
        " ten hours; 15 for the same level in the course's subject, 10 for the next one; 10 for"
        " the same learning style; 10 for the same pace. What one of them hasn't said counts"
        " half."
    )
    overlap_minutes: int = strawberry.field(
        description="At how many minutes of the week that begins now both can study."
    )
    reason: str = strawberry.field(description="Why they fit, in a sentence.")
    reason_origin: MatchReasonOrigin = strawberry.field(description="Who found its words.")
    time_zone: str = strawberry.field(description="The time zone that they are in.")
    availability: list[StudyTime] = strawberry.field(
        description="When they can study every week, on their own clock."
    )


@reads(
    CourseRow,
    visible=policy.visible_context,
    description="Who fits the viewer on a course that they are on.",
    needs=("id",),
)
class BuddyMatches:
    """For those who are on it."""

    course: Course | None = edge("id", "The course.")

    @strawberry.field(
        description="The best ones first. Only people on the same course are found, who are"
        " findable and not blocked either way, have fewer buddies than they want, aren't the"
        " viewer's buddies, and have no open request with the viewer. Of very many, the 2,000 who"
        " were last active are considered.",
        metadata={COST: 200},
    )
    async def matches(
        self,
        info: Info,
        section_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="Only those who are at this section of the course: the first one of"
                " which they have lessons left."
            ),
        ] = None,
        first: Annotated[
            int, strawberry.argument(description="How many: 1 to 50, 10 by default.")
        ] = _USUAL,
    ) -> list[BuddyMatch]:
        """Nothing is waited for: a model words reasons afterwards."""
        if not 1 <= first <= _MOST:
            raise BadRequest(f"'first' is 1 to {_MOST}.")
        course_id: UUID = vars(self)["id"]
        section = None if section_id is None else from_global(Section.prefix, section_id)
        context = info.context
        async with context.read() as session:
            found = await matching.find(session, context.me, course_id, section, first)
            plain = {each.fit.user_id: each.plain for each in found}
            said, missing = await reasons.known(session, context.me, course_id, plain)
        if missing:
            async with context.begin() as uow:
                await reasons.have_worded(uow, context.me, course_id, missing)
        return [_shown(each, said[each.fit.user_id]) for each in found]


def _shown(match: matching.Match, reason: reasons.Reason) -> BuddyMatch:
    # Rows, as the type reads them.
    times: list[Any] = list(match.times)
    return BuddyMatch(
        user_key=match.fit.user_id,
        score=match.fit.score,
        overlap_minutes=match.fit.overlap_minutes,
        reason=reason.text,
        reason_origin=MatchReasonOrigin.MODEL if reason.worded else MatchReasonOrigin.RULE,
        time_zone=match.fit.learner.time_zone,
        availability=times,
    )
