"""What follows from events of classes."""

from app.classes.events import LessonUnlocked
from app.classes.store import notices as store
from app.core.resources import Resources
from app.notifications import notices
from app.notifications.service import notify
from workers.following import follow


async def _unlocked(resources: Resources, event: LessonUnlocked, source: str) -> None:
    """Tell the students of a class that a lesson is open to them.

    Each in a unit of work of their own, so that a job that is tried again goes on.
    """
    async with resources.database.read() as session:
        named = await store.unlocked_names(session, event.unlock_id)
        students = await store.students(session, event.class_id)
    if named is None:
        return
    notice = notices.lesson_unlocked(event.lesson_id, *named)
    for student in students:
        async with resources.begin() as uow:
            await notify(uow, resources.envelope, student, notice, source)


follow(LessonUnlocked, "notify_students", _unlocked)
