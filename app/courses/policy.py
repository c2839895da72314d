"""Who sees what of courses. Conditions on a table or an alias of it, for whoever asks."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal_column, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.core.viewer import Asker
from app.courses.models import (
    AssignmentSubmission,
    Certificate,
    CodingSubmission,
    CodingTest,
    CodingTestResult,
    Cohort,
    CohortLesson,
    CohortMember,
    Course,
    CourseGeneration,
    CourseStatus,
    Curriculum,
    CurriculumNode,
    Exercise,
    Lesson,
    LessonStatus,
    QuizAttempt,
    QuizOption,
    QuizQuestion,
    Section,
)
from app.courses.models.learning import CourseLearning


def listed(course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses of the catalogue, which anyone sees.

    A page of these alone comes from the catalogue's indexes in its order; one of all that a
    viewer sees has to be sorted.
    """
    # No parameter: the plan of a prepared statement has to know that an index's condition holds.
    published: ColumnElement[CourseStatus] = literal_column(f"'{CourseStatus.PUBLISHED.name}'")
    # What has no date has no place in the catalogue's order.
    dated = col(course.published_at).is_not(None)
    return and_(col(course.public), col(course.status) == published, dated)


def teaches(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """The viewer's own courses, or all to a manager: they see what isn't finished.

    Who may not, or no longer, write courses teaches none. So all who only learn share answers.
    """
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    own: ColumnElement[bool] = col(course.instructor_id) == viewer.user_id
    return own


def instructs(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Those that the viewer teaches, and those of cohorts that they lead.

    They see answers, which nobody sees who only learns.
    """
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    led = exists(
        select(Cohort.id)
        .where(Cohort.course_id == course.id, col(Cohort.instructor_id) == viewer.user_id)
        .correlate(course)
    )
    return or_(teaches(viewer, course), led)


def learns(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses made for the viewer alone, and those of cohorts that they are in."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(course.learner_id) == viewer.user_id
    return or_(own, _in_cohort(viewer, course))


def _in_cohort(viewer: Asker, course: type[Course]) -> ColumnElement[bool]:
    return exists(
        select(CohortMember.id)
        .join(Cohort, col(Cohort.id) == CohortMember.cohort_id)
        .where(col(CohortMember.user_id) == viewer.user_id, Cohort.course_id == course.id)
        .correlate(course)
    )


def studies_under(viewer: Asker, user_id: Any, course: type[Course]) -> ColumnElement[bool]:
    """Whether somebody is a student of the viewer's in a course.

    Those are the members of its cohorts, to who teaches the course; of a cohort, to who leads it;
    and to who teaches a personal course, the learner whom it was made for. Who takes a free
    course of the catalogue by themselves is nobody's student.
    """
    if not (viewer.may("course.manage") or viewer.may("course.create")):
        return false()
    taught = teaches(viewer, course)
    member = exists(
        select(CohortMember.id)
        .join(Cohort, col(Cohort.id) == CohortMember.cohort_id)
        .where(
            col(CohortMember.user_id) == user_id,
            Cohort.course_id == course.id,
            or_(taught, col(Cohort.instructor_id) == viewer.user_id),
        )
        .correlate_except(CohortMember, Cohort)
    )
    return or_(member, and_(taught, col(course.learner_id) == user_id))


def visible_learning(
    viewer: Asker, pair: type[CourseLearning] = CourseLearning
) -> ColumnElement[bool]:
    """How far the viewer is with courses that they see, and how far their students are."""
    if not viewer.signed_in:
        return false()
    own = and_(col(pair.user_id) == viewer.user_id, visible(viewer))
    return exists(
        select(Course.id)
        .where(Course.id == pair.id, or_(own, studies_under(viewer, pair.user_id, Course)))
        .correlate(pair)
    )


def visible_attempt(viewer: Asker, attempt: type[QuizAttempt] = QuizAttempt) -> ColumnElement[bool]:
    """The viewer's own tries at quizzes, and those of their students."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(attempt.user_id) == viewer.user_id
    of_student = exists(
        select(Exercise.id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(Exercise.id == attempt.exercise_id, studies_under(viewer, attempt.user_id, Course))
        .correlate(attempt)
    )
    return or_(own, of_student)


def shows_answers(viewer: Asker, attempt: type[QuizAttempt]) -> ColumnElement[bool]:
    """Whether the right answers are shown with a try that the viewer sees.

    They are to who teaches the quiz; to a learner, once they have passed it or can't try it
    again, so that nobody answers with them.
    """
    other: type[QuizAttempt] = aliased(QuizAttempt)
    theirs = and_(
        col(other.user_id) == attempt.user_id, col(other.exercise_id) == attempt.exercise_id
    )
    passed = exists(select(other.id).where(theirs, col(other.passed)).correlate(attempt))
    over = or_(col(other.submitted_at).is_not(None), col(other.due_at) <= func.now())
    used = select(func.count()).select_from(other).where(theirs, over).correlate(attempt)
    spent = exists(
        select(Exercise.id)
        .where(
            Exercise.id == attempt.exercise_id,
            col(Exercise.attempts) <= used.scalar_subquery(),
        )
        .correlate(attempt)
    )
    return or_(passed, spent, instructs_exercise(viewer, attempt.exercise_id))


def visible(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses of the catalogue, and those that the viewer teaches or learns."""
    return or_(listed(course), instructs(viewer, course), learns(viewer, course))


def visible_section(viewer: Asker, section: type[Section] = Section) -> ColumnElement[bool]:
    """Sections of courses that the viewer sees."""
    return exists(
        select(Course.id).where(Course.id == section.course_id, visible(viewer)).correlate(section)
    )


def shown(viewer: Asker, lesson: type[Lesson] = Lesson) -> ColumnElement[bool]:
    """Published lessons, and drafts where the viewer teaches.

    This is all that is left to ask of the lessons of a section that the viewer sees.
    """
    theirs = exists(
        select(Section.id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(Section.id == lesson.section_id, teaches(viewer))
        .correlate(lesson)
    )
    return or_(col(lesson.status) == LessonStatus.PUBLISHED, theirs)


def visible_lesson(viewer: Asker, lesson: type[Lesson] = Lesson) -> ColumnElement[bool]:
    """Lessons of courses that the viewer sees; drafts only where they teach."""
    seen = exists(
        select(Section.id)
        .where(Section.id == lesson.section_id, visible_section(viewer))
        .correlate(lesson)
    )
    return and_(seen, shown(viewer, lesson))


def instructs_lesson(viewer: Asker, lesson_id: Any) -> ColumnElement[bool]:
    """Whether the viewer teaches the course of a lesson, or leads a cohort of it."""
    # Who teaches all or none needs no look at the rows.
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    return exists(
        select(Lesson.id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(Lesson.id == lesson_id, instructs(viewer))
        .correlate_except(Lesson, Section, Course)
    )


def instructs_exercise(viewer: Asker, exercise_id: Any) -> ColumnElement[bool]:
    """The same of an exercise: its answers and hidden tests are theirs."""
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    return exists(
        select(Exercise.id)
        .where(Exercise.id == exercise_id, instructs_lesson(viewer, Exercise.lesson_id))
        .correlate_except(Exercise)
    )


def instructs_question(viewer: Asker, question_id: Any) -> ColumnElement[bool]:
    """The same of a quiz's question."""
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    return exists(
        select(QuizQuestion.id)
        .where(QuizQuestion.id == question_id, instructs_exercise(viewer, QuizQuestion.exercise_id))
        .correlate_except(QuizQuestion)
    )


def opened(viewer: Asker, lesson: type[Lesson] = Lesson) -> ColumnElement[bool]:
    """Whether the viewer may do what is in a lesson that they see: the syllabus is for anyone.

    Who instructs may, and the learner of a personal course. Members of a cohort go at its pace:
    they may do what is unlocked to them. Free courses of the catalogue are open to everybody
    else who is signed in.
    """
    if not viewer.signed_in:
        return false()
    unlocked = exists(
        select(CohortLesson.id)
        .join(CohortMember, col(CohortMember.cohort_id) == CohortLesson.cohort_id)
        .where(CohortLesson.lesson_id == lesson.id, col(CohortMember.user_id) == viewer.user_id)
        .correlate(lesson)
    )
    free = and_(listed(), col(Course.price_amount).is_(None), ~_in_cohort(viewer, Course))
    of_course = exists(
        select(Section.id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(
            Section.id == lesson.section_id,
            or_(instructs(viewer), col(Course.learner_id) == viewer.user_id, free),
        )
        .correlate(lesson)
    )
    return or_(unlocked, of_course)


def visible_exercise(viewer: Asker, exercise: type[Exercise] = Exercise) -> ColumnElement[bool]:
    """Exercises of lessons that the viewer sees, and that are open to them."""
    return exists(
        select(Lesson.id)
        .where(Lesson.id == exercise.lesson_id, visible_lesson(viewer), opened(viewer))
        .correlate(exercise)
    )


def _of_exercise(viewer: Asker, table: Any) -> ColumnElement[bool]:
    return exists(
        select(Exercise.id)
        .where(Exercise.id == table.exercise_id, visible_exercise(viewer))
        .correlate(table)
    )


def visible_question(
    viewer: Asker, question: type[QuizQuestion] = QuizQuestion
) -> ColumnElement[bool]:
    """Questions of quizzes that the viewer sees."""
    return _of_exercise(viewer, question)


def visible_option(viewer: Asker, option: type[QuizOption] = QuizOption) -> ColumnElement[bool]:
    """Options of questions that the viewer sees."""
    return exists(
        select(QuizQuestion.id)
        .where(QuizQuestion.id == option.question_id, visible_question(viewer))
        .correlate(option)
    )


def shown_test(viewer: Asker, test: type[CodingTest] = CodingTest) -> ColumnElement[bool]:
    """Open tests, and hidden ones where the viewer teaches."""
    return or_(~col(test.hidden), instructs_exercise(viewer, test.exercise_id))


def visible_test(viewer: Asker, test: type[CodingTest] = CodingTest) -> ColumnElement[bool]:
    """Tests of exercises that the viewer sees, but for hidden ones where they don't teach."""
    return and_(_of_exercise(viewer, test), shown_test(viewer, test))


def instructs_work(viewer: Asker, work: Any, student_id: Any) -> ColumnElement[bool]:
    """Whether the viewer teaches the course of a student's work on an exercise, or leads a cohort
    of it that the student is in.

    Who leads another cohort of the same course has no part in it.
    """
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    led = exists(
        select(Cohort.id)
        .join(CohortMember, col(CohortMember.cohort_id) == Cohort.id)
        .where(
            Cohort.course_id == Course.id,
            col(Cohort.instructor_id) == viewer.user_id,
            CohortMember.user_id == student_id,
        )
        .correlate(Course, work)
    )
    return exists(
        select(Exercise.id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(Exercise.id == work.exercise_id, or_(teaches(viewer), led))
        .correlate(work)
    )


def visible_submission(
    viewer: Asker, submission: type[AssignmentSubmission] = AssignmentSubmission
) -> ColumnElement[bool]:
    """The viewer's own, and those that they grade."""
    own: ColumnElement[bool] = col(submission.student_id) == viewer.user_id
    return or_(own, instructs_work(viewer, submission, submission.student_id))


def of_course(submission: type[AssignmentSubmission], course_id: Any) -> ColumnElement[bool]:
    """Whether something was handed in on an assignment of a course."""
    return exists(
        select(Exercise.id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Exercise.id == submission.exercise_id, Section.course_id == course_id)
        .correlate(submission)
    )


def visible_program(
    viewer: Asker, program: type[CodingSubmission] = CodingSubmission
) -> ColumnElement[bool]:
    """The viewer's own, and those that they may help with."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(program.user_id) == viewer.user_id
    return or_(own, instructs_work(viewer, program, program.user_id))


def visible_result(
    viewer: Asker, result: type[CodingTestResult] = CodingTestResult
) -> ColumnElement[bool]:
    """How tests of programs that the viewer sees ended."""
    return exists(
        select(CodingSubmission.id)
        .where(CodingSubmission.id == result.submission_id, visible_program(viewer))
        .correlate(result)
    )


def told_result(
    viewer: Asker, result: type[CodingTestResult] = CodingTestResult
) -> ColumnElement[bool]:
    """Whether the viewer learns more than that it passed: of a hidden test, who teaches does."""
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return ~col(result.hidden)
    taught = exists(
        select(CodingSubmission.id)
        .where(
            CodingSubmission.id == result.submission_id,
            instructs_exercise(viewer, CodingSubmission.exercise_id),
        )
        .correlate(result)
    )
    return or_(~col(result.hidden), taught)


def practised(viewer: Asker, row: Any) -> ColumnElement[bool]:
    """Practice, progress and records: they are for the one alone whose they are."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(row.user_id) == viewer.user_id
    return own


def personal(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses that were made for the viewer."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(course.learner_id) == viewer.user_id
    return own


def visible_curriculum(
    viewer: Asker, curriculum: type[Curriculum] = Curriculum
) -> ColumnElement[bool]:
    """Curricula of courses that the viewer teaches, or that were made for them."""
    return exists(
        select(Course.id)
        .where(Course.id == curriculum.course_id, or_(teaches(viewer), personal(viewer)))
        .correlate(curriculum)
    )


def visible_node(viewer: Asker, node: type[CurriculumNode] = CurriculumNode) -> ColumnElement[bool]:
    """Nodes of curricula that the viewer sees."""
    return exists(
        select(Curriculum.id)
        .where(Curriculum.id == node.curriculum_id, visible_curriculum(viewer))
        .correlate(node)
    )


def own_generation(
    viewer: Asker, generation: type[CourseGeneration] = CourseGeneration
) -> ColumnElement[bool]:
    """What the viewer had generated."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(generation.learner_id) == viewer.user_id
    return own


def hears_generation(viewer: Asker, course_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is told how a course's generation goes."""
    return exists(select(Course.id).where(Course.id == course_id, personal(viewer)))


def verifiable(_: Asker, __: type[Certificate] = Certificate) -> ColumnElement[bool]:
    """Certificates are shown to whoever knows their code, which nobody can guess."""
    return true()
