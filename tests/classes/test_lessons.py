"""Lessons are unlocked as meetings are held, and a group class can be continued alone."""

import asyncio

import pytest
from dramatiq import Message
from dramatiq.brokers.stub import StubBroker

from app.classes.models import ClassStatus, ClassType
from app.core.ids import new_id, to_global
from app.core.outbox import HandleEvent
from app.core.resources import Resources
from app.courses.models import LessonStatus
from app.notifications.models import NotificationSubject, NotificationType
from tests.classes.planning import CLASS, School
from tests.courses.authoring import PUBLISHED
from tests.factories import Person, empty_outbox, make_course, make_person, waiting_events
from tests.notifications.conftest import told
from workers import classes, following  # noqa: F401 - what follows is registered there
from workers.outbox import send_due

S, T = ClassStatus, ClassType


@pytest.fixture
async def id(school: School, ana: Person) -> str:
    """An active class in which Ana is, after two meetings."""
    made = await school.in_status(T.GROUP, S.ACTIVE, ana)
    await school.put(made, meetings_completed=2)
    return made


class TestUnlock:
    async def test_opens_a_lesson(
        self, school: School, resources: Resources, id: str, ida: Person, ana: Person
    ) -> None:
        lesson = school.course.lessons[0].id
        document = "query ($id: ID!) { lesson(id: $id) { open } }"
        given = {"id": to_global("les", lesson)}
        assert (await school.api.execute(document, given, as_=ana)).ok()["lesson"]["open"] is False
        await empty_outbox(resources)
        payload = (await school.unlock(id, 0, ida)).ok()
        assert payload["class"] == {"lessonsUnlocked": 1}
        assert payload["unlock"]["lesson"] == {"title": "Lesson 0.0"}
        assert payload["unlock"]["unlockedBy"] == {"username": "ida"}
        assert (await school.api.execute(document, given, as_=ana)).ok()["lesson"]["open"] is True
        assert await school.unlocked(id) == {lesson}
        assert await waiting_events(resources) == ["class.lesson_unlocked"]

    async def test_twice(self, school: School, resources: Resources, id: str, ida: Person) -> None:
        first = (await school.unlock(id, 0, ida)).ok()
        await empty_outbox(resources)
        # Also when no meeting is left for another one.
        await school.put(id, meetings_completed=1)
        assert (await school.unlock(id, 0, ida)).ok() == first
        assert await waiting_events(resources) == []

    async def test_never_more_than_meetings(
        self, school: School, resources: Resources, id: str, ida: Person
    ) -> None:
        (await school.unlock(id, 0, ida)).ok()
        (await school.unlock(id, 3, ida)).ok()
        await empty_outbox(resources)
        assert (await school.unlock(id, 1, ida)).codes == ["LESSONS_AHEAD"]
        assert len(await school.unlocked(id)) == 2
        assert await waiting_events(resources) == []

    async def test_all_at_once(self, school: School, id: str, ida: Person) -> None:
        payloads = await asyncio.gather(*(school.unlock(id, n % 5, ida) for n in range(20)))
        assert {code for each in payloads for code in each.codes} == {"LESSONS_AHEAD"}
        assert len(await school.unlocked(id)) == 2
        # Each of the two was found open by all who came later.
        assert sum(not each.codes for each in payloads) == 8

    async def test_by_whom(
        self, school: School, resources: Resources, id: str, sam: Person, ivo: Person
    ) -> None:
        assert (await school.unlock(id, 0, sam)).codes == ["NOT_CLASS_INSTRUCTOR"]
        # He doesn't even see it.
        assert (await school.unlock(id, 0, ivo)).codes == ["NOT_FOUND"]
        admin = await make_person(resources, role="admin")
        assert (await school.unlock(id, 0, admin)).codes == ["NOT_CLASS_INSTRUCTOR"]
        assert await school.unlocked(id) == set()
        highest = await make_person(resources, role="super_admin")
        (await school.unlock(id, 0, highest)).ok()

    async def test_what_is_no_lesson_of_the_class(
        self, school: School, resources: Resources, id: str, ida: Person
    ) -> None:
        other = await make_course(resources, ida)
        draft = await make_course(resources, ida, lessons=[[*PUBLISHED, LessonStatus.DRAFT]])
        mine = await school.group(courseId=draft.id)
        await school.put(mine, status=S.ACTIVE, meetings_completed=3)
        for class_, lesson in (
            (id, other.lessons[0].id),
            (mine, draft.lessons[1].id),
            (id, new_id()),
        ):
            given = {"classId": class_, "lessonId": to_global("les", lesson)}
            payload = await school.do("lessonUnlock", given, as_=ida)
            assert payload.codes == ["NOT_FOUND"]
            assert payload.errors[0]["field"] == ["input", "lessonId"]
        assert await school.unlocked(id) == await school.unlocked(mine) == set()


class TestNotice:
    @pytest.fixture
    async def jobs(
        self, school: School, resources: Resources, id: str, ida: Person, broker: StubBroker
    ) -> list[HandleEvent]:
        """What the relay leaves to do after a lesson was unlocked."""
        await empty_outbox(resources)
        (await school.unlock(id, 0, ida)).ok()
        await send_due(resources, broker)
        queue, found = broker.queues["default"], []
        while not queue.empty():
            message = Message.decode(queue.get_nowait())
            if message.actor_name == HandleEvent.name:
                found.append(HandleEvent.model_validate(message.kwargs))
        return found

    async def test_students_are_told_once(
        self,
        school: School,
        resources: Resources,
        jobs: list[HandleEvent],
        ana: Person,
        ben: Person,
        ida: Person,
    ) -> None:
        assert [job.handler for job in jobs] == ["notify_students"]
        for _ in range(2):
            await asyncio.gather(*[following.run(resources, job) for job in jobs])
        [notice] = await told(resources, ana.key)
        assert notice.type is NotificationType.LESSON_UNLOCKED
        assert notice.text == (
            'The lesson "Lesson 0.0" is open to your class "Leaves on Mondays" now.'
        )
        assert notice.subject_kind is NotificationSubject.LESSON
        assert notice.subject_id == school.course.lessons[0].id
        assert await told(resources, ben.key) == []
        assert await told(resources, ida.key) == []
        document = "{ notifications(first: 1) { nodes { type subjectKind subjectId } } }"
        read = await school.api.execute(document, as_=ana)
        assert read.ok()["notifications"]["nodes"] == [
            {
                "type": "LESSON_UNLOCKED",
                "subjectKind": "LESSON",
                "subjectId": to_global("les", school.course.lessons[0].id),
            }
        ]


class TestContinue:
    async def test_with_what_is_left(
        self, school: School, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await school.group(timeZone="Asia/Jakarta")
        await school.enroll(id, ana)
        await school.enroll(id, ben)
        await school.put(id, status=S.COMPLETED)
        await empty_outbox(resources)
        payload = await school.do(
            "classContinue",
            {"classId": id, "studentId": ana.id},
            f"class {{ {CLASS} enrollments {{ nodes {{ creditsRemaining student {{ id }} }} }} }}",
        )
        made = payload.ok()["class"]
        assert made["type"] == "PRIVATE"
        assert made["status"] == "DRAFT"
        assert made["name"] == "Leaves on Mondays (private)"
        assert made["totalMeetings"] == 5 - 3
        assert made["timeZone"] == "Asia/Jakarta"
        assert made["continuedFrom"] == {"id": id}
        assert made["course"] == {"id": school.course.id}
        assert made["instructor"] == {"username": "ida"}
        assert made["enrollments"]["nodes"] == [{"creditsRemaining": 2, "student": {"id": ana.id}}]
        assert await waiting_events(resources) == ["class.created", "class.student_enrolled"]
        assert await school.members(made["id"]) == {ana.key}

    async def test_at_least_one_meeting(self, school: School, ana: Person) -> None:
        id = await school.group(totalMeetings=20)
        await school.enroll(id, ana)
        await school.put(id, status=S.ACTIVE)
        payload = await school.do(
            "classContinue", {"classId": id, "studentId": ana.id}, "class { totalMeetings }"
        )
        assert payload.ok()["class"] == {"totalMeetings": 1}

    async def test_once(self, school: School, ana: Person) -> None:
        id = await school.in_status(T.GROUP, S.COMPLETED, ana)
        given = {"classId": id, "studentId": ana.id}
        payloads = await asyncio.gather(
            *(school.do("classContinue", given, "class { id }") for _ in range(5))
        )
        assert sorted("".join(each.codes) for each in payloads) == ["", *["ALREADY_CONTINUED"] * 4]
        [made] = [each.data["class"]["id"] for each in payloads if not each.codes]
        # Once that one is cancelled, another one can be made.
        (await school.do("classCancel", {"id": made})).ok()
        (await school.do("classContinue", given)).ok()

    async def test_only_of_students(self, school: School, ana: Person, ben: Person) -> None:
        id = await school.group()
        left = await school.enroll(id, ana)
        (await school.do("enrollmentWithdraw", {"id": left})).ok()
        await school.put(id, status=S.ACTIVE)
        for person in (ana, ben):
            payload = await school.do("classContinue", {"classId": id, "studentId": person.id})
            assert payload.codes == ["NOT_FOUND"]
            assert payload.errors[0]["field"] == ["input", "studentId"]
