"""Which notifications exist for whom, and which reach whom unless they say otherwise."""

from sqlalchemy import update
from sqlmodel import col, select

from app.core.clock import now
from app.core.ids import new_id
from app.core.resources import Resources
from app.notifications import notices, policy
from app.notifications.models import Notification, NotificationChannel, NotificationType
from tests.factories import make_person, writing
from tests.notifications.conftest import tell, told

# Of what is taught, planned and played, and of pods and buddies; all others are of the account's
# security.
_LEARNING = {
    NotificationType.ANNOUNCEMENT,
    NotificationType.ASSIGNMENT_GRADED,
    NotificationType.ASSIGNMENT_RETURNED,
    NotificationType.LESSON_UNLOCKED,
    NotificationType.LECTURE_CANCELLED,
    NotificationType.POD_INVITED,
    NotificationType.POD_APPROVED,
    NotificationType.POD_ROLE_CHANGED,
    NotificationType.EVENT_REMINDER,
    NotificationType.BUDDY_REQUESTED,
    NotificationType.BUDDY_ACCEPTED,
    NotificationType.BUDDY_REJECTED,
    NotificationType.BUDDY_ENDED,
    NotificationType.BUDDY_ASSIGNMENT_CHANGED,
    NotificationType.LEVEL_REACHED,
    NotificationType.ACHIEVEMENT_UNLOCKED,
}


class TestVisible:
    async def test_ones_own_that_are_listed(self, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        for person in (ana, ana, ben):
            await tell(resources, person)
        hidden, shown = await told(resources, ana.key)
        async with writing(resources) as session:
            await session.execute(
                update(Notification).where(col(Notification.id) == hidden.id).values(listed=False)
            )
        async with resources.database.read() as session:
            found = await session.all(select(Notification.id).where(policy.visible(ana.viewer)))
        assert found == [shown.id]


class TestChannels:
    def test_security_comes_in_the_program_and_by_letter(self) -> None:
        required = {
            (type, channel)
            for type in NotificationType
            for channel in NotificationChannel
            if policy.is_required(type, channel)
        }
        security = set(NotificationType) - _LEARNING
        channels = (NotificationChannel.IN_APP, NotificationChannel.EMAIL)
        assert required == {(type, channel) for type in security for channel in channels}

    def test_the_rest_comes_in_the_program(self) -> None:
        for type in _LEARNING:
            usual = [each for each in NotificationChannel if policy.is_usual(type, each)]
            assert usual == [NotificationChannel.IN_APP], type
        assert not any(policy.is_usual(type, NotificationChannel.SMS) for type in NotificationType)


class TestNotices:
    def test_each_security_type_says_something(self) -> None:
        for type in set(NotificationType) - _LEARNING - {NotificationType.NEW_DEVICE}:
            notice = notices.plain(type)
            assert notice.type is type
            assert notice.title
            assert notice.text.endswith(".")

    def test_so_do_the_others(self) -> None:
        key = new_id()
        said = (
            notices.announcement("Leaves", "Tomorrow", "We meet at nine."),
            notices.graded("Leaves", 3, 5, key),
            notices.returned("Leaves", key),
            notices.lesson_unlocked(key, "Leaves", "Mondays"),
            notices.lecture_cancelled(key, "Leaves", now()),
            notices.pod_invited(key, "Leaf lovers", "Ana"),
            notices.pod_approved(key, "Leaf lovers"),
            notices.pod_role_changed(key, "Leaf lovers", "admin"),
            notices.event_reminder(key, "Leaves", now(), whole_days=False),
            notices.buddy_requested(key, "Ana", "Leaves"),
            notices.buddy_accepted(key, "Ana", "Leaves"),
            notices.buddy_rejected(key, "Ana"),
            notices.buddy_ended("Ana"),
            notices.buddy_assignment(key, "Ana", "Leaves", "paused"),
            notices.level_reached(2),
            notices.achievement_unlocked(key, "Leaves", 5),
        )
        assert {each.type for each in said} == _LEARNING
        assert all(each.title and each.text.endswith(".") for each in said)
