"""`preferencesUpdate`."""

import asyncio
from typing import Any

import pytest

from app.core.resources import Resources
from tests.accounts.people import user_row
from tests.client import Api
from tests.factories import make_person

_ALL = """
    viewer { preferences {
      sessionMinutes learningStyle reminders { minutesBefore dailyAt }
      privacy { profile email institution location birthDate }
    } }
"""
_USUAL = {
    "sessionMinutes": 60,
    "learningStyle": None,
    "reminders": {"minutesBefore": 15, "dailyAt": None},
    "privacy": {
        "profile": "SIGNED_IN",
        "email": "NOBODY",
        "institution": "SIGNED_IN",
        "location": "SIGNED_IN",
        "birthDate": "NOBODY",
    },
}


class TestUpdate:
    async def test_what_is_given(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        given = {
            "learningStyle": "VISUAL",
            "reminders": {"dailyAt": "07:30"},
            "privacy": {"email": "EVERYBODY", "location": "NOBODY"},
        }
        done = (await api.mutate("preferencesUpdate", given, _ALL, as_=ana)).ok()
        changed = _USUAL | {
            "learningStyle": "VISUAL",
            "reminders": {"minutesBefore": 15, "dailyAt": "07:30"},
            "privacy": _USUAL["privacy"] | {"email": "EVERYBODY", "location": "NOBODY"},
        }
        assert done["viewer"]["preferences"] == changed
        given = {"sessionMinutes": 25, "reminders": {"minutesBefore": None}, "learningStyle": None}
        done = (await api.mutate("preferencesUpdate", given, _ALL, as_=ana)).ok()
        assert done["viewer"]["preferences"] == changed | {
            "sessionMinutes": 25,
            "learningStyle": None,
            "reminders": {"minutesBefore": None, "dailyAt": "07:30"},
        }
        others = (await api.execute(f"{{ {_ALL} }}", as_=ben)).ok()
        assert others["viewer"]["preferences"] == _USUAL

    async def test_two_at_once_lose_nothing(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        changes: list[dict[str, Any]] = [
            {"privacy": {"email": "SIGNED_IN"}},
            {"privacy": {"profile": "NOBODY"}},
            {"sessionMinutes": 90},
        ]
        await asyncio.gather(*[api.mutate("preferencesUpdate", each, as_=ana) for each in changes])
        row = await user_row(resources, ana)
        assert (row["email_audience"], row["profile_audience"], row["session_minutes"]) == (
            "signed_in",
            "nobody",
            90,
        )

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"sessionMinutes": 4}, ["sessionMinutes"]),
            ({"sessionMinutes": 721}, ["sessionMinutes"]),
            ({"sessionMinutes": None}, ["sessionMinutes"]),
            ({"reminders": {"minutesBefore": -1}}, ["reminders", "minutesBefore"]),
            ({"reminders": {"minutesBefore": 10_081}}, ["reminders", "minutesBefore"]),
            ({"reminders": {"dailyAt": "24:00"}}, ["reminders", "dailyAt"]),
            ({"reminders": {"dailyAt": "7:30"}}, ["reminders", "dailyAt"]),
            ({"reminders": {"dailyAt": "\u0660\u0667:\u0663\u0660"}}, ["reminders", "dailyAt"]),
            ({"reminders": None}, ["reminders"]),
            ({"privacy": {"profile": None}}, ["privacy", "profile"]),
            ({"privacy": None}, ["privacy"]),
            ({"privacy": {}}, []),
            ({}, []),
        ],
    )
    async def test_what_breaks_a_rule(
        self, api: Api, resources: Resources, given: dict[str, Any], field: list[str]
    ) -> None:
        ana = await make_person(resources)
        before = await user_row(resources, ana)
        done = await api.mutate("preferencesUpdate", given, as_=ana)
        assert [(e["code"], e["field"]) for e in done.errors] == [
            ("INVALID_INPUT", ["input", *field])
        ]
        assert await user_row(resources, ana) == before
