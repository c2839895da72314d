"""Courses, and who learns them together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.ids import to_global
from app.courses.models import CourseStatus, Exercise, ExerciseKind
from app.courses.models.exercises import NEEDED
from tests.engine.calls import by_id
from tests.engine.eyes import Eyes, Row, Rows, below, edge
from tests.engine.filling import Filling, Rule
from tests.engine.people import person, small, unique_text, user
from tests.engine.room import Room

_KINDS = ("VideoExercise", "MaterialExercise", "QuizExercise", "AssignmentExercise",
          "CodingExercise")  # fmt: skip


def listed(course: Row) -> bool:
    """Whether the catalogue has a course."""
    return bool(
        course["public"] and course["status"] == "PUBLISHED" and course["published_at"] is not None
    )


def teaches(eyes: Eyes, course: Row) -> bool:
    """Whether it is a course that they write, or any at all is theirs to manage."""
    own = eyes.may("course.create") and course["instructor_id"] == eyes.me
    return own or eyes.may("course.manage")


def instructs(eyes: Eyes, course: Row) -> bool:
    """Whether it is theirs to teach, or that of a cohort that they lead."""
    led = eyes.rows.where("cohort", course_id=course["id"], instructor_id=eyes.me)
    return teaches(eyes, course) or (eyes.may("course.create") and bool(led))


def cohorts(eyes: Eyes) -> set[UUID]:
    """Those that they are in."""
    mine = eyes.rows.where("cohort_member", user_id=eyes.me)
    return set() if eyes.me is None else {row["cohort_id"] for row in mine}


def _in_cohort_of(eyes: Eyes, course: Row) -> bool:
    found = eyes.rows.where("cohort", course_id=course["id"])
    return any(each["id"] in cohorts(eyes) for each in found)


def learns(eyes: Eyes, course: Row) -> bool:
    """Whether it was made for them, or they learn it with others."""
    own = eyes.me is not None and course["learner_id"] == eyes.me
    return own or _in_cohort_of(eyes, course)


def sees_course(eyes: Eyes, course: Row) -> bool:
    """Whether it is in the catalogue, or they teach or learn it."""
    return listed(course) or instructs(eyes, course) or learns(eyes, course)


def _sees_section(eyes: Eyes, section: Row) -> bool:
    return eyes.sees("Course", eyes.rows.one("course", section["course_id"]))


def _sees_lesson(eyes: Eyes, lesson: Row) -> bool:
    course = course_of(eyes.rows, {"lesson_id": lesson["id"]})
    published = lesson["status"] == "PUBLISHED"
    return sees_course(eyes, course) and (published or teaches(eyes, course))


def _is_open(eyes: Eyes, lesson: Row) -> bool:
    course = course_of(eyes.rows, {"lesson_id": lesson["id"]})
    unlocked = eyes.rows.where("cohort_lesson", lesson_id=lesson["id"])
    free = listed(course) and course["price_amount"] is None
    return eyes.me is not None and (
        instructs(eyes, course)
        or course["learner_id"] == eyes.me
        or any(each["cohort_id"] in cohorts(eyes) for each in unlocked)
        or (free and not _in_cohort_of(eyes, course))
    )


def sees_exercise(eyes: Eyes, exercise: Row) -> bool:
    """Whether they see its lesson, and may do what is in it."""
    lesson = eyes.rows.one("lesson", exercise["lesson_id"])
    return lesson is not None and _sees_lesson(eyes, lesson) and _is_open(eyes, lesson)


def _of_exercise(eyes: Eyes, row: Row) -> bool:
    return eyes.sees("Exercise", eyes.rows.one("exercise", row["exercise_id"]))


def _sees_test(eyes: Eyes, test: Row) -> bool:
    taught = instructs(eyes, course_of(eyes.rows, test))
    return _of_exercise(eyes, test) and (taught or not test["hidden"])


def course_of(rows: Rows, row: Row) -> Row:
    """The course of what has an `exercise_id`, a `lesson_id` or a `section_id`."""
    for table, column in (
        ("exercise", "exercise_id"),
        ("lesson", "lesson_id"),
        ("course_section", "section_id"),
        ("course", "course_id"),
    ):
        if column in row:
            above = rows.one(table, row[column])
            assert above is not None
            row = above
    return row


def _courses(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["course"]
    catalogue = [row for row in every if listed(row)]
    statuses = ", ".join(each.name for each in CourseStatus)

    def mine(eyes: Eyes) -> list[Row]:
        owners = ("instructor_id", "learner_id")
        return [
            row
            for row in every
            if eyes.me is not None and eyes.me in {row[name] for name in owners}
        ]

    yield "(first: 100)", lambda _: catalogue
    yield "(last: 100, sort: TITLE)", lambda _: catalogue
    yield "(first: 100, filter: {mine: true})", mine
    yield f"(first: 100, filter: {{statuses: [{statuses}]}})", lambda _: every
    yield f"(first: 100, filter: {{mine: true, statuses: [{statuses}]}})", mine


# What an exercise of a kind may have besides what it needs.
_OPTIONAL: Mapping[ExerciseKind, Sequence[str]] = {
    ExerciseKind.VIDEO: ("captions_url",),
    ExerciseKind.MATERIAL: ("source_url",),
    ExerciseKind.QUIZ: ("attempts", "time_limit_seconds"),
    ExerciseKind.ASSIGNMENT: ("model_answer",),
    ExerciseKind.CODING: ("solution_code",),
}


def _of_kind(name: str) -> Rule:
    """What only exercises of some kinds have."""
    column = Exercise.__table__.c[name]  # type: ignore[attr-defined]

    def rule(filling: Filling, row: Row) -> Any:
        kind = row["kind"]
        may = name in _OPTIONAL[kind] and filling.chance(0.7)
        return filling.value_of(column) if name in NEEDED[kind] or may else None

    return rule


def exercise_of(kind: ExerciseKind) -> Rule:
    """An exercise of a kind; where there is none in a small world, another."""

    def rule(filling: Filling, _: Row) -> UUID:
        every = filling.rows["exercise"]
        found = [each for each in every if each["kind"] is kind]
        key: UUID = filling.one(found or every)["id"]
        return key

    return rule


def _instructor(filling: Filling, row: Row) -> UUID | None:
    if filling.chance(0.2):
        return None
    return person(filling, "instructor") if filling.chance(0.4) else user(filling, row)


def _catalogue(filling: Filling) -> Iterator[dict[str, Any]]:
    """Free ones, whose lessons are open to everybody, others, and personal ones."""
    for price in (None, None, 9, None, 20):
        yield {
            "status": CourseStatus.PUBLISHED,
            "public": True,
            "published_at": filling.past(),
            "price_amount": price,
            "learner_id": None,
        }
    for name in ("host", "guest"):
        yield {"learner_id": person(filling, name)}


ROOM = Room(
    sees={
        "Course": sees_course,
        "Section": _sees_section,
        "Lesson": _sees_lesson,
        "Exercise": sees_exercise,
        **dict.fromkeys(_KINDS, sees_exercise),
        "QuizQuestion": _of_exercise,
        "QuizOption": lambda eyes, row: eyes.sees(
            "QuizQuestion", eyes.rows.one("quiz_question", row["question_id"])
        ),
        "CodingTest": _sees_test,
    },
    leads={
        ("Course", "instructor"): edge("user_account", "instructor_id"),
        ("Course", "learner"): edge("user_account", "learner_id"),
        ("Course", "subject"): edge("subject", "subject_id"),
        ("Course", "sections"): below("course_section", "course_id"),
        ("Section", "course"): edge("course", "course_id"),
        ("Section", "lessons"): below("lesson", "section_id"),
        ("Lesson", "section"): edge("course_section", "section_id"),
        ("Lesson", "exercises"): below("exercise", "lesson_id"),
        **{(kind, "lesson"): edge("lesson", "lesson_id") for kind in _KINDS},
        ("QuizExercise", "questions"): below("quiz_question", "exercise_id"),
        ("QuizQuestion", "options"): below("quiz_option", "question_id"),
        ("CodingExercise", "tests"): below("coding_test", "exercise_id"),
    },
    told={"Exercise": lambda row: f"{row['kind'].capitalize()}Exercise"},
    nodes={
        "Course": ("course", "crs"),
        "Section": ("course_section", "sec"),
        "Lesson": ("lesson", "les"),
        "Exercise": ("exercise", "exe"),
        "QuizQuestion": ("quiz_question", "qst"),
        "QuizOption": ("quiz_option", "opt"),
        "CodingTest": ("coding_test", "tst"),
    },
    # Told apart by the interface.
    keys={kind: ("id", lambda row: to_global("exe", row["id"])) for kind in _KINDS},
    roots={
        "course": by_id("course", "crs"),
        "section": by_id("course_section", "sec"),
        "lesson": by_id("lesson", "les"),
        "exercise": by_id("exercise", "exe"),
        "courses": _courses,
    },
    for_anyone=frozenset(("course", "section", "lesson", "courses")),
    counts={
        "course": 24,
        "course_section": 60,
        "lesson": 120,
        "cohort": 24,
        "cohort_member": 60,
        "cohort_lesson": 150,
        "exercise": 200,
        "quiz_question": 100,
        "quiz_option": 200,
        "coding_test": 200,
    },
    given={"course": _catalogue},
    rules={
        "course.instructor_id": _instructor,
        "course.learner_id": lambda filling, row: (
            user(filling, row) if filling.chance(0.2) else None
        ),
        "course.status": lambda filling, _: filling.rng.choice(
            (CourseStatus.PUBLISHED, CourseStatus.PUBLISHED, *CourseStatus)
        ),
        "course.public": lambda filling, _: filling.chance(0.8),
        "course.slug": unique_text("slug"),
        "course.price_currency": lambda filling, row: (
            None if row["price_amount"] is None else filling.one(filling.rows["currency"])["code"]
        ),
        "course_section.position": small,
        "lesson.position": small,
        "cohort.course_id": lambda filling, _: filling.one(
            [row for row in filling.rows["course"] if row["learner_id"] is None]
        )["id"],
        "cohort.instructor_id": _instructor,
        "cohort_member.user_id": user,
        "exercise.position": small,
        **{
            f"exercise.{name}": _of_kind(name)
            for name in {
                each for names in (*NEEDED.values(), *_OPTIONAL.values()) for each in names
            }
        },
        "quiz_question.exercise_id": exercise_of(ExerciseKind.QUIZ),
        "quiz_question.position": small,
        # No more than the list of a question's options has.
        "quiz_option.position": lambda filling, _: filling.rng.randrange(10),
        "coding_test.exercise_id": exercise_of(ExerciseKind.CODING),
        "coding_test.position": small,
    },
)
