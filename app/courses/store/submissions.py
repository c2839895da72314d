"""SQL of what is handed in."""

from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.courses import policy
from app.courses.models import AssignmentSubmission, Exercise


async def hold_open_exercise(session: WriteSession, viewer: Viewer, key: UUID) -> Exercise | None:
    """An exercise that is open to the viewer; it isn't deleted before the transaction ends."""
    return await session.first(
        select(Exercise)
        .where(Exercise.id == key, policy.visible_exercise(viewer))
        .with_for_update(read=True, key_share=True, of=Exercise)
    )


async def hold_newest(
    session: WriteSession, exercise_id: UUID, student_id: UUID
) -> AssignmentSubmission | None:
    """The newest version of somebody's work, held. Until the transaction ends nobody else comes
    by here for theirs, also where there is none yet.
    """
    both = f"submission:{exercise_id}:{student_id}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(both, 0))))
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


async def hold_handed_in(session: WriteSession, which: ColumnElement[bool]) -> bool:
    """Whether anybody has handed in work on one of these exercises. Until the transaction ends,
    nobody will.
    """
    await session.execute(select(Exercise.id).where(which).with_for_update())
    made = select(AssignmentSubmission.id).join(
        Exercise, col(Exercise.id) == AssignmentSubmission.exercise_id
    )
    return await session.first(made.where(which).limit(1)) is not None


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
