"""SQL of what is handed in."""

from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.courses import policy
from app.courses.models import AssignmentSubmission, Exercise


async def hold_newest(
    session: WriteSession, exercise_id: UUID, student_id: UUID
) -> AssignmentSubmission | None:
    """The newest version of somebody's work, held. Who hands one in has the learner's turn."""
    return await session.first(
        select(AssignmentSubmission)
        .where(
            AssignmentSubmission.exercise_id == exercise_id,
            AssignmentSubmission.student_id == student_id,
        )
        .order_by(col(AssignmentSubmission.version).desc())
        .limit(1)
        .with_for_update()
    )


async def hold_visible(
    session: WriteSession, viewer: Viewer, key: UUID
) -> tuple[AssignmentSubmission, Exercise, bool] | None:
    """What the viewer sees of what was handed in, held; its exercise; and whether they grade it."""
    found = await session.rows(
        select(
            AssignmentSubmission,
            Exercise,
            policy.instructs_work(viewer, AssignmentSubmission, AssignmentSubmission.student_id),
        )
        .join(Exercise, col(Exercise.id) == AssignmentSubmission.exercise_id)
        .where(AssignmentSubmission.id == key, policy.visible_submission(viewer))
        .with_for_update(of=AssignmentSubmission)
    )
    return (found[0][0], found[0][1], found[0][2]) if found else None


async def with_exercise(
    session: ReadSession, key: UUID
) -> tuple[AssignmentSubmission, Exercise] | None:
    """A submission and its exercise."""
    found = await session.rows(
        select(AssignmentSubmission, Exercise)
        .join(Exercise, col(Exercise.id) == AssignmentSubmission.exercise_id)
        .where(AssignmentSubmission.id == key)
    )
    return (found[0][0], found[0][1]) if found else None
