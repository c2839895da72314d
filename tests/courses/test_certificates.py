"""`courseComplete` and `certificate`."""

import asyncio
import re
from datetime import UTC, datetime

import httpx
import pytest
from dramatiq import Message
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import delete
from sqlmodel import col, select

from app.accounts.models import User
from app.core.ids import to_global
from app.core.outbox import HandleEvent
from app.core.resources import Resources
from app.courses.events import DrawCertificate
from app.courses.models import Certificate, CourseStatus
from app.courses.service import certificates
from app.courses.states import STEPS, CourseStep
from tests.client import Api, Data
from tests.courses.authoring import read_course
from tests.courses.composer import run_jobs
from tests.courses.test_curricula import count, make_personal
from tests.factories import (
    Person,
    Teaching,
    empty_outbox,
    make_course,
    make_person,
    waiting_events,
    writing,
)
from workers import certifying, diplomas, following, generating  # noqa: F401 - who follows
from workers.outbox import send_due

_FIELDS = "course { status } certificate { code holderName courseTitle issuedAt pdfUrl }"
_LOOK = """query ($code: String!) {
    certificate(code: $code) { code holderName courseTitle pdfUrl }
}"""


async def _complete(api: Api, person: Person, course: Teaching) -> Data:
    given = {"courseId": course.id}
    return (await api.mutate("courseComplete", given, _FIELDS, as_=person)).ok()


async def _look(api: Api, code: str) -> Data | None:
    found: Data | None = (await api.execute(_LOOK, {"code": code})).ok()["certificate"]
    return found


class TestComplete:
    async def test_gives_a_certificate(self, api: Api, resources: Resources, ana: Person) -> None:
        course = await make_personal(resources, ana, title="Photosynthesis")
        await empty_outbox(resources)
        done = await _complete(api, ana, course)
        assert done["course"] == {"status": "COMPLETED"}
        given = done["certificate"]
        assert (given["holderName"], given["courseTitle"], given["pdfUrl"]) == (
            "Ana", "Photosynthesis", None,
        )  # fmt: skip
        assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}", given["code"])
        assert await waiting_events(resources) == ["course.completed", "certificate.issued"]

    async def test_once(self, api: Api, resources: Resources, ana: Person) -> None:
        course = await make_personal(resources, ana)
        given = {"courseId": course.id}
        answers = await asyncio.gather(
            *[api.mutate("courseComplete", given, as_=ana) for _ in range(4)]
        )
        assert sorted(each.codes for each in answers) == [[], *[["COURSE_WRONG_STATE"]] * 3]
        assert await count(resources, Certificate) == 1
        # Also by another way to the same end.
        row = await read_course(resources, course.key)
        assert row is not None
        async with resources.begin() as uow:
            again = await certificates.issue(uow, ana.key, row)
        async with resources.database.read() as session:
            assert await session.all(select(Certificate.id)) == [again]

    @pytest.mark.parametrize("status", list(CourseStatus))
    async def test_every_state(
        self, api: Api, resources: Resources, ana: Person, status: CourseStatus
    ) -> None:
        course = await make_personal(resources, ana, status=status)
        payload = await api.mutate("courseComplete", {"courseId": course.id}, as_=ana)
        after = await read_course(resources, course.key)
        assert after is not None
        if status in (CourseStatus.ACTIVE, CourseStatus.PAUSED):
            assert (payload.codes, after.status) == ([], CourseStatus.COMPLETED)
        else:
            assert payload.codes == ["COURSE_WRONG_STATE"]
            assert after.status is status
            assert await count(resources, Certificate) == 0

    async def test_by_its_learner_alone(self, api: Api, resources: Resources, ana: Person) -> None:
        course = await make_personal(resources, ana)
        ben, sam = await make_person(resources), await make_person(resources, role="staff")
        for person, code in ((ben, "NOT_FOUND"), (sam, "NOT_LEARNER")):
            refused = await api.mutate("courseComplete", {"courseId": course.id}, as_=person)
            assert refused.codes == [code]
        assert await count(resources, Certificate) == 0

    def test_what_a_model_does_to_states(self) -> None:
        said = CourseStatus
        assert {step: STEPS[step] for step in (CourseStep.RETRY, CourseStep.FINISH,
                                               CourseStep.FAIL)} == {
            CourseStep.RETRY: ({said.ERROR}, said.GENERATING),
            CourseStep.FINISH: ({said.GENERATING}, said.ACTIVE),
            CourseStep.FAIL: ({said.GENERATING}, said.ERROR),
        }  # fmt: skip


class TestLookUp:
    async def test_by_anybody_however_it_is_written(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        code = (await _complete(api, ana, await make_personal(resources, ana)))["certificate"][
            "code"
        ]
        found = await _look(api, code)
        assert found is not None
        assert (found["code"], found["holderName"]) == (code, "Ana")
        for written in (
            code.replace("-", ""), code.lower(), f" {code.replace('-', ' ')} ",
            code.replace("0", "O").replace("1", "l"),
        ):  # fmt: skip
            assert await _look(api, written) == found
        for wrong in ("", code[:-1], code + "0", "%", code[:-1] + "U"):
            assert await _look(api, wrong) is None

    async def test_keeps_names_as_they_were(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        code = (await _complete(api, ana, await make_personal(resources, ana)))["certificate"][
            "code"
        ]
        async with writing(resources) as session:
            user = await session.value(select(User).where(User.id == ana.key))
            user.first_name = "Anna"
        found = await _look(api, code)
        assert found is not None
        assert found["holderName"] == "Ana"
        async with writing(resources) as session:
            await session.execute(delete(User).where(col(User.id) == ana.key))
        assert await _look(api, code) is None


class TestPdf:
    async def test_by_a_link(self, api: Api, resources: Resources, ana: Person) -> None:
        course = await make_personal(resources, ana, title="光合成")
        await empty_outbox(resources)
        code = (await _complete(api, ana, course))["certificate"]["code"]
        assert await run_jobs(resources) == 1
        found = await _look(api, code)
        assert found is not None
        async with httpx.AsyncClient(trust_env=False) as stranger:
            file = await stranger.get(found["pdfUrl"])
            broken = await stranger.get(found["pdfUrl"][:-1])
        assert (file.status_code, file.content[:5]) == (200, b"%PDF-")
        assert "certificate.pdf" in file.headers["content-disposition"]
        assert broken.status_code in (403, 404)

    async def test_drawn_twice_is_there_once(
        self, api: Api, resources: Resources, ana: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(diplomas, "draw", lambda _: b"%PDF-1")
        await _complete(api, ana, await make_personal(resources, ana))
        async with resources.database.read() as session:
            key = await session.value(select(Certificate.id))
        job = DrawCertificate(certificate_id=key)
        await asyncio.gather(*[generating.draw(resources, job) for _ in range(3)])
        await generating.draw(resources, job)
        folder = resources.settings.data_dir / "objects" / certificates.PREFIX
        [file] = list(folder.iterdir())
        async with resources.database.read() as session:
            row = await session.value(select(Certificate))
        assert row.object_name == f"{certificates.PREFIX}/{file.name}"

    @pytest.mark.parametrize(
        ("name", "title"),
        [
            ("Ana Lima", "Leaves"),
            ("محمد العربي", "بذور"),
            ("Ελένη Иванова", "हिन्दी"),
            ("김하늘", "光合成"),
            ("x" * 257, "word " * 51),
            ("\u0000\u202e🙂", "🙂" * 255),
        ],
    )
    def test_one_page_whatever_it_says(self, name: str, title: str) -> None:
        made = Certificate(
            code="4ZK8Q0TNVWX3C7HJ2MRB", holder_id=None, holder_name=name, course_title=title,
            issued_at=datetime(2026, 11, 22, tzinfo=UTC),
        )  # fmt: skip
        pdf = diplomas.draw(made)
        assert pdf == diplomas.draw(made)
        assert len(re.findall(rb"/Type /Page\b", pdf)) == 1


class TestTaught:
    async def test_who_is_done_with_every_lesson_has_one(
        self, api: Api, resources: Resources, broker: StubBroker, ana: Person, ida: Person
    ) -> None:
        course = await make_course(resources, ida, title="Leaves")
        await _follow(resources, broker)
        own = "query ($id: ID!) { course(id: $id) { viewerCertificate { courseTitle code } } }"
        before = await api.execute(own, {"id": course.id}, as_=ana)
        assert before.ok()["course"] == {"viewerCertificate": None}
        given = {"lessonId": to_global("les", course.lessons[0].id)}
        (await api.mutate("lessonComplete", given, "__typename", as_=ana)).ok()
        jobs = await _follow(resources, broker)
        [followed] = [job for job in jobs if job.handler == "certificates"]
        # Heard once more, it is the same one.
        await following.run(resources, followed)
        found = (await api.execute(own, {"id": course.id}, as_=ana)).ok()["course"]
        assert found["viewerCertificate"]["courseTitle"] == "Leaves"
        looked = await _look(api, found["viewerCertificate"]["code"])
        assert looked is not None
        assert looked["holderName"] == "Ana"
        assert await count(resources, Certificate) == 1
        nobody = await api.execute(own, {"id": course.id}, as_=ida)
        assert nobody.ok()["course"] == {"viewerCertificate": None}


async def _follow(resources: Resources, broker: StubBroker) -> list[HandleEvent]:
    """Do what follows from what has happened; the jobs that it was."""
    await send_due(resources, broker)
    queue, found = broker.queues["default"], []
    while not queue.empty():
        message = Message.decode(queue.get_nowait())
        if message.actor_name == HandleEvent.name:
            found.append(HandleEvent.model_validate(message.kwargs))
            await following.run(resources, found[-1])
    return found
