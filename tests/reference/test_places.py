"""Countries and what they have, as anybody finds them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.core.clock import now
from app.reference import packages
from tests.client import Api


async def _names(world: Api, field: str, arguments: str) -> list[str]:
    answer = await world.execute(f"{{ {field}({arguments}) {{ nodes {{ name }} }} }}")
    return [node["name"] for node in answer.ok()[field]["nodes"]]


async def _one(world: Api, field: str, arguments: str, selection: str) -> dict[str, Any]:
    answer = await world.execute(f"{{ {field}({arguments}) {{ nodes {{ {selection} }} }} }}")
    [node] = answer.ok()[field]["nodes"]
    found: dict[str, Any] = node
    return found


class TestSearch:
    @pytest.mark.parametrize("words", ["sao paulo", "São Paulo", "SÃO PAULO", "ão Paul"])
    async def test_accents_and_case_dont_matter(self, world: Api, words: str) -> None:
        arguments = f'first: 2, filter: {{search: "{words}"}}'
        assert await _names(world, "cities", arguments) == ["São Paulo", "São Paulo de Olivença"]

    @pytest.mark.parametrize(
        ("field", "arguments", "found"),
        [
            ("countries", 'search: "cote d"', ["Côte d'Ivoire"]),
            ("countries", 'search: "bolivarian"', ["Venezuela"]),
            ("states", 'filter: {search: "zurich"}', ["Zürich"]),
            ("timeZones", 'filter: {search: "sao paulo"}', ["America/Sao_Paulo"]),
            ("languages", 'filter: {search: "portugues", major: true}', ["Portuguese"]),
            ("languages", 'filter: {search: "日本"}', ["Japanese"]),
            ("currencies", 'search: "€"', ["Euro"]),
            ("currencies", 'search: "brl"', ["Brazilian Real"]),
        ],
    )
    async def test_each_list(
        self, world: Api, field: str, arguments: str, found: list[str]
    ) -> None:
        assert await _names(world, field, arguments) == found

    @pytest.mark.parametrize("words", ["%", "_", "\\\\", "r_n", "c%d"])
    async def test_special_characters_mean_themselves(self, world: Api, words: str) -> None:
        assert await _names(world, "countries", f'search: "{words}"') == []


class TestOrder:
    async def test_accented_names_stand_with_the_plain_ones(self, world: Api) -> None:
        assert await _names(world, "countries", "first: 4") == [
            "Afghanistan",
            "Åland Islands",
            "Albania",
            "Algeria",
        ]

    async def test_cities_by_size_or_name(self, world: Api) -> None:
        answer = await world.execute("{ cities(first: 50) { nodes { population } } }")
        sizes = [node["population"] for node in answer.ok()["cities"]["nodes"]]
        assert sizes == sorted(sizes, reverse=True)
        arguments = 'first: 3, sort: NAME, filter: {search: "aa"}'
        names = await _names(world, "cities", arguments)
        assert names == sorted(names)
        assert len(names) == 3

    async def test_pages_have_every_country_once(self, world: Api) -> None:
        document = """query ($after: String) {
            countries(first: 100, after: $after) {
                nodes { code } totalCount pageInfo { hasNextPage endCursor }
            }
        }"""
        codes: list[str] = []
        after = None
        for number in range(3):
            page = (await world.execute(document, {"after": after})).ok()["countries"]
            codes += [node["code"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            assert page["pageInfo"]["hasNextPage"] is (number < 2)
        assert (
            len(codes) == len(set(codes)) == page["totalCount"] == len(list(packages.countries()))
        )


class TestOfACountry:
    async def test_all_that_is_known(self, world: Api) -> None:
        found = await _one(
            world,
            "countries",
            'search: "brazil"',
            "code code3 number name officialName flag callingCode"
            " currency { code number name symbol minorUnits } states(first: 2) { nodes { code } }"
            " timeZones(first: 1) { nodes { name } totalCount }"
            " cities(first: 2) { nodes { name } }",
        )
        assert found == {
            "code": "BR",
            "code3": "BRA",
            "number": "076",
            "name": "Brazil",
            "officialName": "Federative Republic of Brazil",
            "flag": "🇧🇷",
            "callingCode": 55,
            "currency": {
                "code": "BRL",
                "number": "986",
                "name": "Brazilian Real",
                "symbol": "R$",
                "minorUnits": 2,
            },
            "states": {"nodes": [{"code": "BR-AC"}, {"code": "BR-AL"}]},
            "timeZones": {
                "nodes": [{"name": "America/Araguaina"}],
                "totalCount": sum(each["country"] == "BR" for each in packages.time_zones()),
            },
            "cities": {"nodes": [{"name": "São Paulo"}, {"name": "Rio de Janeiro"}]},
        }

    async def test_digits_of_currencies_are_iso_4217s(self, world: Api) -> None:
        answer = await world.execute(
            "{ currencies(first: 100) { nodes { code minorUnits } }"
            " last: currencies(last: 100) { nodes { code minorUnits } } }"
        )
        data = answer.ok()
        every = [*data["currencies"]["nodes"], *data["last"]["nodes"]]
        digits = {each["code"]: each["minorUnits"] for each in every}
        assert (digits["EUR"], digits["JPY"], digits["KWD"], digits["IQD"]) == (2, 0, 3, 3)

    async def test_filters_by_id(self, world: Api) -> None:
        berlin = await _one(
            world,
            "timeZones",
            'filter: {name: "Europe/Berlin"}',
            "id country { id code } largestCity { name timeZone { id } }",
        )
        assert berlin["country"]["code"] == "DE"
        assert berlin["largestCity"] == {"name": "Berlin", "timeZone": {"id": berlin["id"]}}
        for field, names in (
            ("timeZones", ["Europe/Berlin", "Europe/Busingen"]),
            ("states", ["Baden-Württemberg", "Bayern"]),
            ("cities", ["Berlin", "Hamburg"]),
        ):
            arguments = f'first: 2, filter: {{countryId: "{berlin["country"]["id"]}"}}'
            assert await _names(world, field, arguments) == names

    async def test_parts_of_a_state(self, world: Api) -> None:
        found = await _one(
            world,
            "states",
            'filter: {search: "auvergne-rhone"}',
            "code kind parent { code } country { code } parts(first: 1) { nodes"
            " { name parent { code } } totalCount }",
        )
        assert found == {
            "code": "FR-ARA",
            "kind": "Metropolitan region",
            "parent": None,
            "country": {"code": "FR"},
            "parts": {
                "nodes": [{"name": "Ain", "parent": {"code": "FR-ARA"}}],
                "totalCount": sum(each["parent"] == "FR-ARA" for each in packages.states()),
            },
        }

    async def test_a_citys_state_is_the_right_one_or_none(self, world: Api) -> None:
        selection = "state { code } country { code }"
        arguments = 'first: 1, filter: {search: "%s"}'
        chicago = await _one(world, "cities", arguments % "chicago", selection)
        assert chicago == {"state": {"code": "US-IL"}, "country": {"code": "US"}}
        # GeoNames' codes of French regions are those of ISO's departments.
        paris = await _one(world, "cities", arguments % "paris", selection)
        assert paris == {"state": None, "country": {"code": "FR"}}


class TestTimeZones:
    @pytest.mark.parametrize(
        "name", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC", "Pacific/Chatham"]
    )
    async def test_offset_is_that_of_now(self, world: Api, name: str) -> None:
        found = await _one(
            world,
            "timeZones",
            f'filter: {{name: "{name}"}}',
            "utcOffsetMinutes isDefault country { code }",
        )
        offset = datetime.astimezone(now(), ZoneInfo(name)).utcoffset()
        assert offset is not None
        assert found["utcOffsetMinutes"] == offset.total_seconds() / 60
        assert found["isDefault"] is (name == "UTC")
        assert (found["country"] is None) is (name == "UTC")
