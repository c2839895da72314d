"""What can be logged of a course, and the metrics that come of it."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, model_validator

from app.core.text import text
from app.courses.models import ProgressActivity, ProgressMetric, WeightUnit
from app.courses.service.contents import Title

# The international avoirdupois pound.
KG_PER_LB = 0.45359237
_SECONDS_PER_HOUR = 3600
# Metrics are kept to so many digits after the point, so that equal ones are equal.
_DIGITS = 3

Count = Annotated[int, Field(ge=0, le=100_000)]


class ExerciseActivity(BaseModel):
    """Sets of repetitions: `reps` has one number for each set."""

    name: Title
    weight: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] | None = None
    weight_unit: WeightUnit = WeightUnit.KG
    reps: list[Annotated[int, Field(ge=1, le=10_000)]] = Field(min_length=1, max_length=50)


class _Scored(BaseModel):
    correct: Count
    total: Annotated[int, Field(ge=1, le=100_000)]

    @model_validator(mode="after")
    def _within(self) -> "_Scored":
        if self.correct > self.total:
            raise ValueError("No more can be right than there were.")
        return self


class QuizActivity(_Scored):
    """Questions answered."""

    name: Title


class ReadingActivity(BaseModel):
    """Pages read."""

    title: Title
    pages: Annotated[int, Field(ge=1, le=100_000)]


class PracticeActivity(_Scored):
    """Something tried so often, with so many successes."""

    skill: Title


class ReflectionActivity(BaseModel):
    """Thoughts about what was learned; `confidence` from 1 to 5."""

    text: Annotated[str, AfterValidator(text(20_000))]
    confidence: Annotated[int, Field(ge=1, le=5)] | None = None


class ActivityData(BaseModel):
    """What was done: one of the five."""

    exercise: ExerciseActivity | None = None
    quiz: QuizActivity | None = None
    reading: ReadingActivity | None = None
    practice: PracticeActivity | None = None
    reflection: ReflectionActivity | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "ActivityData":
        if sum(getattr(self, each.value) is not None for each in ProgressActivity) != 1:
            raise ValueError("What was done is of one kind.")
        return self

    @property
    def activity(self) -> ProgressActivity:
        """Which of the five."""
        return next(each for each in ProgressActivity if getattr(self, each.value) is not None)

    def columns(self) -> dict[str, Any]:
        """The log's own columns, those of other activities being null."""
        made: dict[str, Any] = dict.fromkeys(
            ("weight", "weight_unit", "reps", "correct", "total", "pages", "body", "confidence")
        )
        title = ""
        if self.exercise is not None:
            title = self.exercise.name
            made |= self.exercise.model_dump(exclude={"name"})
            if self.exercise.weight is None:
                made["weight_unit"] = None
        for scored in (self.quiz, self.practice):
            if scored is not None:
                made |= {"correct": scored.correct, "total": scored.total}
        if self.quiz is not None:
            title = self.quiz.name
        if self.practice is not None:
            title = self.practice.skill
        if self.reading is not None:
            title, made["pages"] = self.reading.title, self.reading.pages
        if self.reflection is not None:
            made |= {"body": self.reflection.text, "confidence": self.reflection.confidence}
        return made | {"title": title, "series": series_of(title)}


def series_of(title: str) -> str:
    """A title as records compare it: in any case, with any space."""
    return " ".join(title.casefold().split())


def kilograms(weight: float, unit: WeightUnit) -> float:
    """A weight in kg."""
    return weight if unit is WeightUnit.KG else weight * KG_PER_LB


def metrics_of(columns: dict[str, Any], duration_seconds: int | None) -> dict[str, float | None]:
    """The computed columns of a log.

    Weight and volume (weight times repetitions) in kg; accuracy in percent of the total; pace in
    pages, questions or attempts an hour, which needs the duration.
    """
    made: dict[str, float | None] = dict.fromkeys(METRICS.values())
    reps, weight, total = columns["reps"], columns["weight"], columns["total"]
    if reps is not None:
        made["repetitions"] = sum(reps)
    if reps is not None and weight is not None:
        kg = kilograms(weight, columns["weight_unit"])
        made["weight_kg"] = round(kg, _DIGITS)
        made["volume_kg"] = round(kg * sum(reps), _DIGITS)
    if total is not None:
        made["accuracy_percent"] = round(100 * columns["correct"] / total, _DIGITS)
    done = total if total is not None else columns["pages"]
    if done is not None and duration_seconds:
        made["pace_per_hour"] = round(done * _SECONDS_PER_HOUR / duration_seconds, _DIGITS)
    return made


# The column of each metric.
METRICS: dict[ProgressMetric, str] = {
    ProgressMetric.WEIGHT: "weight_kg",
    ProgressMetric.REPETITIONS: "repetitions",
    ProgressMetric.VOLUME: "volume_kg",
    ProgressMetric.ACCURACY: "accuracy_percent",
    ProgressMetric.PACE: "pace_per_hour",
}
