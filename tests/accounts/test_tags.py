"""`userTagAdd`, `userTagUpdate`, `userTagRemove`, `userSubjectAdd`, `userSubjectRemove`."""

import asyncio
from typing import Any

import pytest
from sqlmodel import col, select

from app.accounts.models import TagSource, UserSubject, UserTag
from app.core.ids import from_global, to_global
from app.core.resources import Resources
from app.reference.models import Tag, TagCategory, TagGroup
from tests.accounts.people import make_subject, make_tag
from tests.client import Api, Payload
from tests.factories import Person, make_person, writing

_TAG = "userTag { id tag { name } rating value source accepted confidence }"
_NOBODYS = "00000000-0000-7000-8000-000000000000"


async def _take(api: Api, person: Person, tag: str, **more: Any) -> Payload:
    return await api.mutate("userTagAdd", {"tagId": tag, **more}, _TAG, as_=person)


async def _rows(resources: Resources) -> list[dict[str, Any]]:
    async with resources.database.read() as session:
        found = await session.all(select(UserTag).order_by(col(UserTag.id)))
    return [row.model_dump() for row in found]


async def _suggested(resources: Resources, person: Person, tag: str) -> str:
    row = UserTag(
        user_id=person.key, tag_id=from_global("tag", tag), source=TagSource.AI, confidence=0.5
    )
    async with writing(resources) as session:
        session.add(row)
    return to_global("utg", row.id)


def _refused(payload: Payload, code: str, *field: str) -> None:
    assert [(e["code"], e["field"]) for e in payload.errors] == [(code, ["input", *field])]


class TestAdd:
    async def test_it_is_the_viewers(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        tag = await make_tag(resources)
        given = {"rating": 10, "value": " Since 2020 ", "source": "IMPORTED"}
        made = (await _take(api, ana, tag, **given)).ok()["userTag"]
        expected = {
            "id": made["id"],
            "tag": {"name": "Python"},
            "rating": 10,
            "value": "Since 2020",
            "source": "IMPORTED",
            "accepted": True,
            "confidence": None,
        }
        assert made == expected
        document = "{ viewer { tags { id tag { name } rating value source accepted confidence } } }"
        assert (await api.execute(document, as_=ana)).ok() == {"viewer": {"tags": [expected]}}

    async def test_again(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        tag = await make_tag(resources)
        (await _take(api, ana, tag, rating=3)).ok()
        before = await _rows(resources)
        _refused(await _take(api, ana, tag, rating=9), "USER_TAG_EXISTS", "tagId")
        assert await _rows(resources) == before
        (await _take(api, ben, tag)).ok()

    async def test_twice_at_once(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        tag = await make_tag(resources)
        done = await asyncio.gather(*[_take(api, ana, tag) for _ in range(4)])
        assert sorted(each.codes for each in done) == [[], *[["USER_TAG_EXISTS"]] * 3]
        assert len(await _rows(resources)) == 1

    async def test_what_the_viewer_does_not_see(self, api: Api, resources: Resources) -> None:
        ana, ida = await make_person(resources), await make_person(resources, role="staff")
        private = await make_tag(resources, "secret", public=False)
        _refused(await _take(api, ana, private), "NOT_FOUND", "tagId")
        _refused(await _take(api, ana, f"tag_{_NOBODYS}"), "NOT_FOUND", "tagId")
        assert await _rows(resources) == []
        (await _take(api, ida, private)).ok()

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"rating": 0}, "rating"),
            ({"rating": 11}, "rating"),
            ({"value": "x" * 501}, "value"),
            ({"value": "a\u202eb"}, "value"),
            ({"source": "AI"}, "source"),
        ],
    )
    async def test_what_breaks_a_rule(
        self, api: Api, resources: Resources, given: dict[str, Any], field: str
    ) -> None:
        ana = await make_person(resources)
        _refused(await _take(api, ana, await make_tag(resources), **given), "INVALID_INPUT", field)
        assert await _rows(resources) == []

    async def test_no_more_than_a_hundred(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        group = TagGroup(name="Many")
        category = TagCategory(group_id=group.id, name="Many")
        tags = [Tag(category_id=category.id, name=f"Tag {number}") for number in range(101)]
        async with writing(resources) as session:
            for rows in ([group], [category], tags):
                session.add(*rows)
                await session.flush()
            session.add(
                *[UserTag(user_id=ana.key, tag_id=tag.id, accepted=True) for tag in tags[:99]]
            )
        more = [to_global("tag", tag.id) for tag in tags[99:]]
        done = await asyncio.gather(*[_take(api, ana, tag) for tag in more])
        assert sorted(each.codes for each in done) == [[], ["TOO_MANY_MARKS"]]
        assert len(await _rows(resources)) == 100

    async def test_it_keeps_the_tag(self, api: Api, resources: Resources) -> None:
        ana, ida = await make_person(resources), await make_person(resources, role="staff")
        tag = await make_tag(resources)
        made = (await _take(api, ana, tag)).ok()["userTag"]
        assert (await api.mutate("tagDelete", {"id": tag}, as_=ida)).codes == ["TAG_IN_USE"]
        (await api.mutate("userTagRemove", {"id": made["id"]}, as_=ana)).ok()
        (await api.mutate("tagDelete", {"id": tag}, as_=ida)).ok()


class TestUpdate:
    async def test_what_is_given(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        key = (await _take(api, ana, await make_tag(resources), rating=3)).ok()["userTag"]["id"]
        await api.mutate("userTagUpdate", {"id": key, "value": "Much"}, as_=ana)
        done = await api.mutate("userTagUpdate", {"id": key, "rating": 4}, _TAG, as_=ana)
        assert (done.ok()["userTag"]["rating"], done.data["userTag"]["value"]) == (4, "Much")
        done = await api.mutate("userTagUpdate", {"id": key, "rating": None}, _TAG, as_=ana)
        assert (done.ok()["userTag"]["rating"], done.data["userTag"]["value"]) == (None, "Much")

    async def test_two_at_once_lose_nothing(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        key = (await _take(api, ana, await make_tag(resources))).ok()["userTag"]["id"]
        changes: list[dict[str, Any]] = [{"rating": 4}, {"value": "Much"}]
        await asyncio.gather(
            *[api.mutate("userTagUpdate", {"id": key, **each}, as_=ana) for each in changes]
        )
        [row] = await _rows(resources)
        assert (row["rating"], row["value"]) == (4, "Much")

    async def test_accept_what_was_suggested(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        key = await _suggested(resources, ana, await make_tag(resources))
        for answer in (True, False):
            given = {"id": key, "accepted": answer}
            made = (await api.mutate("userTagUpdate", given, _TAG, as_=ana)).ok()["userTag"]
            assert (made["source"], made["accepted"], made["confidence"]) == ("AI", answer, 0.5)

    async def test_only_what_was_suggested(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        key = (await _take(api, ana, await make_tag(resources))).ok()["userTag"]["id"]
        before = await _rows(resources)
        for given in ({"accepted": False}, {"accepted": None}):
            done = await api.mutate("userTagUpdate", {"id": key, **given}, as_=ana)
            _refused(done, "INVALID_INPUT", "accepted")
        _refused(
            await api.mutate("userTagUpdate", {"id": key, "rating": 11}, as_=ana),
            "INVALID_INPUT",
            "rating",
        )
        _refused(await api.mutate("userTagUpdate", {"id": key}, as_=ana), "INVALID_INPUT")
        assert await _rows(resources) == before

    async def test_anothers(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        key = (await _take(api, ana, await make_tag(resources))).ok()["userTag"]["id"]
        before = await _rows(resources)
        for name, given in (("userTagUpdate", {"rating": 1}), ("userTagRemove", {})):
            _refused(await api.mutate(name, {"id": key, **given}, as_=ben), "NOT_FOUND", "id")
        assert await _rows(resources) == before


class TestRemove:
    async def test_once(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        key = (await _take(api, ana, await make_tag(resources))).ok()["userTag"]["id"]
        done = await api.mutate("userTagRemove", {"id": key}, "removedId", as_=ana)
        assert done.ok()["removedId"] == key
        assert await _rows(resources) == []
        _refused(await api.mutate("userTagRemove", {"id": key}, as_=ana), "NOT_FOUND", "id")


class TestSubjects:
    async def test_study_and_stop(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        given = {"subjectId": await make_subject(resources)}
        name = "subject { name }"
        for person in (ana, ben):
            done = await api.mutate("userSubjectAdd", given, name, as_=person)
            assert done.ok()["subject"] == {"name": "Biology"}
        _refused(
            await api.mutate("userSubjectAdd", given, as_=ana), "USER_SUBJECT_EXISTS", "subjectId"
        )
        (await api.mutate("userSubjectRemove", given, name, as_=ana)).ok()
        document = "{ viewer { subjects { name } } }"
        assert (await api.execute(document, as_=ana)).ok()["viewer"]["subjects"] == []
        assert (await api.execute(document, as_=ben)).ok()["viewer"]["subjects"] == [
            {"name": "Biology"}
        ]
        _refused(await api.mutate("userSubjectRemove", given, as_=ana), "NOT_FOUND", "subjectId")

    async def test_no_subject(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        given = {"subjectId": f"sub_{_NOBODYS}"}
        _refused(await api.mutate("userSubjectAdd", given, as_=ana), "NOT_FOUND", "subjectId")
        async with resources.database.read() as session:
            assert await session.all(select(UserSubject)) == []
