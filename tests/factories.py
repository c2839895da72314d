"""People, sessions and courses, as the program makes them but for the time passwords take."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from app.accounts import passwords
from app.accounts.models import AuthSession, Consent, ConsentPurpose, User, UserRole
from app.accounts.service.sessions import rights_of
from app.accounts.store import roles
from app.core.clock import now
from app.core.db import WriteSession
from app.core.ids import new_id, to_global
from app.core.mail import Mail, SendMail
from app.core.outbox import OutboxEntry, Topic
from app.core.resources import Resources
from app.core.tokens import Claims
from app.core.viewer import Viewer
from app.courses.models import Course, CourseLevel, CourseStatus, Lesson, LessonStatus, Section
from app.sessions.models import SessionKind, StudySession, TranscriptSegment
from app.sessions.service import lifecycle, planning

PASSWORD = "Photosynthesis-1"

_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """A signed-in user."""

    user: User
    viewer: Viewer
    access_token: str

    @property
    def key(self) -> UUID:
        """The key in the database."""
        return self.user.id

    @property
    def id(self) -> str:
        """The global id."""
        return to_global("usr", self.user.id)


@cache
def _password_hash() -> str:
    return passwords._hasher.hash(PASSWORD)


@asynccontextmanager
async def writing(resources: Resources) -> AsyncIterator[WriteSession]:
    """A transaction that tells nobody."""
    async with resources.database.write() as session:
        yield session
        await session.flush()
        await session.commit()


async def make_person(
    resources: Resources, username: str = "", *, role: str = "student", consent: bool = False
) -> Person:
    """A user with the password `PASSWORD`, signed in."""
    username = username or f"person{next(_numbers)}"
    user = User(
        username=username,
        email=f"{username}@example.com",
        password_hash=_password_hash(),
        first_name=username.capitalize(),
    )
    async with writing(resources) as session:
        session.add(user)
        await session.flush()
        given = await roles.role_by_name(session, role)
        session.add(UserRole(user_id=user.id, role_id=given.id))
        if consent:
            session.add(_consent(user.id, version=1, granted=True))
    return await sign_in(resources, user)


async def sign_in(resources: Resources, user: User) -> Person:
    """One more device of a user."""
    auth_session = AuthSession(
        id=new_id(), user_id=user.id, last_used_at=now(), expires_at=now() + timedelta(days=7)
    )
    async with writing(resources) as session:
        session.add(auth_session)
    claims = Claims(user.id, auth_session.id)
    async with resources.database.read() as reading:
        known = await rights_of(reading, claims)
    assert known is not None
    viewer = known.viewer
    return Person(user, viewer, resources.tokens.issue(claims, viewer.roles))


def _consent(user_id: UUID, *, version: int, granted: bool) -> Consent:
    return Consent(
        user_id=user_id, purpose=ConsentPurpose.AI_PROCESSING, version=version, granted=granted
    )


async def withdraw_consent(resources: Resources, person: Person) -> None:
    """The second answer of somebody who had agreed to AI processing."""
    async with writing(resources) as session:
        session.add(_consent(person.key, version=2, granted=False))


@dataclass(frozen=True)
class Studying:
    """A session as it was made."""

    row: StudySession

    @property
    def key(self) -> UUID:
        """The key in the database."""
        return self.row.id

    @property
    def id(self) -> str:
        """The global id."""
        return to_global("sts", self.row.id)

    @property
    def conversation_id(self) -> str:
        """The global id of its chat."""
        return to_global("cnv", self.row.conversation_id)


async def make_session(
    resources: Resources,
    host: Person,
    *,
    guests: Sequence[Person] = (),
    joined: Sequence[Person] = (),
    live: bool = False,
    kind: SessionKind = SessionKind.GROUP,
    **data: Any,
) -> Studying:
    """A session with invited guests, started if `live`, with those who `joined` in its call."""
    given = planning.SessionData(**{"name": "Photosynthesis", **data, "kind": kind})
    async with resources.begin() as uow:
        row = await planning.create(uow, host.viewer, given)
        if guests:
            keys = [guest.key for guest in guests]
            await planning.invite(uow, host.viewer, row.id, keys, [])
        if live:
            row = await lifecycle.start(uow, host.viewer, row.id)
        for person in joined:
            await lifecycle.join(uow, person.viewer, row.id, resources.settings)
    return Studying(row)


async def add_segments(
    resources: Resources, session: Studying, *spoken: tuple[Person, str, int, int]
) -> list[TranscriptSegment]:
    """Final words: speaker, text, start and end in ms. No events."""
    async with writing(resources) as uow:
        studied = await uow.value(select(StudySession).where(StudySession.id == session.key))
        made = []
        for speaker, text, start_ms, end_ms in spoken:
            studied.segment_count += 1
            made.append(
                TranscriptSegment(
                    session_id=session.key,
                    sequence=studied.segment_count,
                    speaker_id=speaker.key,
                    text=text,
                    start_ms=start_ms,
                    end_ms=end_ms,
                    confidence=0.9,
                    language="en",
                    chunk_sequence=0,
                )
            )
        uow.add(*made)
    return made


async def change_session(resources: Resources, session: Studying, **values: Any) -> None:
    """Put a session into any state."""
    async with writing(resources) as uow:
        studied = await uow.value(select(StudySession).where(StudySession.id == session.key))
        for name, value in values.items():
            setattr(studied, name, value)


async def read_session(resources: Resources, session: Studying) -> StudySession:
    """A session as it is now."""
    async with resources.database.read() as reading:
        return await reading.value(select(StudySession).where(StudySession.id == session.key))


@dataclass(frozen=True)
class Teaching:
    """A course as it was made, with its sections and lessons in their order."""

    row: Course
    sections: Sequence[Section]
    lessons: Sequence[Lesson]

    @property
    def key(self) -> UUID:
        """The key in the database."""
        return self.row.id

    @property
    def id(self) -> str:
        """The global id."""
        return to_global("crs", self.row.id)


async def make_course(
    resources: Resources,
    instructor: Person | None,
    *,
    status: CourseStatus = CourseStatus.PUBLISHED,
    public: bool = True,
    lessons: Sequence[Sequence[LessonStatus]] = ((LessonStatus.PUBLISHED,),),
    **values: Any,
) -> Teaching:
    """A course; `lessons` has the statuses of the lessons of each of its sections."""
    number = next(_numbers)
    given = {"title": f"Course {number}", "level": CourseLevel.BEGINNER, **values}
    course = Course(
        instructor_id=instructor.key if instructor else None,
        slug=f"course-{number}",
        status=status,
        public=public,
        published_at=now() if status is CourseStatus.PUBLISHED else None,
        **given,
    )
    sections: list[Section] = []
    made: list[Lesson] = []
    for place, statuses in enumerate(lessons):
        section = Section(course_id=course.id, title=f"Section {place}", position=place)
        sections.append(section)
        made += [
            Lesson(
                section_id=section.id,
                title=f"Lesson {place}.{position}",
                position=position,
                estimated_minutes=10,
                status=each,
            )
            for position, each in enumerate(statuses)
        ]
    async with writing(resources) as session:
        for rows in ([course], sections, made):
            session.add(*rows)
            await session.flush()
    return Teaching(course, sections, made)


async def waiting_jobs(resources: Resources) -> list[tuple[str, dict[str, Any]]]:
    """Name and arguments of the jobs in the outbox."""
    async with resources.database.read() as reading:
        entries = await reading.all(
            select(OutboxEntry).where(OutboxEntry.topic == Topic.JOB).order_by(col(OutboxEntry.id))
        )
    return [(entry.payload["name"], entry.payload["arguments"]) for entry in entries]


async def letters(resources: Resources) -> list[Mail]:
    """The letters that wait to be sent."""
    return [
        await SendMail(**arguments).mail(resources.envelope)
        for name, arguments in await waiting_jobs(resources)
        if name == SendMail.name
    ]


async def waiting_events(resources: Resources) -> list[str]:
    """The kinds of the events in the outbox."""
    async with resources.database.read() as reading:
        entries = await reading.all(
            select(OutboxEntry)
            .where(OutboxEntry.topic == Topic.EVENT)
            .order_by(col(OutboxEntry.id))
        )
    return [entry.payload["kind"] for entry in entries]


async def empty_outbox(resources: Resources) -> None:
    """Forget what making things left to be told."""
    async with writing(resources) as session:
        await session.execute(delete(OutboxEntry))
