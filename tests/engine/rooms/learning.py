"""What learners have done, and how far they are."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from app.core.graph.printing import print_time
from app.core.ids import to_global
from app.courses.models import ExerciseKind
from tests.engine.eyes import Eyes, Row, Rows, below, edge, everybody
from tests.engine.filling import Filling
from tests.engine.people import small, user
from tests.engine.room import Room
from tests.engine.rooms.courses import course_of, exercise_of, sees_course, teaches

# So many courses, and learners of each, are asked about.
_COURSES, _LEARNERS = 8, 3
# What stands at a position from 0 to 20.
_MOST = 21
_KINDS = ("VideoExercise", "MaterialExercise", "QuizExercise", "AssignmentExercise",
          "CodingExercise")  # fmt: skip


def _is_student(eyes: Eyes, user_id: UUID, course: Row) -> bool:
    """Whether somebody learns with a cohort that they lead, or one of a course of theirs."""
    taught = teaches(eyes, course)
    led = [
        each["id"]
        for each in eyes.rows.where("cohort", course_id=course["id"])
        if taught or (eyes.may("course.create") and each["instructor_id"] == eyes.me)
    ]
    mine = eyes.rows.where("cohort_member", user_id=user_id)
    return any(each["cohort_id"] in led for each in mine) or (
        taught and course["learner_id"] == user_id
    )


def _sees_progress(eyes: Eyes, pair: Row) -> bool:
    course = eyes.rows.one("course", pair["id"])
    assert course is not None
    own = pair["user_id"] == eyes.me and sees_course(eyes, course)
    return eyes.me is not None and (own or _is_student(eyes, pair["user_id"], course))


def _sees_attempt(eyes: Eyes, attempt: Row) -> bool:
    student = _is_student(eyes, attempt["user_id"], course_of(eyes.rows, attempt))
    return eyes.me is not None and (attempt["user_id"] == eyes.me or student)


def _published(rows: Rows, section: Row) -> list[Row]:
    return rows.where("lesson", section_id=section["id"], status="PUBLISHED")


def _lesson_pair(rows: Rows, lesson: Row, user_id: UUID) -> Row:
    exercises = rows.where("exercise", lesson_id=lesson["id"])
    return {"id": lesson["id"], "user_id": user_id, "exercises": len(exercises)}


def _section_pair(rows: Rows, section: Row, user_id: UUID) -> Row:
    lessons = _published(rows, section)
    return {"id": section["id"], "user_id": user_id, "lessons": len(lessons)}


def _course_pair(rows: Rows, course: Row, user_id: UUID) -> Row:
    sections = rows.where("course_section", course_id=course["id"])
    lessons = sum(len(_published(rows, each)) for each in sections)
    return {"id": course["id"], "user_id": user_id, "lessons": lessons}


def _progress(rows: Rows) -> Iterator[tuple[str, Any]]:
    learners = rows.tables["cohort_member"]
    for course in rows.tables["course"][:_COURSES]:
        key = to_global("crs", course["id"])

        def mine(eyes: Eyes, course: Row = course) -> Row | None:
            return None if eyes.me is None else _course_pair(rows, course, eyes.me)

        yield f'(courseId: "{key}")', mine
        together = {each["id"] for each in rows.where("cohort", course_id=course["id"])}
        members = [each["user_id"] for each in learners if each["cohort_id"] in together]
        for who in [*members[:_LEARNERS], learners[0]["user_id"]]:
            pair = _course_pair(rows, course, who)
            yield (
                f'(courseId: "{key}", userId: "{to_global("usr", who)}")',
                lambda _, pair=pair: pair,
            )


def _own_lesson(eyes: Eyes, lesson: Row) -> Row | None:
    there = eyes.me is not None and lesson["status"] == "PUBLISHED"
    return _lesson_pair(eyes.rows, lesson, eyes.me) if there and eyes.me else None


def _own_exercise(eyes: Eyes, exercise: Row) -> Row | None:
    found = eyes.rows.where("exercise_progress", user_id=eyes.me, exercise_id=exercise["id"])
    return next(iter(found), None)


def _own_attempts(eyes: Eyes, exercise: Row) -> list[Row]:
    return eyes.rows.where("quiz_attempt", user_id=eyes.me, exercise_id=exercise["id"])


def _chosen(rows: Rows, answer: Row) -> list[Row]:
    return [row for row in rows.tables["quiz_option"] if row["id"] in answer["option_ids"]]


def _is_spent(eyes: Eyes, attempt: Row, quiz: Row) -> bool:
    """Whether there is nothing left to try, or no need to."""
    tries = eyes.rows.where(
        "quiz_attempt", user_id=attempt["user_id"], exercise_id=attempt["exercise_id"]
    )
    over = [
        each
        for each in tries
        if each["submitted_at"] is not None
        or (each["due_at"] is not None and each["due_at"] <= eyes.rows.time)
    ]
    left = quiz["attempts"] is None or len(over) < quiz["attempts"]
    return not left or any(each["passed"] for each in tries)


def _right(eyes: Eyes, answer: Row) -> list[Row]:
    attempt = eyes.rows.one("quiz_attempt", answer["attempt_id"])
    assert attempt is not None
    quiz = eyes.rows.one("exercise", attempt["exercise_id"])
    assert quiz is not None
    course = course_of(eyes.rows, attempt)
    led = eyes.may("course.create") and eyes.rows.where(
        "cohort", course_id=course["id"], instructor_id=eyes.me
    )
    if not (_is_spent(eyes, attempt, quiz) or teaches(eyes, course) or led):
        return []
    return eyes.rows.where("quiz_option", question_id=answer["question_id"], correct=True)


def _options(filling: Filling, row: Row) -> list[UUID]:
    """Some of the question's, and now and then none."""
    return [
        each["id"]
        for each in filling.rows.get("quiz_option", ())
        if each["question_id"] == row["question_id"] and filling.chance(0.6)
    ]


ROOM = Room(
    sees={
        "CourseProgress": _sees_progress,
        # Parts of it, and of what is the viewer's: whoever got there sees them.
        "SectionProgress": everybody,
        "LessonProgress": everybody,
        "ExerciseProgress": everybody,
        "QuizAttempt": _sees_attempt,
        "QuizAnswer": everybody,
    },
    leads={
        ("CourseProgress", "course"): edge("course", "id"),
        ("CourseProgress", "learner"): edge("user_account", "user_id"),
        ("CourseProgress", "sections"): lambda rows, pair: [
            _section_pair(rows, each, pair["user_id"])
            for each in rows.where("course_section", course_id=pair["id"])
        ],
        ("SectionProgress", "section"): edge("course_section", "id"),
        ("SectionProgress", "lessons"): lambda rows, pair: [
            _lesson_pair(rows, each, pair["user_id"]) for each in _published(rows, pair)
        ],
        ("LessonProgress", "lesson"): edge("lesson", "id"),
        ("QuizAttempt", "exercise"): edge("exercise", "exercise_id"),
        ("QuizAttempt", "learner"): edge("user_account", "user_id"),
        ("QuizAttempt", "answers"): below("quiz_answer", "attempt_id"),
        ("QuizAnswer", "question"): edge("quiz_question", "question_id"),
        ("QuizAnswer", "options"): _chosen,
    },
    own={
        ("Lesson", "viewerProgress"): _own_lesson,
        **{(kind, "viewerProgress"): _own_exercise for kind in _KINDS},
        ("QuizExercise", "viewerAttempts"): _own_attempts,
        ("QuizAnswer", "rightOptions"): _right,
    },
    sizes={("CourseProgress", "sections"): _MOST, ("SectionProgress", "lessons"): _MOST},
    together={"courseProgress": 2, "QuizAttempt": 10},
    nodes={"QuizAttempt": ("quiz_attempt", "qat")},
    keys={
        "CourseProgress": ("totalLessons", lambda pair: pair["lessons"]),
        "SectionProgress": ("totalLessons", lambda pair: pair["lessons"]),
        "LessonProgress": ("totalExercises", lambda pair: pair["exercises"]),
        "ExerciseProgress": ("startedAt", lambda row: print_time(row["created_at"])),
        "QuizAnswer": ("points", lambda row: row["points"]),
    },
    roots={"courseProgress": _progress},
    # With options of its question, which no reference leads to.
    late=("quiz_answer",),
    counts={"exercise_progress": 200, "quiz_attempt": 100, "quiz_answer": 200},
    rules={
        # What tells its objects apart: no infinite time, which is none.
        "exercise_progress.created_at": lambda filling, _: filling.past(),
        "exercise_progress.user_id": user,
        "exercise_progress.watched_seconds": small,
        "exercise_progress.scroll_percent": small,
        "lesson_progress.user_id": user,
        "course_progress.user_id": user,
        "quiz_attempt.user_id": user,
        "quiz_attempt.exercise_id": exercise_of(ExerciseKind.QUIZ),
        "quiz_attempt.number": lambda filling, _: filling.rng.randint(1, 5),
        "quiz_attempt.points": small,
        "quiz_attempt.max_points": lambda filling, row: row["points"] + small(filling, row),
        "quiz_attempt.passed": lambda filling, row: (
            row["submitted_at"] is not None and filling.chance(0.3)
        ),
        "quiz_answer.position": small,
        "quiz_answer.option_ids": _options,
        "quiz_answer.points": small,
    },
)
