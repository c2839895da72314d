"""What users show of themselves, and to whom."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, and_, case, exists, true
from sqlmodel import col, select

from app.accounts import models, policy
from app.accounts.models import EducationLevel
from app.accounts.types.tags import UserTag
from app.core.graph.enums import describe
from app.core.graph.read.declare import Rows, column, computed, edge, items, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker

if TYPE_CHECKING:
    from app.reference.types.places import Country
    from app.reference.types.taxonomy import Subject

# No user has more.
MOST_TAGS = 100

describe(
    EducationLevel,
    "How far somebody's education has come.",
    {
        EducationLevel.HIGH_SCHOOL: "At school.",
        EducationLevel.UNDERGRADUATE: "Studies for a first degree.",
        EducationLevel.GRADUATE: "Studies for a further degree.",
        EducationLevel.PROFESSIONAL: "Works, and goes on learning.",
    },
)


def _for(name: str) -> Callable[[Asker, type[models.User]], ColumnElement[Any]]:
    """A column that has an audience of its own; null for the others."""

    def value(viewer: Asker, user: type[models.User]) -> ColumnElement[Any]:
        audience = getattr(user, f"{name}_audience")
        return case((policy.admitted(viewer, user, audience), getattr(user, name)))

    return value


def _tags(viewer: Asker, tag: type[models.UserTag], user: type[models.User]) -> Rows:
    where = and_(col(tag.user_id) == user.id, policy.shown_tags(viewer, tag))
    # Who sees a profile sees its tags.
    return Rows(where, Order("userTags"), visible=true())


def studied(_: Asker, subject: Any, user: type[models.User]) -> Rows:
    """The subjects of a user."""
    chosen = models.UserSubject
    where = exists(
        select(chosen.id)
        .where(chosen.user_id == user.id, chosen.subject_id == subject.id)
        .correlate_except(chosen)
    )
    return Rows(where, Order("userSubjects", ("folded_name", "id")))


@reads(
    models.User,
    visible=policy.visible_profile,
    description="What a user says of themselves, as far as their privacy settings let the viewer"
    " see it. Between two users of whom one has blocked the other there is none.",
)
class Profile:
    """Part of a user."""

    bio: str | None = column("A text about the user, plain: it isn't HTML.")
    education_level: EducationLevel | None = column("How far their education has come.")
    major: str | None = column("What they study there.")
    graduation_year: int | None = column("The year in which they finish, or finished.")
    country: Annotated["Country", strawberry.lazy("app.reference.types.places")] | None = edge(
        "country_id", "The country that they live in."
    )
    time_zone: str = column("The time zone in which they are shown times.")
    language: str = column("The language that they prefer, as a BCP 47 tag.")
    email: str | None = computed(
        _for("email"), "The e-mail address; null unless `privacy.email` admits the viewer."
    )
    institution: str | None = computed(
        _for("institution"),
        "The school or university; null unless `privacy.institution` admits the viewer.",
    )
    location: str | None = computed(
        _for("location"), "Where they are; null unless `privacy.location` admits the viewer."
    )
    birth_date: date | None = computed(
        _for("birth_date"),
        "The day of their birth; null unless `privacy.birthDate` admits the viewer.",
    )
    tags: list[UserTag] = items(
        _tags,
        "Skills and interests, as they came. What was suggested and not accepted is for the user"
        " alone.",
        most=MOST_TAGS,
    )
    subjects: list[Annotated["Subject", strawberry.lazy("app.reference.types.taxonomy")]] = items(
        studied, "What they study, by name.", most=MOST_TAGS
    )
