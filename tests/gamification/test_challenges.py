"""Challenges: joined, left, completed or not."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.core.clock import now
from app.core.ids import from_global
from app.core.resources import Resources
from app.gamification.models import ChallengeParticipation, LearningChallenge, XpKind
from app.gamification.service import challenges
from tests.classes.planning import School
from tests.client import Api, Payload
from tests.factories import Person, make_person, writing
from tests.gamification.earning import earn, entries, give, save_achievement, score

_PART = "participation { status progress rank pointsEarned challenge { participantCount } }"
_SEEN = "{ challenges { nodes { title viewerParticipation { status progress rank } } } }"


async def _save(api: Api, sam: Person, **given: Any) -> Payload:
    made = {
        "title": "Two lessons",
        "type": "WEEKLY",
        "category": "LEARNING",
        "criterion": {"metric": "LESSONS", "threshold": 2},
        "rewardPoints": 70,
        "startsAt": (now() - timedelta(days=1)).isoformat(),
        "endsAt": (now() + timedelta(days=1)).isoformat(),
    }
    return await api.mutate("challengeSave", made | given, "challenge { id }", as_=sam)


async def _saved(api: Api, sam: Person, **given: Any) -> str:
    id: str = (await _save(api, sam, **given)).ok()["challenge"]["id"]
    return id


async def _join(api: Api, person: Person, id: str) -> Payload:
    return await api.mutate("challengeJoin", {"id": id}, _PART, as_=person)


async def _leave(api: Api, person: Person, id: str) -> Payload:
    return await api.mutate("challengeLeave", {"id": id}, _PART, as_=person)


async def _seen(api: Api, person: Person) -> Any:
    return (await api.execute(_SEEN, as_=person)).ok()["challenges"]["nodes"]


async def _parts(resources: Resources) -> list[ChallengeParticipation]:
    async with resources.database.read() as session:
        return await session.all(select(ChallengeParticipation))


async def _end(resources: Resources, id: str, **ago: float) -> None:
    """The challenge ended so long ago."""
    async with writing(resources) as session:
        row = await session.value(
            select(LearningChallenge).where(LearningChallenge.id == from_global("chl", id))
        )
        row.starts_at = now() - timedelta(days=9)
        row.ends_at = now() - timedelta(**ago)


class TestTakingPart:
    async def test_since_joining(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        id = await _saved(api, sam)
        await earn(resources, ana)
        joined = (await _join(api, ana, id)).ok()["participation"]
        assert joined == {
            "status": "ACTIVE",
            "progress": 0,
            "rank": 1,
            "pointsEarned": 0,
            "challenge": {"participantCount": 1},
        }
        await earn(resources, ana)
        [seen] = await _seen(api, ana)
        assert seen["viewerParticipation"] == {"status": "ACTIVE", "progress": 1, "rank": 1}
        await earn(resources, ana)
        await earn(resources, ana)
        [seen] = await _seen(api, ana)
        # It counts no further than to its completion.
        assert seen["viewerParticipation"] == {"status": "COMPLETED", "progress": 2, "rank": 1}
        found = await entries(resources, ana)
        assert found == [("LESSON", 10)] * 3 + [("CHALLENGE", 70), ("LESSON", 10)]

    async def test_twenty_at_once_are_paid_once(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        id = await _saved(api, sam, criterion={"metric": "LESSONS", "threshold": 1})
        await asyncio.gather(*[_join(api, ana, id) for _ in range(5)])
        assert len(await _parts(resources)) == 1
        await asyncio.gather(*[earn(resources, ana) for _ in range(20)])
        assert (await score(resources, ana)).total_xp == 20 * 10 + 70

    async def test_a_streak_since_joining(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        for back in (3, 2, 1):
            await earn(resources, ana, at=now() - timedelta(days=back))
        id = await _saved(api, sam, criterion={"metric": "STREAK_DAYS", "threshold": 2})
        (await _join(api, ana, id)).ok()
        await earn(resources, ana)
        [seen] = await _seen(api, ana)
        assert seen["viewerParticipation"]["progress"] == 1

    async def test_an_achievement_as_reward(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        criterion = {"metric": "COURSES", "threshold": 1000}
        badge = await save_achievement(api, sam, criterion=criterion, points=5)
        id = await _saved(
            api, sam, rewardAchievementId=badge, criterion={"metric": "XP", "threshold": 100}
        )
        (await _join(api, ana, id)).ok()
        await give(resources, ana, 100)
        claimed = await api.mutate("achievementClaim", {"id": badge}, "profile { xp }", as_=ana)
        assert claimed.ok()["profile"] == {"xp": 175}

    async def test_left_and_joined_again(
        self, api: Api, resources: Resources, sam: Person, ana: Person
    ) -> None:
        id = await _saved(api, sam)
        assert (await _leave(api, ana, id)).codes == ["NOT_FOUND"]
        (await _join(api, ana, id)).ok()
        await earn(resources, ana)
        left = (await _leave(api, ana, id)).ok()["participation"]
        assert (left["status"], left["challenge"]["participantCount"]) == ("WITHDRAWN", 0)
        assert (await _leave(api, ana, id)).codes == ["CHALLENGE_PARTICIPATION_FINAL"]
        await earn(resources, ana)
        assert (await _join(api, ana, id)).ok()["participation"]["progress"] == 0
        await earn(resources, ana)
        assert (await score(resources, ana)).total_xp == 30
        await earn(resources, ana)
        assert (await score(resources, ana)).total_xp == 40 + 70
        for refused in (await _join(api, ana, id), await _leave(api, ana, id)):
            assert refused.codes == ["CHALLENGE_PARTICIPATION_FINAL"]

    async def test_no_more_than_have_room(
        self, api: Api, resources: Resources, sam: Person
    ) -> None:
        id = await _saved(api, sam, maxParticipants=2)
        people = [await make_person(resources) for _ in range(6)]
        done = await asyncio.gather(*[_join(api, each, id) for each in people])
        codes = sorted(str(each.codes) for each in done)
        assert codes == ["['CHALLENGE_FULL']"] * 4 + ["[]"] * 2
        assert len(await _parts(resources)) == 2


class TestEnd:
    async def test_what_came_before_it_counts_for_a_while(
        self, api: Api, resources: Resources, sam: Person, ana: Person, ben: Person
    ) -> None:
        id = await _saved(api, sam, criterion={"metric": "LESSONS", "threshold": 1})
        for person in (ana, ben):
            (await _join(api, person, id)).ok()
        async with writing(resources) as session:
            for part in await session.all(select(ChallengeParticipation)):
                part.joined_at = now() - timedelta(days=2)
        await _end(resources, id, minutes=5)
        await challenges.end(resources)
        # Before its end, and heard of after it; and one that came too late.
        await earn(resources, ana, at=now() - timedelta(minutes=6))
        await earn(resources, ben, at=now() - timedelta(minutes=4))
        await _end(resources, id, minutes=11)
        await challenges.end(resources)
        found = {part.user_id: part.status.name for part in await _parts(resources)}
        assert found == {ana.key: "COMPLETED", ben.key: "FAILED"}
        assert (await score(resources, ben)).total_xp == 10
        stranger = await make_person(resources)
        assert (await _join(api, stranger, id)).codes == ["CHALLENGE_CLOSED"]
        assert len(await _parts(resources)) == 2

    async def test_who_is_measured_fails_the_next_time(
        self, api: Api, resources: Resources, sam: Person, ana: Person, ben: Person
    ) -> None:
        id = await _saved(api, sam)
        for person in (ana, ben):
            (await _join(api, person, id)).ok()
        await _end(resources, id, minutes=11)
        async with writing(resources) as session:
            hers = select(ChallengeParticipation).where(ChallengeParticipation.user_id == ana.key)
            await session.value(hers.with_for_update())
            await asyncio.wait_for(challenges.end(resources), 5)
            found = {part.user_id: part.status.name for part in await _parts(resources)}
            assert found == {ana.key: "ACTIVE", ben.key: "FAILED"}
        await challenges.end(resources)
        assert {part.status.name for part in await _parts(resources)} == {"FAILED"}


class TestForWhom:
    async def test_a_class(
        self, api: Api, resources: Resources, school: School, ana: Person, ben: Person
    ) -> None:
        id = await school.group()
        await school.enroll(id, ana)
        challenge = await _saved(api, school.manager, classId=id)
        assert [each["title"] for each in await _seen(api, ana)] == ["Two lessons"]
        assert await _seen(api, ben) == []
        assert (await _join(api, ben, challenge)).codes == ["NOT_FOUND"]
        # The manager sees it, and isn't in the class.
        assert (await _join(api, school.manager, challenge)).codes == ["NOT_FOUND"]
        (await _join(api, ana, challenge)).ok()
        assert len(await _parts(resources)) == 1

    async def test_what_is_not_offered(self, api: Api, sam: Person, ana: Person) -> None:
        id = await _saved(api, sam, active=False)
        assert await _seen(api, ana) == []
        assert (await _join(api, ana, id)).codes == ["NOT_FOUND"]
        assert (await _join(api, sam, id)).codes == ["CHALLENGE_CLOSED"]


class TestSave:
    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"title": ""}, ["title"]),
            ({"endsAt": "2020-01-01T00:00:00Z"}, ["endsAt"]),
            ({"maxParticipants": 0}, ["maxParticipants"]),
            ({"rewardPoints": -1}, ["rewardPoints"]),
            ({"criterion": {"metric": "LEVEL", "threshold": 2}}, ["criterion"]),
            ({"criterion": {"metric": "XP", "threshold": 2, "windowDays": 1}}, ["criterion"]),
            (
                {"rewardAchievementId": "acv_00000000-0000-7000-8000-000000000000"},
                ["rewardAchievementId"],
            ),
            ({"classId": "cls_00000000-0000-7000-8000-000000000000"}, ["classId"]),
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
        refused = await _save(api, sam, **given)
        assert [each["field"] for each in refused.errors] == [["input", *field]]
        async with resources.database.read() as session:
            assert await session.all(select(LearningChallenge)) == []

    async def test_anew(self, api: Api, resources: Resources, sam: Person, ana: Person) -> None:
        id = await _saved(api, sam)
        (await _join(api, ana, id)).ok()
        await _saved(api, sam, id=id, criterion={"metric": "LESSONS", "threshold": 1})
        await earn(resources, ana, XpKind.LESSON)
        assert await entries(resources, ana) == [("LESSON", 10), ("CHALLENGE", 70)]
