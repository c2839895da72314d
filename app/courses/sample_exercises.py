"""What there is to do in the lessons that a newcomer finds, as data."""

from collections.abc import Mapping, Sequence

from app.courses.models import QuestionKind, SubmissionKind
from app.courses.service.contents import (
    AssignmentData,
    CodingData,
    ContentData,
    MaterialData,
    OptionData,
    QuestionData,
    QuizData,
    TestData,
    VideoData,
)
from app.courses.service.exercises import ExerciseData

# By the lesson's title; together they take as long as the lesson.
SAMPLE_EXERCISES: Mapping[str, Sequence[ExerciseData]] = {
    "What plants eat: van Helmont's willow": (
        ExerciseData(
            title="The willow in the pot",
            estimated_minutes=7,
            content=ContentData(
                video=VideoData(url="https://example.org/willow.mp4", duration_seconds=420)
            ),
        ),
        ExerciseData(
            title="Where did the wood come from?",
            estimated_minutes=5,
            content=ContentData(
                quiz=QuizData(
                    attempts=3,
                    questions=[
                        QuestionData(
                            kind=QuestionKind.SINGLE_CHOICE,
                            text="What is most of a tree's dry mass made from?",
                            points=2,
                            options=[
                                OptionData(text="Carbon dioxide from the air", correct=True),
                                OptionData(text="Soil"),
                                OptionData(text="Water alone"),
                            ],
                            explanation="Soil lost 57 g in five years; the tree gained 74 kg.",
                        ),
                        QuestionData(
                            kind=QuestionKind.SHORT_TEXT,
                            text="What did van Helmont think that the wood came from?",
                            accepted_answers=["water", "rain", "rainwater"],
                        ),
                    ],
                )
            ),
        ),
    ),
    "Inside the chloroplast": (
        ExerciseData(
            title="Two membranes and a stack of discs",
            estimated_minutes=8,
            content=ContentData(
                material=MaterialData(
                    body="# The chloroplast\n\nThylakoids hold the pigments; around them, the"
                    " stroma holds the enzymes of the Calvin cycle."
                )
            ),
        ),
        ExerciseData(
            title="Draw a chloroplast",
            estimated_minutes=7,
            content=ContentData(
                assignment=AssignmentData(
                    instructions="Describe a drawing of a chloroplast with six labelled parts.",
                    accepts=[SubmissionKind.TEXT, SubmissionKind.LINK],
                    max_points=20,
                    model_answer="Outer and inner membrane, stroma, thylakoid, granum, lamella.",
                )
            ),
        ),
    ),
    "Pigments, and why leaves are green": (
        ExerciseData(
            title="The energy of a photon",
            estimated_minutes=18,
            content=ContentData(
                coding=CodingData(
                    instructions="Give the energy of a photon in electronvolts, to two digits"
                    " after the point, for its wavelength in nanometres.",
                    starter_code="def energy(nanometres):\n    ...\n",
                    solution_code="def energy(nanometres):\n"
                    "    return round(1239.84 / nanometres, 2)\n",
                    hints=["E = hc / λ, and hc is 1239.84 eV nm."],
                    tests=[
                        TestData(name="Red", input="energy(680)", expected_output="1.82", points=5),
                        TestData(
                            name="Blue",
                            input="energy(430)",
                            expected_output="2.88",
                            hidden=True,
                            points=5,
                        ),
                    ],
                )
            ),
        ),
    ),
}


def exercises_of(lesson: str, about: str, minutes: int) -> Sequence[ExerciseData]:
    """What there is to do in a lesson; to read what it is about, if nothing else is written."""
    reading = ExerciseData(
        title=lesson,
        estimated_minutes=minutes,
        content=ContentData(material=MaterialData(body=f"# {lesson}\n\n{about}")),
    )
    return SAMPLE_EXERCISES.get(lesson, (reading,))
