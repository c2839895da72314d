"""`consentSet` and `consents`."""

import asyncio

from sqlmodel import col, select

from app.accounts.models import Consent
from app.core.resources import Resources
from tests.client import Api
from tests.factories import Person, make_person, waiting_events

_FIELDS = "consent { purpose granted version }"


async def _history(resources: Resources, person: Person) -> list[tuple[str, int, bool]]:
    async with resources.database.read() as session:
        rows = await session.all(
            select(Consent)
            .where(Consent.user_id == person.key)
            .order_by(col(Consent.purpose), col(Consent.version))
        )
    return [(row.purpose.value, row.version, row.granted) for row in rows]


def _answer(granted: bool, purpose: str = "AI_PROCESSING") -> dict[str, object]:
    return {"purpose": purpose, "granted": granted}


class TestConsentSet:
    async def test_versions(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        for version, granted in enumerate((True, False, True), 1):
            done = await api.mutate("consentSet", _answer(granted), _FIELDS, as_=ana)
            assert done.ok()["consent"] == {
                "purpose": "AI_PROCESSING",
                "granted": granted,
                "version": version,
            }
        assert await _history(resources, ana) == [
            ("ai_processing", 1, True),
            ("ai_processing", 2, False),
            ("ai_processing", 3, True),
        ]

    async def test_again_is_no_change(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        first = await api.mutate("consentSet", _answer(True), _FIELDS, as_=ana)
        again = await api.mutate("consentSet", _answer(True), _FIELDS, as_=ana)
        assert again.ok() == first.ok()
        assert await _history(resources, ana) == [("ai_processing", 1, True)]
        assert await waiting_events(resources) == ["account.consent_changed"]

    async def test_at_the_same_time(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        await asyncio.gather(
            *[api.mutate("consentSet", _answer(True), _FIELDS, as_=ana) for _ in range(5)]
        )
        assert await _history(resources, ana) == [("ai_processing", 1, True)]


class TestConsents:
    async def test_newest_of_ones_own(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources, consent=True)
        for given in (_answer(True), _answer(False), _answer(True, "RECORDING")):
            await api.mutate("consentSet", given, as_=ana)
        document = "{ consents { purpose granted version } }"
        seen = (await api.execute(document, as_=ana)).ok()["consents"]
        assert seen == [
            {"purpose": "AI_PROCESSING", "granted": False, "version": 2},
            {"purpose": "RECORDING", "granted": True, "version": 1},
        ]
        assert (await api.execute(document, as_=ben)).ok()["consents"] == [
            {"purpose": "AI_PROCESSING", "granted": True, "version": 1}
        ]
