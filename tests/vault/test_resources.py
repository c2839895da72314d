"""Decks are put in the vault, changed and taken out, by nobody but their owners."""

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from app.core.ids import from_global, new_id, to_global
from app.core.resources import Resources
from app.reference.models import Subject
from app.vault.models import FlashcardSchedule, Resource
from tests.client import Api
from tests.factories import Person, waiting_events, writing
from tests.vault.decks import (
    RESOURCE,
    card_ids,
    cards_there,
    deck_of,
    make_deck,
    review,
    reviews,
    schedule_of,
)


async def _subject(resources: Resources) -> str:
    async with writing(resources) as session:
        subject = Subject(name="Biology", category="Science")
        session.add(subject)
    return to_global("sub", subject.id)


class TestCreate:
    async def test_all_of_it(self, api: Api, resources: Resources, ana: Person) -> None:
        subject = await _subject(resources)
        made = await make_deck(
            api, ana, "**Stoma**", "Guard cell", title=" Leaves ", description="Cells.",
            subjectId=subject,
        )  # fmt: skip
        cards = made.pop("cards")["nodes"]
        assert made == {
            "__typename": "FlashcardDeck",
            "id": made["id"],
            "kind": "FLASHCARDS",
            "title": "Leaves",
            "description": "Cells.",
            "subject": {"id": subject},
            "owner": {"id": ana.id},
            "cardCount": 2,
        }
        assert [(each["position"], each["front"], each["back"]) for each in cards] == [
            (0, "**Stoma**", "About **Stoma**"),
            (1, "Guard cell", "About Guard cell"),
        ]
        assert {each["deck"]["id"] for each in cards} == {made["id"]}
        assert [(each["schedule"]["version"], each["schedule"]["state"]) for each in cards] == [
            (0, "NEW")
        ] * 2
        assert await waiting_events(resources) == ["resource.created"]

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"title": " "}, ["title"]),
            ({"title": "x" * 256}, ["title"]),
            ({"content": deck_of("")}, ["content", "flashcards", "cards", "0", "front"]),
            ({"title": "\0"}, ["title"]),
            ({"content": deck_of(*["x"] * 1001)}, ["content", "flashcards", "cards"]),
        ],
    )
    async def test_rules(
        self, api: Api, resources: Resources, ana: Person, more: Any, field: list[str]
    ) -> None:
        given = {"title": "Leaves", "content": deck_of("x"), **more}
        payload = await api.mutate("resourceCreate", given, as_=ana)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"] == ["input", *field]
        async with resources.database.read() as reading:
            assert await reading.all(select(Resource.id)) == []

    async def test_a_subject_that_is_not_there(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        given = {"title": "x", "content": deck_of(), "subjectId": to_global("sub", new_id())}
        payload = await api.mutate("resourceCreate", given, as_=ana)
        assert payload.codes == ["NOT_FOUND"]
        async with resources.database.read() as reading:
            assert await reading.all(select(Resource.id)) == []


class TestUpdate:
    async def test_cards_that_stay_keep_what_is_known_of_them(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        deck = await make_deck(api, ana, "A", "B", "C")
        a, b, c = card_ids(deck)
        (await review(api, ana, c, "1")).ok()
        known = await schedule_of(resources, c)
        cards = [
            {"id": c, "front": "C!", "back": "c"},
            {"front": "D", "back": "d"},
            {"id": a, "front": "A", "back": "a"},
        ]
        given = {"id": deck["id"], "content": {"flashcards": {"cards": cards}}}
        changed = (await api.mutate("resourceUpdate", given, RESOURCE, as_=ana)).ok()["resource"]
        nodes = changed["cards"]["nodes"]
        assert [(each["position"], each["front"]) for each in nodes] == [
            (0, "C!"), (1, "D"), (2, "A"),
        ]  # fmt: skip
        assert (nodes[0]["id"], nodes[2]["id"]) == (c, a)
        assert nodes[1]["schedule"]["state"] == "NEW"
        assert await schedule_of(resources, c) == known
        async with resources.database.read() as reading:
            keys = await reading.all(select(FlashcardSchedule.card_id))
        assert from_global("fla", b) not in keys
        assert len(keys) == 3

    async def test_what_is_not_given_stays(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        subject = await _subject(resources)
        deck = await make_deck(api, ana, "A", description="Old.", subjectId=subject)
        given = {"id": deck["id"], "title": "Roots"}
        changed = (await api.mutate("resourceUpdate", given, RESOURCE, as_=ana)).ok()["resource"]
        assert changed == deck | {"title": "Roots"}
        given = {"id": deck["id"], "subjectId": None, "description": ""}
        changed = (await api.mutate("resourceUpdate", given, RESOURCE, as_=ana)).ok()["resource"]
        assert (changed["subject"], changed["description"]) == (None, "")

    async def test_cards_of_another_deck_or_twice(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        deck, other = await make_deck(api, ana, "A"), await make_deck(api, ana, "B")
        before = await cards_there(resources)
        for ids in (card_ids(other), card_ids(deck) * 2):
            cards = [{"id": each, "front": "x", "back": "x"} for each in ids]
            given = {"id": deck["id"], "content": {"flashcards": {"cards": cards}}}
            payload = await api.mutate("resourceUpdate", given, as_=ana)
            assert payload.codes == ["INVALID_INPUT"]
        assert await cards_there(resources) == before

    async def test_two_at_the_same_moment(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        deck = await make_deck(api, ana, "A", "B", "C")
        given = {"id": deck["id"], "content": deck_of("X", "Y", "Z")}
        payloads = await asyncio.gather(
            *[api.mutate("resourceUpdate", given, as_=ana) for _ in range(5)]
        )
        assert [each.codes for each in payloads] == [[]] * 5
        assert [each[1:] for each in await cards_there(resources)] == [
            (0, "X"), (1, "Y"), (2, "Z"),
        ]  # fmt: skip


class TestOthers:
    async def test_see_and_change_nothing(
        self, api: Api, resources: Resources, ana: Person, ben: Person
    ) -> None:
        deck = await make_deck(api, ana, "A")
        [card] = card_ids(deck)
        schedule = to_global("fsc", (await schedule_of(resources, card)).id)
        for mutation in ("resourceUpdate", "resourceDelete"):
            payload = await api.mutate(mutation, {"id": deck["id"]}, as_=ben)
            assert payload.codes == ["NOT_FOUND"]
        assert (await review(api, ben, card, "1")).codes == ["NOT_FOUND"]
        document = """query ($id: ID!, $ids: [ID!]!) {
            resource(id: $id) { id } resources { totalCount } flashcardsDue { totalCount }
            nodes(ids: $ids) { id } of: flashcardsDue(deckId: $id) { totalCount }
        }"""
        variables = {"id": deck["id"], "ids": [deck["id"], card, schedule]}
        empty = {"totalCount": 0}
        assert (await api.execute(document, variables, as_=ben)).ok() == {
            "resource": None,
            "resources": empty,
            "flashcardsDue": empty,
            "of": empty,
            "nodes": [None, None, None],
        }
        found = (await api.execute(document, variables, as_=ana)).ok()
        assert [each["id"] for each in found["nodes"]] == variables["ids"]
        assert len(await cards_there(resources)) == 1
        assert await reviews(resources) == []


class TestDelete:
    async def test_with_all_in_it(self, api: Api, resources: Resources, ana: Person) -> None:
        deck, other = await make_deck(api, ana, "A", "B"), await make_deck(api, ana, "C")
        (await review(api, ana, card_ids(deck)[0], "1")).ok()
        payload = await api.mutate("resourceDelete", {"id": deck["id"]}, "deletedId", as_=ana)
        assert payload.ok()["deletedId"] == deck["id"]
        assert [each[2] for each in await cards_there(resources)] == ["C"]
        assert await reviews(resources) == []
        answer = await api.execute("{ resources { nodes { id } } }", as_=ana)
        assert answer.ok()["resources"]["nodes"] == [{"id": other["id"]}]
        payload = await api.mutate("resourceDelete", {"id": deck["id"]}, as_=ana)
        assert payload.codes == ["NOT_FOUND"]


class TestList:
    async def test_newest_first_and_by_subject(
        self, api: Api, resources: Resources, ana: Person
    ) -> None:
        subject = await _subject(resources)
        first = (await make_deck(api, ana, subjectId=subject))["id"]
        second = (await make_deck(api, ana))["id"]
        document = "query ($filter: ResourceFilter) { resources(filter: $filter) { nodes { id } } }"
        for filter, expected in (
            (None, [second, first]),
            ({"kinds": ["FLASHCARDS"]}, [second, first]),
            ({"subjectId": subject}, [first]),
        ):
            answer = await api.execute(document, {"filter": filter}, as_=ana)
            assert [each["id"] for each in answer.ok()["resources"]["nodes"]] == expected
