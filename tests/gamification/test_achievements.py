"""Achievements: unlocked by what happens, claimed once. And awards."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.resources import Resources
from app.gamification.models import Achievement, UserAchievement, XpKind
from tests.client import Api
from tests.factories import Person, waiting_events
from tests.gamification.earning import (
    CRITERION,
    earn,
    entries,
    give,
    profile,
    save_achievement,
    score,
)

_SEEN = "{ achievements { nodes { id name progress viewerUnlock { claimedAt } } } }"


async def _seen(api: Api, person: Person) -> dict[str, tuple[int, bool]]:
    """What somebody sees: progress by name, and whether it is unlocked."""
    nodes = (await api.execute(_SEEN, as_=person)).ok()["achievements"]["nodes"]
    return {each["name"]: (each["progress"], each["viewerUnlock"] is not None) for each in nodes}


async def _claim(api: Api, person: Person, id: str) -> Any:
    fields = "unlock { claimedAt } profile { xp }"
    return await api.mutate("achievementClaim", {"id": id}, fields, as_=person)


async def _audited(resources: Resources) -> list[str]:
    async with resources.database.read() as session:
        return await session.all(select(AuditEntry.action))


class TestSave:
    async def test_all_of_it(self, api: Api, resources: Resources, sam: Person) -> None:
        given = {
            "name": "Night owl",
            "description": "For those who stay up.",
            "icon": "owl",
            "imageUrl": "https://example.org/owl.png",
            "category": "SPECIAL",
            "rarity": "EPIC",
            "points": 50,
            "secret": True,
            "active": False,
        }
        criterion = {
            "metric": "STUDY_MINUTES",
            "comparison": "MORE_THAN",
            "threshold": 600,
            "windowDays": 7,
        }
        fields = " ".join([*given, *criterion])
        made = await api.mutate(
            "achievementSave",
            given | {"criterion": criterion},
            f"achievement {{ id {fields} }}",
            as_=sam,
        )
        saved = made.ok()["achievement"]
        id = saved.pop("id")
        assert saved == given | criterion
        again = given | {"id": id, "name": "Early bird", "criterion": CRITERION}
        done = await api.mutate(
            "achievementSave", again, "achievement { id name metric windowDays }", as_=sam
        )
        assert done.ok()["achievement"] == {
            "id": id,
            "name": "Early bird",
            "metric": "LESSONS",
            "windowDays": None,
        }
        assert await _audited(resources) == ["achievement.save"] * 2

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": " "}, ["name"]),
            ({"points": -1}, ["points"]),
            ({"imageUrl": "javascript:alert(1)"}, ["imageUrl"]),
            ({"imageUrl": "https://example.org/\0"}, ["imageUrl"]),
            ({"description": "Nothing\0"}, ["description"]),
            ({"criterion": CRITERION | {"threshold": 0}}, ["criterion", "threshold"]),
            ({"criterion": CRITERION | {"windowDays": 0}}, ["criterion", "windowDays"]),
            ({"criterion": {"metric": "LEVEL", "threshold": 2, "windowDays": 3}}, ["criterion"]),
            (
                {"criterion": {"metric": "STREAK_DAYS", "threshold": 2, "windowDays": 3}},
                ["criterion"],
            ),
        ],
    )
    async def test_what_makes_no_sense(
        self,
        api: Api,
        resources: Resources,
        sam: Person,
        given: dict[str, Any],
        field: list[str],
    ) -> None:
        made = {"name": "First", "category": "STUDY", "criterion": CRITERION} | given
        refused = await api.mutate("achievementSave", made, as_=sam)
        assert [each["field"] for each in refused.errors] == [["input", *field]]
        async with resources.database.read() as session:
            assert await session.all(select(Achievement)) == []
        assert await _audited(resources) == []

    async def test_one_that_is_not_there(self, api: Api, sam: Person) -> None:
        id = await save_achievement(api, sam)
        given = {"id": f"{id[:-4]}0000", "name": "x", "category": "STUDY", "criterion": CRITERION}
        assert (await api.mutate("achievementSave", given, as_=sam)).codes == ["NOT_FOUND"]


class TestUnlock:
    async def test_by_what_happens_once(
        self, api: Api, resources: Resources, sam: Person, ana: Person, ben: Person
    ) -> None:
        criterion = {"metric": "LESSONS", "threshold": 2}
        await save_achievement(api, sam, name="Two lessons", criterion=criterion)
        await earn(resources, ana)
        await earn(resources, ana, XpKind.QUIZ)
        assert await _seen(api, ana) == {"Two lessons": (1, False)}
        await earn(resources, ana)
        await earn(resources, ana)
        assert await _seen(api, ana) == {"Two lessons": (3, True)}
        assert await _seen(api, ben) == {"Two lessons": (0, False)}
        events = await waiting_events(resources)
        assert events.count("gamification.achievement_unlocked") == 1

    async def test_twenty_at_once_unlock_once(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        await save_achievement(api, sam)
        await asyncio.gather(*[earn(resources, ana) for _ in range(20)])
        async with resources.database.read() as session:
            assert len(await session.all(select(UserAchievement))) == 1
        events = await waiting_events(resources)
        assert events.count("gamification.achievement_unlocked") == 1

    @pytest.mark.parametrize(("comparison", "unlocked"), [("AT_LEAST", True), ("MORE_THAN", False)])
    async def test_at_the_threshold(
        self,
        api: Api,
        resources: Resources,
        sam: Person,
        ana: Person,
        comparison: str,
        unlocked: bool,
    ) -> None:
        criterion = {"metric": "XP", "comparison": comparison, "threshold": 10}
        await save_achievement(api, sam, criterion=criterion)
        await earn(resources, ana)
        assert await _seen(api, ana) == {"First steps": (10, unlocked)}

    async def test_within_a_window(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        criterion = {"metric": "LESSONS", "threshold": 2, "windowDays": 7}
        await save_achievement(api, sam, criterion=criterion)
        await earn(resources, ana, at=now() - timedelta(days=8))
        await earn(resources, ana)
        assert await _seen(api, ana) == {"First steps": (1, False)}

    @pytest.mark.parametrize(
        ("metric", "threshold"), [("LEVEL", 2), ("STREAK_DAYS", 3), ("STUDY_MINUTES", 90)]
    )
    async def test_other_metrics(
        self,
        api: Api,
        resources: Resources,
        sam: Person,
        ana: Person,
        metric: str,
        threshold: int,
    ) -> None:
        criterion = {"metric": metric, "threshold": threshold}
        await save_achievement(api, sam, criterion=criterion)
        for back in (2, 1, 0):
            at = now() - timedelta(days=back)
            await earn(resources, ana, XpKind.STUDY_SESSION, minutes=30, at=at)
        await give(resources, ana, 100)
        assert (await _seen(api, ana))["First steps"] == (threshold, True)

    async def test_a_secret_is_one_until_then(
        self, api: Api, resources: Resources, sam: Person, ana: Person, ben: Person
    ) -> None:
        id = await save_achievement(api, sam, secret=True)
        await save_achievement(api, sam, name="Gone", active=False)
        assert await _seen(api, ana) == {}
        assert set(await _seen(api, sam)) == {"First steps", "Gone"}
        asked = f'{{ node(id: "{id}") {{ id }} }}'
        assert (await api.execute(asked, as_=ana)).ok()["node"] is None
        await earn(resources, ana)
        assert await _seen(api, ana) == {"First steps": (1, True)}
        # Others don't see the badge either, which would tell of it.
        badges = "badges { nodes { achievement { name } } }"
        assert await profile(api, ben, badges, userId=ana.id) == {"badges": {"nodes": []}}
        assert await _seen(api, ben) == {}


class TestClaim:
    async def test_once(self, api: Api, resources: Resources, sam: Person, ana: Person) -> None:
        id = await save_achievement(api, sam, points=40)
        assert (await _claim(api, ana, id)).codes == ["NOT_FOUND"]
        await earn(resources, ana)
        assert (await _claim(api, ana, id)).ok()["profile"] == {"xp": 50}
        assert (await _claim(api, ana, id)).codes == ["ACHIEVEMENT_CLAIMED"]
        assert await entries(resources, ana) == [("LESSON", 10), ("ACHIEVEMENT", 40)]

    async def test_twenty_at_once(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        id = await save_achievement(api, sam, points=40)
        await earn(resources, ana)
        done = await asyncio.gather(*[_claim(api, ana, id) for _ in range(20)])
        assert sorted(str(each.codes) for each in done) == ["['ACHIEVEMENT_CLAIMED']"] * 19 + ["[]"]
        assert (await score(resources, ana)).total_xp == 50

    async def test_what_it_pays_unlocks_more(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        id = await save_achievement(api, sam, points=300)
        criterion = {"metric": "LEVEL", "threshold": 3}
        await save_achievement(api, sam, name="Level three", criterion=criterion)
        await earn(resources, ana)
        (await _claim(api, ana, id)).ok()
        assert (await _seen(api, ana))["Level three"] == (3, True)


class TestAward:
    async def _award(self, api: Api, sam: Person, person: Person, amount: int) -> Any:
        given = {"userId": person.id, "amount": amount, "reason": "Helped the others."}
        return await api.mutate("xpAward", given, "profile { xp level }", as_=sam)

    async def test_given_and_taken(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        done = await self._award(api, sam, ana, 120)
        assert done.ok()["profile"] == {"xp": 120, "level": 2}
        done = await self._award(api, sam, ana, -120)
        assert done.ok()["profile"] == {"xp": 0, "level": 1}
        assert await entries(resources, ana) == [("AWARD", 120), ("AWARD", -120)]
        assert await _audited(resources) == ["xp.award"] * 2

    async def test_never_below_zero(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        await give(resources, ana, 10)
        done = await asyncio.gather(*[self._award(api, sam, ana, -10) for _ in range(5)])
        codes = sorted(str(each.codes) for each in done)
        assert codes == ["['XP_BELOW_ZERO']"] * 4 + ["[]"]
        assert (await score(resources, ana)).total_xp == 0
        assert await _audited(resources) == ["xp.award"]

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"amount": 0}, "amount"),
            ({"amount": 100_001}, "amount"),
            ({"reason": "  "}, "reason"),
        ],
    )
    async def test_what_makes_no_sense(
        self,
        api: Api,
        resources: Resources,
        sam: Person,
        ana: Person,
        given: dict[str, Any],
        field: str,
    ) -> None:
        made = {"userId": ana.id, "amount": 5, "reason": "Why not."} | given
        refused = await api.mutate("xpAward", made, as_=sam)
        assert [each["field"] for each in refused.errors] == [["input", field]]
        assert await entries(resources, ana) == []

    async def test_nobody_is_there(self, api: Api, sam: Person, ana: Person) -> None:
        given = {"userId": f"{ana.id[:-4]}0000", "amount": 5, "reason": "Why not."}
        assert (await api.mutate("xpAward", given, as_=sam)).codes == ["NOT_FOUND"]
