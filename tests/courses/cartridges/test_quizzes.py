"""Quizzes of another system are read: text2qti writes them as Canvas takes them."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.courses.cartridges.reading import read_package
from app.courses.cartridges.tree import Found
from app.courses.models import QuestionKind

_WRITTEN = """\
Quiz title: Fractions & decimals
Quiz description: A short quiz.

Title: Half
Points: 2
1.  What is *half* of 10?
... Think of a cake.
*a) 5
b)  2 < 3
c)  10

2.  Which of these are even?
[*] 2
[*] 4
[ ] 5

3.  The capital of France?
*   Paris
*   paris, France

4.  Water boils at 100 °C at sea level.
*a) True
b) False

5.  What is pi to two digits?
=   3.14 +- 0.01

6.  Write an essay.
____
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is read of the other system's file."""
    source = tmp_path_factory.mktemp("quiz") / "quiz.txt"
    source.write_text(_WRITTEN)
    command = [Path(sys.executable).with_name("text2qti"), source.name]
    subprocess.run(command, cwd=source.parent, check=True, capture_output=True)
    return read_package(source.with_suffix(".zip").read_bytes())


def test_it_is_a_lesson_with_a_quiz(found: Found) -> None:
    [section] = found.tree.sections
    [lesson] = section.lessons
    [exercise] = lesson.exercises
    assert exercise.title == lesson.title == "Fractions & decimals"
    assert exercise.content.quiz is not None
    assert exercise.content.quiz.attempts == 1


def test_questions_are_what_they_were(found: Found) -> None:
    quiz = found.tree.sections[0].lessons[0].exercises[0].content.quiz
    assert quiz is not None
    half, even, capital, water = quiz.questions
    assert (half.text, half.points, half.explanation) == (
        "What is *half* of 10?",
        2,
        "Think of a cake.",
    )
    assert [(each.text, each.correct) for each in half.options] == [
        ("5", True),
        ("2 < 3", False),
        ("10", False),
    ]
    assert even.kind is QuestionKind.MULTIPLE_CHOICE
    assert [each.correct for each in even.options] == [True, True, False]
    assert capital.kind is QuestionKind.SHORT_TEXT
    assert capital.accepted_answers == ["Paris", "paris, France"]
    assert water.kind is QuestionKind.SINGLE_CHOICE
    assert [(each.text, each.correct) for each in water.options] == [
        ("True", True),
        ("False", False),
    ]


def test_what_has_no_like_here_is_told(found: Found) -> None:
    assert [(each.what, each.why) for each in found.left] == [
        ("Fractions & decimals: question 5", "Numbers within a range aren't known here."),
        ("Fractions & decimals: question 6", "Nothing says which text is right."),
    ]
