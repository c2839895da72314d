"""`user` and `users`: who is shown to whom, and who is found."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import SQLModel

from app.accounts.models import (
    AccountStatus,
    Audience,
    TagSource,
    UserBlock,
    UserSubject,
    UserTag,
)
from app.core.ids import from_global
from app.core.resources import Resources
from app.courses.models import CourseStatus
from tests.accounts.people import change, make_country, make_subject, make_tag
from tests.client import Api, Data
from tests.conftest import Counting
from tests.factories import Person, make_course, make_person, make_session, writing

_CARD = "username firstName lastName avatarUrl"
_PROFILE = """
    profile { bio educationLevel major graduationYear country { code } timeZone language
              email institution location birthDate
              tags { tag { name } rating } subjects { name } }
"""
_USER = f"query ($id: ID) {{ user(id: $id) {{ {_CARD} {_PROFILE} }} }}"
_OPEN: Data = {
    "profile_audience": Audience.EVERYBODY,
    "email_audience": Audience.EVERYBODY,
    "institution_audience": Audience.EVERYBODY,
    "location_audience": Audience.EVERYBODY,
    "birth_date_audience": Audience.EVERYBODY,
}


async def _add(resources: Resources, *rows: SQLModel) -> None:
    async with writing(resources) as session:
        session.add(*rows)


async def _block(resources: Resources, blocker: Person, blocked: Person) -> None:
    await _add(resources, UserBlock(blocker_id=blocker.key, blocked_id=blocked.key))


async def _profile_of(api: Api, person: Person, viewer: Person) -> Any:
    user = (await api.execute(_USER, {"id": person.id}, as_=viewer)).ok()["user"]
    assert user["username"] == person.user.username
    return user["profile"]


async def _found(api: Api, viewer: Person, **filter: Any) -> list[str]:
    document = """query ($filter: UserFilter) {
        users(filter: $filter, first: 100) { totalCount nodes { username } } }"""
    page = (await api.execute(document, {"filter": filter}, as_=viewer)).ok()["users"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["username"] for node in page["nodes"]]


class TestUser:
    async def test_by_id_and_by_name(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        document = "query ($id: ID, $name: String) { user(id: $id, username: $name) { id } }"
        for given, found in (
            ({"id": ana.id}, {"id": ana.id}),
            ({"name": "ANA"}, {"id": ana.id}),
            ({"id": ana.id, "name": "ana"}, {"id": ana.id}),
            ({"id": ana.id, "name": "ben"}, None),
            ({"name": "an"}, None),
            ({"name": "ana@example.com"}, None),
            ({"id": "usr_00000000-0000-7000-8000-000000000000"}, None),
            ({}, None),
        ):
            assert (await api.execute(document, given, as_=ben)).ok() == {"user": found}, given

    async def test_a_foreign_id(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        answer = await api.execute(_USER, {"id": f"crs_{ana.key}"}, as_=ana)
        assert answer.codes == ["INVALID_ID"]

    async def test_a_suspended_one(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        await change(resources, ana, status=AccountStatus.SUSPENDED)
        assert (await api.execute(_USER, {"id": ana.id}, as_=ben)).ok() == {"user": None}

    async def test_all_of_it(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources)
        country, tag = await make_country(resources), await make_tag(resources)
        subject = await make_subject(resources)
        await change(
            resources,
            ana,
            bio="Leaves.",
            institution="USP",
            location="Pinheiros",
            country_id=from_global("cty", country),
            avatar_url="https://x.org/a.png",
            **_OPEN,
        )
        tag_id, subject_id = from_global("tag", tag), from_global("sub", subject)
        await _add(
            resources,
            UserTag(user_id=ana.key, tag_id=tag_id, rating=7, accepted=True),
            UserSubject(user_id=ana.key, subject_id=subject_id),
        )
        assert (await api.execute(_USER, {"id": ana.id}, as_=ben)).ok()["user"] == {
            "username": "ana",
            "firstName": "Ana",
            "lastName": None,
            "avatarUrl": "https://x.org/a.png",
            "profile": {
                "bio": "Leaves.",
                "educationLevel": None,
                "major": None,
                "graduationYear": None,
                "country": {"code": "BR"},
                "timeZone": "UTC",
                "language": "en",
                "email": "ana@example.com",
                "institution": "USP",
                "location": "Pinheiros",
                "birthDate": None,
                "tags": [{"tag": {"name": "Python"}, "rating": 7}],
                "subjects": [{"name": "Biology"}],
            },
        }

    async def test_one_statement(
        self, api: Api, resources: Resources, statements: Counting
    ) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        first = await api.execute(_USER, {"id": ana.id}, as_=ben)
        with statements(api.resources) as sent:
            assert (await api.execute(_USER, {"id": ana.id}, as_=ben)).ok() == first.ok()
        assert len(sent) == 1


class TestPrivacy:
    @pytest.mark.parametrize("audience", list(Audience))
    async def test_the_profile(self, api: Api, resources: Resources, audience: Audience) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources)
        await change(resources, ana, bio="Leaves.", **_OPEN | {"profile_audience": audience})
        course = await make_course(resources, ana, status=CourseStatus.PUBLISHED)
        by_course = (
            "query ($id: ID!) { course(id: $id) { instructor { username profile { bio } } } }"
        )
        by_node = "query ($id: ID!) { node(id: $id) { ... on User { username profile { bio } } } }"
        shown, hidden = ({"username": "ana", "profile": p} for p in ({"bio": "Leaves."}, None))

        async def seen(document: str, key: str, field: str, viewer: Person | None) -> Any:
            found = (await api.execute(document, {"id": key}, as_=viewer)).ok()[field]
            return found["instructor"] if field == "course" else found

        for viewer, is_shown in (
            (None, audience is Audience.EVERYBODY),
            (ben, audience is not Audience.NOBODY),
            (ana, True),
        ):
            expected = shown if is_shown else hidden
            assert await seen(by_course, course.id, "course", viewer) == expected
            if viewer is not None:
                assert await seen(by_node, ana.id, "node", viewer) == expected
                profile = await _profile_of(api, ana, viewer)
                assert (profile is not None) is is_shown
                assert ("ana" in await _found(api, viewer)) is is_shown

    @pytest.mark.parametrize("name", ["email", "institution", "location", "birth_date"])
    async def test_one_field(self, api: Api, resources: Resources, name: str) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources)
        values = {"institution": "USP", "location": "Here", "birth_date": date(2001, 2, 28)}
        field = {"birth_date": "birthDate"}.get(name, name)
        document = (
            f"query ($id: ID!) {{ course(id: $id) {{ instructor {{ profile {{ {field} }} }} }} }}"
        )
        course = await make_course(resources, ana)
        for audience, of_nobody, of_ben in (
            (Audience.EVERYBODY, True, True),
            (Audience.SIGNED_IN, False, True),
            (Audience.NOBODY, False, False),
        ):
            await change(
                resources,
                ana,
                **values,
                **_OPEN | {f"{name}_audience": audience},
            )
            for viewer, is_shown in ((None, of_nobody), (ben, of_ben), (ana, True)):
                found = (await api.execute(document, {"id": course.id}, as_=viewer)).ok()
                value = found["course"]["instructor"]["profile"][field]
                assert (value is not None) is is_shown, (audience, viewer)

    async def test_what_is_usual(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources)
        profile = await _profile_of(api, ana, ben)
        assert profile["email"] is None
        assert (await _profile_of(api, ana, ana))["email"] == "ana@example.com"
        course = await make_course(resources, ana)
        document = "query ($id: ID!) { course(id: $id) { instructor { profile { bio } } } }"
        found = (await api.execute(document, {"id": course.id})).ok()
        assert found["course"]["instructor"] == {"profile": None}

    async def test_suggested_tags_are_the_users_own(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources)
        keys = [from_global("tag", await make_tag(resources, name)) for name in ("a", "b", "c")]
        tags = [
            UserTag(user_id=ana.key, tag_id=key, source=TagSource.AI, accepted=accepted)
            for key, accepted in zip(keys, (None, False, True), strict=True)
        ]
        await _add(resources, *tags)
        names = {
            viewer.user.username: [
                tag["tag"]["name"] for tag in (await _profile_of(api, ana, viewer))["tags"]
            ]
            for viewer in (ana, ben)
        }
        assert names == {"ana": ["a", "b", "c"], ben.user.username: ["c"]}
        node = "query ($id: ID!) { node(id: $id) { id } }"
        for tag, of_ben in zip(tags, (False, False, True), strict=True):
            given = {"id": f"utg_{tag.id}"}
            assert (await api.execute(node, given, as_=ana)).ok()["node"] == given
            assert (await api.execute(node, given, as_=ben)).ok()["node"] == (
                given if of_ben else None
            )
        assert await _found(api, ben, tagId=f"tag_{keys[0]}") == []
        assert await _found(api, ben, tagId=f"tag_{keys[2]}") == ["ana"]

    async def test_a_private_tag_has_no_name(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        tag = await make_tag(resources, public=False)
        tag_id = from_global("tag", tag)
        await _add(resources, UserTag(user_id=ana.key, tag_id=tag_id, accepted=True))
        assert (await _profile_of(api, ana, ben))["tags"] == [{"tag": None, "rating": None}]

    async def test_a_block_hides_profiles_both_ways(self, api: Api, resources: Resources) -> None:
        ana, ben, cleo = [await make_person(resources, name) for name in ("ana", "ben", "cleo")]
        for person in (ana, ben):
            await change(resources, person, **_OPEN)
        await _block(resources, ana, ben)
        for one, other in ((ana, ben), (ben, ana)):
            assert await _profile_of(api, other, one) is None
            assert other.user.username not in await _found(api, one)
            assert await _profile_of(api, one, one) is not None
        assert await _profile_of(api, ana, cleo) is not None
        assert await _found(api, cleo) == ["ana", "ben", "cleo"]

    async def test_those_who_meet_see_names_all_the_same(
        self, api: Api, resources: Resources
    ) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, joined=[ana, ben], guests=[ben])
        await _block(resources, ana, ben)
        document = """query ($id: ID!) { studySession(id: $id) {
            participants { user { username profile { bio } } } } }"""
        found = (await api.execute(document, {"id": session.id}, as_=ben)).ok()["studySession"]
        assert [part["user"] for part in found["participants"]] == [
            {"username": "ana", "profile": None},
            {"username": "ben", "profile": {"bio": None}},
        ]


class TestUsers:
    async def test_search(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        jose = await make_person(resources, "zeca")
        await change(resources, jose, first_name="José", last_name="Ñandú")
        for words, found in (
            ("jose", ["zeca"]),
            ("JOSÉ ÑAN", ["zeca"]),
            ("nandu", ["zeca"]),
            ("zec", ["zeca"]),
            ("%", []),
            ("a_a", []),
            ("\\", []),
            ("example.com", []),
            ("ana@", []),
            ("an", ["ana", "zeca"]),
        ):
            assert await _found(api, ana, search=words) == found, words

    async def test_filters(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        country, subject = await make_country(resources), await make_subject(resources)
        await change(
            resources,
            ben,
            country_id=from_global("cty", country),
            institution="Universidade de São Paulo",
        )
        subject_id = from_global("sub", subject)
        await _add(resources, UserSubject(user_id=ben.key, subject_id=subject_id))
        other = "00000000-0000-7000-8000-000000000000"
        assert await _found(api, ana) == ["ana", "ben"]
        assert await _found(api, ana, countryId=country) == ["ben"]
        assert await _found(api, ana, countryId=f"cty_{other}") == []
        assert await _found(api, ana, subjectId=subject) == ["ben"]
        assert await _found(api, ana, subjectId=f"sub_{other}") == []
        assert await _found(api, ana, institution="sao paulo") == ["ben"]
        assert await _found(api, ana, institution="sao paulo", search="ana") == []
        await change(resources, ben, institution_audience=Audience.NOBODY)
        assert await _found(api, ana, institution="sao paulo") == []
        assert await _found(api, ben, institution="sao paulo") == ["ben"]

    async def test_pages_by_name(self, api: Api, resources: Resources) -> None:
        people = [await make_person(resources, f"u{n}") for n in range(5)]
        for person, name in zip(people, ("Éva", "eva", "Zoe", "Adam", "Eva"), strict=True):
            await change(resources, person, first_name=name)
        document = """query ($after: String) { users(first: 2, after: $after) {
            nodes { username } pageInfo { hasNextPage endCursor } } }"""
        seen, after = [], None
        for _ in range(3):
            page = (await api.execute(document, {"after": after}, as_=people[0])).ok()["users"]
            seen += [node["username"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
        # Accents and case make no difference; who came first is first.
        assert seen == ["u3", "u0", "u1", "u4", "u2"]
        assert page["pageInfo"]["hasNextPage"] is False
