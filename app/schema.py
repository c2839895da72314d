"""The schema: every room's root fields in one. `python -m app.schema` prints it."""

import sys
from pathlib import Path

from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

import app.errors  # noqa: F401 - payloads find their enum there
from app.accounts.mutations import AccountsMutation
from app.accounts.queries import AccountsQuery
from app.admin.mutations import AdminMutation
from app.admin.queries import AdminQuery
from app.ai.mutations import AiMutation
from app.buddies.mutations import BuddiesMutation
from app.buddies.queries import BuddiesQuery
from app.calendar.mutations import CalendarMutation
from app.calendar.queries import CalendarQuery
from app.classes import subscriptions as classes
from app.classes.mutations import ClassesMutation
from app.classes.queries import ClassesQuery
from app.core.graph.read.ordinary import install
from app.core.graph.scalars import SCALARS
from app.core.graph.schema import Schema
from app.core.money import DECIMAL_SCALAR
from app.courses import subscriptions as courses
from app.courses.mutations import CoursesMutation
from app.courses.queries import CoursesQuery
from app.courses.types import exercises, practice
from app.gamification import subscriptions as gamification
from app.gamification.mutations import GamificationMutation
from app.gamification.queries import GamificationQuery
from app.integrations.queries import IntegrationsQuery
from app.messaging import subscriptions as messaging
from app.messaging.mutations import MessagingMutation
from app.messaging.queries import MessagingQuery
from app.notifications.mutations import NotificationsMutation
from app.notifications.queries import NotificationsQuery
from app.notifications.subscriptions import NotificationsSubscription
from app.payments.mutations import PaymentsMutation
from app.payments.queries import PaymentsQuery
from app.pods.mutations import PodsMutation
from app.pods.queries import PodsQuery
from app.privacy.mutations import PrivacyMutation
from app.privacy.queries import PrivacyQuery
from app.reference.mutations import ReferenceMutation
from app.reference.queries import ReferenceQuery
from app.sessions import subscriptions as sessions
from app.sessions.mutations import SessionsMutation
from app.sessions.queries import SessionsQuery
from app.sessions.types.understanding import Insight, SessionAnswer
from app.vault.mutations import VaultMutation
from app.vault.queries import VaultQuery
from app.vault.types import flashcards

FILE = Path("schema.graphql")

_Query = merge_types(
    "Query",
    (
        AccountsQuery,
        ReferenceQuery,
        NotificationsQuery,
        PaymentsQuery,
        VaultQuery,
        CoursesQuery,
        ClassesQuery,
        BuddiesQuery,
        MessagingQuery,
        SessionsQuery,
        PodsQuery,
        CalendarQuery,
        GamificationQuery,
        PrivacyQuery,
        IntegrationsQuery,
        AdminQuery,
    ),
)
_Mutation = merge_types(
    "Mutation",
    (
        AccountsMutation,
        ReferenceMutation,
        NotificationsMutation,
        PaymentsMutation,
        VaultMutation,
        CoursesMutation,
        ClassesMutation,
        BuddiesMutation,
        AiMutation,
        SessionsMutation,
        CalendarMutation,
        MessagingMutation,
        PodsMutation,
        GamificationMutation,
        PrivacyMutation,
        AdminMutation,
    ),
)
_Subscription = merge_types(
    "Subscription",
    (
        sessions.SessionsSubscription,
        messaging.MessagingSubscription,
        NotificationsSubscription,
        classes.ClassesSubscription,
        courses.CoursesSubscription,
        gamification.GamificationSubscription,
    ),
)

# Types that are reached through an interface only.
_TYPES = [
    *exercises.KINDS,
    *practice.ACTIVITIES,
    *flashcards.RESOURCES,
    *courses.KINDS,
    *gamification.KINDS,
    Insight,
    SessionAnswer,
    *messaging.KINDS,
    *sessions.KINDS,
    classes.ClassChanged,
    classes.ClassEnrollmentChanged,
    classes.ClassLessonUnlocked,
]


def _make(*, sort: bool) -> Schema:
    return Schema(
        query=_Query,
        mutation=_Mutation,
        subscription=_Subscription,
        types=_TYPES,
        config=StrawberryConfig(
            auto_camel_case=True,
            scalar_map=SCALARS | DECIMAL_SCALAR,
            sort_schema=sort,
            disable_field_suggestions=False,
        ),
    )


# Sorting copies the types and forgets Python's enums, so it is for the printed schema alone.
schema = _make(sort=False)
install(schema.reading)


def printed() -> str:
    """The schema as `schema.graphql` holds it."""
    return _make(sort=True).as_str() + "\n"


def main() -> int:
    """Print the schema, or with `--check` compare it with the file."""
    text = printed()
    if "--check" not in sys.argv:
        sys.stdout.write(text)
        return 0
    if FILE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{FILE} is out of date: run `python -m app.schema > {FILE}`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
