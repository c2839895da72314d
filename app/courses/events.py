"""What happens to courses."""

from typing import ClassVar
from uuid import UUID

from app.core.events import PersistedEvent
from app.core.jobs import Job, Queue


def course_stream(course_id: UUID) -> str:
    """Everything that happens to a course."""
    return f"course:{course_id}"


class _CourseEvent(PersistedEvent):
    course_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return course_stream(self.course_id)


class CourseCreated(_CourseEvent):
    """There is a new course: written, or a copy of another one."""

    kind = "course.created"
    copied_from: UUID | None = None


class CourseChanged(_CourseEvent):
    """The course, or something in it, is another now."""

    kind = "course.changed"


class CoursePublished(_CourseEvent):
    """It is taught from now on."""

    kind = "course.published"


class CourseArchived(_CourseEvent):
    """It is no longer offered."""

    kind = "course.archived"


class CourseDeleted(_CourseEvent):
    """It is gone."""

    kind = "course.deleted"


def submissions_stream(user_id: UUID) -> str:
    """Everything that somebody hands in, and what becomes of it."""
    return f"submissions:{user_id}"


class _SubmissionEvent(PersistedEvent):
    """`user_id` is the student's."""

    user_id: UUID
    exercise_id: UUID
    submission_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return submissions_stream(self.user_id)


class AssignmentSubmitted(_SubmissionEvent):
    """Somebody handed in a version of their work."""

    kind = "assignment.submitted"


class AssignmentGraded(_SubmissionEvent):
    """There is a grade, or another one."""

    kind = "assignment.graded"


class AssignmentReturned(_SubmissionEvent):
    """It is to be done again."""

    kind = "assignment.returned"


def learning_stream(user_id: UUID) -> str:
    """What somebody has learned."""
    return f"learning:{user_id}"


class CodeGraded(PersistedEvent):
    """A program of theirs has ended, or was given up; `passed` is None for a run."""

    kind = "code.graded"
    user_id: UUID
    exercise_id: UUID
    submission_id: UUID
    passed: bool | None

    @property
    def stream(self) -> str:
        """Of whoever wrote it."""
        return learning_stream(self.user_id)


class GradeCode(Job):
    """Run a program, and its exercise's tests on it."""

    name = "courses.grade_code"
    queue: ClassVar[Queue] = "code"
    submission_id: UUID


class _LearningEvent(PersistedEvent):
    user_id: UUID
    course_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return learning_stream(self.user_id)


class ExerciseCompleted(_LearningEvent):
    """Somebody is done with an exercise: told once for each of theirs."""

    kind = "exercise.completed"
    lesson_id: UUID
    exercise_id: UUID


class LessonCompleted(_LearningEvent):
    """Somebody is done with a lesson: told once for each of theirs."""

    kind = "lesson.completed"
    lesson_id: UUID


class CourseLearned(_LearningEvent):
    """Somebody is done with every lesson of a course: told once for each of theirs."""

    kind = "course.learned"


def practice_stream(user_id: UUID) -> str:
    """What somebody practises, logs and achieves."""
    return f"practice:{user_id}"


class _PracticeEvent(PersistedEvent):
    user_id: UUID
    course_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return practice_stream(self.user_id)


class PracticeStarted(_PracticeEvent):
    """Somebody works on a course from now on."""

    kind = "practice.started"
    session_id: UUID


class PracticeCompleted(_PracticeEvent):
    """They have finished, after so many minutes without the pauses."""

    kind = "practice.completed"
    session_id: UUID
    minutes: int


class PracticeAbandoned(_PracticeEvent):
    """They have given up, or nothing was heard of them for long."""

    kind = "practice.abandoned"
    session_id: UUID


class ProgressLogged(_PracticeEvent):
    """They have done something, and logged it."""

    kind = "progress.logged"
    log_id: UUID


class ProgressCorrected(_PracticeEvent):
    """What they logged was something else."""

    kind = "progress.corrected"
    log_id: UUID


class PersonalRecordSet(_PracticeEvent):
    """They were better than ever before."""

    kind = "progress.record_set"
    record_id: UUID
    log_id: UUID


class GenerationAdvanced(_CourseEvent):
    """A model has done another step of writing it: so many of so many."""

    kind = "course.generation_advanced"
    done: int
    total: int


class CourseOutlined(_CourseEvent):
    """A model has written which modules it has."""

    kind = "course.outlined"
    curriculum_id: UUID


class CourseGenerated(_CourseEvent):
    """A model has written it, and its learner can begin."""

    kind = "course.generated"


class GenerationFailed(_CourseEvent):
    """A model couldn't write it to its end."""

    kind = "course.generation_failed"
    notice: str


class CurriculumSaved(_CourseEvent):
    """There is a new version of its curriculum."""

    kind = "curriculum.saved"
    curriculum_id: UUID


class CurriculumProposed(_CourseEvent):
    """There is a proposal for its curriculum."""

    kind = "curriculum.proposed"
    curriculum_id: UUID


class CourseCompleted(_CourseEvent):
    """Its learner is through with it."""

    kind = "course.completed"
    user_id: UUID


class CertificateIssued(PersistedEvent):
    """Somebody got a certificate."""

    kind = "certificate.issued"
    certificate_id: UUID
    user_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return f"learning:{self.user_id}"


class WriteCourse(Job):
    """Have a model do the next step of a course: the one after `done`."""

    name = "courses.write_course"
    queue: ClassVar[Queue] = "ai"
    course_id: UUID
    # Make the job repeatable.
    attempt: int
    done: int


class WordProposal(Job):
    """Have a model word what is new in a proposed curriculum."""

    name = "courses.word_proposal"
    queue: ClassVar[Queue] = "ai"
    curriculum_id: UUID


class DrawCertificate(Job):
    """Draw a certificate's PDF."""

    name = "courses.draw_certificate"
    certificate_id: UUID
