"""`profileUpdate` and `onboardingComplete`."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.ids import from_global
from app.core.resources import Resources
from tests.accounts.people import change, make_country, user_row
from tests.client import Api, mutation_document
from tests.factories import make_person

_ALL = """
    viewer {
      user { firstName lastName avatarUrl }
      profile { bio birthDate educationLevel institution major graduationYear location
                country { code } timeZone language email }
      address { address city state postalCode }
    }
"""
_UPDATE = mutation_document("profileUpdate", "")
_TODAY = datetime.now(UTC).date()


class TestUpdate:
    async def test_everything(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        given = {
            "firstName": " Ana ",
            "lastName": "Lima",
            "avatarUrl": "https://pictures.example.org/ana.png",
            "bio": "I <b>like</b> leaves.\r\nAnd moss. 👩\u200d🔬",
            "birthDate": "2001-02-28",
            "educationLevel": "UNDERGRADUATE",
            "institution": "USP",
            "major": "Biology",
            "graduationYear": 2027,
            "location": "Pinheiros",
            "address": "Rua dos Pinheiros 1",
            "city": "São Paulo",
            "state": "SP",
            "postalCode": "05422-000",
            "countryId": await make_country(resources),
            "timeZone": "America/Sao_Paulo",
            "language": "PT-br",
        }
        viewer = (await api.mutate("profileUpdate", given, _ALL, as_=ana)).ok()["viewer"]
        assert viewer == {
            "user": {
                "firstName": "Ana",
                "lastName": "Lima",
                "avatarUrl": "https://pictures.example.org/ana.png",
            },
            "profile": {
                # A text, not HTML: it comes back as it was given.
                "bio": "I <b>like</b> leaves.\nAnd moss. 👩\u200d🔬",
                "birthDate": "2001-02-28",
                "educationLevel": "UNDERGRADUATE",
                "institution": "USP",
                "major": "Biology",
                "graduationYear": 2027,
                "location": "Pinheiros",
                "country": {"code": "BR"},
                "timeZone": "America/Sao_Paulo",
                "language": "pt-BR",
                "email": "ana@example.com",
            },
            "address": {
                "address": "Rua dos Pinheiros 1",
                "city": "São Paulo",
                "state": "SP",
                "postalCode": "05422-000",
            },
        }

    async def test_what_is_not_given_stays_and_null_clears(
        self, api: Api, resources: Resources
    ) -> None:
        ana = await make_person(resources)
        await change(resources, ana, bio="Leaves.", major="Biology", location="Here")
        before = await user_row(resources, ana)
        await api.mutate("profileUpdate", {"major": None, "lastName": "Lima"}, as_=ana)
        after = await user_row(resources, ana)
        assert after == before | {
            "major": None,
            "last_name": "Lima",
            "folded_name": f"{ana.user.username} lima",
            "search": f"{ana.user.username} {ana.user.username} lima",
            "admin_search": f"{ana.user.username} lima {ana.user.username} {ana.user.email}",
            "updated_at": after["updated_at"],
        }
        assert after["updated_at"] > before["updated_at"]

    async def test_two_at_once_lose_nothing(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        changes = [
            {"bio": "Leaves."},
            {"major": "Biology"},
            {"location": "Here"},
            {"city": "There"},
        ]
        done = await asyncio.gather(
            *[api.mutate("profileUpdate", given, as_=ana) for given in changes]
        )
        assert [each.codes for each in done] == [[]] * 4
        row = await user_row(resources, ana)
        found = {name: row[name] for name in ("bio", "major", "location", "city")}
        assert found == {"bio": "Leaves.", "major": "Biology", "location": "Here", "city": "There"}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("firstName", None),
            ("firstName", "  "),
            ("firstName", "A" * 129),
            ("firstName", "Ana\u202egnp.exe"),
            ("firstName", "A\u200bna"),
            ("firstName", "An\u00ada"),
            ("firstName", "\u3164"),
            ("firstName", "A" + "\u0301" * 6),
            ("firstName", "A\u200dna"),
            ("lastName", "Li\nma"),
            ("lastName", "Li\x07ma"),
            ("lastName", ""),
            ("avatarUrl", "http://example.org/a.png"),
            ("avatarUrl", "javascript:alert(1)"),
            ("avatarUrl", "data:image/png;base64,AAAA"),
            ("avatarUrl", "https://ana:secret@example.org/a.png"),
            ("avatarUrl", "https://127.0.0.1/a.png"),
            ("avatarUrl", "https://2130706433/a.png"),
            ("avatarUrl", "https://[::1]/a.png"),
            ("avatarUrl", "https://localhost/a.png"),
            ("avatarUrl", "nothing"),
            ("avatarUrl", "https://example.org/" + "a" * 1024),
            ("avatarUrl", "https://example.org/" + "ü" * 500),
            ("bio", "x" * 2001),
            ("bio", ""),
            ("bio", "a\u202eb"),
            ("bio", "a\x1bb"),
            ("birthDate", "1800-01-01"),
            ("birthDate", str(_TODAY + timedelta(days=2))),
            ("graduationYear", 1899),
            ("graduationYear", 2999),
            ("institution", "x" * 256),
            ("major", "\u2066x"),
            ("location", "x\u2028y"),
            ("address", "x" * 1025),
            ("postalCode", "x" * 51),
            ("timeZone", "Mars/Base"),
            ("timeZone", "localtime"),
            ("timeZone", "../../etc/passwd"),
            ("timeZone", None),
            ("language", "xx"),
            ("language", "pt_BR"),
            ("language", "en-US.utf8"),
            ("language", None),
        ],
    )
    async def test_what_breaks_a_rule(
        self, api: Api, resources: Resources, field: str, value: Any
    ) -> None:
        ana = await make_person(resources)
        before = await user_row(resources, ana)
        done = await api.mutate("profileUpdate", {"major": "Biology", field: value}, as_=ana)
        assert [(e["code"], e["field"]) for e in done.errors] == [
            ("INVALID_INPUT", ["input", field])
        ]
        assert await user_row(resources, ana) == before

    @pytest.mark.parametrize(
        "name", ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "José", "O'Neil", "Nguyễn"]
    )
    async def test_names_of_the_world(self, api: Api, resources: Resources, name: str) -> None:
        ana = await make_person(resources)
        (await api.mutate("profileUpdate", {"firstName": name}, as_=ana)).ok()
        assert (await user_row(resources, ana))["first_name"] == name

    async def test_a_name_is_composed(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        (await api.mutate("profileUpdate", {"firstName": "Jose\u0301"}, as_=ana)).ok()
        assert (await user_row(resources, ana))["first_name"] == "José"

    async def test_ten_megabytes(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        answer = await api.execute(_UPDATE, {"input": {"bio": "x" * 10_000_000}}, as_=ana)
        assert answer.data is None or answer.data["profileUpdate"]["errors"]
        assert (await user_row(resources, ana))["bio"] is None

    @pytest.mark.parametrize("value", ["2001-02-30", "20010228", "2001-W01-1", 5, "28.02.2001"])
    async def test_no_date(self, api: Api, resources: Resources, value: Any) -> None:
        ana = await make_person(resources)
        answer = await api.execute(_UPDATE, {"input": {"birthDate": value}}, as_=ana)
        assert len(answer.errors) == 1
        assert "isn't a date" in answer.errors[0]["message"]
        assert (await user_row(resources, ana))["birth_date"] is None

    async def test_no_country(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        given = {"bio": "Leaves.", "countryId": "cty_00000000-0000-7000-8000-000000000000"}
        done = await api.mutate("profileUpdate", given, as_=ana)
        assert [(e["code"], e["field"]) for e in done.errors] == [
            ("NOT_FOUND", ["input", "countryId"])
        ]
        assert (await user_row(resources, ana))["bio"] is None

    async def test_country_cleared(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        country = await make_country(resources)
        await change(resources, ana, country_id=from_global("cty", country))
        (await api.mutate("profileUpdate", {"countryId": None}, as_=ana)).ok()
        assert (await user_row(resources, ana))["country_id"] is None

    async def test_nothing(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        done = await api.mutate("profileUpdate", {}, as_=ana)
        assert [(e["code"], e["field"]) for e in done.errors] == [("INVALID_INPUT", ["input"])]


class TestOnboarding:
    async def test_the_first_time_stays(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        document = """
            mutation { onboardingComplete { viewer { onboardingCompletedAt } errors { code } } }
        """
        first = (await api.execute(document, as_=ana)).ok()["onboardingComplete"]
        assert first["viewer"]["onboardingCompletedAt"] is not None
        assert (await api.execute(document, as_=ana)).ok()["onboardingComplete"] == first
        assert (await user_row(resources, ben))["onboarding_completed_at"] is None
