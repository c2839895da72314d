"""What the schema shows of how people like to study with others."""

from typing import Any

from sqlalchemy import ColumnElement, func, literal, true
from sqlmodel import col, select

import app.accounts.types.preferences
import app.classes.types
import app.courses.types  # noqa: F401 - they describe the enums
from app.accounts.models import Consent, ConsentPurpose, LearningStyle, User, UserSubject
from app.accounts.policy import counts
from app.buddies import models
from app.buddies.models import DEFAULT_MAX_BUDDIES, Collaboration, StudyPace
from app.buddies.service.preferences import MOST_SUBJECTS, MOST_TIMES
from app.classes.models import Weekday
from app.core.graph.enums import describe
from app.core.graph.read.declare import Rows, column, computed, edge, items, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses.models import CourseLevel
from app.reference.types.taxonomy import Subject

describe(
    StudyPace,
    "How fast somebody likes to study.",
    {
        StudyPace.RELAXED: "With much time for everything.",
        StudyPace.STEADY: "Step by step.",
        StudyPace.INTENSIVE: "As fast as it goes.",
    },
)
describe(
    Collaboration,
    "What somebody likes to do together.",
    {
        Collaboration.DISCUSSION: "Talk about what was learned.",
        Collaboration.EXPLAINING: "Explain things to each other.",
        Collaboration.PROBLEM_SOLVING: "Solve problems.",
        Collaboration.QUIET: "Work side by side.",
    },
)


@reads(
    models.StudyTime,
    description="A part of a day at which somebody can study every week, on their own clock.",
)
class StudyTime:
    """Never past midnight."""

    weekday: Weekday = column("The day.")
    starts_minute: int = column("When it begins, in minutes from midnight.")
    ends_minute: int = column("When it ends, in minutes from midnight: at most 1,440.")


def _level(_: Asker, studied: type[UserSubject]) -> ColumnElement[CourseLevel]:
    found = select(models.StudyLevel.level).where(models.StudyLevel.user_subject_id == studied.id)
    return found.scalar_subquery()


@reads(UserSubject, description="A subject that the viewer studies.")
class StudySubject:
    """Subjects themselves are kept with the profile."""

    subject: Subject = edge("subject_id", "The subject.")
    level: CourseLevel | None = computed(_level, "How far the viewer is in it; null if not said.")


def _said(name: str, usual: Any = None) -> Any:
    """What the user has said, or what is usual."""

    def read(_: Asker, user: type[User]) -> ColumnElement[Any]:
        said = models.StudyPreference
        found = select(getattr(said, name)).where(said.user_id == user.id).scalar_subquery()
        return found if usual is None else func.coalesce(found, usual)

    return read


def _agrees(purpose: ConsentPurpose) -> Any:
    def read(viewer: Asker, user: type[User]) -> ColumnElement[bool]:
        said = (
            select(Consent.granted)
            .where(counts(viewer, Consent), Consent.purpose == purpose, Consent.user_id == user.id)
            .scalar_subquery()
        )
        return func.coalesce(said, literal(False))

    return read


def _times(_: Asker, time: type[models.StudyTime], user: type[User]) -> Rows:
    return Rows(
        col(time.user_id) == user.id,
        Order("studyTimes", ("weekday", "starts_minute")),
        visible=true(),
    )


def _subjects(_: Asker, studied: type[UserSubject], user: type[User]) -> Rows:
    return Rows(col(studied.user_id) == user.id, Order("studySubjects"), visible=true())


@reads(
    User,
    description="How the viewer likes to study with others. Time zone, learning style, subjects"
    " and consents are those of the viewer's profile and preferences.",
)
class StudyPreferences:
    """Part of the viewer."""

    availability: list[StudyTime] = items(
        _times, "When the viewer can study every week, from Monday on.", most=MOST_TIMES
    )
    time_zone: str = column("The time zone in which these times are.")
    subjects: list[StudySubject] = items(
        _subjects, "What the viewer studies, as it came.", most=MOST_SUBJECTS
    )
    learning_style: LearningStyle | None = column("How the viewer learns best.")
    pace: StudyPace | None = computed(_said("pace"), "How fast the viewer likes to study.")
    collaboration: Collaboration | None = computed(
        _said("collaboration"), "What the viewer likes to do together."
    )
    max_buddies: int = computed(
        _said("max_buddies", DEFAULT_MAX_BUDDIES),
        "How many buddies the viewer wants at most: 5 unless they said otherwise.",
    )
    findable: bool = computed(
        _said("findable", true()),
        "Whether the viewer is proposed to others on the same course. Whom `privacy.profile`"
        " hides is proposed to nobody in any case.",
    )
    ai_listening: bool = computed(
        _agrees(ConsentPurpose.AI_PROCESSING),
        "Whether models may process what the viewer says: the consent `AI_PROCESSING`.",
    )
    recording: bool = computed(
        _agrees(ConsentPurpose.RECORDING),
        "Whether calls with the viewer may be recorded: the consent `RECORDING`.",
    )
