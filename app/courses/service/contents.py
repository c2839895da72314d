"""What an exercise of each kind has to be, as it is written.

A draft may still lack questions or tests; what there is of them is right by itself. What a
published course must have besides is asked in `publishing`.
"""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from app.core.addresses import WebAddress
from app.courses.models import (
    CodingCompletion,
    CodingLanguage,
    CodingMode,
    CodingOutput,
    ExerciseKind,
    QuestionKind,
    SubmissionKind,
)
from app.courses.packages import MODULES


def _storable(value: str) -> str:
    if "\0" in value:
        raise ValueError("A text can't have the character U+0000.")
    return value


_Storable = AfterValidator(_storable)

Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255), _Storable
]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), _Storable
]
Text = Annotated[str, StringConstraints(max_length=20_000), _Storable]
Body = Annotated[str, StringConstraints(max_length=200_000), _Storable]
Code = Annotated[str, StringConstraints(max_length=50_000), _Storable]
# What a learner hands in, and what is said of it.
Work = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50_000), _Storable
]
Remark = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000), _Storable
]
Percent = Annotated[int, Field(ge=1, le=100)]
Minutes = Annotated[int, Field(ge=0, le=10_080)]
Points = Annotated[int, Field(ge=0, le=10_000)]
Lines = Annotated[list[Line], Field(max_length=50)]


class PriceData(BaseModel):
    """What a course costs."""

    amount: Annotated[Decimal, Field(ge=0)]
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class VideoData(BaseModel):
    """A video."""

    url: WebAddress
    captions_url: WebAddress | None = None
    duration_seconds: int = Field(ge=1, le=86_400)
    required_percent: Percent = 90


class MaterialData(BaseModel):
    """Something to read."""

    body: Body
    source_url: WebAddress | None = None
    required_percent: Percent = 90


class OptionData(BaseModel):
    """An answer to choose."""

    text: Line
    correct: bool = False


class QuestionData(BaseModel):
    """A question with a right answer."""

    kind: QuestionKind
    text: Annotated[Text, StringConstraints(min_length=1)]
    points: Points = 1
    options: list[OptionData] = Field(default_factory=list, max_length=10)
    accepted_answers: list[Line] = Field(default_factory=list, max_length=50)
    explanation: Text | None = None

    @model_validator(mode="after")
    def _has_an_answer(self) -> Self:
        right = sum(option.correct for option in self.options)
        if self.kind is QuestionKind.SHORT_TEXT:
            if self.options or not self.accepted_answers:
                raise ValueError("A question for a text has accepted answers and no options.")
        elif self.accepted_answers or len(self.options) < 2:
            raise ValueError("A question of this kind has two options or more, and nothing else.")
        elif right == 0 or (right > 1 and self.kind is QuestionKind.SINGLE_CHOICE):
            one = "Exactly" if self.kind is QuestionKind.SINGLE_CHOICE else "At least"
            raise ValueError(f"{one} one option of this question is right.")
        return self


class QuizData(BaseModel):
    """Questions. Without `attempts` or `time_limit_seconds` there is no end to them."""

    instructions: Text = ""
    passing_percent: int = Field(default=60, ge=0, le=100)
    attempts: Annotated[int, Field(ge=1, le=100)] | None = None
    time_limit_seconds: Annotated[int, Field(ge=10, le=86_400)] | None = None
    shuffled: bool = False
    questions: list[QuestionData] = Field(default_factory=list, max_length=40)


class AssignmentData(BaseModel):
    """Work to hand in."""

    instructions: Text
    accepts: list[SubmissionKind] = Field(min_length=1, max_length=3)
    max_points: int = Field(default=100, ge=1, le=10_000)
    model_answer: Body | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        self.accepts = sorted(set(self.accepts))
        return self


class TestData(BaseModel):
    """What a program is tried with."""

    name: Title
    input: Text
    expected_output: Text
    hidden: bool = False
    points: Points = 1


def _there(package: str) -> str:
    if package not in MODULES:
        raise ValueError(f"Programs can't import {package}: there is no such package for them.")
    return package


Package = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64),
    AfterValidator(_there),
]


class CodingData(BaseModel):
    """A program to write."""

    mode: CodingMode = CodingMode.CHALLENGE
    language: CodingLanguage = CodingLanguage.PYTHON
    instructions: Text
    starter_code: Code = ""
    solution_code: Code | None = None
    packages: list[Package] = Field(default_factory=list, max_length=20)
    hints: Lines = Field(default_factory=list)
    run_limit_seconds: int = Field(default=30, ge=1, le=60)
    output: CodingOutput = CodingOutput.CONSOLE
    completion: CodingCompletion = CodingCompletion.ALL_TESTS_PASS
    tests: list[TestData] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _can_be_done(self) -> Self:
        passing = self.completion is CodingCompletion.ALL_TESTS_PASS
        if self.mode is CodingMode.PLAYGROUND and (self.tests or passing):
            raise ValueError("A playground has no tests: it is done once it was run.")
        return self


class ContentData(BaseModel):
    """What an exercise is: one of the five."""

    video: VideoData | None = None
    material: MaterialData | None = None
    quiz: QuizData | None = None
    assignment: AssignmentData | None = None
    coding: CodingData | None = None

    @property
    def kind(self) -> ExerciseKind:
        """Which of the five."""
        return next(kind for kind in ExerciseKind if getattr(self, kind.value) is not None)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(getattr(self, kind.value) is not None for kind in ExerciseKind) != 1:
            raise ValueError("An exercise is of one kind.")
        return self

    def columns(self) -> dict[str, Any]:
        """The exercise's own columns."""
        chosen: BaseModel = getattr(self, self.kind.value)
        return chosen.model_dump(exclude={"questions", "tests"})
