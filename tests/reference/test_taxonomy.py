"""Subjects and tags: who saves them, what is refused, what is found."""

import asyncio
from typing import Any

from sqlalchemy import text
from sqlmodel import select

from app.core.resources import Resources
from app.reference.models import Subject, Tag, TagCategory, TagGroup, TagTerm
from tests.client import Api, Payload
from tests.factories import Person, make_person, writing


async def _categories(api: Api, staff: Person) -> tuple[str, str]:
    """A group and a category in it, both public."""
    made = await api.mutate("tagGroupSave", {"name": "Skills"}, "tagGroup { id }", as_=staff)
    group_id: str = made.ok()["tagGroup"]["id"]
    given = {"groupId": group_id, "name": "Programming"}
    made = await api.mutate("tagCategorySave", given, "tagCategory { id }", as_=staff)
    return group_id, made.ok()["tagCategory"]["id"]


async def _tag(api: Api, staff: Person, category: str, name: str, **more: Any) -> Payload:
    given = {"categoryId": category, "name": name, **more}
    return await api.mutate("tagSave", given, "tag { id name synonyms position }", as_=staff)


async def _found(api: Api, person: Person, words: str) -> list[str]:
    document = "query ($words: String) { tags(filter: {search: $words}) { nodes { name } } }"
    answer = await api.execute(document, {"words": words}, as_=person)
    return [node["name"] for node in answer.ok()["tags"]["nodes"]]


class TestSubjects:
    async def test_save_and_read(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        given = {"name": "  Algèbre ", "category": "Mathematics", "iconUrl": "https://x.org/a.png"}
        saved = await api.mutate("subjectSave", given, "subject { id name }", as_=staff)
        subject = saved.ok()["subject"]
        assert subject["name"] == "Algèbre"
        given = {"id": subject["id"], "name": "Algebra", "category": "Mathematics"}
        await api.mutate("subjectSave", given, as_=staff)
        answer = await api.execute(
            "query ($id: ID!) { subject(id: $id) { name category description iconUrl } }",
            {"id": subject["id"]},
        )
        # All of it is saved anew: what wasn't given has its default again.
        assert answer.ok()["subject"] == {
            "name": "Algebra",
            "category": "Mathematics",
            "description": "",
            "iconUrl": None,
        }
        async with resources.database.read() as reading:
            assert await reading.all(select(Subject.saved_by_id)) == [staff.key]

    async def test_by_category_and_name(self, api: Api, resources: Resources) -> None:
        async with writing(resources) as session:
            session.add(
                Subject(name="physics", category="Science"),
                Subject(name="Écologie", category="Science"),
                Subject(name="Zoology", category="Science"),
                Subject(name="Drawing", category="Arts"),
            )
        document = "query ($category: String, $search: String)"
        document += " { subjects(category: $category, search: $search) { nodes { name } } }"

        async def names(**variables: str) -> list[str]:
            nodes = (await api.execute(document, variables)).ok()["subjects"]["nodes"]
            return [node["name"] for node in nodes]

        assert await names() == ["Drawing", "Écologie", "physics", "Zoology"]
        assert await names(category="Science") == ["Écologie", "physics", "Zoology"]
        assert await names(search="ecolog") == ["Écologie"]
        assert await names(category="Arts", search="ecolog") == []

    async def test_a_name_is_taken_in_any_case(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        await api.mutate("subjectSave", {"name": "Algebra", "category": "Maths"}, as_=staff)
        given = {"name": "ALGEBRA", "category": "Art"}
        again = await api.mutate("subjectSave", given, "subject { id }", as_=staff)
        assert (again.codes, again.data["subject"]) == (["NAME_TAKEN"], None)
        assert again.errors[0]["field"] == ["input", "name"]
        async with resources.database.read() as reading:
            assert await reading.all(select(Subject.category)) == ["Maths"]

    async def test_what_breaks_a_rule(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        given = {"name": " ", "category": "x" * 101, "iconUrl": "javascript:alert(1)"}
        refused = await api.mutate("subjectSave", given, as_=staff)
        assert refused.codes == ["INVALID_INPUT"] * 3
        assert [error["field"][1] for error in refused.errors] == ["name", "category", "iconUrl"]

    async def test_one_that_is_gone(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        given = {"id": "sub_00000000-0000-7000-8000-000000000000", "name": "x", "category": "y"}
        gone = await api.mutate("subjectSave", given, as_=staff)
        assert gone.codes == ["NOT_FOUND"]
        async with resources.database.read() as reading:
            assert await reading.all(select(Subject)) == []


class TestTags:
    async def test_synonyms_are_found(self, api: Api, resources: Resources) -> None:
        staff, ana = await make_person(resources, role="staff"), await make_person(resources)
        _, category = await _categories(api, staff)
        made = await _tag(api, staff, category, "JavaScript", synonyms=["JS", "ECMAScript"])
        assert made.ok()["tag"]["synonyms"] == ["ECMAScript", "JS"]
        await _tag(api, staff, category, "Résumé writing")
        assert await _found(api, ana, "ecma") == ["JavaScript"]
        assert await _found(api, ana, "js") == ["JavaScript"]
        assert await _found(api, ana, "resume") == ["Résumé writing"]
        assert await _found(api, ana, "") == ["JavaScript", "Résumé writing"]
        assert await _found(api, ana, "rust") == []

    async def test_a_name_that_another_tag_has(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        _, category = await _categories(api, staff)
        await _tag(api, staff, category, "JavaScript", synonyms=["JS"])
        made = await _tag(api, staff, category, "Python")
        key = made.ok()["tag"]["id"]
        for name, synonyms, field in (
            ("javascript", [], "name"),
            ("js", [], "name"),
            ("Ruby", ["Js"], "synonyms"),
            ("Ruby", ["JAVASCRIPT"], "synonyms"),
        ):
            for more in ({}, {"id": key}):
                refused = await _tag(api, staff, category, name, synonyms=synonyms, **more)
                assert refused.codes == ["TAG_EXISTS"], (name, synonyms)
                assert refused.errors[0]["field"] == ["input", field]
                assert '"JavaScript"' in refused.errors[0]["message"]
        async with resources.database.read() as reading:
            terms = await reading.all(select(TagTerm.term))
        assert sorted(terms) == ["JS", "JavaScript", "Python"]

    async def test_two_at_once(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        _, category = await _categories(api, staff)
        both = await asyncio.gather(
            *[_tag(api, staff, category, f"Tag {n}", synonyms=["Same"]) for n in range(6)]
        )
        codes = sorted(each.codes for each in both)
        assert codes == [[], *[["TAG_EXISTS"]] * 5]
        async with resources.database.read() as reading:
            assert len(await reading.all(select(Tag))) == 1

    async def test_a_synonym_twice(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        _, category = await _categories(api, staff)
        for synonyms in (["a", "A"], ["tag"]):
            refused = await _tag(api, staff, category, "Tag", synonyms=synonyms)
            assert refused.codes == ["INVALID_INPUT"]
            assert refused.errors[0]["field"] == ["input", "synonyms"]

    async def test_saved_anew(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        _, category = await _categories(api, staff)
        made = await _tag(api, staff, category, "JS", synonyms=["ECMAScript", "Mocha"], position=3)
        tag = made.ok()["tag"]
        # What was a synonym may become the name, and the name a synonym.
        again = await _tag(
            api, staff, category, "ECMAScript", id=tag["id"], synonyms=["js", "LiveScript"]
        )
        assert again.ok()["tag"] == {
            "id": tag["id"],
            "name": "ECMAScript",
            "synonyms": ["LiveScript", "js"],
            "position": 0,
        }
        assert (await _tag(api, staff, category, "Mocha")).ok()["tag"]["name"] == "Mocha"

    async def test_delete(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        _, category = await _categories(api, staff)
        tag = (await _tag(api, staff, category, "JS", synonyms=["x"])).ok()["tag"]
        gone = await api.mutate("tagDelete", {"id": tag["id"]}, "deletedId", as_=staff)
        assert gone.ok()["deletedId"] == tag["id"]
        again = await api.mutate("tagDelete", {"id": tag["id"]}, "deletedId", as_=staff)
        assert (again.codes, again.data["deletedId"]) == (["NOT_FOUND"], None)
        async with resources.database.read() as reading:
            assert await reading.all(select(TagTerm)) == []

    async def test_one_in_use_stays(self, own_api: Api, own_resources: Resources) -> None:
        staff = await make_person(own_resources, role="staff")
        _, category = await _categories(own_api, staff)
        tag = (await _tag(own_api, staff, category, "JS", synonyms=["x"])).ok()["tag"]
        async with writing(own_resources) as session:
            await session.execute(text("CREATE TABLE marked (tag_id uuid REFERENCES tag (id))"))
            await session.execute(text("INSERT INTO marked SELECT id FROM tag"))
        refused = await own_api.mutate("tagDelete", {"id": tag["id"]}, as_=staff)
        assert refused.codes == ["TAG_IN_USE"]
        async with own_resources.database.read() as reading:
            terms = await reading.all(select(TagTerm.term).order_by(TagTerm.term))
        assert terms == ["JS", "x"]


class TestLevels:
    async def test_in_their_order(self, api: Api, resources: Resources) -> None:
        staff, ana = await make_person(resources, role="staff"), await make_person(resources)
        group, category = await _categories(api, staff)
        for name, position in (("Zig", 0), ("Ada", 1), ("C", 0)):
            await _tag(api, staff, category, name, position=position)
        await _tag(api, staff, category, "Basic", position=1)
        document = """{ tagGroups { nodes { id name categories { nodes {
            name group { id } tags(first: 3) { totalCount nodes { name category { name } } }
        } } } } }"""
        [found] = (await api.execute(document, as_=ana)).ok()["tagGroups"]["nodes"]
        names = ("C", "Zig", "Ada")
        assert found == {
            "id": group,
            "name": "Skills",
            "categories": {
                "nodes": [
                    {
                        "name": "Programming",
                        "group": {"id": group},
                        "tags": {
                            "totalCount": 4,
                            "nodes": [
                                {"name": name, "category": {"name": "Programming"}}
                                for name in names
                            ],
                        },
                    }
                ]
            },
        }
        document = "query ($id: ID!) { tags(filter: {groupId: $id}) { totalCount } }"
        assert (await api.execute(document, {"id": group}, as_=ana)).ok()["tags"] == {
            "totalCount": 4
        }

    async def test_names_are_unique_in_their_group(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        group, _ = await _categories(api, staff)
        again = await api.mutate("tagGroupSave", {"name": "sKILLS"}, as_=staff)
        assert again.codes == ["NAME_TAKEN"]
        other = await api.mutate("tagGroupSave", {"name": "Other"}, "tagGroup { id }", as_=staff)
        for id, codes in ((group, ["NAME_TAKEN"]), (other.ok()["tagGroup"]["id"], [])):
            given = {"groupId": id, "name": "programming"}
            assert (await api.mutate("tagCategorySave", given, as_=staff)).codes == codes

    async def test_no_level_without_the_one_above(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        nothing = "00000000-0000-7000-8000-000000000000"
        for mutation, field, prefix in (
            ("tagCategorySave", "groupId", "tgg"),
            ("tagSave", "categoryId", "tgc"),
        ):
            given = {field: f"{prefix}_{nothing}", "name": "x"}
            refused = await api.mutate(mutation, given, as_=staff)
            assert refused.codes == ["NOT_FOUND"]
            assert refused.errors[0]["field"] == ["input", field]

    async def test_what_isnt_public_is_for_staff(self, api: Api, resources: Resources) -> None:
        staff, ana = await make_person(resources, role="staff"), await make_person(resources)
        async with writing(resources) as session:
            groups = [TagGroup(name=f"group {public}", public=public) for public in (True, False)]
            session.add(*groups)
            await session.flush()
            made = [
                TagCategory(group_id=group.id, name=f"{group.public} {public}", public=public)
                for group in groups
                for public in (True, False)
            ]
            session.add(*made)
            await session.flush()
            session.add(*[Tag(category_id=each.id, name=f"tag {each.name}") for each in made])
        document = """{ tagGroups { nodes { name categories { nodes { name } } } }
            tags { nodes { name } } }"""
        seen = (await api.execute(document, as_=ana)).ok()
        assert seen == {
            "tagGroups": {
                "nodes": [{"name": "group True", "categories": {"nodes": [{"name": "True True"}]}}]
            },
            "tags": {"nodes": [{"name": "tag True True"}]},
        }
        every = (await api.execute(document, as_=staff)).ok()
        assert [node["name"] for node in every["tags"]["nodes"]] == [
            "tag False False",
            "tag False True",
            "tag True False",
            "tag True True",
        ]
        assert len(every["tagGroups"]["nodes"]) == 2
