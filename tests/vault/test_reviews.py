"""Cards come again when FSRS says so, and each answer counts exactly once."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from fsrs import Card, Rating, Scheduler, State
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import col

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import from_global, new_id, to_global
from app.core.resources import Resources
from app.vault import policy
from app.vault.models import FlashcardRating, FlashcardSchedule, FlashcardState
from app.vault.service import reviews as service
from tests.client import Api
from tests.factories import Person, waiting_events, writing
from tests.vault.decks import (
    card_ids,
    change_schedule,
    make_deck,
    review,
    reviews,
    schedule_of,
)

# The library itself, as anybody would set it up without fuzz.
_LIBRARY = Scheduler(enable_fuzzing=False)
_RATINGS = {each: Rating[each.name.capitalize()] for each in FlashcardRating}


def _as_library(schedule: FlashcardSchedule) -> tuple[Any, ...]:
    state = State.Learning if schedule.state is FlashcardState.NEW else State[
        schedule.state.name.capitalize()
    ]  # fmt: skip
    return (
        state, schedule.step, schedule.stability, schedule.difficulty, schedule.due,
        schedule.last_review,
    )  # fmt: skip


def _of(card: Card) -> tuple[Any, ...]:
    return (card.state, card.step, card.stability, card.difficulty, card.due, card.last_review)


class TestLibrary:
    @settings(max_examples=300, deadline=None)
    @given(
        history=st.lists(
            st.tuples(
                st.sampled_from(list(FlashcardRating)),
                # From a moment to ten years.
                st.one_of(
                    st.integers(0, 10**6), st.integers(0, 10**11), st.integers(0, 315 * 10**12)
                ),
            ),
            min_size=1,
            max_size=40,
        )
    )
    def test_any_history(self, history: list[tuple[FlashcardRating, int]]) -> None:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        schedule = FlashcardSchedule(user_id=new_id(), card_id=new_id(), due=moment)
        card = Card(card_id=1, due=moment)
        for rating, wait in history:
            moment += timedelta(microseconds=wait)
            if moment.year > 2400:
                break
            for name, value in service.answered(schedule, rating, moment).items():
                setattr(schedule, name, value)
            card, _ = _LIBRARY.review_card(card, _RATINGS[rating], moment)
            assert _as_library(schedule) == _of(card)

    async def test_as_the_database_keeps_it(
        self, api: Api, resources: Resources, ana: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """To the last bit of a float and the microsecond, through the server and back."""
        rng = Random(17)
        deck = await make_deck(api, ana, "A", "B", "C")
        for card_id in card_ids(deck):
            card = Card(card_id=1, due=(await schedule_of(resources, card_id)).due)
            moment = now()
            for version in range(15):
                wait = rng.choice((30, 700, 86_400, 10 * 86_400, 200 * 86_400))
                moment += timedelta(seconds=wait * rng.random(), microseconds=rng.randrange(10**6))
                rating = rng.choice(list(FlashcardRating))
                monkeypatch.setattr(service, "now", lambda moment=moment: moment)
                payload = await review(
                    api, ana, card_id, f"{card_id[-12:]}-{version}", version=version,
                    rating=rating.name,
                )  # fmt: skip
                card, _ = _LIBRARY.review_card(card, _RATINGS[rating], moment)
                stored = await schedule_of(resources, card_id)
                assert _as_library(stored) == _of(card)
                made = payload.ok()["schedule"]
                assert (made["version"], made["state"]) == (version + 1, card.state.name.upper())
                assert datetime.fromisoformat(made["due"]) == card.due
                assert made["stability"] == card.stability
                assert made["difficulty"] == card.difficulty
        found = await reviews(resources)
        assert [each.number for each in found] == sorted(list(range(1, 16)) * 3)

    async def test_a_clock_that_goes_back(
        self, api: Api, resources: Resources, ana: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [card] = card_ids(await make_deck(api, ana, "A"))
        (await review(api, ana, card, "1")).ok()
        first = (await schedule_of(resources, card)).last_review
        assert first is not None
        monkeypatch.setattr(service, "now", lambda: first - timedelta(days=2))
        (await review(api, ana, card, "2", version=1)).ok()
        assert (await schedule_of(resources, card)).last_review == first


class TestOnce:
    async def test_a_repeat(self, api: Api, resources: Resources, ana: Person) -> None:
        [card] = card_ids(await make_deck(api, ana, "A"))
        first = (await review(api, ana, card, "device-1", rating="EASY", seconds=7)).ok()
        known = await schedule_of(resources, card)
        again = (await review(api, ana, card, "device-1", rating="EASY", seconds=7)).ok()
        assert again == first
        assert await schedule_of(resources, card) == known
        [row] = await reviews(resources)
        assert (row.rating, row.seconds, row.client_key) == (FlashcardRating.EASY, 7, "device-1")
        assert (row.number, row.reviewed_at) == (1, known.last_review)
        assert await waiting_events(resources) == ["resource.created", "flashcard.reviewed"]

    async def test_an_old_repeat_after_others(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        [card] = card_ids(await make_deck(api, ana, "A"))
        (await review(api, ana, card, "1")).ok()
        (await review(api, ana, card, "2", version=1)).ok()
        found = (await review(api, ana, card, "1")).ok()["schedule"]
        assert found["version"] == 2
        assert len(await reviews(resources)) == 2

    async def test_a_stale_view(self, api: Api, resources: Resources, ana: Person) -> None:
        [card] = card_ids(await make_deck(api, ana, "A"))
        (await review(api, ana, card, "phone")).ok()
        known = await schedule_of(resources, card)
        for version in (0, 2):
            payload = await review(api, ana, card, "laptop", version=version)
            assert payload.codes == ["FLASHCARD_REVIEWED"]
            assert payload.errors[0]["field"] == ["input", "version"]
        assert await schedule_of(resources, card) == known
        assert len(await reviews(resources)) == 1
        # A refused key is free.
        (await review(api, ana, card, "laptop", version=1)).ok()

    async def test_two_devices_at_the_same_moment(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        for card in card_ids(await make_deck(api, ana, *"ABCDE")):
            payloads = await asyncio.gather(
                *[review(api, ana, card, f"{card[-12:]}-{device}") for device in range(6)]
            )
            assert sorted(each.codes for each in payloads) == [[], *[["FLASHCARD_REVIEWED"]] * 5]
            assert (await schedule_of(resources, card)).version == 1
        assert len(await reviews(resources)) == 5

    async def test_a_repeat_at_the_same_moment(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        for card in card_ids(await make_deck(api, ana, *"ABCDE")):
            payloads = await asyncio.gather(
                *[review(api, ana, card, f"{card[-12:]}-same") for _ in range(6)]
            )
            assert [each.codes for each in payloads] == [[]] * 6
            assert len({str(each.data["schedule"]) for each in payloads}) == 1
            assert (await schedule_of(resources, card)).version == 1
        assert len(await reviews(resources)) == 5
        events = await waiting_events(resources)
        assert events.count("flashcard.reviewed") == 5

    async def test_a_key_of_another_card(
        self, api: Api, resources: Resources, ana: Person, ben: Person
    ) -> None:
        one, two = card_ids(await make_deck(api, ana, "A", "B"))
        (await review(api, ana, one, "key")).ok()
        payload = await review(api, ana, two, "key")
        assert payload.codes == ["CLIENT_KEY_USED"]
        assert (await schedule_of(resources, two)).version == 0
        payloads = await asyncio.gather(
            *[review(api, ana, card, "other", version=version)
              for card, version in ((one, 1), (two, 0))]
        )  # fmt: skip
        assert sorted(each.codes for each in payloads) == [[], ["CLIENT_KEY_USED"]]
        # It is somebody's own.
        [his] = card_ids(await make_deck(api, ben, "C"))
        (await review(api, ben, his, "key")).ok()

    async def test_while_the_card_goes(self, api: Api, resources: Resources, ana: Person) -> None:
        for _ in range(5):
            deck = await make_deck(api, ana, "A")
            [card] = card_ids(deck)
            deleted, answered = await asyncio.gather(
                api.mutate("resourceDelete", {"id": deck["id"]}, as_=ana),
                review(api, ana, card, card[-12:]),
            )
            assert deleted.codes == []
            assert answered.codes in ([], ["NOT_FOUND"])
        assert await reviews(resources) == []

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"seconds": -1}, "seconds"),
            ({"seconds": 86_401}, "seconds"),
            ({"version": -1}, "version"),
            ({"clientKey": ""}, "clientKey"),
            ({"clientKey": "x" * 65}, "clientKey"),
            ({"clientKey": "a b"}, "clientKey"),
        ],
    )
    async def test_rules(
        self, api: Api, resources: Resources, ana: Person, more: dict[str, Any], field: str
    ) -> None:
        [card] = card_ids(await make_deck(api, ana, "A"))
        payload = await review(api, ana, card, "1", **more)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"] == ["input", field]
        assert await reviews(resources) == []


async def _due(api: Api, person: Person, deck: str | None = None) -> list[str]:
    answer = await api.execute(
        "query ($deck: ID) { flashcardsDue(deckId: $deck, first: 100) {"
        " totalCount nodes { card { id } } } }",
        {"deck": deck},
        as_=person,
    )
    page = answer.ok()["flashcardsDue"]
    assert page["totalCount"] == len(page["nodes"])
    return [each["card"]["id"] for each in page["nodes"]]


class TestDue:
    async def test_what_comes_again_and_what_is_new(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        deck, other = await make_deck(api, ana, *"ABC"), await make_deck(api, ana, "D")
        a, b, c = card_ids(deck)
        [d] = card_ids(other)
        assert await _due(api, ana) == [a, b, c, d]
        assert await _due(api, ana, other["id"]) == [d]
        (await review(api, ana, a, "1")).ok()
        assert await _due(api, ana) == [b, c, d]
        (await review(api, ana, d, "2", rating="EASY")).ok()
        await change_schedule(resources, a, due=now() - timedelta(days=1))
        assert await _due(api, ana) == [a, b, c]
        assert await _due(api, ana, deck["id"]) == [a, b, c]
        assert await _due(api, ana, other["id"]) == []
        assert await _due(api, ana, to_global("rsc", new_id())) == []

    async def test_new_ones_are_limited_by_the_day(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        fronts = [str(number) for number in range(policy.NEW_A_DAY + 3)]
        ids = card_ids(await make_deck(api, ana, *fronts))
        assert await _due(api, ana) == ids[: policy.NEW_A_DAY]
        for number in range(5):
            (await review(api, ana, ids[number], str(number), rating="EASY")).ok()
        # Five of the day's are gone, and stay gone whatever comes of them.
        assert await _due(api, ana) == ids[5 : policy.NEW_A_DAY]
        (await review(api, ana, ids[0], "again", version=1, rating="EASY")).ok()
        assert await _due(api, ana) == ids[5 : policy.NEW_A_DAY]
        await _set_days_back(resources, from_global("usr", ana.id), 1)
        assert await _due(api, ana) == ids[5 : policy.NEW_A_DAY + 3]

    async def test_a_day_is_one_of_the_time_zone(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        fronts = [str(number) for number in range(policy.NEW_A_DAY + 1)]
        ids = card_ids(await make_deck(api, ana, *fronts))
        (await review(api, ana, ids[0], "1", rating="EASY")).ok()
        # The midnight before last in one of two zones that are 26 hours apart.
        from zoneinfo import ZoneInfo

        from app.vault.models import FlashcardReview

        zones = ("Pacific/Kiritimati", "Etc/GMT+12")
        midnights = {
            zone: now().astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0)
            for zone in zones
        }
        between = max(midnights.values()) - timedelta(minutes=1)
        assert between > min(midnights.values())
        async with writing(resources) as session:
            await session.execute(update(FlashcardReview).values(reviewed_at=between))
        for zone, midnight in midnights.items():
            async with writing(resources) as session:
                await session.execute(
                    update(User).where(col(User.id) == ana.key).values(time_zone=zone)
                )
            left = policy.NEW_A_DAY - 1 if between >= midnight else policy.NEW_A_DAY
            assert await _due(api, ana) == ids[1 : 1 + left], zone


async def _set_days_back(resources: Resources, user_id: Any, days: int) -> None:
    from app.vault.models import FlashcardReview

    async with writing(resources) as session:
        await session.execute(
            update(FlashcardReview)
            .where(col(FlashcardReview.user_id) == user_id)
            .values(reviewed_at=FlashcardReview.reviewed_at - timedelta(days=days))
        )
