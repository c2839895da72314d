"""What every installation has, and what a development one shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

import app.models  # noqa: F401 - foreign keys name tables of other rooms
from app.accounts import passwords
from app.accounts.models import Permission, Role, RolePermission, User
from app.accounts.roles import PERMISSIONS, SYSTEM_ROLES
from app.accounts.service.registration import RegisterData, create_user
from app.accounts.store import users
from app.core.clock import now
from app.core.db import Database, WriteSession
from app.core.partitions import ensure_partitions
from app.core.settings import Settings
from app.core.uow import UnitOfWork, begin
from app.core.viewer import Viewer
from app.courses.models import Course, CourseStatus, Exercise, Lesson, LessonStatus, Section
from app.courses.sample_exercises import exercises_of
from app.courses.samples import SAMPLE_COURSES, SampleCourse, SampleSection
from app.courses.service.exercises import add_content
from app.privacy.service import retention
from app.reference.local import add_local_models
from app.reference.prompts import PROMPTS
from app.reference.samples import add_samples
from app.reference.seeding import seed_places
from app.reference.service.prompts import add_shipped
from app.sessions.models import SessionKind
from app.sessions.service import planning


@dataclass(frozen=True)
class Sample:
    """A person of the development data."""

    label: str
    email: str
    password: str


SAMPLES: Sequence[Sample] = (
    Sample("Ana, student", "ana@example.com", "Photosynthesis-1"),
    Sample("Ben, student", "ben@example.com", "Chlorophyll-2"),
    Sample("Ida, instructor", "ida@example.com", "Calvin-Cycle-3"),
)
_NAMES = (
    ("ana", "Ana", "Lima", "student"),
    ("ben", "Ben", "Okafor", "student"),
    ("ida", "Ida", "Novak", "instructor"),
)


async def seed_system(database: Database) -> None:
    """Partitions, permissions, roles, prompts, local models, retention.

    Repeated, it changes only what the program did.
    """
    async with begin(database) as uow:
        await ensure_partitions(uow.session)
        new = await _permissions(uow.session)
        for name, (description, keys) in SYSTEM_ROLES.items():
            await _role(uow.session, name, description, keys, new)
        for template in PROMPTS:
            await add_shipped(uow, template)
        await add_local_models(uow.session)
        await retention.add_defaults(uow.session)


async def _permissions(session: WriteSession) -> set[str]:
    """The permissions of the program, and no others; those that are new are returned."""
    known = set(await session.all(select(Permission.key)))
    for key, description in PERMISSIONS.items():
        module, feature = key.split(".", 1)
        values = {"module": module, "feature": feature, "description": description}
        statement = insert(Permission).values(key=key, **values)
        await session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))
    await session.execute(delete(Permission).where(col(Permission.key).not_in(PERMISSIONS)))
    return PERMISSIONS.keys() - known


async def _role(
    session: WriteSession, name: str, description: str, keys: Sequence[str], new: set[str]
) -> None:
    """A system role. One whose permissions somebody chose only gets those that are new."""
    role = await session.first(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name, description=description, system=True)
        session.add(role)
        await session.flush()
    if not role.customized:
        await session.execute(
            delete(RolePermission).where(
                col(RolePermission.role_id) == role.id,
                col(RolePermission.permission_key).not_in(keys),
            )
        )
    for key in keys:
        if key in new or not role.customized:
            await session.execute(
                insert(RolePermission)
                .values(role_id=role.id, permission_key=key)
                .on_conflict_do_nothing()
            )


async def seed(settings: Settings) -> None:
    """The system's data, the world's places and, once, what there is to look at."""
    database = Database(settings.database_url, pool_size=2)
    try:
        await seed_system(database)
        async with begin(database) as uow:
            await seed_places(uow.session)
        async with begin(database) as uow:
            if await users.user_by_login(uow.session, SAMPLES[0].email) is None:
                await _samples(uow)
    finally:
        await database.close()


async def _samples(uow: UnitOfWork) -> None:
    people: list[User] = []
    for sample, (username, first, last, role) in zip(SAMPLES, _NAMES, strict=True):
        data = RegisterData(
            username=username,
            email=sample.email,
            password=sample.password,
            first_name=first,
            last_name=last,
        )
        password_hash = await passwords.hash_password(sample.password)
        people.append(await create_user(uow, data, password_hash, role))
        await uow.session.flush()
    await add_samples(uow)
    ana, ben, ida = people
    for course in SAMPLE_COURSES:
        await _course(uow.session, course, ida)
    host = Viewer(user_id=ana.id, auth_session_id=ana.id)
    session = await planning.create(
        uow,
        host,
        planning.SessionData(
            name="Photosynthesis together",
            kind=SessionKind.BUDDY,
            description="We go through the light reactions and the Calvin cycle.",
            topics=["Photosynthesis"],
            goals=["Explain where the oxygen comes from"],
            scheduled_start=now() + timedelta(days=1),
            ai_listening=True,
        ),
    )
    await planning.invite(uow, host, session.id, [ben.id], [])


async def _course(session: WriteSession, sample: SampleCourse, instructor: User) -> None:
    published = sample.published_at is not None
    course = Course(
        instructor_id=instructor.id,
        title=sample.title,
        code=sample.code,
        slug=sample.slug,
        description=sample.description,
        topic=sample.topic,
        category=sample.category,
        level=sample.level,
        language=sample.language,
        estimated_hours=ceil(sample.minutes / 60),
        status=CourseStatus.PUBLISHED if published else CourseStatus.DRAFT,
        public=published,
        published_at=sample.published_at,
    )
    session.add(course)
    await session.flush()
    for place, given in enumerate(sample.sections):
        section = Section(
            course_id=course.id, title=given.title, description=given.description, position=place
        )
        session.add(section)
        await session.flush()
        lessons = _lessons(section, given, published=published)
        session.add(*lessons)
        await session.flush()
        for lesson in lessons:
            await _exercises(session, lesson, given.description)


async def _exercises(session: WriteSession, lesson: Lesson, about: str) -> None:
    given = exercises_of(lesson.title, about, lesson.estimated_minutes)
    for position, each in enumerate(given):
        exercise = Exercise(
            lesson_id=lesson.id,
            kind=each.content.kind,
            position=position,
            **each.model_dump(exclude={"content"}),
            **each.content.columns(),
        )
        session.add(exercise)
        await session.flush()
        await add_content(session, exercise, each.content)


def _lessons(section: Section, sample: SampleSection, *, published: bool) -> list[Lesson]:
    return [
        Lesson(
            section_id=section.id,
            title=title,
            position=position,
            estimated_minutes=minutes,
            status=LessonStatus.PUBLISHED if published else LessonStatus.DRAFT,
        )
        for position, (title, minutes) in enumerate(sample.lessons)
    ]
