"""Teaching, from a course that is written to a certificate, in a whole installation.

What nobody does by hand (a place for who paid, a program's end, a certificate, a notice) is done
by the installation's own relay and workers.
"""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app.seed import SAMPLES
from tests.client import Client, Data
from tests.e2e.installation import Dev
from tests.waiting import eventually

_ANA, _, _IDA = SAMPLES
_SECONDS = 30
_LESSON = """query ($id: ID!) { node(id: $id) { ... on Lesson { exercises(first: 9) { nodes {
    __typename id
    ... on QuizExercise { questions { id options { id correct } } }
} } } } }"""
_CLASS = """query ($id: ID!) { node(id: $id) { ... on Class {
    currentCapacity viewerEnrollment { status } enrollments(first: 5) { nodes { id } }
} } }"""


@dataclass(frozen=True)
class _SignedIn:
    id: str
    access_token: str


@dataclass(frozen=True)
class _Course:
    id: str
    lesson_id: str


@pytest.fixture
async def client(dev: Dev) -> AsyncIterator[Client]:
    url = f"http://127.0.0.1:{dev.environment['LYCEUM_PORT']}"
    async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http:
        yield Client(url, http)


async def _sign_in(client: Client, sample: Any) -> _SignedIn:
    given = {"login": sample.email, "password": sample.password}
    done = (await client.mutate("accountLogin", given, "user { id } tokens { accessToken }")).ok()
    return _SignedIn(done["user"]["id"], done["tokens"]["accessToken"])


@pytest.fixture
async def ana(client: Client) -> _SignedIn:
    return await _sign_in(client, _ANA)


@pytest.fixture
async def ida(client: Client, dev: Dev) -> _SignedIn:
    """She teaches, and runs the school."""
    command = [sys.executable, "-m", "app.cli", "appoint", _IDA.email]
    subprocess.run(command, env=dev.environment, check=True, capture_output=True)
    return await _sign_in(client, _IDA)


async def _write_course(client: Client, ida: _SignedIn) -> _Course:
    async def make(mutation: str, noun: str, given: Data) -> str:
        made = (await client.mutate(mutation, given, f"{noun} {{ id }}", as_=ida)).ok()
        return str(made[noun]["id"])

    written = {"title": "Light", "level": "BEGINNER", "description": "How leaves eat."}
    course = await make("courseCreate", "course", written)
    section = await make("sectionCreate", "section", {"courseId": course, "title": "Leaves"})
    given = {"sectionId": section, "title": "Green", "status": "PUBLISHED"}
    lesson = await make("lessonCreate", "lesson", given)
    options = [{"text": "Green", "correct": True}, {"text": "Blue"}]
    question = {"kind": "SINGLE_CHOICE", "text": "Which colour?", "options": options}
    test = {"name": "sum", "input": "1 + 1", "expectedOutput": "2"}
    for title, content in (
        ("Read", {"material": {"body": "Leaves are green."}}),
        ("Answer", {"quiz": {"questions": [question]}}),
        ("Count", {"coding": {"instructions": "Print two.", "tests": [test]}}),
    ):
        given = {"lessonId": lesson, "title": title, "content": content}
        await make("exerciseCreate", "exercise", given)
    await make("coursePublish", "course", {"id": course})
    return _Course(course, lesson)


async def _pay_for_place(client: Client, ida: _SignedIn, ana: _SignedIn, course: _Course) -> str:
    given = {
        "courseId": course.id,
        "name": "Spring",
        "type": "PRIVATE",
        "totalMeetings": 2,
        "price": {"amount": "49.90", "currency": "EUR"},
    }
    made = (await client.mutate("classCreate", given, "class { id }", as_=ida)).ok()
    key = made["class"]["id"]
    given = {"method": "MANUAL", "payerId": ana.id, "subjectId": key}
    owed = (await client.mutate("paymentCreate", given, "payment { id }", as_=ida)).ok()
    verified = await client.mutate("paymentVerify", {"id": owed["payment"]["id"]}, as_=ida)
    verified.ok()
    return str(key)


async def test_from_a_course_to_a_certificate(client: Client, ida: _SignedIn, ana: _SignedIn):
    course = await _write_course(client, ida)
    key = await _pay_for_place(client, ida, ana, course)
    found: Data = {}

    async def is_in() -> bool:
        found.update((await client.execute(_CLASS, {"id": key}, as_=ana)).ok())
        return bool(found["node"] and found["node"]["viewerEnrollment"])

    await eventually(is_in, _SECONDS)
    assert found["node"]["viewerEnrollment"] == {"status": "ACTIVE"}

    (await client.mutate("classStart", {"id": key}, as_=ida)).ok()
    seen = (await client.execute(_CLASS, {"id": key}, as_=ida)).ok()["node"]
    assert seen["currentCapacity"] == 1
    [enrollment] = seen["enrollments"]["nodes"]
    given: Data = {
        "classId": key,
        "meetingNumber": 1,
        "meetingDate": "2026-01-12",
        "entries": [{"enrollmentId": enrollment["id"], "status": "PRESENT"}],
    }
    (await client.mutate("attendanceTake", given, as_=ida)).ok()
    given = {"classId": key, "lessonId": course.lesson_id}
    (await client.mutate("lessonUnlock", given, as_=ida)).ok()

    await _learn(client, ana, course)

    certificate = "query ($id: ID!) { course(id: $id) { viewerCertificate { code pdfUrl } } }"

    async def is_certified() -> bool:
        found.update((await client.execute(certificate, {"id": course.id}, as_=ana)).ok())
        told = found["course"]["viewerCertificate"]
        return bool(told and told["pdfUrl"])

    await eventually(is_certified, _SECONDS)
    told = found["course"]["viewerCertificate"]
    pdf = await client.http.get(told["pdfUrl"])
    assert pdf.content.startswith(b"%PDF-")
    whose = "query ($code: String!) { certificate(code: $code) { holderName courseTitle } }"
    known = (await client.execute(whose, {"code": told["code"]})).ok()
    assert known == {"certificate": {"holderName": "Ana Lima", "courseTitle": "Light"}}

    async def is_told() -> bool:
        notices = await client.execute("{ notifications { nodes { title } } }", as_=ana)
        titles = [each["title"] for each in notices.ok()["notifications"]["nodes"]]
        return "A lesson is open to you" in titles

    await eventually(is_told, _SECONDS)


async def _learn(client: Client, ana: _SignedIn, course: _Course) -> None:
    lesson = (await client.execute(_LESSON, {"id": course.lesson_id}, as_=ana)).ok()["node"]
    reading, quiz, coding = lesson["exercises"]["nodes"]
    [question] = quiz["questions"]
    assert [option["correct"] for option in question["options"]] == [None, None]
    given: Data = {"exerciseId": reading["id"], "scrollPercent": 100}
    (await client.mutate("exerciseProgressUpdate", given, as_=ana)).ok()
    (await client.mutate("exerciseComplete", {"exerciseId": reading["id"]}, as_=ana)).ok()
    answer = {"questionId": question["id"], "optionIds": [question["options"][0]["id"]]}
    given = {"exerciseId": quiz["id"], "answers": [answer]}
    tried = (await client.mutate("quizSubmit", given, "attempt { passed }", as_=ana)).ok()
    assert tried["attempt"] == {"passed": True}
    given = {"exerciseId": coding["id"], "code": "print(2)"}
    fields = "submission { status passed }"
    graded = (await client.mutate("codingSubmit", given, fields, as_=ana)).ok()
    assert graded["submission"] == {"status": "DONE", "passed": True}
    (await client.mutate("lessonComplete", {"lessonId": course.lesson_id}, as_=ana)).ok()
