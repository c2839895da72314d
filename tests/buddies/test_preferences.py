"""How people say that they like to study."""

from typing import Any

import pytest
from sqlmodel import col, select

from app.accounts.models import Consent, ConsentPurpose, User, UserSubject
from app.buddies.models import StudyLevel, StudyPreference, StudyTime
from app.core.ids import to_global
from app.core.resources import Resources
from app.reference.models import Subject
from tests.client import Api, Payload
from tests.factories import Person, waiting_events, writing

_ALL = """
    availability { weekday startsMinute endsMinute } timeZone
    subjects { subject { name } level } learningStyle pace collaboration maxBuddies findable
    aiListening recording
"""
_USUAL = {
    "availability": [],
    "timeZone": "UTC",
    "subjects": [],
    "learningStyle": None,
    "pace": None,
    "collaboration": None,
    "maxBuddies": 5,
    "findable": True,
    "aiListening": False,
    "recording": False,
}


async def _update(api: Api, person: Person, **given: Any) -> Payload:
    return await api.mutate(
        "studyPreferencesUpdate", given, f"preferences {{ {_ALL} }}", as_=person
    )


async def _read(api: Api, person: Person) -> dict[str, Any]:
    document = f"{{ viewer {{ studyPreferences {{ {_ALL} }} }} }}"
    found: dict[str, Any] = (await api.execute(document, as_=person)).ok()["viewer"]
    read: dict[str, Any] = found["studyPreferences"]
    return read


@pytest.fixture
async def subjects(resources: Resources) -> list[str]:
    """The ids of two subjects."""
    made = [
        Subject(name=name, category="Science", description="All of it.")
        for name in ("Biology", "Chemistry")
    ]
    async with writing(resources) as session:
        session.add(*made)
    return [to_global("sub", each.id) for each in made]


def _time(day: str, starts: int, ends: int) -> dict[str, Any]:
    return {"weekday": day, "startsMinute": starts, "endsMinute": ends}


async def test_what_is_usual(api: Api, ana: Person) -> None:
    assert await _read(api, ana) == _USUAL


async def test_everything(
    api: Api, resources: Resources, ana: Person, ben: Person, subjects: list[str]
) -> None:
    given = {
        "availability": [_time("TUESDAY", 0, 1440), _time("MONDAY", 1080, 1320),
                         _time("MONDAY", 1000, 1080)],
        "timeZone": "Europe/Berlin",
        "subjects": [{"subjectId": subjects[0], "level": "EXPERT"}, {"subjectId": subjects[1]}],
        "learningStyle": "VISUAL",
        "pace": "STEADY",
        "collaboration": "QUIET",
        "maxBuddies": 3,
        "findable": False,
        "aiListening": True,
        "recording": True,
    }  # fmt: skip
    found = (await _update(api, ana, **given)).ok()["preferences"]
    assert found == given | {
        "availability": [given["availability"][place] for place in (2, 1, 0)],
        "subjects": [
            {"subject": {"name": "Biology"}, "level": "EXPERT"},
            {"subject": {"name": "Chemistry"}, "level": None},
        ],
    }
    assert await _read(api, ana) == found
    assert await _read(api, ben) == _USUAL
    # What others keep is kept there.
    async with resources.database.read() as reading:
        user = await reading.value(select(User).where(User.id == ana.key))
        assert (user.time_zone, user.learning_style) == ("Europe/Berlin", "visual")
        consents = await reading.all(select(Consent).order_by(col(Consent.id)))
    assert [(each.user_id, each.purpose, each.granted) for each in consents] == [
        (ana.key, ConsentPurpose.AI_PROCESSING, True),
        (ana.key, ConsentPurpose.RECORDING, True),
    ]
    assert await waiting_events(resources) == ["account.consent_changed"] * 2


async def test_only_what_is_given_changes(
    api: Api, resources: Resources, ana: Person, subjects: list[str]
) -> None:
    first = {"subjectId": subjects[0], "level": "BEGINNER"}
    week = [_time("FRIDAY", 60, 120)]
    (await _update(api, ana, pace="STEADY", subjects=[first], availability=week)).ok()
    (await _update(api, ana, maxBuddies=0)).ok()
    expected = _USUAL | {
        "pace": "STEADY",
        "maxBuddies": 0,
        "availability": week,
        "subjects": [{"subject": {"name": "Biology"}, "level": "BEGINNER"}],
    }
    assert await _read(api, ana) == expected
    again = {"pace": None, "availability": [], "subjects": [{"subjectId": subjects[1]}]}
    (await _update(api, ana, **again)).ok()
    assert await _read(api, ana) == _USUAL | {
        "maxBuddies": 0,
        "subjects": [{"subject": {"name": "Chemistry"}, "level": None}],
    }
    # The level went with the subject.
    async with resources.database.read() as reading:
        assert await reading.all(select(StudyLevel)) == []
        assert len(await reading.all(select(UserSubject))) == 1


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "INVALID_INPUT", []),
        ({"availability": [_time("MONDAY", 100, 100)]}, "INVALID_INPUT", ["availability", "0"]),
        ({"availability": [_time("MONDAY", 100, 90)]}, "INVALID_INPUT", ["availability", "0"]),
        ({"availability": [_time("MONDAY", -1, 90)]}, "INVALID_INPUT",
         ["availability", "0", "startsMinute"]),
        ({"availability": [_time("MONDAY", 0, 1441)]}, "INVALID_INPUT",
         ["availability", "0", "endsMinute"]),
        ({"availability": [_time("MONDAY", 60, 120), _time("MONDAY", 119, 180)]},
         "INVALID_INPUT", ["availability"]),
        ({"availability": [_time("MONDAY", 60, 120), _time("MONDAY", 60, 120)]},
         "INVALID_INPUT", ["availability"]),
        ({"availability": [_time("MONDAY", 2 * n, 2 * n + 1) for n in range(51)]},
         "INVALID_INPUT", ["availability"]),
        ({"availability": None}, "INVALID_INPUT", ["availability"]),
        ({"timeZone": "Middle/Earth"}, "INVALID_INPUT", ["timeZone"]),
        ({"maxBuddies": 51}, "INVALID_INPUT", ["maxBuddies"]),
        ({"maxBuddies": -1}, "INVALID_INPUT", ["maxBuddies"]),
        ({"maxBuddies": None}, "INVALID_INPUT", ["maxBuddies"]),
        ({"findable": None}, "INVALID_INPUT", ["findable"]),
        ({"aiListening": None}, "INVALID_INPUT", ["aiListening"]),
        ({"subjects": [{"subjectId": "sub_00000000-0000-7000-8000-000000000000"}]}, "NOT_FOUND",
         ["subjects", "0", "subjectId"]),
    ],
)  # fmt: skip
async def test_refusals_change_nothing(
    api: Api,
    resources: Resources,
    ana: Person,
    given: dict[str, Any],
    code: str,
    field: list[str],
) -> None:
    # What is right beside it doesn't count either.
    more = {"pace": "STEADY", "recording": True, **given} if given else {}
    answer = await _update(api, ana, **more)
    assert answer.codes == [code], answer.errors
    assert answer.errors[0]["field"] == ["input", *field]
    async with resources.database.read() as reading:
        for table in (StudyPreference, StudyTime, Consent, UserSubject):
            assert await reading.all(select(table)) == []


async def test_a_subject_twice(api: Api, ana: Person, subjects: list[str]) -> None:
    answer = await _update(api, ana, subjects=[{"subjectId": subjects[0]}] * 2)
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["field"] == ["input", "subjects", "1", "subjectId"]
    assert await _read(api, ana) == _USUAL


async def test_what_overlaps_is_only_so_on_one_day(api: Api, ana: Person) -> None:
    week = [_time("MONDAY", 60, 120), _time("MONDAY", 120, 180), _time("TUESDAY", 60, 120)]
    found = (await _update(api, ana, availability=week)).ok()["preferences"]
    assert found["availability"] == week
